"""Addresses of segments: defined by rules, listed, deleted; who belongs is counted when it is asked."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, in_path, rendered
from twincast.usecases import segments
from twincast.usecases.replies import Reply, once
from twincast.usecases.segments import Defined, SegmentRequest
from twincast.wire.segments import (
    SegmentDetail,
    SegmentIn,
    SegmentMember,
    SegmentMembers,
    Segments,
    SegmentShown,
)
from twincast.wire.shapes import parsed

PATH = "/segments"
router = APIRouter(prefix=PATH, tags=["segments"])
Named = Annotated[str, Path(description="The segment's name, percent-encoded.")]


@router.post(
    "",
    **address(
        "Define a segment",
        SegmentShown,
        scope="write",
        status=201,
        body=SegmentIn,
        problems=(400, 413, 415, 422),
        creates=True,
        also={200: "There was one of that name; this one stands in its place."},
    ),
)
async def define(request: Request) -> Response:
    """Define a segment by rules over records, in place of the one of that name if there is one."""
    ctx = entered(request, "write")
    body = parsed(SegmentIn, await json_body(request))
    claim = claim_of(request, await request.body())
    return response_of(
        await door_of(request).do(
            lambda: once(ctx, claim, lambda within: segments.define(within, request_of(body)), _answer)
        )
    )


@router.get("", **address("List segments", Segments, scope="read"))
def listing(request: Request) -> Response:
    """Return all segments, by name; there are at most 500, so it is one page."""
    found = segments.listing(entered(request, "read"))
    return rendered(Segments(items=[SegmentShown.of(it) for it in found], next_cursor=None))


@router.get("/{name}", **address("Look at a segment", SegmentDetail, scope="read", problems=(404,)))
async def get(request: Request, name: Named) -> Response:
    """Return a segment's rules, and how many belong to it now: every twin is looked at."""
    ctx = entered(request, "read")
    found = await run_in_threadpool(lambda: (segments.get(ctx, name), segments.size(ctx, name)))
    return rendered(SegmentDetail.counted(*found))


@router.get("/{name}/members", **address("List who belongs", SegmentMembers, scope="read", problems=(404, 422)))
def members(request: Request, name: Named, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through who belongs to a segment now, in the order of the twins' ids."""
    page = segments.member_page(entered(request, "read"), name, cursor, limit)
    return rendered(SegmentMembers(items=[SegmentMember.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.delete("/{name}", **address("Delete a segment", SegmentShown, scope="write", problems=(404,)))
async def delete(request: Request, name: Named) -> Response:
    """Delete a segment's rules, and return them; nobody is touched who belonged to it."""
    ctx = entered(request, "write")
    return rendered(SegmentShown.of(await door_of(request).do(lambda: segments.delete(ctx, name))))


def request_of(body: SegmentIn) -> SegmentRequest:
    """Return a body as the use case takes it."""
    return SegmentRequest(
        name=body.name,
        description=body.description,
        every=tuple(it.to_domain() for it in body.every),
        some=tuple(it.to_domain() for it in body.some),
    )


def _answer(defined: Defined, _made: bool) -> Reply:
    headers = {"Location": f"{API}{PATH}/{in_path(defined.segment.name)}"}
    status = 201 if defined.created else 200
    return Reply(status=status, body=SegmentShown.of(defined.segment).rendered(), headers=headers, subjects=())

"""Addresses of twins: made, looked at, compared with what they were, exported, erased."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.twins import Twin
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, Reference, in_path, rendered
from twincast.usecases import twins
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply, once
from twincast.wire.twins import (
    CustomerRecord,
    DigitalTwin,
    DigitalTwinDetail,
    DigitalTwins,
    ErasureCertificate,
    PersonExport,
    TwinDiff,
    TwinVersion,
    TwinVersions,
    record_and_day,
)

PATH = "/customers/digital-twin"
router = APIRouter(prefix=PATH, tags=["twins"])

ABSENT = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "enum": ["*"]},
    "description": "`*`: refuse (409) where the twin is there already.",
}


@router.post(
    "",
    **address(
        "Create a twin, or bring it up to date",
        DigitalTwin,
        scope="write",
        status=201,
        body=CustomerRecord,
        problems=(400, 413, 415, 422),
        creates=True,
        also={200: "The customer has a twin already: as it stands now."},
        parameters=[ABSENT],
    ),
)
async def save(request: Request) -> Response:
    """Make a customer's twin from their record: 201.

    For a customer who has one: 200, with another version where the data changed and the same one where they did not.
    """
    ctx = entered(request, "write")
    record, as_of = record_and_day(await json_body(request))
    absent = _only_if_absent(request)

    def run(within: Context) -> Twin:
        return twins.save(within, record, as_of=as_of, only_if_absent=absent).twin

    def answer(twin: Twin, made: bool) -> Reply:
        body = DigitalTwin.of(twin, twins.profile(ctx, twin)).rendered()
        status = 201 if made and twin.version == 1 else 200
        location = f"{API}{PATH}/{in_path(twin.id)}"
        return Reply(status=status, body=body, headers={"Location": location}, subjects=(twin.id,))

    claim = claim_of(request, await request.body())
    return response_of(await door_of(request).do(lambda: once(ctx, claim, run, answer)))


@router.get("", **address("List twins", DigitalTwins, scope="read", problems=(422,)))
def listing(request: Request, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through twins by id, each in its newest version."""
    page = twins.listing(entered(request, "read"), cursor, limit)
    return rendered(DigitalTwins(items=[TwinVersion.of(twin) for twin in page.items], next_cursor=page.next_cursor))


@router.get("/{reference}", **address("Look at a twin", DigitalTwinDetail, scope="read", problems=(404, 422)))
async def get(request: Request, reference: Reference, version: Annotated[int | None, Query(ge=1)] = None) -> Response:
    """Return a twin with its record, what was read from it, and the evidence behind each word."""
    ctx = entered(request, "read")

    def look() -> DigitalTwinDetail:
        twin = twins.get(ctx, reference, version)
        return DigitalTwinDetail.of(twin, twins.profile(ctx, twin))

    return rendered(await door_of(request).do(look))


@router.get("/{reference}/versions", **address("List a twin's versions", TwinVersions, scope="read", problems=(404,)))
def versions(request: Request, reference: Reference) -> Response:
    """Return every version, oldest first. A changed twin is a new version; the old ones stay."""
    return rendered(TwinVersions.of(twins.versions(entered(request, "read"), reference)))


@router.get("/{reference}/diff", **address("Compare two versions", TwinDiff, scope="read", problems=(404, 422)))
def diff(
    request: Request,
    reference: Reference,
    before: Annotated[int | None, Query(alias="from", ge=1, description="Default: the one in front of `to`.")] = None,
    after: Annotated[int | None, Query(alias="to", ge=1, description="Default: the newest.")] = None,
) -> Response:
    """Return what changed in the record between two versions."""
    ctx = entered(request, "read")
    newer = twins.get(ctx, reference, after)
    changes = twins.diff(ctx, newer.id, before, newer.version)
    older = twins.get(ctx, newer.id, newer.version - 1 if before is None else before)
    return rendered(TwinDiff.of(older, newer, changes))


@router.get(
    "/{reference}/export", **address("Export everything about a person", PersonExport, scope="erase", problems=(404,))
)
def export(request: Request, reference: Reference) -> Response:
    """Return everything that is kept about one person: every version, what was read, tests and comparisons."""
    return rendered(PersonExport.of(twins.export(entered(request, "erase"), reference)))


@router.delete("/{reference}", **address("Erase a person", ErasureCertificate, scope="erase", problems=(404,)))
async def erase(request: Request, reference: Reference) -> Response:
    """Delete everything about a person for good, kept replies included, and certify it."""
    ctx = entered(request, "erase")
    return rendered(ErasureCertificate.of(await door_of(request).do(lambda: twins.erase(ctx, reference))))


def _only_if_absent(request: Request) -> bool:
    given = request.headers.get("if-none-match")
    if given not in {None, "*"}:
        problem = FieldProblem(field="If-None-Match", message="is not understood here", allowed="*, or no such header")
        raise InvalidInput.of([problem])
    return given == "*"

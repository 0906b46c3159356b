"""Addresses of sessions: begun, marked, restored, paused, ended; what stands and what happened in them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.sessions import Checkpoint as CheckpointValue
from twincast.domain.sessions import Phase
from twincast.domain.sessions import Session as SessionValue
from twincast.entrypoints.http.bodies import json_body
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import Cursor, Limit, OfTwin, in_path, rendered
from twincast.usecases import checkpoints, sessions
from twincast.usecases.checkpoints import Restoring
from twincast.usecases.context import Context
from twincast.usecases.replies import Reply, once
from twincast.usecases.sessions import SessionRequest
from twincast.wire.sessions import (
    Checkpoint,
    CheckpointMaking,
    Checkpoints,
    HistoryEvent,
    Session,
    SessionBeginning,
    SessionErasure,
    SessionHistory,
    SessionRestoring,
    Sessions,
    SessionStats,
    SessionStatus,
)
from twincast.wire.shapes import parsed

PATH = "/simulation-control/sessions"
router = APIRouter(prefix=PATH, tags=["sessions"])

InPhase = Annotated[Phase | None, Query(alias="status", description="Only sessions in this phase.")]
Ephemeral = Annotated[bool, Query(description="Those opened by operations that named none, instead of those begun.")]


@router.post(
    "/begin",
    **address(
        "Begin a session",
        Session,
        scope="write",
        status=201,
        body=SessionBeginning,
        problems=(400, 413, 415, 422),
        creates=True,
    ),
)
async def begin(request: Request) -> Response:
    """Begin a session. Twins belong to the workspace; a session pins their versions and holds what is simulated."""
    ctx = entered(request, "write")
    body = parsed(SessionBeginning, await json_body(request))
    asked = SessionRequest(
        name=body.session_name, description=body.description, cache_file=body.cache_file, seed=body.seed
    )
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        return once(ctx, claim, lambda within: sessions.begin(within, asked), _created)

    return response_of(await door_of(request).do(work))


@router.get("", **address("List sessions", Sessions, scope="read", problems=(422,)))
def listing(
    request: Request,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_PAGE,
    phase: InPhase = None,
    ephemeral: Ephemeral = False,
) -> Response:
    """Page through sessions, newest first."""
    page = sessions.listing(entered(request, "read"), cursor, limit, phase, ephemeral)
    return rendered(Sessions(items=[Session.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.get("/{session_id}", **address("Look at a session", Session, scope="read", problems=(404,)))
async def get(request: Request, session_id: str) -> Response:
    """Return a session as it stands."""
    ctx = entered(request, "read")
    return rendered(Session.of(await door_of(request).do(lambda: sessions.get(ctx, session_id))))


@router.get("/{session_id}/status", **address("See where it stands", SessionStatus, scope="read", problems=(404,)))
async def status(request: Request, session_id: str) -> Response:
    """Return the session's phase and head, and how much is in it."""
    ctx = entered(request, "read")
    return rendered(await door_of(request).do(lambda: _status(ctx, session_id)))


@router.get("/{session_id}/stats", **address("Count what happened", SessionStats, scope="read", problems=(404,)))
def stats(request: Request, session_id: str) -> Response:
    """Count events by kind, twins, tests and comparisons."""
    ctx = entered(request, "read")
    return rendered(SessionStats.of(_status(ctx, session_id), sessions.kinds(ctx, session_id)))


@router.get("/{session_id}/history", **address("Read what happened", SessionHistory, scope="read", problems=(404, 422)))
def history(
    request: Request, session_id: str, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE, twin: OfTwin = None
) -> Response:
    """Page through the session's events, oldest first: those of all twins, or of one."""
    page = sessions.history(entered(request, "read"), session_id, cursor, limit, twin)
    return rendered(SessionHistory(items=[HistoryEvent.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.post(
    "/{session_id}/checkpoint",
    **address(
        "Mark where it stands",
        Checkpoint,
        scope="write",
        status=201,
        body=CheckpointMaking,
        problems=(400, 404, 409, 413, 415, 422),
        creates=True,
    ),
)
async def mark(request: Request, session_id: str) -> Response:
    """Give the session's head a name; it costs the same whatever the session holds."""
    ctx = entered(request, "write")
    body = parsed(CheckpointMaking, await json_body(request))
    claim = claim_of(request, await request.body())

    def run(within: Context) -> CheckpointValue:
        return checkpoints.mark(within, session_id, body.checkpoint_name, body.description)

    def answer(made: CheckpointValue, _stored: bool) -> Reply:
        where = {"Location": f"{API}{PATH}/{in_path(made.session_id)}/checkpoints"}
        return Reply(status=201, body=Checkpoint.of(made).rendered(), headers=where, subjects=(made.session_id,))

    return response_of(await door_of(request).do(lambda: once(ctx, claim, run, answer)))


@router.get("/{session_id}/checkpoints", **address("List checkpoints", Checkpoints, scope="read", problems=(404, 422)))
def marks(request: Request, session_id: str, cursor: Cursor = None, limit: Limit = DEFAULT_PAGE) -> Response:
    """Page through the session's checkpoints, newest first."""
    page = checkpoints.listing(entered(request, "read"), session_id, cursor, limit)
    return rendered(Checkpoints(items=[Checkpoint.of(it) for it in page.items], next_cursor=page.next_cursor))


@router.post(
    "/{session_id}/restore",
    **address(
        "Go on from a checkpoint",
        Session,
        scope="write",
        body=SessionRestoring,
        problems=(400, 404, 409, 413, 415, 422),
        creates=True,
        also={201: "The new session that goes on from there."},
    ),
)
async def restore(request: Request, session_id: str) -> Response:
    """Go on from a checkpoint, in the session itself or in a new one. Nothing is copied, and nothing is lost."""
    ctx = entered(request, "write")
    body = parsed(SessionRestoring, await json_body(request))
    asked = Restoring(
        checkpoint=body.checkpoint, version=body.version, elsewhere=body.create_new_session, name=body.session_name
    )
    claim = claim_of(request, await request.body())

    def work() -> Reply:
        answer = _created if asked.elsewhere else _changed
        return once(ctx, claim, lambda within: checkpoints.restore(within, session_id, asked), answer)

    return response_of(await door_of(request).do(work))


@router.post("/{session_id}/pause", **address("Pause a session", Session, scope="write", problems=(404, 409)))
async def pause(request: Request, session_id: str) -> Response:
    """Let nothing be run in it until it is resumed."""
    ctx = entered(request, "write")
    return rendered(Session.of(await door_of(request).do(lambda: sessions.pause(ctx, session_id))))


@router.post("/{session_id}/resume", **address("Resume a session", Session, scope="write", problems=(404, 409)))
async def resume(request: Request, session_id: str) -> Response:
    """Go on with a paused session."""
    ctx = entered(request, "write")
    return rendered(Session.of(await door_of(request).do(lambda: sessions.resume(ctx, session_id))))


@router.delete("/{session_id}/end", **address("End a session", Session, scope="write", problems=(404,)))
async def end(request: Request, session_id: str) -> Response:
    """End a session for good: what it holds stays readable. Ending it again gives the same answer."""
    ctx = entered(request, "write")
    return rendered(Session.of(await door_of(request).do(lambda: sessions.end(ctx, session_id))))


@router.delete("/{session_id}", **address("Erase a session", SessionErasure, scope="erase", problems=(404, 409)))
async def erase(request: Request, session_id: str) -> Response:
    """Delete a session for good, with its tests, comparisons, checkpoints, events and kept replies."""
    ctx = entered(request, "erase")
    removed = await door_of(request).do(lambda: sessions.erase(ctx, session_id))
    return rendered(SessionErasure(session_id=session_id, removed=removed))


def _status(ctx: Context, session_id: str) -> SessionStatus:
    found = sessions.content(ctx, session_id)
    return SessionStatus.of(
        found.session, tests=found.tests, comparisons=found.comparisons, checkpoints=found.checkpoints
    )


def _created(session: SessionValue, _made: bool) -> Reply:
    where = {"Location": f"{API}{PATH}/{in_path(session.id)}"}
    return Reply(status=201, body=Session.of(session).rendered(), headers=where, subjects=(session.id,))


def _changed(session: SessionValue, _made: bool) -> Reply:
    return Reply(status=200, body=Session.of(session).rendered(), headers={}, subjects=(session.id,))

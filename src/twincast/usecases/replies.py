"""Exactly once: a request that carries a key is answered by what was kept of its first answer.

The first answer is kept in the very transaction that stores what it speaks of. So a crash leaves both or neither, and
a client that asks again gets the answer or makes the thing for the first time: never twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from twincast.domain.errors import FieldProblem, IdempotencyConflict, InvalidInput, WriteConflict
from twincast.domain.workspaces import KeptReply
from twincast.ports.stores import UnitOfWork
from twincast.usecases.context import Context

MAX_KEY: Final = 255

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What makes two requests the same.

    Attributes:
        key: the client's key.
        scope: method and path it was used on.
        request_hash: SHA-256 (hex) of everything that shapes the answer.
    """

    key: str
    scope: str
    request_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """An answer as a door gives it.

    Attributes:
        subjects: twins that the body speaks of: erasing one erases what was kept of the reply.
        replayed: whether it was given before.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    subjects: tuple[str, ...]
    replayed: bool = False


def once(ctx: Context, claim: Claim | None, run: Callable[[Context], T], answer: Callable[[T, bool], Reply]) -> Reply:
    """Run a use case and answer, or answer as the first time.

    Args:
        ctx: who asks.
        claim: None where the request carries no key: then nothing is kept.
        run: the use case; it must call `ctx.keep` with what it stores, just before it commits.
        answer: renders what was stored; the flag says whether this run stored it.

    Raises:
        IdempotencyConflict: the key was used for another request.
    """
    found = None if claim is None else recall(ctx, claim)
    if found is not None:
        return found
    made: list[Reply | None] = []

    def keep(unit: UnitOfWork, stored: T) -> None:
        made.append(None if claim is None else _keep(unit, ctx, claim, answer(stored, True)))

    try:
        result = run(replace(ctx, keep=keep))
        reply = (made[-1] if made else None) or answer(result, bool(made))
        if claim is not None and not made:
            with ctx.store.writing(ctx.workspace) as unit:
                _keep(unit, ctx, claim, reply)
                unit.commit()
    except WriteConflict:
        # Somebody else may have been faster with the same key: then nothing of ours was stored.
        found = None if claim is None else recall(ctx, claim)
        if found is None:
            raise
        return found
    return reply


def recall(ctx: Context, claim: Claim) -> Reply | None:
    """Return the reply that was kept, or None.

    Raises:
        IdempotencyConflict: the key was used for another request.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        kept = unit.replies.get(claim.scope, claim.key)
    if kept is None:
        return None
    if kept.request_hash != claim.request_hash:
        raise IdempotencyConflict(
            f"The key '{claim.key[:80]}' was used on {kept.created_at:%Y-%m-%d %H:%M} UTC for another request to "
            f"{claim.scope}. Send a fresh key with a changed request."
        )
    return Reply(status=kept.status, body=kept.body, headers=kept.headers, subjects=kept.subjects, replayed=True)


def checked_key(key: str) -> str:
    """Return a client's key. Raises InvalidInput naming `Idempotency-Key`."""
    if not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        allowed = f"1 to {MAX_KEY} printable ASCII characters"
        raise InvalidInput.of([FieldProblem(field="Idempotency-Key", message="can not be used", allowed=allowed)])
    return key


def _keep(unit: UnitOfWork, ctx: Context, claim: Claim, reply: Reply) -> Reply:
    unit.replies.add(
        KeptReply(
            key=claim.key,
            scope=claim.scope,
            request_hash=claim.request_hash,
            status=reply.status,
            body=reply.body,
            headers=reply.headers,
            subjects=reply.subjects,
            created_at=ctx.clock.now(),
        )
    )
    return reply

"""Outcomes: taken in, each event once, tied to a test or to customer, intervention and time; and looked at again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from twincast.domain.errors import (
    FieldProblem,
    InvalidInput,
    OutcomeConflict,
    TwincastError,
    UnknownOutcome,
    UnknownTrial,
    UnknownTwin,
)
from twincast.domain.ids import OutcomeId, TwinId
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.outcomes import Outcome, differences
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.ports.stores import UnitOfWork
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.observations import Observation, Understood, understand
from twincast.usecases.references import find, is_text
from twincast.usecases.versions import Progress

T = TypeVar("T")

AT_ONCE: Final = 5_000
"""Outcomes that are compared and written at a time."""
ON_ERROR: Final[tuple[str, ...]] = ("refuse", "skip")
_FIRST: Final[dict[str, type[TwincastError]]] = {"customer_id": UnknownTwin, "test_id": UnknownTrial}
"""What a single outcome is answered where the one thing wrong with it is that nobody knows what it speaks of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """What became of outcomes.

    Attributes:
        outcomes: as they are stored, in the order given; those left out are not among them.
        created, repeated: how many were new, and how many were stored already, saying the same.
        skipped: how many observations were left out for a problem.
        problems: what was wrong with those; `row` is their place among the given.
    """

    outcomes: tuple[Outcome, ...]
    created: int
    repeated: int
    skipped: int
    problems: tuple[FieldProblem, ...]


def add(ctx: Context, observations: Sequence[Observation]) -> Added:
    """Store outcomes in one transaction, all of them or none; see `store`."""
    return store(ctx, observations, lambda added: added)


def store(
    ctx: Context,
    observations: Sequence[Observation],
    answer: Callable[[Added], T],
    *,
    on_error: str = "refuse",
    progress: Progress | None = None,
) -> T:
    """Store outcomes in one transaction; an event that is stored already, saying the same, is not stored again.

    Args:
        ctx: whose customers.
        observations: what was seen.
        answer: made of what became of them, just before it becomes durable.
        on_error: `refuse` stores nothing if anything is wrong; `skip` leaves out what is.
        progress: told how many are written, of how many.

    Raises:
        InvalidInput: with every problem by row.
        OutcomeConflict: an event id was given before to something else; names what differs.
        UnknownTwin, UnknownTrial: a single outcome speaks of nobody, or of no test, of this workspace.
    """
    if on_error not in ON_ERROR:
        problem = FieldProblem(field="on_error", message=f"'{on_error[:40]}' is not known", allowed=", ".join(ON_ERROR))
        raise InvalidInput.of([problem])
    with ctx.store.reading(ctx.workspace) as unit:
        found = understand(ctx, unit, observations)
    if found.problems and on_error == "refuse":
        raise _refusal(found, len(observations))
    with ctx.store.writing(ctx.workspace) as unit:
        added = _write(unit, found, on_error, progress, alone=len(observations) == 1)
        counts = {"created": added.created, "repeated": added.repeated}
        record(unit, ctx, "outcome.added", ctx.ids.new("in_"), counts)
        answered = answer(added)
        ctx.keep(unit, answered)
        unit.commit()
    return answered


def preview(ctx: Context, observations: Sequence[Observation]) -> Added:
    """Say what `add` would do, leaving out what is wrong; nothing is stored."""
    with ctx.store.reading(ctx.workspace) as unit:
        found = understand(ctx, unit, observations)
        new, stored, conflicts = _compare(unit, found)
    problems = (*found.problems, *conflicts)
    return Added(
        outcomes=tuple(found.outcomes),
        created=len(new),
        repeated=len(stored),
        skipped=len({problem.row for problem in problems}),
        problems=tuple(sorted(problems, key=lambda problem: problem.row or 0)),
    )


def get(ctx: Context, outcome_id: str) -> Outcome:
    """Return a stored outcome by its event id. Raises UnknownOutcome."""
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.outcomes.get_many([OutcomeId(outcome_id)])[0] if is_text(outcome_id) else None
    if found is None:
        raise UnknownOutcome(f"There is no outcome '{ascii(outcome_id[:80])[1:-1]}' in this workspace.")
    return found


def listing(
    ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, twin: str | None = None
) -> Page[Outcome]:
    """Page through outcomes, newest first: of all as they came in, of one twin as they happened."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        return unit.outcomes.newest(cursor, limit, twin_id)


def latest(unit: UnitOfWork, twin_id: TwinId, limit: int) -> tuple[Outcome, ...]:
    """Return what was last reported of a twin, in the order in which it happened."""
    return tuple(reversed(unit.outcomes.newest(None, limit, twin_id).items))


def _write(unit: UnitOfWork, found: Understood, on_error: str, progress: Progress | None, *, alone: bool) -> Added:
    """Add what is new, if nothing contradicts what is stored, and nobody was erased in the meantime."""
    new, stored, conflicts = _compare(unit, found)
    problems = (*conflicts, *_erased(unit, found))
    if problems and on_error == "refuse":
        kind = OutcomeConflict if conflicts else InvalidInput
        raise kind.of(_without_rows(problems) if alone else problems[:MAX_PROBLEMS])
    bad = {problem.row for problem in problems}
    fresh = [found.outcomes[place] for place in new if found.rows[place] not in bad]
    for start in range(0, len(fresh), AT_ONCE):
        unit.outcomes.add(fresh[start : start + AT_ONCE])
        if progress is not None:
            progress(min(start + AT_ONCE, len(fresh)), len(fresh))
    kept = [stored.get(place, it) for place, it in enumerate(found.outcomes) if found.rows[place] not in bad]
    every = (*found.problems, *problems)
    return Added(
        outcomes=tuple(kept),
        created=len(fresh),
        repeated=len(kept) - len(fresh),
        skipped=len({problem.row for problem in every}),
        problems=tuple(sorted(every, key=lambda problem: problem.row or 0)),
    )


def _compare(unit: UnitOfWork, found: Understood) -> tuple[list[int], dict[int, Outcome], list[FieldProblem]]:
    """Return the places of new outcomes, the stored twins of repeated ones by place, and what contradicts."""
    known: dict[OutcomeId, Outcome] = {}
    for start in range(0, len(found.outcomes), AT_ONCE):
        ids = [outcome.id for outcome in found.outcomes[start : start + AT_ONCE]]
        known |= {it.id: it for it in unit.outcomes.get_many(ids) if it is not None}
    new: list[int] = []
    stored: dict[int, Outcome] = {}
    conflicts: list[FieldProblem] = []
    for place, outcome in enumerate(found.outcomes):
        earlier = known.setdefault(outcome.id, outcome)
        if earlier is outcome:
            new.append(place)
        elif changed := differences(earlier, outcome):
            conflicts.append(_contradiction(earlier, outcome, changed, found.rows[place]))
        else:
            stored[place] = earlier
    return new, stored, conflicts


def _erased(unit: UnitOfWork, found: Understood) -> list[FieldProblem]:
    """Return a problem for each outcome of a person who was erased since it was understood."""
    there = unit.twins.known([outcome.twin_id for outcome in found.outcomes])
    return [
        FieldProblem(field="customer_id", message="was erased in the meantime", row=row)
        for outcome, row in zip(found.outcomes, found.rows, strict=True)
        if outcome.twin_id not in there
    ]


def _contradiction(earlier: Outcome, outcome: Outcome, changed: tuple[str, ...], row: int) -> FieldProblem:
    told = ", ".join(_difference(name, getattr(earlier, name), getattr(outcome, name)) for name in changed[:3])
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    message = f"'{ascii(outcome.id[:60])[1:-1]}' was told before and says something else: {told}{more}"
    return FieldProblem(
        field="event_id", message=message, allowed="the same content, or an id of its own for another event", row=row
    )


def _difference(name: str, before: object, now: object) -> str:
    """Name a difference; ids of customers and texts of messages are not repeated."""
    shown = {"twin_id": "another customer", "intervention": "another intervention"}.get(name)
    return f"{name}: {shown}" if shown else f"{name}: {_shown(before)} then, {_shown(now)} now"


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)[:40]


def _refusal(found: Understood, count: int) -> TwincastError:
    first = found.problems[0]
    if count == 1 and len(found.problems) == 1 and first.field in _FIRST and first.allowed.startswith("known"):
        return _FIRST[first.field](f"{first.message[:1].upper()}{first.message[1:]}.")
    return InvalidInput.of(_without_rows(found.problems) if count == 1 else found.problems[:MAX_PROBLEMS])


def _without_rows(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Return the problems of an outcome that was told alone, and so stands in no row."""
    return [replace(problem, row=None) for problem in problems]

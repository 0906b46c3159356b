"""Results as tables to take away: a row a customer and message, some hundreds at a time, however many there are.

What is exported never changes while it is written: the line of a session up to a head only grows beyond it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.events import Head
from twincast.domain.exports import Chunk, Column, Kind
from twincast.domain.fields import BY_NAME, CATALOGUE
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.results import Result, Told
from twincast.domain.sessions import Session
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import frame_of
from twincast.response.model import NUMERIC
from twincast.usecases import checkpoints, comparisons, sessions
from twincast.usecases.audiences import may_profile
from twincast.usecases.context import Context
from twincast.usecases.results import AT_ONCE, alone, results_from

MOST_ROWS: Final = 10_000
"""Rows of a page."""
IDENTITY: Final[tuple[Column, ...]] = (
    Column(name="source", kind=Kind.TEXT),
    Column(name="digital_twin_id", kind=Kind.TEXT),
    Column(name="customer_id", kind=Kind.TEXT),
    Column(name="twin_version", kind=Kind.WHOLE),
    Column(name="intervention_id", kind=Kind.TEXT),
    Column(name="intervention_type", kind=Kind.TEXT),
    Column(name="channel", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.TEXT),
    Column(name="as_of", kind=Kind.DAY),
    Column(name="horizon_days", kind=Kind.WHOLE),
    Column(name="level", kind=Kind.NUMBER),
    Column(name="model", kind=Kind.TEXT),
    Column(name="prior", kind=Kind.TEXT),
    Column(name="created_at", kind=Kind.MOMENT),
)
"""The first columns of every export of results, in this order; those of its fields follow, in that of the catalogue."""
_WORDED: Final[dict[str, str]] = {"will_engage": "response", "emotional_response": "label"}
"""Fields beside whose number a word stands: which response is meant, or the likeliest label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """A table to take away.

    Attributes:
        name: of a file for it, without ending.
        columns: in their order; the same for every page of it.
        chunks: from a number on, its rows in numbered chunks; a chunk of a number always holds the same rows.
    """

    name: str
    columns: tuple[Column, ...]
    chunks: Callable[[int], Iterator[tuple[int, Chunk]]]

    def rows(self) -> Iterator[Chunk]:
        """Yield all its rows, in chunks."""
        return (chunk for _, chunk in self.chunks(0))


def of_session(ctx: Context, session_id: str, checkpoint: str | None = None) -> Export:
    """Return the results of a session, oldest first: where it stands, or as it was at a checkpoint.

    Nothing is in it about a person who was erased or has opted out of profiling since.

    Raises:
        UnknownSession, UnknownCheckpoint.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        session = sessions.find(unit, session_id)
        head = session.head if checkpoint is None else checkpoints.find(unit, session, checkpoint).head
    fields = _asked(_of_line(ctx, session, head, 0))

    def chunks(first: int) -> Iterator[tuple[int, Chunk]]:
        return _chunks(fields, _of_line(ctx, session, head, first))

    return Export(name=session.id, columns=_columns(fields), chunks=chunks)


def of_comparison(ctx: Context, comparison_id: str) -> Export:
    """Return the variants of a comparison, best first. Raises UnknownComparison."""
    comparison = comparisons.get(ctx, comparison_id)
    with ctx.store.reading(ctx.workspace) as unit:
        found = _allowed(unit, list(results_from(unit, [comparison.id])))
    fields = _asked(iter([(0, found)]))
    return Export(
        name=comparison.id, columns=_columns(fields), chunks=lambda _first: _chunks(fields, iter([(0, found)]))
    )


def page(export: Export, cursor: str | None, limit: int | None) -> tuple[Iterator[Chunk], str | None]:
    """Return some rows of an export, and the cursor of the next ones; all of them and None without a limit.

    Args:
        export: what is exported.
        cursor: of the page before; None for the first.
        limit: most rows, up to `MOST_ROWS`.

    Raises:
        InvalidInput: naming `cursor` or `limit`.
    """
    first, skipped = _place(cursor)
    if limit is None:
        return (_without(chunk, skipped if at == first else 0) for at, chunk in export.chunks(first)), None
    if not 1 <= limit <= MOST_ROWS:
        problem = FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MOST_ROWS}")
        raise InvalidInput.of([problem])
    rows = list(islice(_rows(export, first, skipped), limit + 1))
    shown = [row for _, row in rows[:limit]]
    chunk = {column.name: [row[place] for row in shown] for place, column in enumerate(export.columns)}
    return iter([chunk]), rows[limit][0] if len(rows) > limit else None


def _place(cursor: str | None) -> tuple[int, int]:
    """Return the chunk that a cursor names, and how many of its rows were read."""
    chunk, _, row = (cursor or "0.0").partition(".")
    if not all(it.isascii() and it.isdigit() and len(it) < 16 for it in (chunk, row)):
        problem = FieldProblem(field="cursor", message="is none of this export", allowed="the one of the page before")
        raise InvalidInput.of([problem])
    return int(chunk), int(row)


def _without(chunk: Chunk, skipped: int) -> Chunk:
    return {name: values[skipped:] for name, values in chunk.items()} if skipped else chunk


def _rows(export: Export, first: int, skipped: int) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield each row with the cursor that leads to it."""
    for at, chunk in export.chunks(first):
        for place, row in enumerate(zip(*(chunk[column.name] for column in export.columns), strict=True)):
            if at > first or place >= skipped:
                yield f"{at}.{place}", row


# ---------------------------------------------------------------- results


def _of_line(ctx: Context, session: Session, head: Head, first: int) -> Iterator[tuple[int, list[Result]]]:
    """Yield the results on a line page by page, oldest first; the store is let go between some hundreds of events."""
    if session.ephemeral:
        with ctx.store.reading(ctx.workspace) as unit:
            yield 0, _allowed(unit, list(results_from(unit, list(alone(unit, session)))))
        return
    seen: set[str] = set()
    cursor = None
    for number in count():
        with ctx.store.reading(ctx.workspace) as unit:
            events = unit.events.line(head, cursor, AT_ONCE)
            named = dict.fromkeys(event.source for event in events.items if event.source is not None)
            sources = [source for source in named if source not in seen]
            results = _allowed(unit, list(results_from(unit, sources if number >= first else [])))
        seen.update(sources)
        yield number, results
        cursor = events.next_cursor
        if cursor is None:
            return


def _allowed(unit: UnitOfWork, results: Sequence[Result]) -> list[Result]:
    """Return the results of customers who have not opted out of profiling since."""
    newest = [twin for twin in unit.twins.get_many(list({it.twin_id for it in results})) if twin is not None]
    may = may_profile(frame_of(newest)).tolist()
    allowed = {twin.id for twin, yes in zip(newest, may, strict=True) if yes}
    return [it for it in results if it.twin_id in allowed]


def _asked(pages: Iterator[tuple[int, Sequence[Result]]]) -> tuple[str, ...]:
    """Return the fields that any result has, in the order of the catalogue."""
    found = {field for _, results in pages for result in results for field in result.known}
    return tuple(field.name for field in CATALOGUE if field.name in found)


def _columns(fields: Sequence[str]) -> tuple[Column, ...]:
    return (*IDENTITY, *(column for field in fields for column in columns_of_field(field)))


def columns_of_field(field: str) -> Iterator[Column]:
    """Yield the columns of a field: its value, interval, basis and confidence, and the same of its uplift."""
    if field not in NUMERIC:
        yield Column(name=field, kind=Kind.TEXT)
        return
    parts = ("", "_low", "_high", "_confidence")
    compared = ("_no_contact", "_uplift", "_uplift_low", "_uplift_high") if BY_NAME[field].compared else ()
    yield from (Column(name=f"{field}{part}", kind=Kind.NUMBER) for part in (*parts, *compared))
    yield Column(name=f"{field}_basis", kind=Kind.TEXT)
    if (word := _WORDED.get(field)) is not None:
        yield Column(name=f"{field}_{word}", kind=Kind.TEXT)


def _chunks(fields: Sequence[str], pages: Iterator[tuple[int, Sequence[Result]]]) -> Iterator[tuple[int, Chunk]]:
    names = [column.name for column in _columns(fields)]
    for number, results in pages:
        if results:
            rows = [_row(result, result.told, fields) for result in results if result.told is not None]
            yield number, {name: [row.get(name) for row in rows] for name in names}


def _row(result: Result, told: Told, fields: Sequence[str]) -> dict[str, object]:
    settings = told.settings
    row: dict[str, object] = {
        "source": result.source,
        "digital_twin_id": result.twin_id,
        "customer_id": result.customer_id,
        "twin_version": result.twin.version,
        "intervention_id": result.variant,
        "intervention_type": result.type,
        "channel": result.channel,
        "currency": result.currency,
        "as_of": settings.as_of,
        "horizon_days": told.intervention.intervention.horizon_days or settings.horizon_days,
        "level": settings.level,
        "model": result.model,
        "prior": result.prior,
        "created_at": told.created_at,
    }
    for field in fields:
        if field in result.known:
            row |= _values(field, result.known[field])
    return row


def _values(field: str, prediction: FieldPrediction) -> Mapping[str, object]:
    if field not in NUMERIC:
        return {field: _words(prediction)}
    if prediction.estimate is None:
        return {}
    values = {**_ends(field, prediction.estimate), f"{field}_confidence": prediction.confidence}
    if prediction.no_contact is not None:
        values[f"{field}_no_contact"] = prediction.no_contact.value
    if prediction.uplift is not None:
        values |= _ends(f"{field}_uplift", prediction.uplift)
    word = _WORDED.get(field)
    said = {} if word is None else {f"{field}_{word}": getattr(prediction, word)}
    return {**values, f"{field}_basis": prediction.basis, **said}


def _ends(name: str, estimate: Estimate) -> dict[str, object]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _words(prediction: FieldPrediction) -> str | None:
    """Return what is no number in a cell: the likeliest label, the first of a ranking, or a window in ISO 8601."""
    if prediction.window is not None:
        return f"{prediction.window.starts_at.isoformat()}/{prediction.window.ends_at.isoformat()}"
    if prediction.ranking:
        return prediction.ranking[0].name
    return prediction.label

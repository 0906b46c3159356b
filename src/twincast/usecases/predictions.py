"""Predicting many customers x many interventions as one table: in pieces of bounded memory, and without storing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownTwin
from twincast.domain.fields import (
    BY_NAME,
    DEFAULT_FIELDS,
    DEFAULT_HORIZON_DAYS,
    DEFAULT_LEVEL,
    MAX_HORIZON_DAYS,
    MAX_LEVEL,
    MIN_LEVEL,
    resolve,
)
from twincast.domain.ids import TWIN_PREFIX, TwinId
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.twins import Twin, Warning
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import read_intervention
from twincast.reading.records import read_records
from twincast.reading.twins import TwinFrame, frame_of
from twincast.response.cells import grid
from twincast.response.columns import Column, Vector
from twincast.response.model import NUMERIC, responses
from twincast.usecases.context import Context
from twincast.usecases.references import candidates

CELLS: Final = 65_536
"""Cells that are computed at a time; the numbers do not depend on it."""
READ_AT_ONCE: Final = 10_000
"""Twins that are loaded, or records that are read, at a time."""
OPTED_OUT: Final = "opted out of profiling: no prediction is made"

Customers = Sequence[str] | Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]
"""Ids of twins or of customers; or records; or the columns of a table of records by dotted name."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PredictionTable:
    """n customers x m interventions, customer by customer: row i * m + j is customer i with intervention j.

    Attributes:
        customer_ids: n ids of customers.
        intervention_ids: m ids of interventions.
        fields: asked name -> canonical field, in the order asked.
        columns: canonical field -> its n * m numbers; NaN where a field has no value, and for everyone in `refused`.
        refused: position of a customer -> why no prediction is made about this person.
        currencies: ISO 4217 code of each customer's money.
        as_of, horizon_days, level: how it was predicted.
        model, prior: what the numbers come from.
        warnings: what was not understood in the interventions, and records younger than the prediction.
    """

    customer_ids: Sequence[str]
    intervention_ids: tuple[str, ...]
    fields: Mapping[str, str]
    columns: Mapping[str, Column]
    refused: Mapping[int, str]
    currencies: Sequence[str]
    as_of: date
    horizon_days: int
    level: float
    model: str
    prior: str
    warnings: tuple[Warning, ...]

    def __len__(self) -> int:
        return len(self.customer_ids) * len(self.intervention_ids)

    def numbers(self) -> dict[str, Vector]:
        """Return the numeric columns by their public names, each of length n * m.

        For each asked name: `name`, `name_low`, `name_high`, and where the field has a no-contact twin
        `name_no_contact` and `name_uplift`.
        """
        found: dict[str, Vector] = {}
        for asked, field in self.fields.items():
            column = self.columns[field]
            found |= {asked: column.value, f"{asked}_low": column.low, f"{asked}_high": column.high}
            if column.no_contact is not None and column.uplift is not None:
                found |= {f"{asked}_no_contact": column.no_contact, f"{asked}_uplift": column.uplift}
        return found


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Group:
    """Customers that were gathered together; the records of `late` of them are younger than the prediction."""

    customer_ids: Sequence[str]
    frame: TwinFrame
    late: int = 0


def predict(
    ctx: Context,
    customers: Customers,
    interventions: Mapping[str, Intervention | None],
    *,
    fields: Sequence[str] = DEFAULT_FIELDS,
    as_of: date | None = None,
    horizon_days: int = DEFAULT_HORIZON_DAYS,
    level: float = DEFAULT_LEVEL,
) -> PredictionTable:
    """Predict every customer x every intervention; nothing is stored.

    Time grows with the number of cells; the working memory beside the answer does not.

    Args:
        ctx: whose customers.
        customers: ids of twins or customers; or records, which are read as of the day of the prediction.
        interventions: id -> what would be sent; None is sending nothing.
        fields: names in any accepted spelling; only those that are a single number.
        as_of: the day the prediction is made from; None for today.
        horizon_days: days within which to predict, where an intervention names none.
        level: level of the intervals.

    Returns:
        The table. A customer who opted out of profiling is in it by name, with the reason and without a number.

    Raises:
        InvalidInput, UnknownField: with each field, intervention or record that is not right.
        UnknownTwin: naming the ids without a twin.
    """
    asked = _fields(fields)
    _check(horizon_days, level, interventions)
    given = {name: replace(it or Intervention(type=NO_CONTACT), id=name) for name, it in interventions.items()}
    now = ctx.clock.now() if as_of is None else datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    groups = list(_gather(ctx, customers, now.date()))
    batch = _Batch(
        ctx=ctx, given=given, asked=tuple(dict.fromkeys(asked.values())), now=now, days=horizon_days, level=level
    )
    made_by = ctx.engine.provenance
    return PredictionTable(
        customer_ids=[customer for group in groups for customer in group.customer_ids],
        intervention_ids=tuple(given),
        fields=asked,
        columns=batch.columns([group.frame for group in groups]),
        refused=_refused(groups),
        currencies=[currency for group in groups for currency in group.frame.currencies],
        as_of=now.date(),
        horizon_days=horizon_days,
        level=level,
        model=made_by.model,
        prior=made_by.prior,
        warnings=(*batch.warnings(), *_late(groups, now.date())),
    )


# ---------------------------------------------------------------- what is asked


def _fields(asked: Sequence[str]) -> dict[str, str]:
    names = [asked] if isinstance(asked, str) else list(asked)
    if not names:
        raise InvalidInput.of([FieldProblem(field="fields", message="is empty", allowed="at least one field")])
    known = resolve(names, where="fields")
    problems = [
        FieldProblem(
            field=f"fields[{place}]",
            message=f"'{name}' is a {BY_NAME[field].kind} and no single number; `test` answers it",
            allowed="one of: " + ", ".join(sorted(NUMERIC)),
        )
        for place, (name, field) in enumerate(known.items())
        if field not in NUMERIC
    ]
    if problems:
        raise InvalidInput.of(problems)
    return known


def _check(horizon_days: int, level: float, interventions: Mapping[str, Intervention | None]) -> None:
    problems = []
    if not 1 <= horizon_days <= MAX_HORIZON_DAYS:
        allowed = f"1 to {MAX_HORIZON_DAYS}"
        problems.append(FieldProblem(field="horizon_days", message=f"{horizon_days} is out of range", allowed=allowed))
    if not (isfinite(level) and MIN_LEVEL <= level <= MAX_LEVEL):
        allowed = f"{MIN_LEVEL} to {MAX_LEVEL}"
        problems.append(FieldProblem(field="level", message=f"{level} is out of range", allowed=allowed))
    if not interventions:
        problems.append(
            FieldProblem(field="interventions", message="is empty", allowed="at least one; None sends nothing")
        )
    if problems:
        raise InvalidInput.of(problems)


# ---------------------------------------------------------------- whom it is about


def _gather(ctx: Context, customers: Customers, day: date) -> Iterator[_Group]:
    """Yield the customers as numbers, in their order, some thousands at a time."""
    if isinstance(customers, Mapping):
        return _read(ctx, _pieces_of_columns(customers), day)
    if _are_ids(customers):
        return _load(ctx, customers, day)
    records: Any = customers
    return _read(ctx, (records[start : start + READ_AT_ONCE] for start in range(0, len(records), READ_AT_ONCE)), day)


def _are_ids(customers: Sequence[Any]) -> TypeGuard[Sequence[str]]:
    texts = [isinstance(it, str) for it in customers]
    if any(texts) and not all(texts):
        place = texts.index(not texts[0])
        problem = FieldProblem(
            field=f"customers[{place}]",
            message="ids and records are mixed",
            allowed="only ids, or only records",
            row=place,
        )
        raise InvalidInput.of([problem])
    return bool(texts) and all(texts)


def _pieces_of_columns(columns: Mapping[str, Sequence[object]]) -> Iterator[dict[str, Sequence[object]]]:
    lengths = {name: len(cells) for name, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:5])
        message = f"the columns are not equally long: {shown}"
        raise InvalidInput.of([FieldProblem(field="customers", message=message, allowed="columns of one length")])
    for start in range(0, max(lengths.values(), default=0), READ_AT_ONCE):
        yield {name: cells[start : start + READ_AT_ONCE] for name, cells in columns.items()}


def _read(ctx: Context, pieces: Iterator[Any], day: date) -> Iterator[_Group]:
    """Read records piece by piece; a record that is not valid refuses them all, with its row."""
    problems: list[FieldProblem] = []
    done = 0
    for piece in pieces:
        batch = read_records(piece, as_of=day, default_currency=ctx.currency)
        problems += [replace(problem, row=done + (problem.row or 0)) for problem in batch.problems]
        done += len(batch.customer_ids)
        if len(problems) >= MAX_PROBLEMS:
            break
        yield _Group(customer_ids=batch.customer_ids, frame=batch.frame)
    if problems:
        raise InvalidInput.of(sorted(problems, key=lambda problem: problem.row or 0)[:MAX_PROBLEMS])


def _load(ctx: Context, references: Sequence[str], day: date) -> Iterator[_Group]:
    """Load twins by id, all from one consistent state of the store."""
    missing: list[str] = []
    with ctx.store.reading(ctx.workspace) as unit:
        for start in range(0, len(references), READ_AT_ONCE):
            twins = _find(unit, references[start : start + READ_AT_ONCE], missing)
            late = sum(twin.as_of > day for twin in twins)
            yield _Group(customer_ids=[twin.customer_id for twin in twins], frame=frame_of(twins), late=late)
    if missing:
        shown = ", ".join(f"'{ascii(reference)[1:-1][:80]}'" for reference in missing[:5])
        more = f" and {len(missing) - 5:,} more" if len(missing) > 5 else ""
        raise UnknownTwin(
            f"There is no twin in this workspace for {shown}{more}. "
            "Create it from the customer's record first, or pass the records themselves."
        )


def _find(unit: UnitOfWork, references: Sequence[str], missing: list[str]) -> list[Twin]:
    """Return the twins that there are, asking the store once; what has none is added to `missing`."""
    meant = [[it for it in candidates(reference) if it.startswith(TWIN_PREFIX)] for reference in references]
    asked: list[TwinId] = list(dict.fromkeys(it for options in meant for it in options))
    stored = {it: twin for it, twin in zip(asked, unit.twins.get_many(asked), strict=True) if twin is not None}
    found = [next((stored[it] for it in options if it in stored), None) for options in meant]
    missing += [reference for reference, twin in zip(references, found, strict=True) if twin is None]
    return [twin for twin in found if twin is not None]


def _refused(groups: Sequence[_Group]) -> dict[int, str]:
    refused: dict[int, str] = {}
    done = 0
    for group in groups:
        refused |= {done + int(place): OPTED_OUT for place in np.flatnonzero(~_allowed(group.frame))}
        done += len(group.frame)
    return refused


def _late(groups: Sequence[_Group], day: date) -> tuple[Warning, ...]:
    late = sum(group.late for group in groups)
    if not late:
        return ()
    message = f"{late:,} twins were made from records younger than {day}: they may know what came later."
    return (Warning(code="record-after-as-of", field="as_of", message=message),)


def _allowed(frame: TwinFrame) -> NDArray[np.bool_]:
    allowed: NDArray[np.bool_] = frame.column("profiling_opt_out") != 1.0
    return allowed


# ---------------------------------------------------------------- what is computed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Batch:
    """How to predict a frame of twins."""

    ctx: Context
    given: Mapping[str, Intervention]
    asked: tuple[str, ...]
    now: datetime
    days: int
    level: float

    def columns(self, frames: Sequence[TwinFrame]) -> dict[str, Column]:
        """Return every asked field for all twins of all frames x all interventions."""
        wide = len(self.given)
        total = sum(len(frame) for frame in frames) * wide
        whole = self._blank(total)
        read: dict[str, list[ReadIntervention]] = {}
        start = 0
        for frame in frames:
            for rows, currency in _portions(frame, max(1, CELLS // wide)):
                if currency not in read:
                    read[currency] = self._items(currency)
                cells = grid(frame.take(rows), read[currency], self.now)
                part = self.ctx.engine.predict(cells, self.asked, horizon_days=self.days, level=self.level)
                places = ((start + rows)[:, None] * wide + np.arange(wide)).ravel()
                for field in self.asked:
                    for name, values in part[field].parts().items():
                        whole[field][name][places] = values
            start += len(frame)
        return {field: Column(**parts) for field, parts in whole.items()}

    def warnings(self) -> tuple[Warning, ...]:
        """Return what was not understood in the interventions, and that engaging means different things for them."""
        items = self._items(self.ctx.currency)
        found = tuple(warning for item in items for warning in item.warnings)
        means = dict(zip(self.given, responses(items), strict=True))
        if "will_engage" not in self.asked or len(set(means.values())) < 2:
            return found
        listed = ", ".join(f"{response} for {name}" for name, response in list(means.items())[:5])
        message = (
            f"will_engage means {listed}: these are not to be compared. State the same `response` for all of them."
        )
        return (*found, Warning(code="mixed-responses", field="response", message=message))

    def _blank(self, total: int) -> dict[str, dict[str, Vector]]:
        """Return columns of NaN with the parts that each field has, as the engine makes them for no cells at all."""
        none = grid(frame_of([]), self._items(self.ctx.currency), self.now)
        empty = self.ctx.engine.predict(none, self.asked, horizon_days=self.days, level=self.level)
        return {field: {name: np.full(total, np.nan) for name in empty[field].parts()} for field in self.asked}

    def _items(self, currency: str) -> list[ReadIntervention]:
        return [
            read_intervention(item, currency=currency, path=f"interventions[{name!r}]")
            for name, item in self.given.items()
        ]


def _portions(frame: TwinFrame, size: int) -> Iterator[tuple[NDArray[np.intp], str]]:
    """Yield the rows to predict, at most `size` at a time, of one currency each: money in a text is read in it."""
    allowed = np.flatnonzero(_allowed(frame))
    currencies = np.array(frame.currencies, dtype=np.object_)[allowed]
    for currency in dict.fromkeys(currencies.tolist()):
        rows = allowed[currencies == currency]
        for start in range(0, len(rows), size):
            yield rows[start : start + size], currency

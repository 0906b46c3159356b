"""Predicting many customers x many interventions as one table: in pieces of bounded memory, and without storing it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput
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
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.twins import Warning
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.twins import TwinFrame, frame_of
from twincast.response.cells import grid
from twincast.response.columns import Column, Vector
from twincast.response.model import NUMERIC
from twincast.usecases.audiences import Audience, Customers, gather, may_profile
from twincast.usecases.context import Context
from twincast.usecases.learning import answering

CELLS: Final = 16_384
"""Cells that are computed at a time; the numbers do not depend on it."""
OPTED_OUT: Final = "opted out of profiling: no prediction is made"


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
        `name_no_contact`, `name_uplift`, `name_uplift_low` and `name_uplift_high`.
        """
        found: dict[str, Vector] = {}
        for asked, field in self.fields.items():
            column = self.columns[field]
            found |= {asked: column.value, f"{asked}_low": column.low, f"{asked}_high": column.high}
            if column.no_contact is not None:
                uplift, low, high = column.difference()
                found |= {f"{asked}_no_contact": column.no_contact, f"{asked}_uplift": uplift}
                found |= {f"{asked}_uplift_low": low, f"{asked}_uplift_high": high}
        return found


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
    question = ask(ctx, interventions, fields=fields, as_of=as_of, horizon_days=horizon_days, level=level)
    groups = list(gather(ctx, customers, question.now.date()))
    with ctx.store.reading(ctx.workspace) as unit:
        ctx = answering(ctx, unit)
    return answer(ctx, groups, question)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked about any customers.

    Attributes:
        given: id -> what would be sent.
        asked: asked name -> canonical field.
        now: the moment the prediction is made from.
        horizon_days: days within which to predict, where an intervention names none.
        level: of the intervals.
    """

    given: Mapping[str, Intervention]
    asked: Mapping[str, str]
    now: datetime
    horizon_days: int
    level: float


def ask(
    ctx: Context,
    interventions: Mapping[str, Intervention | None],
    *,
    fields: Sequence[str] = DEFAULT_FIELDS,
    as_of: date | None = None,
    horizon_days: int = DEFAULT_HORIZON_DAYS,
    level: float = DEFAULT_LEVEL,
) -> Question:
    """Return what is asked, once it is seen to be right; see `predict`.

    Raises:
        InvalidInput, UnknownField: with each field or intervention that is not right.
    """
    asked = _fields(fields)
    _check(horizon_days, level, interventions)
    return Question(
        given={name: replace(it or Intervention(type=NO_CONTACT), id=name) for name, it in interventions.items()},
        asked=asked,
        now=ctx.clock.now() if as_of is None else datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC),
        horizon_days=horizon_days,
        level=level,
    )


def answer(ctx: Context, groups: Sequence[Audience], question: Question) -> PredictionTable:
    """Predict customers that were gathered, by the context's engine; see `predict`.

    Raises:
        InvalidInput: naming each intervention that can not be read.
    """
    asked, day = question.asked, question.now.date()
    currencies = [currency for group in groups for currency in group.frame.currencies]
    batch = _Batch(
        engine=ctx.engine,
        items={currency: _read(question.given, currency) for currency in dict.fromkeys([ctx.currency, *currencies])},
        asked=tuple(dict.fromkeys(asked.values())),
        now=question.now,
        days=question.horizon_days,
        level=question.level,
    )
    made_by = ctx.engine.provenance
    return PredictionTable(
        customer_ids=[customer for group in groups for customer in group.customer_ids],
        intervention_ids=tuple(question.given),
        fields=asked,
        columns=batch.columns([group.frame for group in groups]),
        refused=_refused(groups),
        currencies=currencies,
        as_of=day,
        horizon_days=question.horizon_days,
        level=question.level,
        model=made_by.model,
        prior=made_by.prior,
        warnings=_warnings(batch.items, currencies, asked.values(), groups, day),
    )


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


# ---------------------------------------------------------------- what is computed


def _read(given: Mapping[str, Intervention], currency: str) -> list[ReadIntervention]:
    return [read_intervention(it, currency=currency, path=f"interventions[{name!r}]") for name, it in given.items()]


def _refused(groups: Sequence[Audience]) -> dict[int, str]:
    refused: dict[int, str] = {}
    done = 0
    for group in groups:
        refused |= {done + int(place): OPTED_OUT for place in np.flatnonzero(~may_profile(group.frame))}
        done += len(group.frame)
    return refused


# ---------------------------------------------------------------- what its reader should know


def _warnings(
    items: Mapping[str, Sequence[ReadIntervention]],
    currencies: Sequence[str],
    asked: Iterable[str],
    groups: Sequence[Audience],
    day: date,
) -> tuple[Warning, ...]:
    """Return what was not understood, what is not to be compared, and what may know the future; each once."""
    read = [it for currency in dict.fromkeys(currencies) for it in items[currency]]
    found = [warning for item in read for warning in item.warnings]
    mixed = _mixed(next(iter(items.values()))) if "will_engage" in asked else ()
    return tuple(dict.fromkeys((*found, *mixed, *_late(groups, day))))


def _mixed(items: Sequence[ReadIntervention]) -> tuple[Warning, ...]:
    """Say when will_engage is not one thing; a row of sending nothing beside coupons is the usual case."""
    means = {item.intervention.id: item.response or default_response(item.type, item.channel) for item in items}
    if len(set(means.values())) < 2:
        return ()
    listed = ", ".join(f"{response} for {name}" for name, response in list(means.items())[:5])
    message = f"will_engage means {listed}: these are not to be compared. State the same `response` for all of them."
    return (Warning(code="different-responses", field="response", message=message),)


def _late(groups: Sequence[Audience], day: date) -> tuple[Warning, ...]:
    late = sum(group.late for group in groups)
    if not late:
        return ()
    message = f"{late:,} twins were made from records younger than {day}: they may know what came later."
    return (Warning(code="record-after-as-of", field="as_of", message=message),)


# ---------------------------------------------------------------- what is computed


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Batch:
    """How to predict frames of twins; `items` holds the interventions as read in each currency."""

    engine: Engine
    items: Mapping[str, Sequence[ReadIntervention]]
    asked: tuple[str, ...]
    now: datetime
    days: int
    level: float

    def columns(self, frames: Sequence[TwinFrame]) -> dict[str, Column]:
        """Return every asked field for all twins of all frames x all interventions."""
        wide = len(next(iter(self.items.values())))
        whole = self._blank(sum(len(frame) for frame in frames) * wide)
        start = 0
        for frame in frames:
            for rows, currency in _portions(frame, max(1, CELLS // wide)):
                part = self._predict(frame.take(rows), currency)
                places = ((start + rows)[:, None] * wide + np.arange(wide)).ravel()
                for field in self.asked:
                    for name, values in part[field].parts().items():
                        whole[field][name][places] = values
            start += len(frame)
        return {field: Column(**parts) for field, parts in whole.items()}

    def _predict(self, frame: TwinFrame, currency: str) -> Mapping[str, Column]:
        cells = grid(frame, self.items[currency], self.now)
        return self.engine.predict(cells, self.asked, horizon_days=self.days, level=self.level)

    def _blank(self, total: int) -> dict[str, dict[str, Vector]]:
        """Return columns of NaN with the parts that each field has, as the engine makes them for no cells at all."""
        empty = self._predict(frame_of([]), next(iter(self.items)))
        return {field: {name: np.full(total, np.nan) for name in empty[field].parts()} for field in self.asked}


def _portions(frame: TwinFrame, size: int) -> Iterator[tuple[NDArray[np.intp], str]]:
    """Yield the rows to predict, at most `size` at a time, of one currency each: money in a text is read in it."""
    allowed = np.flatnonzero(may_profile(frame))
    currencies = np.array(frame.currencies, dtype=np.object_)[allowed]
    for currency in dict.fromkeys(currencies.tolist()):
        rows = allowed[currencies == currency]
        for start in range(0, len(rows), size):
            yield rows[start : start + size], currency

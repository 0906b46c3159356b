"""The table of a backtest as arrays: who was sent what and when, what came of it, and the split into train and test."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import BY_TIME, Split
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.imports import MAX_PROBLEMS
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import TwinFrame, joined
from twincast.response.cells import Cells
from twincast.stats.streams import stream
from twincast.usecases.audiences import Audience, gather, may_profile
from twincast.usecases.backtesting.attributes import attributes_of
from twincast.usecases.backtesting.checks import check
from twincast.usecases.backtesting.requests import FIELDS, BacktestRequest
from twincast.usecases.context import Context

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

EPOCH: Final = date(1970, 1, 1)
LEAST_ROWS, LEAST_EVENTS = 30, 5
"""Test rows, and events and non-events among them, below which nothing can be said."""
LEAST_TRAIN: Final = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Cases:
    """n contacts, or none, and what came of them; arrays of shape (n,) in the order of the table.

    Attributes:
        frame: the twins, one a row, as of the contact.
        customer: code of the customer.
        arms: names of what was sent; `contact` says of each arm whether it sends anything.
        arm: index into `arms`.
        items: interventions as read, one for each arm and currency; `item` is (arms, n) indices into them.
        outcome: 0, 1 or money.
        days: day of the contact, since 1970-01-01.
        propensity: NaN where not known; `randomised`: whether chance decided.
        segment: names.
        columns: what the records hold, by dotted name, and further columns of the table.
        rows: positions in the caller's table.
    """

    frame: TwinFrame
    customer: Index
    arms: tuple[str, ...]
    contact: Mask
    arm: Index
    items: tuple[ReadIntervention, ...]
    item: Index
    outcome: Array
    days: Array
    propensity: Array
    randomised: Mask
    segment: NDArray[np.str_] | None
    columns: Mapping[str, Sequence[object]]
    rows: Index

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def nothing(self) -> int | None:
        """The arm that sends nothing, if there is one."""
        found = np.flatnonzero(~self.contact)
        return int(found[0]) if len(found) else None

    def take(self, rows: Index | Mask) -> "Cases":
        """Return some of the rows."""
        where: Index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.intp)
        places = where.tolist()
        parts = ("customer", "arm", "outcome", "days", "propensity", "randomised", "rows")
        return replace(
            self,
            frame=self.frame.take(where),
            item=self.item[:, where],
            segment=None if self.segment is None else self.segment[where],
            columns={name: [cells[row] for row in places] for name, cells in self.columns.items()},
            **{name: getattr(self, name)[where] for name in parts},
        )

    def cells(self, arm: Index | int | None = None) -> Cells:
        """Return the cells of all rows under the arm that was drawn, or under another one."""
        chosen = self.arm if arm is None else np.broadcast_to(np.asarray(arm, dtype=np.intp), (len(self),))
        latest = float(self.days.max()) if len(self) else 0.0
        return Cells(
            twins=self.frame,
            interventions=self.items,
            twin=np.arange(len(self)),
            intervention=self.item[chosen, np.arange(len(self))],
            now=datetime.combine(EPOCH + timedelta(days=int(latest)), datetime.min.time(), UTC),
            days=self.days,
        )


def read_cases(ctx: Context, request: BacktestRequest) -> tuple[Cases, int]:
    """Read the table; returns the usable cases, and how many rows were left out because nobody may profile them.

    Raises:
        InvalidInput: a column is not as long as the others, names an unknown intervention, or holds what it can not.
        UnknownTwin: an id has no twin.
    """
    check(request)
    days = _days(ctx, request)
    frame, ids = _frames(ctx, request, days)
    arms = tuple(dict.fromkeys(request.interventions))
    items, item = _items(request, frame, arms)
    outcome = np.array([np.nan if value is None else float(value) for value in request.outcome])
    propensity = _numbers(request.propensity, len(outcome))
    known = np.isfinite(propensity) if request.randomised is None else np.array(request.randomised, dtype=np.bool_)
    place = {name: code for code, name in enumerate(arms)}
    cases = Cases(
        frame=frame,
        customer=np.unique(np.array(ids), return_inverse=True)[1].astype(np.intp),
        arms=arms,
        contact=np.array([_sends(request.interventions[name]) for name in arms]),
        arm=np.array([place[name] for name in request.intervention], dtype=np.intp),
        items=items,
        item=item,
        outcome=outcome,
        days=days,
        propensity=propensity,
        randomised=known,
        segment=None if request.segment is None else np.array(request.segment, dtype=np.str_),
        columns=attributes_of(request.customers) | dict(request.columns),
        rows=np.arange(len(outcome)),
    )
    allowed = may_profile(frame)
    return cases.take(np.isfinite(outcome) & allowed), int((~allowed).sum())


def part(cases: Cases, request: BacktestRequest) -> tuple[Cases, Cases, Split]:
    """Part the cases into train and test; by time no training outcome was still open when the test began.

    Raises:
        InvalidInput: too little to learn from or to test on, or an outcome without variation.
    """
    by = request.parted_by()
    test, cut = _by_time(cases, request) if by == BY_TIME else (_by_customer(cases, request), None)
    known = cases.days + request.window_days <= cut if cut is not None else np.ones(len(cases), dtype=np.bool_)
    train, purged = ~test & known, int((~test & ~known).sum())
    _enough(cases, train, test, request)
    events = None if request.is_money else int(cases.outcome[test].sum())
    split = Split(
        by=by,
        train=int(train.sum()),
        test=int(test.sum()),
        purged=purged,
        cut=None if cut is None else EPOCH + timedelta(days=int(cut)),
        events=events,
    )
    return cases.take(train), cases.take(test), split


def _by_time(cases: Cases, request: BacktestRequest) -> tuple[Mask, float]:
    """Return the test rows and the first day of the test: whole days, the latest of them."""
    days = np.sort(cases.days)
    cut = float(days[min(int(len(days) * (1.0 - request.test_share)), len(days) - 1)]) if len(days) else 0.0
    return cases.days >= cut, cut


def _by_customer(cases: Cases, request: BacktestRequest) -> Mask:
    """Return the rows of the customers that are drawn for the test, all of a customer's or none."""
    drawn = stream(request.seed, "backtest", "split").random(int(cases.customer.max(initial=-1)) + 1)
    return drawn[cases.customer] < request.test_share


def _enough(cases: Cases, train: Mask, test: Mask, request: BacktestRequest) -> None:
    outcome = cases.outcome
    if len(outcome) and float(np.ptp(outcome)) == 0.0:
        message = f"is {outcome[0]:g} in all {len(outcome):,} rows: without variation nothing can be judged"
        raise InvalidInput.of([FieldProblem(field=request.name, message=message)])
    if test.sum() < LEAST_ROWS or train.sum() < LEAST_TRAIN:
        parts = f"{int(train.sum()):,} to learn from and {int(test.sum()):,} to test on"
        message = f"{len(outcome):,} usable rows part into {parts}"
        allowed = f"at least {LEAST_TRAIN} and {LEAST_ROWS}"
        raise InvalidInput.of([FieldProblem(field="rows", message=message, allowed=allowed)])
    if request.is_money:
        return
    events = int(outcome[test].sum())
    if min(events, int(test.sum()) - events) < LEAST_EVENTS:
        message = f"happened in {events:,} of the {int(test.sum()):,} test rows"
        allowed = f"at least {LEAST_EVENTS} that happened, and as many that did not"
        raise InvalidInput.of([FieldProblem(field=request.name, message=message, allowed=allowed)])


# ---------------------------------------------------------------- what was given


def _days(ctx: Context, request: BacktestRequest) -> Array:
    today = ctx.clock.now().date()
    if request.time is None:
        return np.full(len(request.outcome), float(((request.as_of or today) - EPOCH).days))
    days = [day or today for day in request.time]
    late = [row for row, day in enumerate(days) if day > today]
    if late:
        problems = [FieldProblem(field="time", message=f"{days[row]} lies in the future", row=row) for row in late]
        raise InvalidInput.of(problems[:MAX_PROBLEMS])
    return np.array([float((day - EPOCH).days) for day in days])


def _frames(ctx: Context, request: BacktestRequest, days: Array) -> tuple[TwinFrame, list[str]]:
    """Read the customers, those of each day as of it, and put them back into the order of the table."""
    customers, pieces, places, ids = request.customers, [], [], [""] * len(days)
    for day in np.unique(days).tolist():
        rows = np.flatnonzero(days == day)
        for audience, mine in _gathered(ctx, customers, rows, EPOCH + timedelta(days=int(day))):
            pieces.append(audience.frame)
            places.append(mine)
            for row, name in zip(mine.tolist(), audience.customer_ids, strict=True):
                ids[row] = name
    order = np.argsort(np.concatenate(places), kind="stable")
    return joined(pieces).take(order), ids


def _gathered(ctx: Context, customers: Any, rows: Index, day: date) -> Iterator[tuple[Audience, Index]]:
    chosen = rows.tolist()
    some: Any
    if isinstance(customers, Mapping):
        some = {name: [cells[row] for row in chosen] for name, cells in customers.items()}
    else:
        some = [customers[row] for row in chosen]
    done = 0
    try:
        for audience in gather(ctx, some, day):
            yield audience, rows[done : done + len(audience.frame)]
            done += len(audience.frame)
    except InvalidInput as error:
        raise type(error).of(
            it if it.row is None else replace(it, row=chosen[it.row]) for it in error.problems
        ) from None


def _items(
    request: BacktestRequest, frame: TwinFrame, arms: Sequence[str]
) -> tuple[tuple[ReadIntervention, ...], Index]:
    """Read each intervention in each currency; returns them, and for each arm and row which one it is."""
    response = FIELDS[request.kind][1]
    currencies = list(dict.fromkeys(frame.currencies))
    code = np.array([currencies.index(currency) for currency in frame.currencies], dtype=np.intp)
    items: list[ReadIntervention] = []
    for name in arms:
        given = request.interventions[name] or Intervention(type=NO_CONTACT)
        meant = replace(given, id=name, horizon_days=None, response=response or given.response)
        items += [read_intervention(meant, currency=it, path=f"interventions[{name!r}]") for it in currencies]
    return tuple(items), np.arange(len(arms))[:, None] * len(currencies) + code[None, :]


def _sends(intervention: Intervention | None) -> bool:
    return intervention is not None and intervention.is_contact


def _numbers(values: Sequence[float | None] | None, count: int) -> Array:
    if values is None:
        return np.full(count, np.nan)
    return np.array([np.nan if value is None else float(value) for value in values])

"""What a backtest is asked: a table of contacts and what came of them, and how to judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import BY_CUSTOMER, REFUSE
from twincast.domain.interventions import Intervention
from twincast.usecases.audiences import Customers

Array = NDArray[np.float64]
DRAWS: Final = 400


class Estimator(Protocol):
    """An estimator of the caller's own, as scikit-learn spells it; for money `predict` is asked in place of proba."""

    def fit(self, features: Array, outcome: Array, /) -> object:
        """Learn from the training rows."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestRequest:
    """A table of contacts, column by column, each of n entries.

    Attributes:
        customers: ids of stored twins, or records as they were known at the contact.
        intervention: name of what each was sent.
        interventions: name -> what it is; None sends nothing.
        outcome: what happened within the window: 0 or 1, or money; None where it is not known.
        name: what the outcome is called.
        kind: `purchase`, `visit`, `click` or another response (domain.outcomes), or `amount` for money.
        window_days: days after the contact within which outcomes were counted.
        time: day of each contact; None: they are taken to be of one day.
        as_of: that day, where there is no time; None for today.
        propensity: probability with which each was to get what it got; None where nobody drew.
        randomised: whether chance decided; None: wherever there is a propensity.
        segment: a segment of each; None: thirds of recency by thirds of money.
        columns: further columns of the table, for leakage, estimators of one's own and subgroups.
        aside: columns that were left out beforehand, being outcomes themselves.
        subgroups: names of attributes of the record, or of columns, to judge by.
        split: `time` or `customer`; None: by time where there is one.
        test_share: share of the rows (or customers) that are kept for the test.
        leaks: `refuse`, `leave_out` or `keep` columns that know the outcome.
        estimators: name -> an estimator of the caller's own.
        curve: whether to draw a learning curve.
        act_above: confidence from which the twin may decide; below it nobody is contacted.
        level, seed, draws: of the intervals.
    """

    customers: Customers
    intervention: Sequence[str]
    interventions: Mapping[str, Intervention | None]
    outcome: Sequence[float | None]
    name: str
    kind: str
    window_days: int
    time: Sequence[date | None] | None = None
    as_of: date | None = None
    propensity: Sequence[float | None] | None = None
    randomised: Sequence[bool] | None = None
    segment: Sequence[str] | None = None
    columns: Mapping[str, Sequence[object]] = field(default_factory=dict)
    aside: Sequence[str] = ()
    subgroups: Sequence[str] = ()
    split: str | None = None
    test_share: float = 0.4
    leaks: str = REFUSE
    estimators: Mapping[str, Estimator] = field(default_factory=dict)
    curve: bool = True
    act_above: float | None = None
    level: float = 0.95
    seed: int = 0
    draws: int = DRAWS

    @property
    def is_money(self) -> bool:
        """Whether the outcome is an amount."""
        return self.kind == AMOUNT

    def parted_by(self) -> str:
        """How rows are parted."""
        return self.split or ("time" if self.time is not None else BY_CUSTOMER)


AMOUNT: Final = "amount"
FIELDS: Final[dict[str, tuple[str, str | None]]] = {
    "purchase": ("will_purchase", None),
    "visit": ("will_engage", "visit"),
    "click": ("will_engage", "click"),
    "reply": ("will_engage", "reply"),
    "redemption": ("will_engage", "redemption"),
    "open": ("will_open", None),
    "share": ("will_share", None),
    "unsubscribe": ("will_unsubscribe", None),
    AMOUNT: ("expected_revenue", None),
}
"""The prediction that each kind of outcome is compared with, and the response that `will_engage` then stands for."""

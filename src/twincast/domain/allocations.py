"""An allocation: one offer or none for each of many customers, under a budget and capacities, with a holdout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.domain.ids import AllocationId, BatchId, TwinId
from twincast.domain.objectives import Costs
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.predictions import Estimate
from twincast.domain.twins import Warning

HOLDOUT: Final = 0.1
"""Share of the customers that is held out, unless the request says otherwise."""
LEAST_HOLDOUT, MOST_HOLDOUT = 0.01, 0.5
"""There is always a holdout: without one nobody would ever know what the allocation brought."""


class Reason(StrEnum):
    """Why a customer gets an offer, or none."""

    CHOSEN = "chosen"
    HOLDOUT = "holdout"
    NO_GAIN = "no-gain"
    LIMITS = "limits"
    NO_CONSENT = "no-consent"
    QUIET_HOURS = "quiet-hours"
    FREQUENCY_CAP = "frequency-cap"
    PROFILING = "profiling-opt-out"
    RISK = "unsubscribe-risk"


MEANINGS: Final[Mapping[Reason, str]] = {
    Reason.CHOSEN: "gets the offer that is best for the whole within the limits",
    Reason.HOLDOUT: "held out by chance, so that what the offers bring can be measured",
    Reason.NO_GAIN: "no offer that may be sent brings more than sending nothing",
    Reason.LIMITS: "an offer would gain, but the budget or a capacity brings more elsewhere",
    Reason.NO_CONSENT: "has not consented to the channel of any offer",
    Reason.QUIET_HOURS: "every offer would go out in quiet hours",
    Reason.FREQUENCY_CAP: "has been contacted as often as the contact policy allows",
    Reason.PROFILING: "has opted out of profiling since the predictions were made",
    Reason.RISK: "every offer has a higher risk of unsubscribing than the contact policy allows",
}
REASONS: Final = tuple(Reason)
"""In the order of the codes that are stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capacities:
    """At most so many customers, by offer and by channel; what is not named is not limited."""

    offers: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What an allocation aims at, and within what.

    Attributes:
        objective: name of one of `domain.objectives`, the difference to sending nothing.
        costs: what profit needs to know; `contact` is that of offers without a cost of their own.
        budget: expected cost of all that is sent, at most, in the customers' currency; None: not limited.
        holdout: share that is held out; `seed` decides who, so that equal seeds hold out the same customers.
    """

    objective: str
    costs: Costs
    budget: float | None
    capacities: Capacities
    holdout: float
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Allocation:
    """An allocation as it was accepted; it never changes afterwards.

    Attributes:
        batch_id: the batch whose predictions it rests on; made for it where `own`.
        offers: ids of the batch's variants that can be allotted, in its order; contacts: money one contact costs, each.
        policy: contact policy when it was accepted.
    """

    id: AllocationId
    batch_id: BatchId
    own: bool
    offers: tuple[str, ...]
    contacts: Mapping[str, float]
    plan: Plan
    warnings: tuple[Warning, ...]
    created_at: datetime
    policy: ContactPolicy = DEFAULT_POLICY


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one offer has in an allocation; `channels` counts customers."""

    offer: str
    customers: int
    capacity: int | None
    cost: float
    gain: float
    channels: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scarce:
    """One limit: how much there is, how much is used, and what one unit more would bring.

    Attributes:
        kind: `budget`, `offer` or `channel`; name: of the offer or the channel, None for the budget.
        price: None where the limit is not reached, with the reason.
    """

    kind: str
    name: str | None
    limit: float
    used: float
    price: Estimate | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """How much more an allocation brings than another way to send.

    Attributes:
        name: `nothing`, `same_for_all` (the best one offer, to everybody or, where the limits are short, to as many
            drawn by chance), `one_offer` (the best one offer, to those whom it suits best).
        offer: which one; None for sending nothing.
        customers: who would get it.
        difference: of the allocation less the other way; better: share of draws in which it is above; ties split.
    """

    name: str
    offer: str | None
    customers: int
    difference: Estimate
    better: float


@dataclass(frozen=True, kw_only=True, slots=True)
class AllocationResults:
    """What an allocation adds up to; made again where somebody was erased.

    Attributes:
        customers: with predictions; open: not held out, and some offer may be sent; reasons: how many for each.
        gain, cost: expected, of all that is sent; currency: of money; None where none is involved.
        gap: share by which the gain may fall short of the best there is, at most.
        drawn: customers whose draws stand behind an interval, at most; draws: how many.
    """

    customers: int
    open: int
    reasons: Mapping[str, int]
    gain: Estimate
    cost: Estimate | None
    currency: str | None
    offers: tuple[Share, ...]
    limits: tuple[Scarce, ...]
    against: tuple[Against, ...]
    gap: float
    warnings: tuple[Warning, ...]
    model: str
    prior: str
    drawn: int
    draws: int
    completed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """What one customer gets.

    Attributes:
        offer: None for nothing; would: what a held-out customer would get at the prices of the limits.
        channel, starts_at, ends_at: where and when the offer goes out; None for nothing.
        gain, cost: expected, of the offer; 0 for nothing.
    """

    twin_id: TwinId
    offer: str | None
    would: str | None
    channel: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    holdout: bool
    reason: Reason
    gain: float
    cost: float | None


def share_problem(holdout: float) -> FieldProblem | None:
    """Return what is wrong with the share that is held out, or None."""
    if LEAST_HOLDOUT <= holdout <= MOST_HOLDOUT:
        return None
    allowed = f"{LEAST_HOLDOUT} to {MOST_HOLDOUT}: without a holdout nobody learns what the offers brought"
    return FieldProblem(field="holdout", message=f"{holdout!r} is not allowed", allowed=allowed)

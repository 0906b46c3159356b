"""Allocations as callers ask for them, and as they are answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from twincast.domain.allocations import (
    HOLDOUT,
    LEAST_HOLDOUT,
    MEANINGS,
    MOST_HOLDOUT,
    Against,
    Allocation,
    AllocationResults,
    Assignment,
    Capacities,
    Reason,
    Scarce,
    Share,
)
from twincast.domain.batches import Batch, Variant
from twincast.domain.objectives import BY_NAME, PROFIT, Costs
from twincast.domain.predictions import Estimate
from twincast.wire.comparisons import VariantIn
from twincast.wire.remarks import Remark, remarks
from twincast.wire.shapes import Answer, Day, Listed, Name, Number, Plain, Request, Whole

ABOUT = (
    "Expected, of all that is sent, against sending nothing. The interval holds how far the model may be off for all "
    "of these customers together, by draws of its parameters that they share; single customers vary on top of it. "
    "The holdout is what will tell what it really brought."
)


class CostsIn(Request):
    """What profit needs to know, in the customers' money."""

    margin: Number | None = Field(None, description="Share of the list price left once the goods are paid, 0 to 1.")
    contact: Number | None = Field(None, description="Of one contact, where an offer states no `cost` of its own.")
    gift: Number | None = Field(None, description="Of the gift that goes with an order, where an offer has one.")
    shipping: Number | None = Field(None, description="Of free shipping, for an order, where an offer has it.")

    def to_domain(self) -> Costs:
        """Return the costs as a value."""
        return Costs(margin=self.margin, contact=self.contact, gift=self.gift, shipping=self.shipping)


class CapacitiesIn(Request):
    """At most so many customers; what is not named is not limited."""

    offers: dict[Name, Whole] = Field(default_factory=dict, description="By id of an offer.")
    channels: dict[Name, Whole] = Field(default_factory=dict, description="By channel.")


class AllocationUploadOptions(Request):
    """What is asked of the customers in an uploaded table."""

    request: dict[str, Any] = Field(description="A body of `POST /allocations` without `digital_twin_ids`.")
    mapping: dict[str, Name | None] | None = Field(None, description="Column to field; null leaves a column out.")
    format: Name | None = None


class AllocationRequest(Request):
    """One offer or none for each customer."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "digital_twin_ids": ["twin_cust_12345", "twin_cust_67890"],
                    "offers": [
                        {"id": "discount", "content": "20% off this weekend", "channel": "email", "cost": 0.02},
                        {
                            "id": "news",
                            "content": "Early access to our new collection",
                            "channel": "email",
                            "cost": 0.02,
                        },
                    ],
                    "objective": "incremental_profit",
                    "costs": {"margin": 0.45},
                    "budget": 500.0,
                    "capacities": {"offers": {"discount": 1000}, "channels": {"email": 5000}},
                    "holdout": 0.1,
                }
            ]
        },
    )

    digital_twin_ids: list[Name] | None = Field(None, description="Twins' ids, or customers'; up to a million.")
    customer_segment: Name | None = Field(None, description="In place of them the name of a segment that is defined.")
    batch_id: Name | None = Field(
        None, description="Or a batch whose variants are the offers: nothing is predicted anew."
    )
    offers: list[VariantIn] | None = Field(None, description="One to 50, under your own ids; none with `batch_id`.")
    objective: Name = Field(PROFIT, description=f"Default: {PROFIT}. The difference to sending nothing is maximised.")
    costs: CostsIn = Field(default_factory=CostsIn)
    budget: Number | None = Field(
        None, description="Expected cost, at most: contacts and what is given away with orders."
    )
    capacities: CapacitiesIn = Field(default_factory=CapacitiesIn)
    holdout: Number = Field(
        HOLDOUT, description=f"Share held out by chance, {LEAST_HOLDOUT} to {MOST_HOLDOUT}. Default: {HOLDOUT}."
    )
    horizon_days: Whole | None = Field(None, description="Days within which it counts, 1 to 365. Default: 7.")
    level: Number | None = Field(None, description="Share of cases that intervals are to hold, .5 to .99. Default: .8.")
    as_of: Day | None = Field(None, description="Day the prediction is made from. Default: today.")
    seed: Whole = Field(0, description="Decides who is held out: equal seeds, the same customers. Default: 0.")

    def parts(self) -> dict[str, Any]:
        """Return what is asked by the names that the use case gives it."""
        offers = None
        if self.offers is not None:
            offers = tuple(Variant(id=it.id, intervention=it.to_domain(it.id)) for it in self.offers)
        return {
            "twins": None if self.digital_twin_ids is None else tuple(self.digital_twin_ids),
            "segment": self.customer_segment,
            "batch": self.batch_id,
            "offers": offers,
            "objective": self.objective,
            "costs": self.costs.to_domain(),
            "budget": self.budget,
            "capacities": Capacities(offers=self.capacities.offers, channels=self.capacities.channels),
            "holdout": self.holdout,
            "horizon_days": self.horizon_days,
            "level": self.level,
            "as_of": self.as_of,
            "seed": self.seed,
        }


class Expected(Answer):
    """A number, its interval, what it counts and what it rests on."""

    value: float
    low: float
    high: float
    level: float
    unit: str
    basis: str

    @classmethod
    def of(cls, found: Estimate) -> "Expected":
        """Render an estimate."""
        return cls(
            value=found.value, low=found.low, high=found.high, level=found.level, unit=found.unit, basis=found.basis
        )


class OfferShare(Answer):
    """What one offer has in the allocation."""

    offer_id: str
    customers: int
    capacity: int | None
    channels: dict[str, int]
    expected_cost: float
    expected_gain: float

    @classmethod
    def of(cls, found: Share) -> "OfferShare":
        """Render one offer's share."""
        return cls(
            offer_id=found.offer,
            customers=found.customers,
            capacity=found.capacity,
            channels=dict(found.channels),
            expected_cost=found.cost,
            expected_gain=found.gain,
        )


class LimitUsed(Answer):
    """The budget or a capacity: how much of it is used, and what one unit more would bring."""

    kind: str = Field(description="budget, offer or channel.")
    name: str | None
    limit: float
    used: float = Field(description="As expected; never above the limit.")
    shadow_price: Expected | None
    reason: str | None = Field(description="Why there is no price; null where there is one.")

    @classmethod
    def of(cls, found: Scarce) -> "LimitUsed":
        """Render one limit."""
        return cls(
            kind=found.kind,
            name=found.name,
            limit=found.limit,
            used=found.used,
            shadow_price=None if found.price is None else Expected.of(found.price),
            reason=found.reason,
        )


class Regret(Answer):
    """What would be lost by sending in another way."""

    instead: str = Field(
        description="nothing; same_for_all: the best one offer to everybody, to as many as the limits allow, drawn by "
        "chance; one_offer: the best one offer, to those whom it suits best."
    )
    offer_id: str | None
    customers: int
    difference: Expected = Field(description="Of this allocation less that.")
    p_better: float

    @classmethod
    def of(cls, found: Against) -> "Regret":
        """Render one other way."""
        return cls(
            instead=found.name,
            offer_id=found.offer,
            customers=found.customers,
            difference=Expected.of(found.difference),
            p_better=found.better,
        )


class AssignmentRow(Answer):
    """What one customer gets."""

    digital_twin_id: str
    offer_id: str | None = Field(description="null: nothing.")
    would_get: str | None = Field(description="Of a held-out customer: what the prices of the limits would give.")
    channel: str | None
    send_from: datetime | None
    send_until: datetime | None
    holdout: bool
    reason: str
    expected_gain: float
    expected_cost: float

    @classmethod
    def of(cls, found: Assignment) -> "AssignmentRow":
        """Render one customer."""
        return cls(
            digital_twin_id=found.twin_id,
            offer_id=found.offer,
            would_get=found.would,
            channel=found.channel,
            send_from=found.starts_at,
            send_until=found.ends_at,
            holdout=found.holdout,
            reason=found.reason.value,
            expected_gain=found.gain,
            expected_cost=found.cost,
        )


class HoldoutOut(Answer):
    """The customers who are held out by chance, so that what the offers bring can be measured."""

    share: float = Field(description="Probability with which each customer is held out.")
    seed: int
    customers: int | None = Field(description="Held out of those to whom some offer may be sent.")


class AllocationProvenance(Answer):
    """What made the numbers."""

    model: str
    prior: str
    software: str
    draws: int
    drawn_customers: int = Field(description="Customers whose draws stand behind one interval, at most.")


class AllocationOut(Answer):
    """An allocation: while its predictions are computed, what is known; at the end all of it."""

    allocation_id: str
    batch_id: str = Field(description="The batch that holds the predictions.")
    status: str
    job_id: str | None
    problem: str | None = Field(description="Why it can not be decided; null where it can.")
    objective: str
    meaning: str
    offers: list[str]
    budget: float | None
    holdout: HoldoutOut
    customers: int | None = Field(description="With predictions.")
    open_customers: int | None = Field(description="Not held out, and some offer may be sent to them.")
    reasons: dict[str, int] | None
    meanings: dict[str, str] = Field(description="What the reasons mean.")
    expected_gain: Expected | None
    expected_cost: Expected | None
    about: str
    per_offer: list[OfferShare] | None
    limits: list[LimitUsed] | None
    regret: list[Regret] | None
    optimality_gap: float | None = Field(description="Share by which the gain may fall short of the best, at most.")
    assignments: list[AssignmentRow]
    next_cursor: str | None
    warnings: list[Remark]
    provenance: AllocationProvenance | None
    created_at: datetime
    completed_at: datetime | None


class AllocationHead(Answer):
    """An allocation in a list."""

    allocation_id: str
    batch_id: str
    objective: str
    offers: list[str]
    budget: float | None
    holdout: float
    created_at: datetime

    @classmethod
    def of(cls, found: Allocation) -> "AllocationHead":
        """Render an allocation in a list."""
        return cls(
            allocation_id=found.id,
            batch_id=found.batch_id,
            objective=found.plan.objective,
            offers=list(found.offers),
            budget=found.plan.budget,
            holdout=found.plan.holdout,
            created_at=found.created_at,
        )


class Allocations(Listed[AllocationHead]):
    """A page of allocations, newest first."""


def answered(
    allocation: Allocation,
    batch: Batch,
    results: AllocationResults | None,
    page: Sequence[Assignment],
    *,
    state: Plain,
    software: str,
) -> AllocationOut:
    """Return an allocation as it is answered.

    Args:
        allocation, batch, results, page: as it stands; `results` None while it is not decided.
        state: `status`, `job_id`, `problem` and `next_cursor`.
        software: name and version, for provenance.
    """
    plan = allocation.plan
    reasons = None if results is None else dict(results.reasons)
    return AllocationOut(
        allocation_id=allocation.id,
        batch_id=batch.id,
        **state,
        objective=plan.objective,
        meaning=BY_NAME[plan.objective].meaning,
        offers=list(allocation.offers),
        budget=plan.budget,
        holdout=HoldoutOut(
            share=plan.holdout,
            seed=plan.seed,
            customers=None if reasons is None else reasons.get(Reason.HOLDOUT.value, 0),
        ),
        customers=None if results is None else results.customers,
        open_customers=None if results is None else results.open,
        reasons=reasons,
        meanings={reason.value: words for reason, words in MEANINGS.items()},
        expected_gain=None if results is None else Expected.of(results.gain),
        expected_cost=None if results is None or results.cost is None else Expected.of(results.cost),
        about=ABOUT,
        per_offer=None if results is None else [OfferShare.of(it) for it in results.offers],
        limits=None if results is None else [LimitUsed.of(it) for it in results.limits],
        regret=None if results is None else [Regret.of(it) for it in results.against],
        optimality_gap=None if results is None else results.gap,
        assignments=[AssignmentRow.of(it) for it in page],
        warnings=[
            Remark(**it) for it in remarks((*allocation.warnings, *(() if results is None else results.warnings)))
        ],
        provenance=None
        if results is None
        else AllocationProvenance(
            model=results.model,
            prior=results.prior,
            software=software,
            draws=results.draws,
            drawn_customers=results.drawn,
        ),
        created_at=allocation.created_at,
        completed_at=None if results is None else results.completed_at,
    )

"""Batches to store, with everything in them that could be lost on the way."""

from datetime import date, timedelta
from typing import Any

import numpy as np

from tests.storage.records import NOON, ODD, SESSION, a_read_intervention
from twincast.domain.batches import (
    UNKNOWN,
    Batch,
    BatchResults,
    BatchSettings,
    Choice,
    Failure,
    Member,
    Mode,
    Pair,
    Summary,
    Variant,
    VariantResult,
)
from twincast.domain.events import Head
from twincast.domain.extractions import Aggregate
from twincast.domain.homogeneity import Homogeneity, Spread
from twincast.domain.ids import BatchId, BranchId, CustomerId, SessionId, twin_id_of
from twincast.domain.insights import GroupEffect, Improvement, Insights, Timing
from twincast.domain.predictions import Estimate
from twincast.domain.twins import Warning

ESTIMATE = Estimate(value=ODD, low=5e-324, high=1 - 2**-53, level=0.8, unit="probability", basis="prior")
ADDED = Aggregate(field="will_engage", value=ODD, std=None, n=3, interval=ESTIMATE, about="what it is about")
SUMMARY = Summary(
    customers=3,
    engagement=ADDED,
    conversion=ADDED,
    revenue=ADDED,
    retention=ADDED,
    currency="EUR",
    fields={"engagement_score": ADDED},
)


PAIR = Pair(
    field="will_engage",
    first="A",
    second='B "quoted"',
    difference=ESTIMATE,
    together=ESTIMATE,
    p_better=ODD,
    apart=False,
    customers_needed=None,
)


def a_batch(name: str = "batch_1", seconds: int = 0, session: SessionId = SESSION, **changes: Any) -> Batch:
    """A batch of two variants for three customers in two parts, accepted some seconds after noon."""
    given = a_read_intervention().intervention
    values: dict[str, Any] = {
        "id": BatchId(name),
        "session_id": session,
        "head": Head(branch=BranchId("sess_1"), position=7),
        "segment": "spring – 日本",
        "variants": (Variant(id="A", intervention=given), Variant(id='B "quoted"', intervention=given)),
        "settings": BatchSettings(
            mode=Mode.COMPARE,
            fields={"engagement_score": "will_engage"},
            horizon_days=7,
            level=0.8,
            as_of=date(2024, 5, 1),
            unavailable={"mood": "nobody knows"},
            seed=2**63 - 1,
        ),
        "requested": 4,
        "duplicates": 1,
        "members": 3,
        "part": 2,
        "model": "ab" * 32,
        "warnings": (Warning(code="w", field="f", message="m"),),
        "now": NOON,
        "created_at": NOON + timedelta(seconds=seconds),
    }
    return Batch(**(values | changes))


def members(*customers: str) -> list[Member]:
    """Customers in their order; the last one is unknown."""
    return [
        Member(
            position=place,
            twin_id=twin_id_of(CustomerId(name)),
            version=UNKNOWN if place == len(customers) - 1 else 3,
            line=place,
        )
        for place, name in enumerate(customers)
    ]


def columns(customers: int, start: float = 0.0) -> dict[str, np.ndarray]:
    """Numbers of some customers x two variants, with all that a column can hold."""
    values = start + np.arange(2.0 * customers) + ODD
    values[-1] = np.nan
    return {"will_engage.value": values, "currency": np.array(["EUR", "CHF"] * customers, dtype="<U3")}


def some_results() -> BatchResults:
    """What a batch adds up to, with every part there."""
    result = VariantResult(
        variant_id="A",
        summary=SUMMARY,
        channels={"email": 2, "sms": 1},
        responses=("click",),
        p_best=ODD,
        preferred=0.5,
        mean_preference=None,
    )
    insights = Insights(
        variant_id="A",
        measured_by="m",
        compared=5,
        most=GroupEffect(name="brand_loyal + cautious", customers=31, difference=ESTIMATE),
        least=None,
        timing=Timing(token="friday_morning", gain=ESTIMATE),
        improvements=(Improvement(text="t", change="c", value=ODD, gain=ESTIMATE, customers=9),),
        reasons={"least_effective_for": "too few"},
    )
    spread = Spread(field="will_engage", observed=ODD, expected=1e-300, ratio=None, customers=3, basis="prior")
    return BatchResults(
        tested=2,
        refused=0,
        unknown=1,
        missing=0,
        failures=(Failure(twin_id=twin_id_of(CustomerId("C3")), code="unknown-twin", message="there is none"),),
        total=SUMMARY,
        of="A",
        variants=(result,),
        choice=Choice(best=None, leading="A", confidence=ODD, reason="too close"),
        pairs=(PAIR,),
        insights=insights,
        homogeneity=Homogeneity(spreads=(spread,), alike=None, agreeing=0.5, stable=None, about="a"),
        warnings=(),
        basis="prior",
        model="m1",
        prior="p1",
        reading="r1",
        drawn=2,
        draws=500,
        completed_at=NOON,
    )

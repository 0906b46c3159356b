"""Extractions to store."""

from typing import Any

from tests.storage.records import NOON, ODD, SESSION, a_checkpoint, twin_id
from twincast.domain.extractions import (
    Advice,
    Aggregate,
    BestTime,
    Choice,
    Definition,
    Difference,
    Extraction,
    Group,
    KeptRow,
    RealTest,
    Return,
    Segment,
    Statistics,
    Totals,
)
from twincast.domain.ids import CustomerId, ExtractionId
from twincast.domain.predictions import Estimate
from twincast.domain.twins import Warning

MANY = Estimate(value=ODD, low=-1e22, high=5e-324, level=0.95, unit="probability", basis="prior")
SUM = Aggregate(field="will_engage", value=ODD, std=None, n=2, interval=MANY, about="both")


def some_statistics() -> Statistics:
    """Statistics with everything in them."""
    choice = Choice(variant="a", leading="a", confidence=ODD, customers=2, gain=MANY, reason=None)
    segment = Segment(
        name="日本", customers=2, engagement=SUM, purchase=SUM, order_value=None, revenue=SUM, choice=choice, reason="x"
    )
    pair = Difference(field="f", first="a", second="b", alone=MANY, together=MANY, better=ODD, apart=True, customers=2)
    test = RealTest(
        field="f",
        first="a",
        second="b",
        first_value=ODD,
        second_value=0.1,
        alpha=0.05,
        power=0.8,
        per_arm=9,
        assurance=ODD,
        about="real people",
    )
    return Statistics(
        totals=Totals(customers=2, engagement=SUM, purchase=SUM, revenue=SUM, currency="EUR", high=1, used="all rows"),
        choice=choice,
        groups=(Group(by={"channel": None}, rows=2, customers=1, metrics={"f": SUM}),),
        segments=(segment,),
        differences=(pair,),
        tests=(test,),
        not_compared=None,
        advice=Advice(
            strategy="Use a",
            strategy_reason="so",
            timing=BestTime(token="friday", gain=MANY, customers=2, means="when", reason=None),
            roi=Return(ratio=MANY, margin=ODD, cost=0.2, reason=None),
        ),
    )


def an_extraction(name: str = "extract_1", **changes: Any) -> Extraction:
    """An extraction with everything in it."""
    values: dict[str, Any] = {
        "id": ExtractionId(name),
        "session_id": SESSION,
        "checkpoint": a_checkpoint(),
        "batch_id": None,
        "fields": ("customer_id", "engagement"),
        "definitions": {
            "engagement": Definition(
                field="will_engage",
                kind="probability",
                unit="probability",
                meaning="m",
                horizon_days=7,
                level=0.8,
                basis="prior",
                hint="h",
            )
        },
        "objective": "o",
        "situation": None,
        "level": 0.95,
        "min_cell": 30,
        "count": 2,
        "statistics": some_statistics(),
        "intervals": True,
        "drawn": 2,
        "draws": 1000,
        "unavailable": {"mood": "no"},
        "warnings": (Warning(code="c", field="f", message="m"),),
        "created_at": NOON,
    }
    return Extraction(**(values | changes))


def a_row(customer: str = "C1") -> KeptRow:
    """A row with every kind of value in it."""
    return KeptRow(
        twin_id=twin_id(customer),
        customer_id=CustomerId(customer),
        variant="a",
        source="test_1",
        segment=None,
        currency="EUR",
        values={"engagement": ODD, "mood": None, "concerns": ("price", "timing"), "label": "positive"},
        intervals={"engagement": (0.1, 0.9)},
        level=0.8,
        reasoning="because",
    )

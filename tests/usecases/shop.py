"""A small shop: customers who differ, messages that differ, and a context whose clock stands still."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any

from twincast.domain.comparisons import Comparison, Ranking
from twincast.domain.fields import CATALOGUE
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.domain.trials import Answered, Trial
from twincast.engines.behavioural import BehaviouralEngine
from twincast.ports.stores import Store
from twincast.storage.memory import MemoryStore
from twincast.usecases import audit, trials, twins
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.context import Context
from twincast.usecases.trials import TrialRequest

NOW = datetime(2026, 5, 4, 15, tzinfo=UTC)
"""A Monday, eight in the morning in Seattle."""

DOCUMENT: dict[str, Any] = {
    "customer_id": "cust_12345",
    "profile": {
        "age": 45,
        "location": "Seattle, WA",
        "income_bracket": "$100-150k",
        "family_status": "Married, 2 children",
    },
    "behavioral_data": {
        "purchase_frequency": "monthly",
        "average_order_value": 250,
        "lifetime_value": 12000,
        "preferred_channels": ["email", "mobile_app"],
        "browsing_patterns": "researches thoroughly before purchase",
    },
    "history": {
        "customer_since": "2019-03-15",
        "total_purchases": 48,
        "returns": 2,
        "support_interactions": 5,
        "satisfaction_scores": [4, 5, 3, 5, 4],
    },
    "psychographic_traits": ["quality_focused", "brand_loyal", "time_constrained"],
    "context": "Premium customer, early adopter, influences others in network",
}
"""The document's customer."""

BARGAIN: dict[str, Any] = {
    "customer_id": "bargain",
    "behavioral_data": {"average_order_value": 40, "preferred_channels": ["sms"], "interests": ["coffee", "tea"]},
    "history": {
        "customer_since": "2024-01-10",
        "total_purchases": 12,
        "last_purchase_date": "2026-04-20",
        "campaigns_received": 10,
        "campaigns_redeemed": 6,
    },
    "psychographic_traits": ["price_sensitive", "budget_conscious"],
}
AT_RISK: dict[str, Any] = {
    "customer_id": "at_risk",
    "behavioral_data": {"average_order_value": 90, "preferred_channels": ["email"]},
    "history": {
        "customer_since": "2021-02-01",
        "total_purchases": 9,
        "last_purchase_date": "2025-09-01",
        "satisfaction_scores": [2, 1, 2],
        "support_interactions": 7,
        "recent_failure": True,
    },
    "psychographic_traits": ["brand_loyal"],
}
DAILY: dict[str, Any] = {
    "customer_id": "daily",
    "behavioral_data": {"purchase_frequency": "daily", "average_order_value": 12, "preferred_channels": ["push"]},
    "history": {"customer_since": "2023-05-04", "total_purchases": 700, "last_purchase_date": "2026-05-03"},
    "psychographic_traits": ["tech_savvy", "early_adopter", "adventurous"],
}
COLD: dict[str, Any] = {"customer_id": "cold"}
HURRIED: dict[str, Any] = {
    "customer_id": "hurried",
    "profile": {"location": "Berlin"},
    "behavioral_data": {"preferred_channels": ["call", "email"], "browsing_patterns": "reads all reviews first"},
    "history": {"customer_since": "2025-12-01", "total_purchases": 1, "contacts_last_30_days": 14},
    "psychographic_traits": ["analytical", "conservative", "environmentally_aware"],
}
CUSTOMERS: tuple[dict[str, Any], ...] = (DOCUMENT, BARGAIN, AT_RISK, DAILY, COLD, HURRIED)

OFFER = Intervention(
    type="promotional_offer",
    channel="email",
    content="Exclusive for you: 30% off our new premium line, this weekend only",
    timing="friday_morning",
    personalization_level="high",
)
"""The document's message."""

DOCUMENT_VARIANTS = {
    "A": "30% off this weekend only - exclusive for loyal customers",
    "B": "Buy 2 get 1 free on our entire premium collection",
    "C": "Early access: New premium line before anyone else",
}

MESSAGES: tuple[Intervention, ...] = (
    OFFER,
    Intervention(type="none"),
    *(Intervention(type="promotional_email", content=text) for text in DOCUMENT_VARIANTS.values()),
    Intervention(
        type="sms_campaign", content="LAST CHANCE!!! ACT NOW!!! 50% OFF EVERYTHING!!!", timing="saturday_night"
    ),
    Intervention(type="coupon_campaign", channel="mail", content="Here are 5 coupons for coffee, save $2 on each"),
    Intervention(
        type="service_recovery",
        channel="email",
        content="We are sorry about your late order. Please accept $10 off your next one, with our apologies.",
    ),
    Intervention(type="newsletter", content="What is new in the shop this month? Our favourite recipes, and more."),
    Intervention(type="retention_offer", content="We miss you! Here's 40% off your next purchase"),
    Intervention(type="announcement", channel="push", content="Your basket misses you", response="tap", horizon_days=3),
    Intervention(type="outbound_call", content="May we ask you how you like your new coffee machine?", horizon_days=30),
    Intervention(
        type="product_launch",
        channel="in_app",
        content="New: the oat milk frother. Thousands love it already. Free returns for 30 days. See how it works.",
        timing="2026-05-09T21:30",
    ),
)

COMPARED = ("engagement_rate", "conversion_rate", "revenue_impact")
EVERY_FIELD = tuple(field.name for field in CATALOGUE)


@dataclass
class Calendar:
    """A clock that a test moves."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class Counting:
    """Ids that count up."""

    last: int = 0

    def new(self, prefix: str) -> str:
        self.last += 1
        return f"{prefix}{self.last:06d}"


@cache
def engine() -> BehaviouralEngine:
    """The engine that ships: it holds no state, so one serves all tests."""
    return BehaviouralEngine()


def context(store: Store) -> Context:
    return Context(
        workspace=WorkspaceId("default"),
        actor="local",
        store=store,
        engine=engine(),
        clock=Calendar(),
        ids=Counting(),
        software="twincast-test",
    )


def open_shop(*customers: Mapping[str, Any], store: Store | None = None) -> Context:
    """A context whose store holds these customers; all of them when none is named."""
    ctx = context(store or MemoryStore())
    twins.save_many(ctx, list(customers or CUSTOMERS))
    return ctx


def asking(twin: str = "cust_12345", intervention: Intervention = OFFER, **more: Any) -> TrialRequest:
    return TrialRequest(twin=twin, intervention=intervention, **more)


def comparing(
    variants: Mapping[str, str | Intervention], twin: str = "cust_12345", type_: str = "promotional_email", **more: Any
) -> ComparisonRequest:
    """A comparison of texts of one type, or of whole interventions."""
    return ComparisonRequest(
        twin=twin,
        variants=tuple(
            Variant(id=name, intervention=it if isinstance(it, Intervention) else Intervention(type=type_, content=it))
            for name, it in variants.items()
        ),
        **more,
    )


def numbers_in(value: object, path: str = "") -> Iterator[tuple[str, float]]:
    """Every float inside a value, with its path."""
    if isinstance(value, float):
        yield path, value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from numbers_in(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers_in(inner, f"{path}[{key}]")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from numbers_in(inner, f"{path}[{place}]")


def nothing_stored(ctx: Context) -> bool:
    """Whether no test was stored, and nothing written in the log, since the customers came."""
    return trials.listing(ctx).items == () and [it.action for it in audit.entries(ctx).items] == ["twin.imported"]


def numbers_of(trial: Trial) -> dict[str, Any]:
    """The numbers of an answer by field."""
    return {
        part.asked_as: (part.estimate, part.no_contact, part.uplift, part.distribution, part.confidence)
        for part in trial.answer.predictions
    }


def places(comparison: Comparison) -> dict[str, Ranking]:
    return {row.variant_id: row for row in comparison.rankings}


def numbers(row: Ranking | Answered, fields: tuple[str, ...] = COMPARED) -> dict[str, float]:
    answer = row.answer if isinstance(row, Ranking) else row
    return {it.asked_as: it.estimate.value for it in answer.predictions if it.estimate and it.asked_as in fields}


def cells(comparison: Comparison) -> dict[str, Answered]:
    """What is said of each variant, all of it but the places."""
    return {row.variant_id: row.answer for row in comparison.rankings}


def predicted(ctx: Context, fields: tuple[str, ...], **more: Any) -> dict[str, FieldPrediction]:
    """The asked fields of one test by the name that was asked."""
    return {part.asked_as: part for part in trials.run(ctx, asking(predict=fields, **more)).answer.predictions}


def changed(record: dict[str, Any], **history: Any) -> dict[str, Any]:
    """A record with another history."""
    return {**record, "history": {**record.get("history", {}), **history}}


def every(answers: dict[tuple[str, int], Trial]) -> list[tuple[Answered, FieldPrediction]]:
    """Every field of every test, with the answer it belongs to."""
    return list(chain.from_iterable([(it.answer, part) for part in it.answer.predictions] for it in answers.values()))

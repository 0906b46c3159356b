"""Any record with any message: finite numbers or a named error, and never anything else."""

from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.usecases.shop import (
    COLD,
    EVERY_FIELD,
    OFFER,
    asking,
    comparing,
    nothing_stored,
    numbers_in,
    open_shop,
)
from twincast.domain.errors import TwincastError
from twincast.domain.interventions import Intervention
from twincast.usecases import comparisons, trials, twins

texts = st.text(max_size=60) | st.sampled_from(["30% off", "$5 off", "friday_morning", "email", "none", "{{name}}!!!"])
FIRST, LAST = datetime(1900, 1, 2), datetime(2199, 12, 30)  # noqa: DTZ001  # hypothesis takes naive bounds
contents = st.lists(texts, min_size=1, max_size=8).map(" ".join)
interventions = st.builds(
    Intervention,
    type=st.sampled_from(["none", "coupon_campaign", "survey", "service_recovery", "promotional_email", "?"]),
    channel=st.none() | texts | st.sampled_from(["sms", "call", "mail", "in_app", "store"]),
    content=contents.map(lambda text: f"Hello {text}"),
    timing=st.none() | texts | st.datetimes(FIRST, LAST).map(datetime.isoformat),
    response=st.none() | st.sampled_from(["visit", "click", "tap", "reply", "redemption"]),
    products=st.lists(texts, max_size=3).map(tuple),
    cost=st.none() | st.floats(0, 1e300),
    horizon_days=st.none() | st.integers(1, 365),
    at=st.none() | st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
)
money = st.none() | st.integers(0, 10**12) | st.floats(0, 1e12)
counts = st.none() | st.integers(0, 10**6)
days = st.dates(date(1900, 1, 1), date(2026, 5, 4)).map(date.isoformat)
records = st.fixed_dictionaries(
    {"customer_id": st.just("anyone")},
    optional={
        "profile": st.dictionaries(st.sampled_from(["location", "income_bracket", "job"]), texts, max_size=3),
        "behavioral_data": st.fixed_dictionaries(
            {},
            optional={
                "purchase_frequency": texts | st.sampled_from(["daily", "yearly"]) | st.floats(0, 9_000),
                "average_order_value": money,
                "lifetime_value": money,
                "preferred_channels": st.lists(texts | st.sampled_from(["email", "sms", "store"]), max_size=3),
                "browsing_patterns": texts,
                "interests": st.lists(texts, max_size=3),
            },
        ),
        "history": st.fixed_dictionaries(
            {},
            optional={
                "customer_since": days,
                "last_purchase_date": days,
                "total_purchases": counts,
                "satisfaction_scores": st.lists(st.integers(1, 5), max_size=4),
                "campaigns_received": counts,
                "campaigns_redeemed": counts,
                "contacts_last_30_days": counts,
                "transactions": st.lists(
                    st.fixed_dictionaries({"date": days, "amount": money}, optional={"category": texts}), max_size=4
                ),
            },
        ),
        "psychographic_traits": st.lists(texts | st.sampled_from(["price_sensitive", "creative"]), max_size=3),
        "context": texts,
    },
)


wild = st.builds(
    Intervention,
    id=st.none() | texts,
    type=texts,
    channel=st.none() | texts,
    content=st.none() | texts,
    timing=st.none() | texts | st.datetimes().map(datetime.isoformat),
    personalization_level=st.none() | texts,
    response=st.none() | texts,
    cost=st.none() | st.floats(),
    horizon_days=st.none() | st.integers(),
    at=st.none() | st.datetimes(timezones=st.none() | st.just(UTC)),
)
settings_of_any_kind = st.fixed_dictionaries(
    {},
    optional={
        "horizon_days": st.integers(),
        "level": st.floats(),
        "as_of": st.dates(),
        "rounds": st.integers(),
        "seed": st.integers(),
        "extract": st.lists(texts, max_size=3).map(tuple),
        "objective": texts,
        "predict": st.none() | st.lists(texts | st.sampled_from(EVERY_FIELD), max_size=3).map(tuple),
    },
)


class TestAnything:
    @pytest.mark.slow
    @settings(max_examples=100)
    @given(
        record=records,
        message=interventions,
        horizon=st.none() | st.integers(1, 365),
        level=st.none() | st.floats(0.5, 0.99),
        as_of=st.none() | st.dates(date(1900, 1, 2), date(2199, 12, 30)),
    )
    def test_any_record_and_any_message_give_finite_numbers_or_a_named_error(
        self,
        record: dict[str, Any],
        message: Intervention,
        horizon: int | None,
        level: float | None,
        as_of: date | None,
    ) -> None:
        ctx = open_shop(COLD)
        how: dict[str, Any] = {"horizon_days": horizon, "level": level, "as_of": as_of, "thinking": True}
        try:
            twins.save(ctx, record)
            trial = trials.run(ctx, asking("anyone", message, predict=EVERY_FIELD, **how))
            variants = {"given": message, "offer": OFFER}
            comparison = comparisons.run(ctx, comparing(variants, "anyone", include_no_contact=True, **how))
        except TwincastError:
            event("refused")
            return
        event("answered")
        for path, number in (*numbers_in(trial), *numbers_in(comparison)):
            assert isfinite(number), path
        assert trials.get(ctx, trial.id) == trial

    @given(message=wild, how=settings_of_any_kind)
    def test_any_values_at_all_are_answered_or_refused_by_name(
        self, message: Intervention, how: dict[str, Any]
    ) -> None:
        ctx = open_shop(COLD)
        try:
            trial = trials.run(ctx, asking("cold", message, **how))
        except TwincastError:
            assert nothing_stored(ctx)
            return
        assert all(isfinite(number) for _, number in numbers_in(trial))

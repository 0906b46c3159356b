"""What a batch adds up to: intervals that hold what is not known, groups that stand out, twins too much alike."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import CUSTOMERS, open_shop
from twincast.domain.batches import BatchResults, Variant
from twincast.domain.interventions import Intervention
from twincast.engines.behavioural import BehaviouralEngine
from twincast.response.cells import Cells
from twincast.stats.streams import stream
from twincast.usecases import batches
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.context import Context
from twincast.world.making import Options, make

OFFER = Intervention(type="promotional_offer", channel="email", content="30% off everything this week")
PLAIN = Intervention(type="promotional_offer", channel="email", content="What is new in the shop")


def copies(count: int, record: dict[str, Any] = CUSTOMERS[0]) -> list[dict[str, Any]]:
    """Customers of whom the very same is known."""
    return [{**record, "customer_id": f"copy_{place:04}"} for place in range(count)]


def added(ctx: Context, customers: Sequence[dict[str, Any]], **more: Any) -> BatchResults:
    request = BatchRequest(
        twins=tuple(it["customer_id"] for it in customers), **{"intervention": OFFER, "analyze": False, **more}
    )
    found = batches.run(ctx, request).results
    assert found is not None
    return found


def width(results: BatchResults, name: str) -> float:
    interval = getattr(results.total, name).interval
    assert interval is not None
    return float(interval.high - interval.low)


class TestIntervals:
    @pytest.mark.parametrize("name", ["engagement", "conversion", "retention"])
    def test_many_equal_twins_are_as_wide_as_one(self, name: str) -> None:
        people = copies(300)
        ctx = open_shop(*people)
        assert width(added(ctx, people), name) == pytest.approx(width(added(ctx, people[:1]), name), rel=1e-9)

    def test_few_customers_who_differ_are_wider_than_many(self) -> None:
        people = [{**it, "customer_id": f"{it['customer_id']}_{k}"} for k in range(60) for it in CUSTOMERS]
        ctx = open_shop(*people)
        few, many = added(ctx, people[: len(CUSTOMERS)]), added(ctx, people)
        assert few.total.engagement.value == pytest.approx(many.total.engagement.value)
        assert width(few, "engagement") > 1.02 * width(many, "engagement")

    def test_holds_both_parts(self) -> None:
        """The interval is wider than which customers these are would make it alone."""
        people = [*copies(40), *copies(40, CUSTOMERS[3] | {"customer_id": "x"})]
        people = [{**it, "customer_id": f"c{place:03}"} for place, it in enumerate(people)]
        found = added(open_shop(*people), people, level=0.8)
        std = found.total.engagement.std
        assert std is not None
        assert width(found, "engagement") > 2.0 * 1.2816 * std / np.sqrt(80)

    @pytest.mark.req("A66")
    def test_the_whole_speaks_of_the_recommended_variant_or_of_all_alike_and_says_so(self) -> None:
        people = copies(5)
        ctx = open_shop(*people)
        variants = (Variant(id="a", intervention=OFFER), Variant(id="b", intervention=OFFER))
        tied = added(ctx, people, intervention=None, variants=variants)
        assert tied.choice.best is None
        assert tied.variants[0].p_best == tied.variants[1].p_best == 0.5
        assert "all variants" in tied.of
        nothing = (variants[0], Variant(id="never", intervention=replace(PLAIN, content="3", cost=None)))
        free = added(ctx, people, intervention=None, variants=(*nothing, Variant(id="no", intervention=NOTHING)))
        named = free.choice.best or free.of
        assert named in {"a", "never", "no"} or "all variants" in named


NOTHING = Intervention(type="none")


class Planted(BehaviouralEngine):
    """Believes that a message adds something for customers who look at prices, and as much as it does not know."""

    def __init__(self, effect: float) -> None:
        super().__init__()
        self.effect = effect

    def drawn(
        self, cells: Cells, field: str, *, horizon_days: int, draws: int, seed: int
    ) -> np.ndarray[Any, np.dtype[np.float64]]:
        shared = 0.02 * stream(seed, "planted").standard_normal(draws)
        price = cells.twins.column("pref_price")[cells.twin] > 0.5
        sent = np.array([item.is_contact for item in cells.interventions])[cells.intervention]
        effect = np.where(price, self.effect, 0.0)[:, None] * (1.0 + shared) + shared
        return 0.2 + np.where(sent[:, None], effect, 0.0)


def crowd(count: int) -> list[dict[str, Any]]:
    """Customers half of whom look at prices; as many of each kind buy often."""
    return [
        {
            "customer_id": f"c{place:04}",
            "psychographic_traits": ["price_sensitive", "budget_conscious"] if place % 2 else ["quality_focused"],
            "history": {"customer_since": "2023-05-04", "total_purchases": 40 if place % 4 < 2 else 3},
        }
        for place in range(count)
    ]


class TestInsights:
    def looked(self, effect: float, people: list[dict[str, Any]]) -> Any:
        ctx = replace(open_shop(*people), engine=Planted(effect))
        return added(ctx, people, analyze=True).insights

    @pytest.mark.req("R80", "R81", "A27")
    def test_the_group_that_a_message_works_for_is_found(self) -> None:
        found = self.looked(0.1, crowd(200))
        assert found.most.name == "price_sensitive"
        assert found.least.name == "quality_focused"
        assert found.most.difference.low <= found.most.difference.value <= found.most.difference.high
        assert found.most.difference.value == pytest.approx(0.1, abs=0.01)
        assert found.compared > 2

    @pytest.mark.req("R80", "R81", "A27")
    def test_where_nobody_differs_no_group_is_named(self) -> None:
        found = self.looked(0.0, crowd(200))
        assert (found.most, found.least) == (None, None)
        assert set(found.reasons) >= {"most_effective_for", "least_effective_for"}

    @pytest.mark.req("A27")
    def test_a_group_of_less_than_thirty_is_not_spoken_of(self) -> None:
        found = self.looked(0.1, crowd(58))
        assert (found.most, found.least, found.compared) == (None, None, 0)

    @pytest.mark.req("R82", "R83")
    def test_times_and_changes_are_tried_on_these_customers_and_gain_what_is_said(self) -> None:
        people = crowd(60)
        found = added(
            open_shop(*people), people, analyze=True, intervention=replace(PLAIN, timing="sunday_night")
        ).insights
        assert found is not None
        gains = [it.gain.value for it in found.improvements]
        assert gains == sorted(gains, reverse=True)
        assert all(gain > 0.0 for gain in gains)
        assert gains or "suggested_improvements" in found.reasons
        assert (found.timing is None) == ("optimal_timing" in found.reasons)
        if found.timing is not None:
            assert found.timing.gain.low > 0.0


class TestHomogeneity:
    @pytest.mark.req("N13")
    def test_twins_of_one_record_are_too_much_alike(self) -> None:
        people = copies(60)
        found = added(open_shop(*people), people)
        assert found.homogeneity.alike is True
        assert [it.code for it in found.warnings] == ["homogeneous-twins"]
        assert all(it.ratio == pytest.approx(0.0, abs=1e-9) for it in found.homogeneity.spreads)

    @pytest.mark.req("N13")
    def test_customers_who_differ_are_not(self) -> None:
        people = make(Options(customers=300, seed=3)).records()
        found = added(open_shop(*people), people)
        assert found.homogeneity.alike is False
        assert "homogeneous-twins" not in [it.code for it in found.warnings]

    def test_of_few_nothing_is_said(self) -> None:
        people = copies(29)
        assert added(open_shop(*people), people).homogeneity.alike is None

    @pytest.mark.req("N13")
    def test_agreement_and_stability_are_shares(self) -> None:
        variants = (Variant(id="a", intervention=OFFER), Variant(id="b", intervention=PLAIN))
        found = added(open_shop(*CUSTOMERS), CUSTOMERS, intervention=None, variants=variants).homogeneity
        assert found.agreeing is not None
        assert found.stable is not None
        assert 0.5 <= found.agreeing <= 1.0
        assert 0.0 <= found.stable <= 1.0

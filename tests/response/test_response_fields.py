"""The fields beyond the probabilities: money, counts, times and stated changes, each held to its definition."""

import numpy as np
import pytest
from scipy.special import expit

from tests.engines.batches import NOW, TEXTS, TODAY, bought, cells, message, nothing, random_cells, twins
from twincast.domain.channels import CHANNELS
from twincast.domain.interventions import ReadIntervention
from twincast.reading.twins import TwinFrame
from twincast.response.cells import grid
from twincast.response.columns import Column
from twincast.response.model import NUMERIC, predict
from twincast.response.posteriors import shipped_model
from twincast.response.ranking import best

REGULAR = bought(20.0, days=700.0, last=20.0, order_value_mean=80.0, order_value_n=20.0, open_rate=0.3)


def column(
    field: str, people: TwinFrame, items: list[ReadIntervention], days: int = 7, level: float = 0.8
) -> tuple[Column, np.ndarray]:
    """A field for every person x message, and its values as a table of people x messages."""
    found = predict(grid(people, items, NOW), shipped_model(), [field], horizon_days=days, level=level)[field]
    return found, found.value.reshape(len(people), len(items))


def values(field: str, people: TwinFrame, items: list[ReadIntervention], days: int = 7) -> np.ndarray:
    return column(field, people, items, days)[1]


class TestOpenAndShare:
    def test_opens_exist_where_the_channel_has_them(self) -> None:
        table = values("will_open", twins(REGULAR), [message(channel=name) for name in CHANNELS])[0]
        known = {name for name, value in zip(CHANNELS, table, strict=True) if not np.isnan(value)}
        assert known == {"email", "push"}

    @pytest.mark.req("R108")
    def test_sharing_is_rare_and_commonest_on_social_channels(self) -> None:
        table = values(
            "will_share", random_cells(3, 60).twins, [message("Hello", channel=c) for c in ("email", "social")]
        )
        assert np.all((table > 0.0) & (table < 0.5))
        assert np.all(table[:, 1] > table[:, 0])


@pytest.mark.req("R109")
class TestUnsubscribe:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_never_falls_with_recent_contacts(self, channel: str) -> None:
        people = twins(*({**REGULAR, "contacts_recent": float(count)} for count in range(60)))
        risk = values("will_unsubscribe", people, [message(text, channel=channel) for text in TEXTS])
        assert np.all(np.diff(risk, axis=0) >= 0.0)
        assert np.all(risk[-1] > risk[0])

    def test_shouting_costs_more_than_it_should(self) -> None:
        calm, loud = values("will_unsubscribe", twins(REGULAR), [message("A word on our coffee"), message(TEXTS[3])])[0]
        assert loud > 1.1 * calm


class TestPurchaseAmount:
    def test_a_discount_is_taken_off_once(self) -> None:
        people = random_cells(4, 60).twins
        found, table = column("purchase_amount", people, [message("Hello"), message("30% off everything")])
        assert np.allclose(table[:, 1], 0.7 * table[:, 0], rtol=1e-12)
        before = found.no_contact
        assert before is not None
        assert np.allclose(before.reshape(-1, 2)[:, 1], table[:, 0], rtol=1e-12)

    def test_money_off_is_taken_off_once_and_never_below_nothing(self) -> None:
        people = twins(REGULAR, {"order_value_mean": 4.0, "order_value_n": 50.0})
        table = values("purchase_amount", people, [message("Hello"), message("$20 off your next order")])
        assert table[0, 1] == pytest.approx(table[0, 0] - 20.0)
        assert table[1, 1] == 0.0

    def test_is_anchored_at_what_the_customer_spends(self) -> None:
        people = twins(*({"order_value_mean": mean, "order_value_n": 48.0} for mean in (10.0, 80.0, 250.0, 2000.0)))
        amount = values("purchase_amount", people, [nothing()])[:, 0]
        assert np.allclose(amount, [10.0, 80.0, 250.0, 2000.0], rtol=0.06)

    def test_the_interval_is_that_of_a_single_order(self) -> None:
        found, _ = column("purchase_amount", twins(REGULAR), [nothing()])
        rng = np.random.default_rng(3)
        precision = 1.0 / 0.8**2 + 20.0 / 0.5**2
        log_mean = (4.25 / 0.8**2 + 20.0 / 0.5**2 * (np.log(80.0) - 0.125)) / precision
        orders = np.exp(rng.normal(log_mean, np.sqrt(1.0 / precision + 0.25), 400_000))
        assert abs(np.mean(orders < found.low[0]) - 0.1) < 0.003
        assert abs(np.mean(orders > found.high[0]) - 0.1) < 0.003
        assert found.value[0] == pytest.approx(orders.mean(), rel=0.01)


class TestRevenue:
    @pytest.mark.req("A5")
    def test_is_chance_times_amount_and_its_impact_the_difference(self) -> None:
        batch = random_cells(5, 300)
        fields = ["will_purchase", "purchase_amount", "expected_revenue", "revenue_impact"]
        found = predict(batch, shipped_model(), fields, horizon_days=7, level=0.8)
        chance, amount, revenue = (found[name] for name in fields[:3])
        assert np.allclose(revenue.value, chance.value * amount.value, rtol=1e-9)
        assert chance.no_contact is not None
        assert amount.no_contact is not None
        assert np.allclose(
            found["revenue_impact"].value, revenue.value - chance.no_contact * amount.no_contact, rtol=1e-9, atol=1e-9
        )

    def test_a_giveaway_to_a_sure_buyer_costs_money(self) -> None:
        people = twins(bought(200.0, days=730.0, last=1.0, order_value_mean=80.0, order_value_n=200.0))
        impact = values("revenue_impact", people, [message("50% off everything"), message("Hello"), nothing()])[0]
        assert impact[0] < 0.0 < impact[1]
        assert impact[2] == 0.0

    def test_the_interval_holds_its_share_of_simulated_revenue(self) -> None:
        """P and the typical order are both uncertain: 200,000 draws of both against the points that stand for them."""
        people, items = twins(bought(6.0, days=700.0, last=60.0, order_value_mean=80.0, order_value_n=3.0)), [nothing()]
        found, _ = column("expected_revenue", people, items)
        chance, _ = column("will_purchase", people, items)
        rng, z = np.random.default_rng(8), 1.2815515655446004
        logit = np.log(chance.value / (1.0 - chance.value))
        sd = (np.log(chance.high / (1.0 - chance.high)) - logit) / z
        precision = 1.0 / 0.8**2 + 3.0 / 0.5**2
        log_mean = (4.25 / 0.8**2 + 3.0 / 0.5**2 * (np.log(80.0) - 0.125)) / precision
        mean = np.exp(rng.normal(log_mean, precision**-0.5, 200_000) + 0.125)
        draws = expit(rng.normal(logit[0], sd[0], 200_000)) * mean
        assert abs(np.mean(draws < found.low[0]) - 0.1) < 0.02
        assert abs(np.mean(draws > found.high[0]) - 0.1) < 0.02


class TestLifetimeAndLoyalty:
    @pytest.mark.req("R111")
    def test_nothing_sent_changes_nothing(self) -> None:
        people = random_cells(6, 60).twins
        for field in ("lifetime_value_impact", "loyalty_impact"):
            found, _ = column(field, people, [nothing()])
            assert not any(part.any() for part in (found.value, found.low, found.high)), field

    def test_loyalty_speaks_of_ninety_days_whatever_is_asked(self) -> None:
        people, items = twins(REGULAR), [message(TEXTS[1])]
        assert values("loyalty_impact", people, items, 7) == values("loyalty_impact", people, items, 30)

    def test_staying_is_worth_more_with_those_who_order_more(self) -> None:
        rich = {**REGULAR, "order_value_mean": 400.0}
        table = values("lifetime_value_impact", twins(REGULAR, rich), [message(TEXTS[1])])[:, 0]
        assert table[1] > 2.0 * table[0]

    @pytest.mark.req("R4")
    def test_offers_are_ranked_by_what_they_do_to_an_at_risk_customer(self) -> None:
        at_risk = twins(bought(9.0, days=900.0, last=200.0, recent_failure=1.0, satisfaction_mean=2.0))
        offers = [
            message("We are sorry about your late delivery. Here is 20% off.", type="retention_offer"),
            message("LAST CHANCE!!! BUY NOW!!! ACT NOW!!!", type="retention_offer"),
        ]
        batch = cells(at_risk, [*offers, nothing()])
        change = predict(batch, shipped_model(), ["loyalty_impact"], horizon_days=7, level=0.8)["loyalty_impact"].value
        share = best(batch, shipped_model(), "loyalty_impact", horizon_days=7, draws=4_000, seed=1)
        assert change[0] > change[1]
        assert change[2] == 0.0
        assert share[0] > share[1]
        assert np.argsort(-change).tolist()[0] == np.argmax(share) == 0


@pytest.mark.req("R112")
class TestItems:
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.99])
    def test_the_range_is_of_whole_items_from_one_up(self, level: float) -> None:
        people = twins(*({"items_per_order": items, "orders": 50.0} for items in (1.0, 1.02, 1.5, 2.87, 9.3, 40.0)), {})
        found, _ = column("items_purchased", people, [message()], level=level)
        for end in (found.low, found.high):
            assert np.array_equal(end, np.round(end))
            assert np.all(end >= 1.0)
        assert np.all((found.low <= found.value) & (found.value <= found.high))

    def test_is_pulled_to_what_the_customer_buys_by_many_orders(self) -> None:
        people = twins(*({"items_per_order": 9.0, "orders": count} for count in (1.0, 5.0, 50.0, 5_000.0)))
        table = values("items_purchased", people, [message()])[:, 0]
        assert np.all(np.diff(table) > 0.0)
        assert table[-1] == pytest.approx(9.0, abs=0.01)
        assert values("items_purchased", twins({}), [message()])[0, 0] == pytest.approx(2.9)

    def test_the_range_holds_its_share_of_orders(self) -> None:
        found, _ = column("items_purchased", twins({"items_per_order": 6.0, "orders": 1e6}), [message()])
        draws = 1 + np.random.default_rng(2).poisson(5.0, 100_000)
        assert np.mean((draws >= found.low[0]) & (draws <= found.high[0])) >= 0.8


class TestStated:
    @pytest.mark.req("R116")
    def test_a_change_keeps_the_score_between_one_and_five(self) -> None:
        people = twins(
            *({"satisfaction_mean": score, "recent_failure": 1.0} for score in (1.0, 1.02, 3.0, 4.99, 5.0)), {}
        )
        for text in TEXTS:
            found, _ = column("satisfaction_change", people, [message(text)], level=0.99)
            for end in (found.value, found.low, found.high):
                score = np.array([1.0, 1.02, 3.0, 4.99, 5.0]) + end[:5]
                assert np.all((score >= 1.0) & (score <= 5.0))
                assert np.all(np.abs(end) <= 4.0)

    @pytest.mark.req("R115")
    def test_a_view_of_the_brand_stays_on_its_scale_with_an_interval(self) -> None:
        found = predict(random_cells(9, 300), shipped_model(), ["brand_perception_change"], horizon_days=7, level=0.99)
        brand = found["brand_perception_change"]
        assert np.all((brand.low >= -1.0) & (brand.high <= 1.0))
        sent = brand.value != 0.0
        assert np.all(brand.low[sent] < brand.high[sent])

    @pytest.mark.req("R6")
    def test_an_apology_helps_after_a_failure_and_not_without_one(self) -> None:
        apology = message("We are sorry about your late delivery. Here is $20 off.", type="service_recovery")
        people = twins(
            {"recent_failure": 1.0, "satisfaction_mean": 2.5}, {"recent_failure": 0.0, "satisfaction_mean": 2.5}
        )
        found, table = column("satisfaction_change", people, [apology, message("Hello", type="service_recovery")])
        assert table[0, 0] > table[1, 0] > -0.2
        assert table[0, 0] > 0.1
        assert table[0, 0] > table[0, 1]
        assert found.low[0] < found.value[0] < found.high[0]

    def test_a_failure_sours_the_mood_and_a_gift_lifts_it(self) -> None:
        people = twins({"recent_failure": 0.0}, {"recent_failure": 1.0})
        plain, gift = values("emotional_response", people, [message("Hello"), message("A free gift for you")]).T
        assert plain[1] < plain[0]
        assert np.all(gift > plain)


class TestResponseTime:
    @pytest.mark.req("R118")
    def test_is_positive_with_a_range_and_shorter_on_faster_channels(self) -> None:
        items = [message(channel=name) for name in CHANNELS]
        found, table = column("response_time", twins(REGULAR), items)
        assert np.all((found.low > 0.0) & (found.low < found.value) & (found.value < found.high))
        hours = dict(zip(CHANNELS, table[0], strict=True))
        assert hours["call"] < hours["sms"] < hours["email"] < hours["mail"]


@pytest.mark.req("R120")
class TestPurchaseWindow:
    @pytest.mark.parametrize("days", [1, 7, 30, 365])
    def test_is_ordered_and_within_the_horizon(self, days: int) -> None:
        batch = random_cells(11, 200)
        found = predict(batch, shipped_model(), ["purchase_window"], horizon_days=days, level=0.8)["purchase_window"]
        own = np.array([item.intervention.horizon_days or days for item in batch.interventions])[batch.intervention]
        assert np.all((found.low >= 0.0) & (found.low <= found.value) & (found.value <= found.high))
        assert np.all(found.high <= own)

    def test_starts_no_earlier_on_a_channel_that_answers_later(self) -> None:
        items = [message(channel="email"), message(channel="mail")]
        rare = twins(bought(1.0, days=900.0, last=900.0))
        found, _ = column("purchase_window", rare, items, days=60)
        hours, _ = column("response_time", rare, items)
        assert hours.value[0] < hours.value[1]
        assert found.low[0] < found.low[1]

    def test_without_contact_a_rare_order_may_come_any_day(self) -> None:
        found, _ = column("purchase_window", twins(bought(1.0, days=900.0, last=900.0)), [nothing()], days=100)
        assert found.value[0] == pytest.approx(50.0, abs=1.0)
        assert (found.low[0], found.high[0]) == (pytest.approx(10.0, abs=1.0), pytest.approx(90.0, abs=1.0))

    def test_a_message_brings_the_purchase_forward(self) -> None:
        quiet, sent = values("purchase_window", twins(REGULAR), [nothing(), message()], days=60)[0]
        assert sent <= quiet
        rare = twins(bought(1.0, days=900.0, last=900.0))
        before, after = values("purchase_window", rare, [nothing(), message()], days=60)[0]
        assert after < before


class TestUseCases:
    @pytest.mark.parametrize("kind", ["upsell_offer", "cross_sell_offer"])
    def test_receptiveness_to_more_is_told_by_what_was_bought(self, kind: str) -> None:
        people = twins(REGULAR, REGULAR, interests=[("coffee", "tea"), ("books",)])
        offer = message("Try our premium coffee, 20% off.", type=kind, products=("premium coffee",))
        chance = values("will_purchase", people, [offer])[:, 0]
        assert chance[0] > chance[1]
        assert np.all(values("items_purchased", people, [offer]) >= 1.0)

    def test_interest_in_a_launch_is_higher_for_what_was_bought_before(self) -> None:
        people = twins(REGULAR, REGULAR, REGULAR, interests=[("sneakers",), ("books",), ()])
        launch = message("New: our autumn sneakers.", type="product_launch", products=("sneakers",))
        seen, unseen, unknown = values("will_engage", people, [launch])[:, 0]
        assert seen > unknown > unseen

    def test_a_later_last_order_makes_a_purchase_likelier(self) -> None:
        people = twins(*({**REGULAR, "last_order_day": TODAY - last} for last in (600.0, 200.0, 60.0, 5.0)))
        assert np.all(np.diff(values("will_purchase", people, [nothing()])[:, 0]) > 0.0)

    def test_every_probability_rises_with_the_horizon_asked_for(self) -> None:
        people = random_cells(12, 40).twins
        for field in ("will_purchase", "will_engage", "will_click", "will_unsubscribe"):
            table = [values(field, people, [message()], days) for days in (1, 7, 14, 60, 365)]
            assert np.all(np.diff(table, axis=0) >= 0.0), field

    def test_every_numeric_field_answers_for_a_twin_of_whom_nothing_is_known(self) -> None:
        found = predict(cells(twins({}), [message()]), shipped_model(), list(NUMERIC), horizon_days=7, level=0.8)
        assert not [name for name, one in found.items() if np.isnan(one.value).any()]

"""Allocations: limits that hold, a holdout by chance, contact policy, honest intervals, and lists for the tools."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.usecases.shop import asking, open_shop
from twincast.domain.allocations import AllocationResults, Assignment, Capacities, Reason
from twincast.domain.batches import Variant
from twincast.domain.errors import BatchUnderWay, InvalidInput, UnknownAllocation
from twincast.domain.interventions import Intervention
from twincast.domain.objectives import Costs
from twincast.domain.policies import Cap, ContactPolicy
from twincast.files.tables_out import written
from twincast.response.usual import usual_unsubscribe
from twincast.usecases import allocations, batches, persons, policies, trials, twins
from twincast.usecases.allocating.requests import AllocationRequest
from twincast.usecases.allocating.sendlists import TOOLS, of_allocation
from twincast.usecases.allocations import Allotted, BatchWork
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.context import Context

COUNT = 60
WHO = tuple(f"c{place}" for place in range(COUNT))
TEXTS = {"ten": "10% off tea this week", "new": "Early access to our new collection", "ship": "Free shipping this week"}
COSTS = Costs(margin=0.5, shipping=4.0)


def a_customer(place: int) -> dict[str, Any]:
    return {
        "customer_id": f"c{place}",
        "profile": {"email_consent": place % 10 != 0},
        "behavioral_data": {"average_order_value": 20.0 + 7.0 * (place % 9)},
        "history": {"total_purchases": place % 13, "last_purchase_date": f"2026-0{1 + place % 4}-11"},
    }


def offers(**more: Any) -> tuple[Variant, ...]:
    usual = {"channel": "email", "cost": 0.05, "timing": "friday_morning", **more}
    return tuple(Variant(id=name, intervention=Intervention(content=text, **usual)) for name, text in TEXTS.items())


def asked(**more: Any) -> AllocationRequest:
    return AllocationRequest(**{"twins": WHO, "offers": offers(), "costs": COSTS, "budget": 3.0, **more})


def a_shop(count: int = 12) -> Context:
    return open_shop(*(a_customer(place) for place in range(count)))


@pytest.fixture(scope="module")
def filled() -> Context:
    return a_shop(COUNT)


@pytest.fixture(scope="module")
def made(filled: Context) -> Allotted:
    return allocations.run(filled, asked(capacities=Capacities(offers={"ten": 5}, channels={"email": 40})))


def results(found: Allotted) -> AllocationResults:
    assert found.results is not None
    return found.results


def sent(page: Sequence[Assignment]) -> list[Assignment]:
    return [it for it in page if it.offer is not None]


def problem(ctx: Context, request: AllocationRequest) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        allocations.run(ctx, request)
    found = refused.value.problems[0]
    return found.field, f"{found.message}; {found.allowed}"


class TestAnAllocation:
    @pytest.mark.req("N7", "I24")
    def test_is_never_above_a_limit(self, made: Allotted) -> None:
        found, given = results(made), sent(made.page)
        assert sum(it.cost or 0.0 for it in given) <= 3.0 * (1 + 1e-9)
        assert sum(it.offer == "ten" for it in given) <= 5
        assert sum(it.channel == "email" for it in given) == len(given) <= 40
        assert all(it.used <= it.limit * (1 + 1e-9) for it in found.limits)
        assert len(given) == sum(it.customers for it in found.offers) > 0

    def test_adds_up_what_its_customers_get(self, made: Allotted) -> None:
        found = results(made)
        assert found.gain.value == pytest.approx(sum(it.gain for it in made.page))
        assert found.cost is not None
        assert found.cost.value == pytest.approx(sum(it.cost or 0.0 for it in made.page))
        assert sum(found.reasons.values()) == found.customers == len(made.page) == COUNT
        assert found.gap < 0.02

    @pytest.mark.req("N7")
    def test_profit_is_margin_on_more_orders_less_what_is_given_and_the_contact(
        self, filled: Context, made: Allotted
    ) -> None:
        rows = batches.rows(filled, made.batch.id, 0, COUNT)
        ids = [it.id for it in made.batch.variants]
        cell = {
            (twin, ids[variant]): row
            for row, (twin, variant) in enumerate(zip(rows.twin_ids, rows.variant, strict=True))
        }
        for it in sent(made.page):
            row = cell[it.twin_id, str(it.offer)]
            p1, p0 = (rows.columns["will_purchase"][part][row] for part in ("value", "no_contact"))
            r1, r0 = (rows.columns["expected_revenue"][part][row] for part in ("value", "no_contact"))
            full = r0 / p0
            given = p1 * full - r1 + (4.0 * p1 if it.offer == "ship" else 0.0)
            assert it.cost == pytest.approx(0.05 + given)
            assert it.gain == pytest.approx(0.5 * full * (p1 - p0) - given - 0.05)

    @pytest.mark.req("N7")
    def test_says_prices_and_regrets_with_intervals(self, made: Allotted) -> None:
        found = results(made)
        nothing, same, one = found.against
        assert (nothing.name, same.name, one.name) == ("nothing", "same_for_all", "one_offer")
        assert nothing.difference.value == pytest.approx(found.gain.value)
        assert same.difference.value >= one.difference.value >= -found.gap * found.gain.value
        budget = found.limits[0]
        assert budget.price is not None
        assert budget.price.unit == "USD per USD"
        for it in (found.gain, budget.price, *(it.difference for it in found.against)):
            assert it.low < it.value < it.high
        assert all((it.price is None) == (it.reason is not None) for it in found.limits)

    @pytest.mark.slow
    def test_twice_the_customers_make_no_surer_gain_of_each(self, filled: Context, made: Allotted) -> None:
        half = allocations.run(filled, asked(twins=WHO[: COUNT // 2], budget=None))
        whole = allocations.run(filled, asked(budget=None))
        spans = [results(it).gain for it in (half, whole)]
        widths = [(it.high - it.low) / it.value for it in spans]
        assert widths[1] > 0.7 * widths[0]

    @pytest.mark.slow
    def test_rests_on_a_batch_as_on_its_own_predictions(self, filled: Context, made: Allotted) -> None:
        batch = batches.run(filled, BatchRequest(twins=WHO, variants=offers(), analyze=False))
        limits = Capacities(offers={"ten": 5}, channels={"email": 40})
        again = allocations.run(filled, asked(twins=None, offers=None, batch=batch.batch.id, capacities=limits))
        assert again.page == made.page
        assert allocations.get(filled, again.allocation.id).page == again.page
        assert not again.allocation.own

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("objective", "unit"),
        [
            ("purchase", "customers who buy"),
            ("engagement", "customers who respond"),
            ("incremental_revenue", "USD"),
            ("retention", "customers kept"),
        ],
    )
    def test_aims_at_other_objectives(self, filled: Context, objective: str, unit: str) -> None:
        found = results(allocations.run(filled, asked(objective=objective, costs=Costs(), budget=None)))
        assert found.gain.unit == unit
        assert found.gain.low < found.gain.value < found.gain.high


class TestTheHoldout:
    @pytest.mark.req("N7")
    @pytest.mark.slow
    def test_is_always_there_drawn_by_seed_and_customer_alone(self, filled: Context) -> None:
        def held(**more: Any) -> set[str]:
            page = allocations.run(filled, asked(**more)).page
            assert all(it.offer is None for it in page if it.holdout)
            return {it.twin_id for it in page if it.holdout}

        third = held(holdout=0.33)
        assert 8 < len(third) < 32
        assert held(holdout=0.33, twins=WHO[:20], budget=None) == {f"twin_{it}" for it in WHO[:20]} & third
        assert held(holdout=0.1) < third
        assert held(holdout=0.33, seed=1) != third

    def test_says_what_its_customers_would_get(self, filled: Context) -> None:
        page = allocations.run(filled, asked(holdout=0.5, objective="purchase", budget=None)).page
        assert {it.would for it in page if it.holdout} <= set(TEXTS)
        assert {it.would for it in page if not it.holdout} == {None}


class TestContactPolicy:
    @pytest.mark.req("A67")
    def test_leaves_out_who_has_not_consented(self, made: Allotted) -> None:
        without = [it for it in made.page if it.reason is Reason.NO_CONSENT]
        assert {it.twin_id for it in without} == {f"twin_c{place}" for place in range(0, COUNT, 10)}
        assert all(it.offer is None and not it.holdout for it in without)

    def test_sends_nothing_in_quiet_hours_and_nothing_above_a_cap(self) -> None:
        ctx = a_shop()
        quiet = allocations.run(ctx, asked(twins=WHO[:12], offers=offers(timing="night")))
        assert {it.reason for it in quiet.page} == {Reason.QUIET_HOURS, Reason.NO_CONSENT}
        evening = allocations.run(ctx, asked(twins=WHO[:9], offers=offers(timing="evening"), budget=None))
        assert {(it.starts_at.hour, it.ends_at.hour) for it in sent(evening.page) if it.starts_at and it.ends_at} == {
            (17, 21)
        }
        twins.save(ctx, {**a_customer(1), "history": {**a_customer(1)["history"], "last_contact_date": "2026-05-03"}})
        policies.put(ctx, ContactPolicy(caps=(Cap(contacts=1, days=14),)))
        capped = allocations.run(ctx, asked(twins=WHO[:12], offers=offers(timing=None)))
        assert [it.reason for it in capped.page if it.twin_id == "twin_c1"] == [Reason.FREQUENCY_CAP]

    @pytest.mark.req("R204")
    def test_sends_nothing_above_the_limit_of_unsubscribing(self) -> None:
        ctx = a_shop()
        shouted = Intervention(content="10% OFF!!! BUY NOW!!! LAST CHANCE!!! ACT NOW!!!", channel="email", cost=0.05)
        loud = Variant(id="shouted", intervention=shouted)
        both = asked(twins=WHO[:12], offers=(*offers(), loud), budget=None)
        alone = asked(twins=("c1",), offers=(loud,), budget=None, holdout=0.01)
        tested = trials.run(ctx, asking(twin="c1", intervention=shouted, predict=("will_unsubscribe",)))
        risk = tested.answer.predictions[0].estimate
        assert risk is not None
        usual = usual_unsubscribe(tested.settings.horizon_days)["email"]
        policies.put(ctx, ContactPolicy(unsubscribe_ratio=0.99 * risk.value / usual))
        some = allocations.run(ctx, both)
        assert {it.offer for it in some.page if it.twin_id == "twin_c1"} <= {*TEXTS, None}
        only = allocations.run(ctx, alone)
        assert [it.reason for it in only.page] == [Reason.RISK]
        policies.put(ctx, ContactPolicy(unsubscribe_ratio=1.01 * risk.value / usual))
        allowed = allocations.run(ctx, alone)
        assert [it.reason for it in allowed.page] != [Reason.RISK]


class TestLargeOnes:
    def test_are_decided_when_their_predictions_are_there(self, filled: Context, made: Allotted) -> None:
        limits = Capacities(offers={"ten": 5}, channels={"email": 40})
        waiting = allocations.run(filled, asked(capacities=limits), inline=0)
        assert waiting.results is None
        assert waiting.job is not None
        with pytest.raises(BatchUnderWay):
            of_allocation(filled, waiting.allocation.id)
        assert allocations.get(filled, waiting.allocation.id).status == "queued"
        work = BatchWork(lambda _workspace, _actor: filled)
        for part in range(waiting.batch.parts):
            work.run(filled.workspace, "local", waiting.batch.id, part)
        work.finish(filled.workspace, "local", waiting.batch.id)
        done = allocations.get(filled, waiting.allocation.id)
        assert done.page == made.page
        assert done.results is not None
        assert replace(done.results, completed_at=results(made).completed_at) == made.results


class TestErasure:
    @pytest.mark.req("R201")
    def test_takes_somebody_out_of_who_gets_what_and_of_the_sums(self) -> None:
        ctx = a_shop()
        made = allocations.run(ctx, asked(twins=WHO[:12], budget=None))
        whose = sent(made.page)[0]
        shown = persons.export(ctx, whose.twin_id).batches[0]["allocations"]
        assert isinstance(shown, list)
        assert shown[0]["offer"] == whose.offer
        persons.erase(ctx, whose.twin_id)
        left = allocations.get(ctx, made.allocation.id)
        assert [it for it in made.page if it.twin_id != whose.twin_id] == list(left.page)
        assert results(left).gain.value == pytest.approx(results(made).gain.value - whose.gain)
        batches.delete(ctx, made.batch.id)
        with pytest.raises(UnknownAllocation):
            allocations.get(ctx, made.allocation.id)


class TestSendLists:
    @pytest.mark.req("R201")
    @pytest.mark.parametrize("tool", TOOLS)
    def test_say_of_everybody_what_goes_out_or_nothing(self, filled: Context, made: Allotted, tool: str) -> None:
        export = of_allocation(filled, made.allocation.id, tool)
        rows = json.loads(b"".join(written(export.columns, export.rows(), "json")))
        ids = {"plain": "customer_id", "klaviyo": "External ID", "braze": "external_id", "braze-cloud": "EXTERNAL_ID"}
        assert [row[ids[tool]] for row in rows] == [it.twin_id.removeprefix("twin_") for it in made.page]
        if tool == "braze-cloud":
            assert list(rows[0]) == ["UPDATED_AT", "EXTERNAL_ID", "PAYLOAD"]
            rows = [json.loads(row["PAYLOAD"]) for row in rows]
        name = "" if tool == "plain" else "twincast_"
        assert [row[f"{name}variant"] for row in rows] == [it.offer or "none" for it in made.page]
        assert [row[f"{name}holdout"] for row in rows] == [str(it.holdout).lower() for it in made.page]
        assert [row[f"{name}reason"] for row in rows] == [it.reason.value for it in made.page]

    @pytest.mark.req("R201")
    def test_run_no_formula_and_leave_out_who_has_changed_her_mind(self) -> None:
        ctx = open_shop(*(a_customer(place) for place in range(1, 9)), {**a_customer(9), "customer_id": "=1+1"})
        who = (*WHO[1:9], "=1+1")
        made = allocations.run(ctx, asked(twins=who, budget=None, objective="purchase", costs=Costs(), holdout=0.01))
        first, second = (it.twin_id.removeprefix("twin_") for it in sent(made.page)[:2])
        twins.save(ctx, {"customer_id": first, "profile": {"profiling_opt_out": True}})
        twins.save(ctx, {"customer_id": second, "profile": {"email_consent": False}})
        export = of_allocation(ctx, made.allocation.id, "klaviyo")
        text = b"".join(written(export.columns, export.rows(), "csv")).decode()
        lines = {line.split(",")[0]: line for line in text.splitlines()}
        assert "'=1+1" in lines
        assert first not in lines
        assert ",none," in lines[second]
        assert "no-consent" in lines[second]


class TestBadInput:
    def test_of_limits_and_costs_is_named(self, filled: Context) -> None:
        assert problem(filled, asked(budget=-1.0)) == (
            "budget",
            "-1.0 is not allowed; money, 0 or more, or null for no limit",
        )
        field, words = problem(filled, asked(budget=0.01))
        assert field == "budget"
        assert "less than one contact with the cheapest offer" in words
        field, words = problem(filled, asked(offers=offers(cost=None)))
        assert field == "offers[0].cost"
        assert "silence is none" in words
        assert problem(filled, asked(costs=Costs()))[0] == "costs.margin"
        field, words = problem(filled, asked(costs=Costs(margin=0.5)))
        assert field == "costs.shipping"
        assert "'ship' gives it away" in words
        assert problem(filled, asked(capacities=Capacities(offers={"tne": 3}))) == (
            "capacities.offers.tne",
            "'tne' is not one of the offers; one of: ten, new, ship",
        )
        assert problem(filled, asked(capacities=Capacities(channels={"fax": 3})))[0] == "capacities.channels.fax"
        assert problem(filled, asked(capacities=Capacities(offers={"ten": -3})))[0] == "capacities.offers.ten"
        assert problem(filled, asked(holdout=0.0))[0] == "holdout"
        assert problem(filled, asked(objective="happiness"))[0] == "objective"
        assert "sending nothing" in problem(filled, asked(objective="unsubscribe"))[1]

    def test_of_whom_and_what_is_named_and_leaves_nothing(self) -> None:
        ctx = a_shop()
        assert problem(ctx, asked(twins=None))[0] == "digital_twin_ids"
        assert problem(ctx, asked(offers=None))[0] == "offers"
        assert problem(ctx, asked(offers=()))[0] == "offers"
        assert problem(ctx, asked(offers=offers() + offers()[:1]))[0] == "offers[3].id"
        assert problem(ctx, asked(batch="batch_x"))[0] == "digital_twin_ids"
        twins.save(ctx, {**a_customer(3), "customer_id": "yen", "behavioral_data": {"currency": "JPY"}})
        field, words = problem(ctx, asked(twins=("c1", "yen")))
        assert field == "objective", words
        assert "JPY, USD" in words
        assert allocations.listing(ctx).items == ()
        assert batches.listing(ctx).items == ()

    def test_a_batch_in_which_not_everybody_met_every_offer_is_refused(self, filled: Context) -> None:
        drawn = batches.run(filled, BatchRequest(twins=WHO[:5], variants=offers(), mode="assign", analyze=False))
        assert problem(filled, asked(twins=None, offers=None, batch=drawn.batch.id))[0] == "batch_id"

    def test_a_budget_that_reaches_for_nobody_is_said(self, filled: Context) -> None:
        dear = Costs(margin=0.9, contact=0.0, shipping=50.0)
        found = results(allocations.run(filled, asked(offers=offers(cost=0.0)[:1], costs=dear, budget=0.001)))
        assert found.gain.value == 0.0
        assert [it.code for it in found.warnings] == ["budget-too-small"]

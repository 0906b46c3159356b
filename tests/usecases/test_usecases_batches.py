"""Batches: the numbers of tests alone, however a batch is cut; modes; memory; what is pinned; who is erased."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import CUSTOMERS, NOW, open_shop
from twincast.domain.batches import Batch, BatchResults, Variant
from twincast.domain.errors import BatchUnderWay, UnknownBatch, UnknownSegment, WriteConflict
from twincast.domain.interventions import Intervention
from twincast.domain.jobs import Status, cancelled
from twincast.domain.segments import Condition, Operator
from twincast.engines.behavioural import BehaviouralEngine
from twincast.response.cells import Cells
from twincast.response.columns import Column
from twincast.usecases import batches, segments, sessions, trials, twins
from twincast.usecases.batches import BatchWork, Ran
from twincast.usecases.batching import parts, plans
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.context import Context
from twincast.usecases.segments import SegmentRequest
from twincast.usecases.sessions import SessionRequest
from twincast.usecases.trials import TrialRequest

WHO = tuple(customer["customer_id"] for customer in CUSTOMERS)
TEXTS = {"ten": "10% off tea this week", "new": "Early access to our new collection", "thanks": "Thank you, {{name}}!"}


def variants(**more: Any) -> tuple[Variant, ...]:
    usual = {"type": "promotional_offer", "channel": "email", **more}
    return tuple(Variant(id=name, intervention=Intervention(content=text, **usual)) for name, text in TEXTS.items())


def asked(**more: Any) -> BatchRequest:
    return BatchRequest(**{"twins": WHO, "variants": variants(), "analyze": False, **more})


def numbers(ctx: Context, ran: Ran) -> dict[tuple[str, str], dict[str, float]]:
    """Every number of every row, by twin and variant."""
    rows = batches.rows(ctx, ran.batch.id, 0, ran.batch.members)
    ids = [variant.id for variant in ran.batch.variants]
    flat = {f"{field}.{part}": it for field, parts in rows.columns.items() for part, it in parts.items()}
    return {
        (rows.twin_ids[row], ids[rows.variant[row]]): {name: float(values[row]) for name, values in flat.items()}
        for row in range(len(rows))
    }


def as_a_job(ctx: Context, request: BatchRequest, order: Any = None) -> Ran:
    """Run a batch as workers do, its parts in any order."""
    ran = batches.run(ctx, request, inline=0)
    assert ran.results is None
    assert ran.job is not None
    work = BatchWork(lambda _workspace, _actor: ctx)
    for part in order(ran.batch.parts) if order else range(ran.batch.parts):
        work.run(ctx.workspace, "local", ran.batch.id, part)
    work.finish(ctx.workspace, "local", ran.batch.id)
    return ran


def results(ctx: Context, ran: Ran) -> BatchResults:
    with ctx.store.reading(ctx.workspace) as unit:
        found = unit.batches.results(ran.batch.id)
    assert found is not None
    return replace(found, completed_at=NOW)


class TestHowItIsCut:
    @pytest.mark.req("A10", "A69", "R183")
    def test_changes_no_number_and_no_sum(self, shop: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        whole = batches.run(shop, asked(extract=("variant_preference",), analyze=True))
        assert whole.batch.parts == 1
        monkeypatch.setattr(plans, "CELLS", 6)
        cut = as_a_job(shop, asked(extract=("variant_preference",), analyze=True), lambda parts: reversed(range(parts)))
        assert cut.batch.parts > 1
        assert numbers(shop, cut) == numbers(shop, whole)
        assert results(shop, cut) == results(shop, whole)

    @pytest.mark.req("R170", "A69")
    def test_a_part_that_is_stored_is_not_computed_again(self, shop: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plans, "CELLS", 6)
        ran = as_a_job(shop, asked())
        monkeypatch.setattr(batches, "compute", None)
        with shop.store.reading(shop.workspace) as unit:
            assert unit.batches.parts(ran.batch.id) == list(range(ran.batch.parts))
        before = numbers(shop, ran)
        monkeypatch.undo()
        parts.compute(shop, ran.batch, 0)
        assert numbers(shop, ran) == before

    def test_what_was_learned_or_happened_since_does_not_reach_it(self, shop: Context) -> None:
        now = batches.run(shop, asked())
        later = batches.run(shop, asked(), inline=0)
        twins.save(shop, CUSTOMERS[1] | {"history": {"total_purchases": 90}})
        work = BatchWork(lambda _workspace, _actor: shop)
        for part in range(later.batch.parts):
            work.run(shop.workspace, "local", later.batch.id, part)
        assert numbers(shop, later) == numbers(shop, now)

    def test_a_cancelled_one_keeps_and_counts_what_was_computed(
        self, shop: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plans, "CELLS", 6)
        ran = batches.run(shop, asked(), inline=0)
        work = BatchWork(lambda _workspace, _actor: shop)
        work.run(shop.workspace, "local", ran.batch.id, 1)
        work.finish(shop.workspace, "local", ran.batch.id)
        found = results(shop, ran)
        assert found.tested == 2
        assert found.missing == len(WHO) - 2 - found.refused
        assert {twin for twin, _ in numbers(shop, ran)} == {f"twin_{name}" for name in WHO[2:4]}


class TestModes:
    @pytest.mark.req("A53", "R85")
    def test_assign_gives_each_twin_one_variant_by_chance_and_always_the_same(self) -> None:
        many = [{"customer_id": f"c{place}"} for place in range(900)]
        ctx = open_shop(*many)
        request = asked(twins=tuple(it["customer_id"] for it in many), mode="assign", seed=3)
        first = numbers(ctx, batches.run(ctx, request))
        assert len(first) == 900
        counts = np.bincount([list(TEXTS).index(variant) for _, variant in first], minlength=3)
        assert np.abs(counts - 300).max() < 4.5 * np.sqrt(900 * 2 / 9)
        turned = numbers(ctx, batches.run(ctx, replace(request, twins=request.twins[::-1] if request.twins else None)))
        assert turned == first
        other = numbers(ctx, batches.run(ctx, replace(request, seed=4)))
        assert set(other) != set(first)

    @pytest.mark.req("A53", "R85")
    def test_single_and_compare_give_the_numbers_of_tests_alone(self, shop: Context) -> None:
        ran = batches.run(shop, asked(predict=("will_click", "purchase_amount")))
        for (twin, variant), row in numbers(shop, ran).items():
            item = next(it.intervention for it in variants() if it.id == variant)
            request = TrialRequest(twin=twin, intervention=item, predict=("will_click", "purchase_amount"))
            alone = trials.run(shop, request)
            for found in alone.answer.predictions:
                assert found.estimate is not None
                for name in ("value", "low", "high"):
                    assert row[f"{found.field}.{name}"] == pytest.approx(getattr(found.estimate, name), rel=1e-12)

    @pytest.mark.req("A14", "A53", "R85", "R87")
    def test_a_sequence_gives_the_numbers_of_tests_that_are_remembered_one_after_another(self, shop: Context) -> None:
        by_hand, together = (sessions.begin(shop, SessionRequest(name=name)).id for name in ("a", "b"))
        ran = batches.run(shop, asked(twins=WHO[:3], mode="sequence", session=together))
        found = numbers(shop, ran)
        for name in WHO[:3]:
            for variant in variants():
                request = TrialRequest(
                    twin=name,
                    intervention=variant.intervention,
                    session=by_hand,
                    memory=True,
                    predict=("will_engage", "will_purchase"),
                )
                for it in trials.run(shop, request).answer.predictions:
                    assert it.estimate is not None
                    row = found[f"twin_{name}", variant.id]
                    assert row[f"{it.field}.value"] == pytest.approx(it.estimate.value, rel=1e-12)
        with shop.store.reading(shop.workspace) as unit:
            head = sessions.find(unit, together).head
            last = unit.events.last(head, twins.get(shop, WHO[0]).id)
        assert last is not None
        assert last.memory["exposures"] == 3

    @pytest.mark.req("A66", "R87")
    def test_what_is_compared_is_remembered_by_nobody(self, shop: Context) -> None:
        session = sessions.begin(shop, SessionRequest(name="a")).id
        first = numbers(shop, batches.run(shop, asked(session=session, memory=True)))
        again = numbers(shop, batches.run(shop, asked(session=session, memory=True)))
        assert again == first

    @pytest.mark.req("R87")
    def test_one_message_is_remembered_where_that_is_asked(self, shop: Context) -> None:
        session = sessions.begin(shop, SessionRequest(name="a")).id
        one = asked(variants=None, intervention=variants()[0].intervention, session=session, memory=True)
        first = numbers(shop, batches.run(shop, one))
        again = numbers(shop, batches.run(shop, one))
        assert all(again[key]["will_engage.value"] < row["will_engage.value"] for key, row in first.items())


class TestWho:
    def test_belongs_to_a_segment_is_asked_when_it_runs(self, shop: Context) -> None:
        many = Condition(field="history.total_purchases", operator=Operator.AT_LEAST, value=10)
        segments.define(shop, SegmentRequest(name="loyal", every=(many,)))
        members = {
            f"twin_{it['customer_id']}" for it in CUSTOMERS if it.get("history", {}).get("total_purchases", 0) >= 10
        }
        ran = batches.run(shop, asked(twins=None, segment="loyal"))
        assert {twin for twin, _ in numbers(shop, ran)} == members
        with pytest.raises(UnknownSegment):
            batches.run(shop, asked(twins=None, segment="nobody"))

    def test_a_named_day_is_that_day_where_each_customer_lives(self, shop: Context) -> None:
        ran = batches.run(shop, asked(as_of=date(2026, 3, 1), variants=variants()[:2]))
        for (twin, variant), row in numbers(shop, ran).items():
            item = next(it.intervention for it in variants() if it.id == variant)
            asks = TrialRequest(twin=twin, intervention=item, predict=("will_purchase",), as_of=date(2026, 3, 1))
            (found,) = trials.run(shop, asks).answer.predictions
            assert found.estimate is not None
            assert row["will_purchase.value"] == pytest.approx(found.estimate.value, rel=1e-12)


class Erasing(BehaviouralEngine):
    """Erases a customer in the middle of the computation, as another request might."""

    ctx: Context | None = None

    def predict(self, cells: Cells, fields: Sequence[str], **more: Any) -> Mapping[str, Column]:
        if self.ctx is not None and len(cells):
            twins.erase(self.ctx, WHO[2])
            self.ctx = None
        return super().predict(cells, fields, **more)


class TestAnEnd:
    def test_a_batch_under_way_is_not_deleted(self, shop: Context) -> None:
        ran = batches.run(shop, asked(), inline=0)
        assert ran.job is not None
        with pytest.raises(BatchUnderWay):
            batches.delete(shop, ran.batch.id)
        with shop.store.writing(shop.workspace) as unit:
            job = cancelled(ran.job, NOW)
            unit.jobs.put(replace(job, status=Status.CANCELLED, ended_at=NOW))
            unit.commit()
        batches.delete(shop, ran.batch.id)
        with pytest.raises(UnknownBatch):
            batches.get(shop, ran.batch.id)

    def test_somebody_erased_before_her_part_is_computed_has_no_row(
        self, shop: Context, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plans, "CELLS", 6)
        ran = batches.run(shop, asked(), inline=0)
        twins.erase(shop, WHO[0])
        work = BatchWork(lambda _workspace, _actor: shop)
        for part in range(ran.batch.parts):
            work.run(shop.workspace, "local", ran.batch.id, part)
        work.finish(shop.workspace, "local", ran.batch.id)
        assert results(shop, ran).tested == len(WHO) - 1
        assert f"twin_{WHO[0]}" not in {twin for twin, _ in numbers(shop, ran)}

    def test_somebody_erased_while_a_small_batch_is_computed_leaves_nothing_of_it(self, shop: Context) -> None:
        engine = Erasing()
        engine.ctx = shop
        with pytest.raises(WriteConflict, match="erased"):
            batches.run(replace(shop, engine=engine), asked())
        assert batches.listing(shop).items == ()
        assert batches.run(shop, asked()).results is not None

    def test_her_numbers_are_hers_to_be_told(self, shop: Context) -> None:
        ran = batches.run(shop, asked())
        (found,) = twins.export(shop, WHO[0]).batches
        rows: Any = found["rows"]
        assert found["id"] == ran.batch.id
        assert [row["variant"] for row in rows] == list(TEXTS)
        mine = numbers(shop, ran)[f"twin_{WHO[0]}", "ten"]
        assert rows[0]["will_engage"]["value"] == mine["will_engage.value"]


def test_a_batch_never_changes(shop: Context) -> None:
    ran = batches.run(shop, asked())
    assert isinstance(ran.batch, Batch)
    assert batches.get(shop, ran.batch.id).batch == ran.batch

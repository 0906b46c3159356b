"""Extraction from a batch: its stored numbers and no others, in every mode, and nobody who is gone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.usecases.shop import BARGAIN, COMPARED, CUSTOMERS, NOW, asking, open_shop
from twincast.domain.batches import Variant
from twincast.domain.errors import InvalidInput, TooLarge, UnknownBatch
from twincast.domain.extractions import Statistics
from twincast.domain.interventions import Intervention
from twincast.domain.predictions import FieldPrediction, bare
from twincast.usecases import batches, extractions, trials, twins
from twincast.usecases.batching import sources
from twincast.usecases.batching.requests import BatchRequest
from twincast.usecases.context import Context
from twincast.usecases.extractions import Extracted, ExtractionRequest

WHO = tuple(str(customer["customer_id"]) for customer in CUSTOMERS)
MESSAGES = {
    "kind": Intervention(type="promotional_offer", channel="email", content="Thank you. Free shipping on your tea"),
    "rude": Intervention(type="promotional_offer", channel="email", content="BUY!!! NOW!!!", cost=0.2),
    "none": Intervention(type="none"),
}
WORDS = ("emotional_response", "concerns", "optimal_timing", "optimal_followup", "purchase_amount", "will_click")


def ran(ctx: Context, **more: Any) -> str:
    variants = tuple(Variant(id=name, intervention=it) for name, it in MESSAGES.items())
    return batches.run(ctx, BatchRequest(**{"twins": WHO, "variants": variants, "analyze": False, **more})).batch.id


def extracted(ctx: Context, batch: str, **more: Any) -> Extracted:
    return extractions.extract(ctx, ExtractionRequest(batch=batch, **{"min_cell": 1, **more}))


def statistics(found: Extracted) -> Statistics:
    assert found.extraction.statistics is not None
    return found.extraction.statistics


class TestRows:
    @pytest.mark.req("R148", "A69")
    def test_hold_the_stored_numbers_and_what_a_test_would_answer_beside_them(self, shop: Context) -> None:
        batch = ran(shop, predict=COMPARED)
        fields = ("will_engage", "will_purchase", "revenue_impact", *WORDS)
        found = extracted(shop, batch, fields=fields)
        stored = batches.rows(shop, batch, 0, len(WHO))
        assert len(found.rows) == len(stored) == len(WHO) * len(MESSAGES)
        for place, row in enumerate(found.rows):
            for field in ("will_engage", "will_purchase", "revenue_impact"):
                value = row.values[field]
                assert isinstance(value, FieldPrediction)
                assert value.estimate is not None
                parts = stored.columns[field]
                expected = tuple(float(parts[name][place]) for name in ("value", "low", "high"))
                assert (value.estimate.value, value.estimate.low, value.estimate.high) == expected
            alone = trials.run(shop, asking(row.result.customer_id, MESSAGES[row.result.variant], predict=WORDS)).answer
            for answered in alone.predictions:
                value = row.values[answered.field]
                assert isinstance(value, FieldPrediction)
                assert bare(value) == bare(answered)
        assert found.kept[0].reasoning

    @pytest.mark.parametrize("mode", ["compare_variants", "assign", "sequence"])
    def test_are_in_their_places_in_every_mode(self, shop: Context, mode: str) -> None:
        batch = ran(shop, mode=mode)
        found = extracted(shop, batch, fields=("will_engage",))
        stored = batches.rows(shop, batch, 0, len(WHO))
        ids = list(MESSAGES)
        assert [(it.twin_id, it.variant) for it in found.kept] == [
            (twin, ids[variant]) for twin, variant in zip(stored.twin_ids, stored.variant.tolist(), strict=True)
        ]
        values = np.array([it.values["will_engage"] for it in found.kept], dtype=float)
        assert values.tolist() == stored.columns["will_engage"]["value"].tolist()

    def test_are_of_those_who_are_there_and_may_be_profiled(self, shop: Context) -> None:
        batch = ran(shop)
        twins.erase(shop, "cold")
        twins.save(shop, {**BARGAIN, "profiling_opt_out": True})
        found = extracted(shop, batch)
        assert {it.customer_id for it in found.kept} == set(WHO) - {"cold", "bargain"}
        codes = {it.code for it in found.extraction.warnings}
        assert "profiling-opt-out" in codes
        some = extracted(shop, batch, twins=("daily",))
        assert {it.customer_id for it in some.kept} == {"daily"}


class TestStatistics:
    @pytest.mark.req("A24", "A66")
    def test_are_those_of_the_batch_itself(self, shop: Context) -> None:
        batch = ran(shop)
        own = batches.get(shop, batch).results
        assert own is not None
        found = statistics(extracted(shop, batch))
        by_variant = {it.variant_id: it.summary for it in own.variants}
        rows = extracted(shop, batch, fields=("will_engage",), groupby=("intervention_variant",))
        for group in statistics(rows).groups or ():
            summary = by_variant[str(group.by["intervention_variant"])]
            assert group.metrics["will_engage"].value == pytest.approx(summary.engagement.value, rel=1e-12)
        assert found.choice.leading == own.choice.leading

    def test_the_label_of_the_run_is_the_segment(self, shop: Context) -> None:
        batch = ran(shop, segment="spring")
        assert [it.name for it in statistics(extracted(shop, batch)).segments] == ["spring"]
        assert [it.name for it in statistics(extracted(shop, batch, label="fall")).segments] == ["fall"]


class TestKept:
    def test_an_extraction_names_its_batch(self, shop: Context) -> None:
        batch = ran(shop)
        found = extractions.run(shop, ExtractionRequest(batch=batch))
        shown = extractions.get(shop, str(found.extraction.id))
        assert shown.extraction.batch_id == batch
        assert shown.page.items == found.kept


class TestWrongRequests:
    def test_are_refused(self, shop: Context, monkeypatch: pytest.MonkeyPatch) -> None:
        batch = ran(shop)
        with pytest.raises(UnknownBatch):
            extracted(shop, "batch_none")
        for more in ({"session": "sess_x"}, {"checkpoint": "one"}):
            with pytest.raises(InvalidInput):
                extracted(shop, batch, **more)
        with pytest.raises(InvalidInput):
            extractions.extract(shop, ExtractionRequest())
        monkeypatch.setattr(sources, "MOST_RESULTS", 5)
        with pytest.raises(TooLarge, match="export"):
            extracted(shop, batch)


def test_customers_of_two_moments_and_memories_are_met_as_they_were() -> None:
    ctx = open_shop(*CUSTOMERS)
    batch = ran(ctx, as_of=NOW.date())
    before = extracted(ctx, batch, fields=WORDS).kept
    twins.save(ctx, {**BARGAIN, "history": {"total_purchases": 1}})
    assert [replace(it) for it in extracted(ctx, batch, fields=WORDS).kept] == list(before)

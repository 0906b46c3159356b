"""Testing one intervention on one twin: both of the document's bodies, what is stored, and bad input."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.usecases.shop import (
    COLD,
    CUSTOMERS,
    EVERY_FIELD,
    MESSAGES,
    NOW,
    OFFER,
    asking,
    context,
    nothing_stored,
    numbers_of,
    open_shop,
)
from twincast.domain.errors import InvalidInput, TooLarge, UnknownComparison, UnknownField, UnknownTrial, UnknownTwin
from twincast.domain.ids import WorkspaceId
from twincast.domain.interventions import MAX_CONTENT, Intervention
from twincast.domain.predictions import FieldPrediction
from twincast.storage.sql.store import open_store
from twincast.usecases import audit, comparisons, trials, twins
from twincast.usecases.context import Context
from twincast.usecases.freefields import without_model

DOCUMENT_FIELDS = ("will_engage", "will_purchase", "purchase_amount", "satisfaction_impact", "brand_perception_change")
SESSION_FIELDS = ("will_engage", "will_purchase", "purchase_amount", "emotional_response")


class TestRun:
    @pytest.mark.req("R1", "R32", "R39")
    def test_the_documents_first_body(self, shop: Context) -> None:
        trial = trials.run(shop, asking("twin_cust_12345", predict=DOCUMENT_FIELDS))
        assert tuple(part.asked_as for part in trial.answer.predictions) == DOCUMENT_FIELDS
        assert all(part.estimate is not None and part.reasoning for part in trial.answer.predictions)
        assert trial.answer.key_factors.positive
        assert trial.answer.key_factors.suggestions
        assert trial.answer.predicted_response
        assert (trial.twin_id, trial.customer_id, trial.twin_version) == ("twin_cust_12345", "cust_12345", 1)
        assert trial.created_at == NOW

    @pytest.mark.req("R32", "R54", "R55", "R57", "A8")
    def test_the_documents_second_body(self, shop: Context) -> None:
        request = asking(
            "twin_cust_12345",
            replace(OFFER, personalization_level=None),
            extract=SESSION_FIELDS,
            objective="Predict customer response and purchase behavior",
            hint="Provide likelihood scores and detailed reasoning",
            thinking=True,
        )
        trial = trials.run(shop, request)
        assert trial.extracted == {name: name for name in SESSION_FIELDS}
        assert tuple(part.field for part in trial.answer.predictions) == SESSION_FIELDS
        assert (trial.settings.objective, trial.settings.hint) == (request.objective, request.hint)
        silent = trials.run(shop, replace(request, objective=None, hint=None, thinking=False))
        assert numbers_of(silent) == numbers_of(trial)

    @pytest.mark.req("R56", "A8")
    def test_what_is_asked_is_the_union_and_each_name_is_answered_or_explained(self, shop: Context) -> None:
        trial = trials.run(
            shop,
            asking(predict=("will_click", "engagement_score"), extract=("will_engage", "key_concerns", "mood", "mood")),
        )
        asked = [part.asked_as for part in trial.answer.predictions]
        assert asked == ["will_click", "engagement_score", "will_engage", "key_concerns"]
        assert trial.extracted == {"will_engage": "will_engage", "key_concerns": "concerns"}
        assert trial.unavailable == {"mood": without_model("mood")}
        assert numbers_of(trial)["engagement_score"] == numbers_of(trial)["will_engage"]

    def test_a_field_of_comparisons_says_so(self, shop: Context) -> None:
        trial = trials.run(shop, asking(extract=("variant_preference",)))
        assert "comparison" in trial.unavailable["variant_preference"]

    @pytest.mark.req("R54")
    def test_with_extraction_switched_off_nothing_is_extracted(self, shop: Context) -> None:
        trial = trials.run(shop, asking(extract=("will_click", "mood"), extract_results=False))
        assert (trial.extracted, trial.unavailable) == (None, {})
        assert "will_click" not in {part.field for part in trial.answer.predictions}

    @pytest.mark.req("R33", "A15")
    def test_a_twin_is_found_by_either_id_and_its_own_wins(self) -> None:
        ctx = open_shop(COLD, {"customer_id": "twin_cold", "history": {"total_purchases": 5}})
        by_twin, by_customer, exact = (
            trials.run(ctx, asking(reference)).customer_id for reference in ("twin_cold", "cold", "twin_twin_cold")
        )
        assert (by_twin, by_customer, exact) == ("cold", "cold", "twin_cold")

    @pytest.mark.req("R33")
    def test_an_unknown_twin_is_named(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin, match="'nobody'"):
            trials.run(shop, asking("nobody"))
        assert nothing_stored(shop)

    def test_a_twin_of_another_workspace_is_unknown(self, shop: Context) -> None:
        with pytest.raises(UnknownTwin):
            trials.run(replace(shop, workspace=WorkspaceId("other")), asking())

    @pytest.mark.req("A63")
    def test_a_record_younger_than_the_prediction_is_warned_of(self, shop: Context) -> None:
        early = trials.run(shop, asking(as_of=date(2026, 5, 3)))
        assert [warning.code for warning in early.answer.warnings if warning.field == "as_of"] == ["record-after-as-of"]
        today = trials.run(shop, asking(as_of=date(2026, 5, 4)))
        assert not any(warning.field == "as_of" for warning in today.answer.warnings)

    def test_a_prediction_counts_from_its_day(self, shop: Context) -> None:
        later = trials.run(shop, asking("bargain", as_of=date(2027, 5, 4)))
        assert numbers_of(later) != numbers_of(trials.run(shop, asking("bargain")))

    @pytest.mark.req("A6")
    @pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
    def test_a_higher_level_is_a_wider_interval(self, shop: Context, level: float) -> None:
        usual, asked = (
            trials.run(shop, asking(predict=("will_purchase",), level=it)).answer.predictions[0].estimate
            for it in (None, level)
        )
        assert usual is not None
        assert asked is not None
        assert (usual.level, asked.level, usual.value) == (0.8, level, asked.value)
        assert (asked.high - asked.low > usual.high - usual.low) is (level > 0.8)

    @pytest.mark.req("A61", "R107")
    def test_more_time_is_more_likely(self, shop: Context) -> None:
        def purchase(message: Intervention = OFFER, **more: Any) -> FieldPrediction:
            return trials.run(
                shop, asking(intervention=message, predict=("will_purchase",), **more)
            ).answer.predictions[0]

        found = [purchase(horizon_days=days) for days in (1, 7, 30, 365)]
        values = [part.estimate.value for part in found if part.estimate is not None]
        assert values == sorted(set(values))
        assert [part.horizon_days for part in found] == [1, 7, 30, 365]
        assert purchase().estimate == found[1].estimate
        assert purchase(replace(OFFER, horizon_days=30), horizon_days=1).estimate == found[2].estimate

    @pytest.mark.req("A14")
    def test_a_test_leaves_no_trace_in_the_twin(self, shop: Context) -> None:
        before = twins.get(shop, "cust_12345")
        first = trials.run(shop, asking(predict=EVERY_FIELD))
        for message in MESSAGES:
            trials.run(shop, asking(intervention=message))
        assert twins.get(shop, "cust_12345") == before
        assert trials.run(shop, asking(predict=EVERY_FIELD)).answer == first.answer


class TestStored:
    @pytest.mark.req("R40", "I9", "A18")
    def test_what_was_answered_can_be_fetched_again_from_a_reopened_file(self, tmp_path: Path) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = open_shop(store=store)
            answered = [
                trials.run(ctx, asking(customer["customer_id"], message, predict=EVERY_FIELD, extract=("mood",)))
                for customer in CUSTOMERS[:3]
                for message in MESSAGES
            ]
            assert len({trial.id for trial in answered}) == len(answered)
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            ctx = context(store)
            assert [trials.get(ctx, trial.id) for trial in answered] == answered
            assert trials.explanation(ctx, answered[0].id) == answered[0].answer.explanations

    @pytest.mark.req("I9")
    def test_in_memory_too_newest_first_and_by_twin(self, shop: Context) -> None:
        made = []
        for at, twin in enumerate(("cold", "daily", "cold")):
            shop.clock.moment = NOW + timedelta(minutes=at)  # type: ignore[attr-defined]  # the clock of the tests
            made.append(trials.run(shop, asking(twin)))
        assert trials.listing(shop).items == tuple(reversed(made))
        assert trials.listing(shop, twin="cold").items == (made[2], made[0])
        first = trials.listing(shop, limit=2)
        assert trials.listing(shop, cursor=first.next_cursor).items == (made[0],)

    @pytest.mark.parametrize("strange", ["test_nothing", "", "a\0b", "\ud800", "t" * 100_000])
    def test_an_unknown_test_or_comparison_is_named(self, tmp_path: Path, strange: str) -> None:
        with closing(open_store(f"sqlite:///{tmp_path / 'shop.db'}")) as store:
            for ctx in (context(store), open_shop()):
                with pytest.raises(UnknownTrial, match="There is no test"):
                    trials.get(ctx, strange)
                with pytest.raises(UnknownComparison, match="There is no comparison"):
                    comparisons.get(ctx, strange)

    @pytest.mark.parametrize("limit", [0, -1, 501])
    def test_a_page_has_a_size(self, shop: Context, limit: int) -> None:
        with pytest.raises(InvalidInput, match="limit"):
            trials.listing(shop, limit=limit)

    def test_what_made_it_stands_beside_it(self, shop: Context) -> None:
        made = trials.run(shop, asking(seed=7)).provenance
        assert made.twin_digest == twins.get(shop, "cust_12345").digest
        assert made.message_digest is not None
        assert (made.seed, made.software) == (7, "twincast-test")
        assert trials.run(shop, asking(intervention=Intervention(type="none"))).provenance.message_digest is None

    def test_the_log_holds_no_contents(self, shop: Context) -> None:
        trial = trials.run(shop, asking())
        entry = audit.entries(shop, action="test").items[0]
        assert (entry.action, entry.subject, entry.details) == ("test.run", trial.id, {"fields": 3})


class TestBadInput:
    @pytest.mark.req("R36", "R39", "R51", "A6", "A61")
    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"horizon_days": 0}, "horizon_days"),
            ({"horizon_days": 366}, "horizon_days"),
            ({"level": 0.49}, "level"),
            ({"level": 0.995}, "level"),
            ({"level": float("nan")}, "level"),
            ({"level": float("inf")}, "level"),
            ({"rounds": 0}, "interaction_config.rounds"),
            ({"rounds": 11}, "interaction_config.rounds"),
            ({"predict": ()}, "predict"),
            ({"predict": ("mood",)}, "predict[0]"),
            ({"predict": ("variant_preference",)}, "predict[0]"),
            ({"seed": -1}, "seed"),
            ({"seed": 2**63}, "seed"),
            ({"as_of": date.min}, "as_of"),
            ({"as_of": date.max}, "as_of"),
            ({"extract": ("mood\0",)}, "extraction_config.fields[0]"),
            ({"extract": ("will_click", "\ud800")}, "extraction_config.fields[1]"),
            ({"extract": ("m" * 201,)}, "extraction_config.fields[0]"),
            ({"extract": ("mood",) * 101}, "extraction_config.fields"),
            ({"objective": "o" * 2001}, "extraction_config.extraction_objective"),
            ({"objective": "\udfff"}, "extraction_config.extraction_objective"),
            ({"hint": "nul \0"}, "extraction_config.extraction_hint"),
            ({"intervention": Intervention(channel="email")}, "intervention.content"),
            ({"intervention": Intervention(content="  ")}, "intervention.content"),
            ({"intervention": Intervention(content="\ud800")}, "intervention.content"),
            ({"intervention": replace(OFFER, horizon_days=0)}, "intervention.horizon_days"),
            ({"intervention": replace(OFFER, cost=float("nan"))}, "intervention.cost"),
            ({"intervention": replace(OFFER, response="smile")}, "intervention.response"),
            ({"intervention": replace(OFFER, at=datetime(2026, 5, 8, 9))}, "intervention.at"),  # noqa: DTZ001  # naive
            ({"intervention": replace(OFFER, at=datetime(9999, 12, 31, tzinfo=UTC))}, "intervention.at"),
        ],
    )
    def test_what_is_wrong_is_named_with_what_is_allowed(self, shop: Context, more: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            trials.run(shop, asking(**more))
        (problem,) = refused.value.problems
        assert problem.field == field
        assert problem.allowed
        assert nothing_stored(shop)

    @pytest.mark.req("R51")
    @pytest.mark.parametrize("rounds", [1, 3, 10])
    def test_rounds_within_bounds(self, shop: Context, rounds: int) -> None:
        assert trials.run(shop, asking(rounds=rounds)).settings.rounds == rounds

    @pytest.mark.req("R36")
    def test_a_message_has_a_length(self, shop: Context) -> None:
        with pytest.raises(TooLarge, match=r"intervention\.content"):
            trials.run(shop, asking(intervention=replace(OFFER, content="a" * (MAX_CONTENT + 1))))
        assert nothing_stored(shop)

    def test_all_problems_are_named_at_once(self, shop: Context) -> None:
        with pytest.raises(InvalidInput) as refused:
            trials.run(shop, asking(horizon_days=0, level=2.0, rounds=99))
        assert len(refused.value.problems) == 3

    @pytest.mark.req("R39")
    def test_an_unknown_field_is_an_error_of_its_own(self, shop: Context) -> None:
        with pytest.raises(UnknownField, match="did you mean will_open"):
            trials.run(shop, asking(predict=("will_opn",)))

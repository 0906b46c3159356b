"""Validation: expectations met and not met, contradictions found, predictions passed only on a record."""

from typing import Any

import pytest

from tests.usecases.shop import AT_RISK, DOCUMENT, asking, changed, open_shop
from tests.usecases.test_usecases_learning import asked, campaign
from twincast.domain.errors import InvalidInput, ProfilingRefused, UnknownTrial
from twincast.domain.validations import ExpectationCheck
from twincast.usecases import learning, trials, validations
from twincast.usecases.context import Context
from twincast.usecases.validations import Judged


def check(ctx: Context, expectations: dict[str, Any], twin: str = "cust_12345") -> dict[str, ExpectationCheck]:
    return {it.field: it for it in validations.validate(ctx, twin, expectations).checks}


class TestExpectations:
    @pytest.mark.req("R180")
    @pytest.mark.parametrize(
        ("field", "wanted", "score"),
        [
            ("profile.age", 45, 1),
            ("profile.age", 48, 1),
            ("profile.age", 60, 0),
            ("age", {"min": 40, "max": 50}, 1),
            ("age", {"max": 40}, 0),
            ("history.total_orders", 48, 1),
            ("behavioral_data.preferred_channels", ["Email", "sms"], 0.5),
            ("psychographic_traits", ["Brand loyal", "loyal", "price_sensitive"], 2 / 3),
            ("key_drivers", ["quality"], 1),
            ("key_drivers", "price", 0),
            ("communication_preferences.tone", "Professional", 1),
            ("preferences.quality", "high", 1),
            ("preferences.quality", "low", 0),
            ("quality", {"min": 0}, 1),
            ("preferences.price", "enormous", 0),
            ("personality_summary", "quality", 1),
            ("purchase_process.orders", 48, 1),
            ("history.shoe_size", 44, 0),
            ("profile.family_status", "married, 2 children", 1),
        ],
    )
    def test_each_is_laid_beside_what_the_twin_is(self, field: str, wanted: Any, score: float) -> None:
        found = check(open_shop(DOCUMENT), {field: wanted})[field]
        assert found.score == pytest.approx(score), found

    @pytest.mark.req("R180")
    def test_the_score_is_their_mean_and_sections_may_be_nested(self) -> None:
        wanted = {"profile": {"age": 45, "location": "Boston"}, "key_drivers": ["quality", "price"]}
        found = validations.validate(open_shop(DOCUMENT), "twin_cust_12345", wanted)
        assert [(it.field, it.score) for it in found.checks] == [
            ("profile.age", 1.0), ("profile.location", 0.0), ("key_drivers", 0.5),
        ]  # fmt: skip
        assert found.score == pytest.approx(0.5)
        assert validations.validate(open_shop(DOCUMENT), "cust_12345").score is None

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"expectations": {"profile": {"age": {"min": 5, "max": 1}}}}, "expectations.profile.age"),
            ({"expectations": {"age": {"min": "x"}}}, "expectations.age"),
            ({"expectations": {"age": None}}, "expectations.age"),
            ({"expectations": {"key_drivers": []}}, "expectations.key_drivers"),
            ({"expectations": {f"f{k}": 1 for k in range(101)}}, "expectations"),
            ({"tolerance": float("nan")}, "tolerance"),
            ({"level": 1.0}, "level"),
        ],
    )
    def test_what_expects_nothing_is_refused(self, given: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            validations.validate(open_shop(DOCUMENT), "cust_12345", **given)
        assert [it.field for it in refused.value.problems] == [field]

    def test_who_objected_to_profiling_is_not_looked_into(self) -> None:
        with pytest.raises(ProfilingRefused):
            validations.validate(open_shop({**DOCUMENT, "profiling_opt_out": True}), "cust_12345")


class TestConsistency:
    @pytest.mark.req("R192")
    @pytest.mark.parametrize(
        ("history", "code"),
        [
            ({"returns": 60}, "returns-exceed-purchases"),
            ({"total_purchases": 10}, "inconsistent-lifetime-value"),
            ({"last_purchase_date": "2018-01-01"}, "inconsistent-dates"),
        ],
    )
    def test_a_record_that_contradicts_itself_is_told(self, history: dict[str, Any], code: str) -> None:
        found = validations.validate(open_shop(changed(DOCUMENT, **history)), "cust_12345")
        assert code in {it.code for it in found.contradictions}

    @pytest.mark.req("R192")
    def test_the_documents_record_does_not_contradict_itself(self) -> None:
        assert validations.validate(open_shop(DOCUMENT), "cust_12345").contradictions == ()

    def test_what_is_not_understood_is_no_contradiction(self) -> None:
        found = validations.validate(open_shop(changed(DOCUMENT, customer_since="long ago")), "cust_12345")
        assert (found.contradictions, [it.code for it in found.unread]) == ((), ["unparsed-date"])


class TestPredictions:
    @pytest.mark.req("R198", "A60", "I18")
    def test_without_outcomes_nothing_passes_however_sure_it_is(self) -> None:
        ctx = open_shop(AT_RISK)
        trial = trials.run(ctx, asking("at_risk"))
        found = validations.judge_tests(ctx, [trial.id], 0.0)
        assert not found.passed
        assert found.under_threshold == ()
        assert found.uncalibrated == ("will_engage", "will_purchase", "purchase_amount")
        assert all(it.reasons == (validations.NO_OUTCOMES,) for it in found.fields)

    @pytest.mark.req("R198", "A60")
    def test_a_field_passes_if_it_is_sure_enough_and_has_a_record(self) -> None:
        given = [
            Judged(field="sure", confidence=0.7, outcomes=500, validated_on="behaviour"),
            Judged(field="unsure", confidence=0.69, outcomes=500, validated_on="behaviour"),
            Judged(field="unproved", confidence=0.99, outcomes=0, validated_on="behaviour"),
            Judged(field="unchecked", confidence=0.99, outcomes=500),
            Judged(field="unstated", confidence=None, outcomes=500, validated_on="survey"),
        ]
        found = validations.judge(given)
        assert [it.passed for it in found.fields] == [True, False, False, False, False]
        assert found.under_threshold == ("unsure", "unstated")
        assert found.uncalibrated == ("unproved", "unchecked")
        assert found.fields[3].reasons == (validations.NOT_CHECKED,)
        assert not found.passed
        assert validations.judge(given[:1]).passed

    @pytest.mark.req("R198", "A60")
    def test_what_was_learned_and_checked_has_a_record_and_what_was_not_has_none(self) -> None:
        ctx = campaign()
        learning.learn(ctx)
        found = validations.judge_tests(ctx, [asked(ctx).id], 0.0)
        assert {it.field: it.passed for it in found.fields} == {"will_engage": True, "will_purchase": False}
        assert found.fields[0].outcomes > 0

    def test_nothing_to_judge_is_refused(self) -> None:
        with pytest.raises(InvalidInput):
            validations.judge([])
        with pytest.raises(InvalidInput):
            validations.judge([Judged(field="a", confidence=1.0, outcomes=1)], 1.5)
        with pytest.raises(UnknownTrial):
            validations.judge_tests(open_shop(), ["test_none"])

"""Answers to surveys: stored like any outcome, learned by the stated scales and by nothing else."""

from datetime import timedelta

import numpy as np
import pytest

from tests.usecases.shop import asking
from tests.usecases.test_usecases_learning import MAIL, SENT, found, shop_of, told
from twincast.usecases import calibrations, learning, outcomes, trials


@pytest.mark.req("N18")
class TestAnswersToSurveys:
    def test_teach_the_stated_scale_and_nothing_else(self) -> None:
        ctx = shop_of(120)
        outcomes.add(ctx, [told(k, kind="satisfaction", value=1.0 if k % 4 == 1 else 0.5) for k in range(1, 120, 2)])
        fields = ("satisfaction_change", "brand_perception_change", "will_engage")
        before = trials.run(ctx, asking("c0", MAIL, predict=fields)).answer.predictions
        version = learning.learn(ctx)
        after = trials.run(ctx, asking("c0", MAIL, predict=fields)).answer.predictions
        assert version.outcomes == {"satisfaction": 60}
        assert [it.validated_on for it in after] == ["survey", "nothing", "nothing"]
        assert [it.basis for it in after] == ["fitted", "prior", "prior"]
        assert [it.estimate for it in after[1:]] == [it.estimate for it in before[1:]]
        assert after[0].estimate is not None
        assert before[0].estimate is not None
        assert before[0].estimate.value + 0.05 < after[0].estimate.value < 0.75
        assert "learned from 60 outcomes" in (after[0].confidence_basis or "")
        assert calibrations.report(ctx).surveys["satisfaction"].answers == 60

    def test_of_one_customer_the_last_one_stands(self) -> None:
        later = told(1, event_id="again", kind="brand", value=-0.5, occurred_at=SENT + timedelta(days=3))
        contacts, _ = found(told(1, kind="brand", value=0.5, occurred_at=SENT + timedelta(days=1)), later)
        np.testing.assert_array_equal(contacts.answers["brand"], [-0.5])

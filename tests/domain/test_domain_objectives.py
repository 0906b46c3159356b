"""Objectives: every documented spelling is known, others are named with what was meant, and profit asks for costs."""

import math

import pytest

from twincast.domain.errors import InvalidInput
from twincast.domain.fields import BY_NAME
from twincast.domain.objectives import OBJECTIVES, PROFIT, Costs, cost_problems, objective_of

DOCUMENTED = (
    "maximize_purchase_probability",
    "maximize_engagement",
    "maximize_expected_revenue",
    "maximize_incremental_revenue",
    "maximize_incremental_profit",
    "maximize_retention",
    "minimize_unsubscribe",
)


@pytest.mark.req("A39")
class TestObjectives:
    def test_are_the_documented_ones_and_rest_on_fields_that_exist(self) -> None:
        assert tuple(it.name for it in OBJECTIVES) == DOCUMENTED
        assert {it.field for it in OBJECTIVES} <= set(BY_NAME)

    def test_are_found_by_any_spelling(self) -> None:
        assert objective_of("Maximise-Engagement").name == "maximize_engagement"
        assert objective_of("profit").name == PROFIT

    def test_name_what_was_meant_when_unknown(self) -> None:
        with pytest.raises(InvalidInput, match="did you mean maximize_engagement"):
            objective_of("maximize_engagment")


class TestCosts:
    def test_are_asked_for_where_profit_needs_them_and_nowhere_else(self) -> None:
        missing = {it.field for it in cost_problems(objective_of("profit"), Costs())}
        assert missing == {"costs.margin", "costs.contact"}
        assert not list(cost_problems(objective_of("purchase"), Costs()))
        assert not list(cost_problems(objective_of("profit"), Costs(margin=0.4, contact=0.0)))

    @pytest.mark.parametrize("costs", [Costs(margin=1.2), Costs(contact=-1.0), Costs(gift=math.nan)])
    def test_that_can_not_be_are_named(self, costs: Costs) -> None:
        assert len(list(cost_problems(objective_of("purchase"), costs))) == 1

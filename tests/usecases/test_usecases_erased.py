"""Somebody is erased while a prediction about her is being computed: nothing may be stored about her."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.usecases.shop import MESSAGES, asking
from twincast.domain.errors import UnknownTwin
from twincast.engines.behavioural import BehaviouralEngine
from twincast.ports.engines import Examination
from twincast.response import kept
from twincast.response.cells import Cells
from twincast.usecases import comparisons, optimizations, trials, twins
from twincast.usecases.comparisons import ComparisonRequest, Variant
from twincast.usecases.context import Context
from twincast.usecases.optimizing.requests import OptimizationRequest


class ErasingEngine(BehaviouralEngine):
    """Erases the customer in the middle of the computation, as another request might."""

    ctx: Context

    def examine(self, cells: Cells, fields: Sequence[str], explained: Sequence[str], **more: Any) -> Examination:
        twins.erase(self.ctx, "cust_12345")
        return super().examine(cells, fields, explained, **more)


@pytest.fixture
def racing(shop: Context) -> Context:
    engine = ErasingEngine()
    engine.ctx = shop
    return replace(shop, engine=engine)


def test_no_test_of_an_erased_person_is_stored(shop: Context, racing: Context) -> None:
    with pytest.raises(UnknownTwin, match="erased"):
        trials.run(racing, asking("cust_12345", MESSAGES[0]))
    assert kept._kept.cache_info().currsize == 0
    assert trials.listing(shop).items == ()


def test_no_optimization_of_an_erased_person_is_stored(shop: Context, racing: Context) -> None:
    with pytest.raises(UnknownTwin, match="erased"):
        optimizations.run(racing, OptimizationRequest(twin="cust_12345", candidates=20))
    assert optimizations.listing(shop).items == ()


def test_no_comparison_of_an_erased_person_is_stored(shop: Context, racing: Context) -> None:
    variants = tuple(Variant(id=name, intervention=MESSAGES[place]) for place, name in enumerate("ab"))
    with pytest.raises(UnknownTwin, match="erased"):
        comparisons.run(racing, ComparisonRequest(twin="cust_12345", variants=variants))
    assert comparisons.listing(shop).items == ()

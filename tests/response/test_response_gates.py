"""The gate of a learned head: closed where nothing individual is to be found, and then nobody is told apart."""

from functools import cache

import numpy as np
import pytest

from tests.usecases.contacts import asked, world
from tests.usecases.shop import open_shop
from twincast.domain.backtests import CLOSED, OPEN
from twincast.response.model import examine, predict
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.ranking import drawn
from twincast.usecases.backtesting.cases import Cases, read_cases
from twincast.usecases.backtesting.twins import learned


@cache
def taught(kind: str, customers: int = 3_000, seed: int = 0) -> tuple[ResponseModel, Cases]:
    """A model that has learned visits in a world, and the world's rows."""
    request = asked(world(customers, kind=kind, seed=seed), "visit")
    cases, _ = read_cases(open_shop(), request)
    return learned(shipped_model(), cases, request), cases


class TestVerdict:
    @pytest.mark.slow
    @pytest.mark.req("N3")
    def test_is_open_where_people_differ(self) -> None:
        model, _ = taught("planted")
        gate = model.learned["visit"].gate
        assert gate is not None
        assert gate.verdict == OPEN
        assert model.basis("visit") == "fitted"

    @pytest.mark.slow
    @pytest.mark.req("N3")
    def test_is_closed_where_nothing_on_record_tells_anything(self) -> None:
        model, _ = taught("nothing", customers=8_000)
        gate = model.learned["visit"].gate
        assert gate is not None
        assert gate.verdict == CLOSED
        assert model.basis("visit") == "segment"

    def test_is_not_given_with_a_handful_of_events(self) -> None:
        model, _ = taught("planted", customers=60)
        assert model.learned["visit"].gate is None
        assert model.basis("visit") == "fitted"

    @pytest.mark.soak
    def test_opens_by_chance_in_at_most_one_null_world_in_twenty(self) -> None:
        gates = [taught("nothing", seed=seed)[0].learned["visit"].gate for seed in range(60)]
        assert sum(gate is not None and gate.verdict == OPEN for gate in gates) <= 60 * 0.05 + 2

    @pytest.mark.soak
    def test_opens_where_there_is_something_to_find(self) -> None:
        gates = [taught("planted", customers=20_000, seed=seed)[0].learned["visit"].gate for seed in range(10)]
        assert all(gate is not None and gate.verdict == OPEN for gate in gates)


class TestClosed:
    def test_nobody_is_told_apart_but_messages_are(self) -> None:
        model, cases = taught("nothing", customers=8_000)
        column = predict(cases.cells(), model, ["will_engage"], horizon_days=14, level=0.8)["will_engage"]
        for arm in range(len(cases.arms)):
            mine = column.value[cases.arm == arm]
            assert np.ptp(mine) < 1e-12
            happened = cases.outcome[cases.arm == arm]
            assert mine[0] == pytest.approx(happened.mean(), abs=4 * np.sqrt(0.25 / len(happened)))

    def test_draws_tell_nobody_apart_either(self) -> None:
        model, cases = taught("nothing", customers=8_000)
        some = cases.take(np.flatnonzero(cases.arm == 1)[:20]).cells()
        found = drawn(some, model, "will_engage", horizon_days=14, draws=200, seed=0)
        column = predict(some, model, ["will_engage"], horizon_days=14, level=0.8)["will_engage"]
        assert np.ptp(found, axis=0).max() < 1e-12
        assert column.low[0] < np.median(found[0]) < column.high[0]

    def test_parts_add_up_and_say_so(self) -> None:
        model, cases = taught("nothing", customers=8_000)
        some = cases.take(np.arange(4))
        found = examine(
            some.cells(),
            model,
            ["will_engage"],
            ["will_engage"],
            shown=4,
            scored="will_engage",
            horizon_days=14,
            level=0.8,
        )
        for explanation in found.explanations["will_engage"]:
            assert explanation is not None
            p = explanation.probability
            total = explanation.base_logit + sum(part.amount for part in explanation.contributions)
            assert total == pytest.approx(np.log(p / (1 - p)), abs=1e-9)
            personal = [part for part in explanation.contributions if part.group in {"customer", "history", "match"}]
            assert [part.term for part in personal] == ["segment"]
            assert "shown to foretell" in personal[0].words

    def test_is_written_down_and_read_again(self) -> None:
        model, cases = taught("nothing", customers=8_000)
        again = ResponseModel.from_bytes(model.to_bytes())
        assert again.digest == model.digest
        assert again.learned["visit"].gate == model.learned["visit"].gate
        cells = cases.take(np.arange(50)).cells()
        first, second = (
            predict(cells, it, ["will_engage"], horizon_days=14, level=0.8)["will_engage"] for it in (model, again)
        )
        assert np.array_equal(first.low, second.low)

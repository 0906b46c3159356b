"""Draws of what an engine does not know: shared by all cells, so that many twins make no narrow interval."""

import numpy as np
import pytest

from tests.engines.batches import bought, cells, message, random_cells, some, twins
from twincast.ports.engines import Engine
from twincast.response.ranking import TARGETS


class TestDrawn:
    @pytest.mark.parametrize("field", TARGETS)
    def test_a_cell_has_its_draws_whatever_its_neighbours(self, engine: Engine, field: str) -> None:
        batch = random_cells(21, 24)
        whole = engine.drawn(batch, field, horizon_days=7, draws=40, seed=3)
        part = engine.drawn(some(batch, [5, 17, 2]), field, horizon_days=7, draws=40, seed=3)
        assert whole.shape == (24, 40)
        assert part.tobytes() == whole[[5, 17, 2]].tobytes()

    def test_many_twins_do_not_make_a_narrow_interval(self, engine: Engine) -> None:
        crowd = cells(twins(*(bought(5.0 + k % 20) for k in range(200))), [message()])
        drawn = engine.drawn(crowd, "will_purchase", horizon_days=7, draws=400, seed=1)
        alone = float(np.median(drawn.std(axis=1)))
        assert drawn.mean(axis=0).std() > 0.6 * alone

    def test_the_draws_lie_around_the_value(self, engine: Engine) -> None:
        batch = cells(twins(bought(9.0)), [message()])
        for field in ("will_purchase", "will_engage", "expected_revenue"):
            column = engine.predict(batch, [field], horizon_days=7, level=0.5)[field]
            median = float(np.median(engine.drawn(batch, field, horizon_days=7, draws=1_000, seed=2)))
            assert column.low[0] <= median <= column.high[0]

    def test_what_a_channel_does_not_have_has_no_draws(self, engine: Engine) -> None:
        batch = cells(twins(bought(9.0)), [message(channel="call")])
        assert np.isnan(engine.drawn(batch, "will_open", horizon_days=7, draws=5, seed=1)).all()

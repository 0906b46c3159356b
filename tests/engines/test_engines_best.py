"""Which cell is best: exact ties, no dependence on order or names, the same seed the same shares."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engines.batches import TEXTS, bought, cells, message, nothing, some, twins
from tests.engines.plugs import ENGINES
from twincast.ports.engines import Engine
from twincast.response.cells import Cells
from twincast.response.ranking import TARGETS


class TestBest:
    def share(self, engine: Engine, batch: Cells, field: str = "will_purchase", **more: int) -> np.ndarray:
        settings = {"horizon_days": 7, "draws": 4_000, "seed": 3, **more}
        return engine.best(batch, field, **settings)

    @pytest.mark.req("N1")
    @pytest.mark.parametrize("count", [2, 3, 5, 7])
    @pytest.mark.parametrize("field", TARGETS)
    def test_identical_variants_share_exactly(self, engine: Engine, count: int, field: str) -> None:
        shares = self.share(
            engine, cells(twins(bought(9.0)), [message(id=str(i)) for i in range(count)]), field, draws=500
        )
        assert shares.tolist() == [1.0 / count] * count

    @pytest.mark.parametrize("field", TARGETS)
    def test_shares_add_up_and_do_not_depend_on_order_or_names(self, engine: Engine, field: str) -> None:
        items = [message(text, id=text[:9]) for text in TEXTS]
        batch = cells(twins(bought(9.0, open_rate=0.3)), [*items, nothing()])
        shares = self.share(engine, batch, field, draws=500)
        order = np.random.default_rng(2).permutation(8)
        moved = self.share(engine, some(batch, order), field, draws=500)
        assert abs(shares.sum() - 1.0) < 1e-12
        assert moved.tobytes() == shares[order].tobytes()
        renamed = replace(batch, interventions=(*(message(text, id="x") for text in TEXTS), nothing(id="y")))
        assert self.share(engine, renamed, field, draws=500).tobytes() == shares.tobytes()

    def test_the_same_seed_gives_the_same_shares_and_another_others(self, engine: Engine) -> None:
        batch = cells(twins(bought(9.0)), [message(), message("Hello"), nothing()])
        first = self.share(engine, batch, seed=5)
        assert first.tobytes() == self.share(engine, batch, seed=5).tobytes()
        assert first.tobytes() == self.share(ENGINES[next(iter(ENGINES))](), batch, seed=5).tobytes()
        other = self.share(engine, batch, seed=6)
        assert first.tolist() != other.tolist()
        assert np.abs(first - other).max() < 6.0 * 0.5 / np.sqrt(4_000) * np.sqrt(2.0)

    def test_a_clearly_better_variant_wins(self, engine: Engine) -> None:
        person = twins(bought(9.0, pref_price=2.0, click_rate=0.05), interests=[("coffee",)])
        shouting = "!!! WINNER !!! FREE $$$ CLICK HERE NOW !!! 100% FREE !!! ACT NOW !!!"
        good = message("{{first_name}}, 30% off coffee this week. Shop now.", products=("coffee",))
        shares = self.share(engine, cells(person, [good, message(shouting, products=("tea",))]), "will_click")
        assert shares[0] > 0.75
        annoyed = self.share(engine, cells(person, [good, message(shouting, products=("tea",))]), "will_unsubscribe")
        assert annoyed[0] > 0.75  # the best is the one that drives fewer away

    def test_agrees_with_independent_draws(self, engine: Engine) -> None:
        """Two texts that differ by nothing the model reads differ by their own effects only: a fair coin."""
        batch = cells(twins(bought(9.0)), [message("Good morning to you all"), message("Good evening to you all")])
        shares = self.share(engine, batch, draws=20_000)
        assert abs(shares[0] - 0.5) < 4.0 * 0.5 / np.sqrt(20_000)

    def test_a_horizon_of_one_variant_leaves_the_others_alone(self, engine: Engine) -> None:
        short = cells(twins(bought(9.0)), [message(), message("Hello")])
        long = cells(twins(bought(9.0)), [message(), message("Hello", horizon_days=365)])
        assert self.share(engine, long)[1] > self.share(engine, short)[1]

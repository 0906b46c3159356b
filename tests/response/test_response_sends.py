"""How much messages differ beyond their texts is learned: as integration says, and in worlds of known sd."""

from dataclasses import replace

import numpy as np
import pytest

from tests.engines.batches import message
from tests.response.outcomes import blank, happened, parts
from twincast.response.beliefs import beliefs
from twincast.response.cells import Cells
from twincast.response.encoding import encode
from twincast.response.evidence import Evidence, nothing
from twincast.response.learning import learn
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.prior import Weights
from twincast.response.sends import VARIANCES, send_variance
from twincast.response.terms import Terms, terms_of

SHIPPED = shipped_model()


def terms(sends: int) -> Terms:
    return terms_of(SHIPPED.prior.heads["click"], (), (), [f"m{number}" for number in range(sends)], 0.0)


def observed(own: Terms, means: np.ndarray, precision: float) -> Evidence:
    """Each message's logit by e-mail, seen with a precision."""
    rows = np.zeros((len(means), len(own)))
    level = own.place("level:email")
    for number in range(len(means)):
        rows[number, level], rows[number, own.place(f"send:m{number}")] = 1.0, 1.0
    return Evidence(names=own.names, precision=precision * rows.T @ rows, shift=precision * rows.T @ means)


def by_integration(own: Terms, means: np.ndarray, precision: float) -> float:
    """The posterior mean of sigma squared, by brute force over a fine grid of a half-normal."""
    level = own.place("level:email")
    assert level is not None
    sd, count = np.sqrt(own.send_variance), len(means)
    grid = np.linspace(1e-4, 6.0 * sd, 4_000)
    log = np.empty(len(grid))
    for place, sigma in enumerate(grid):
        covariance = np.full((count, count), own.covariance[level, level]) + np.eye(count) * (sigma**2 + 1 / precision)
        missed = means - own.mean[level]
        log[place] = -0.5 * (np.linalg.slogdet(covariance)[1] + missed @ np.linalg.solve(covariance, missed))
    weight = np.exp(log - log.max() - grid**2 / (2.0 * sd**2))
    return float(weight @ grid**2 / weight.sum())


class TestVariance:
    def test_without_evidence_it_is_the_priors_to_the_last_digit(self) -> None:
        own = terms(5)
        assert send_variance(own, nothing(own.names)) == own.send_variance
        assert VARIANCES.mean() == pytest.approx(1.0, abs=1e-12)
        faint = observed(own, np.arange(5.0), 1e-12)
        assert send_variance(own, faint) == pytest.approx(own.send_variance, abs=1e-9)

    @pytest.mark.parametrize("sd", [0.02, 0.3, 0.9])
    @pytest.mark.parametrize("count", [2, 30])
    def test_it_is_what_integration_gives(self, sd: float, count: int) -> None:
        own = terms(count)
        means = own.mean[own.place("level:email")] + 0.4 + sd * np.random.default_rng(count).standard_normal(count)
        exact = by_integration(own, means, 60.0)
        assert send_variance(own, observed(own, means, 60.0)) == pytest.approx(exact, rel=0.02)

    def test_alike_messages_lower_it_and_unlike_ones_raise_it(self) -> None:
        own = terms(20)
        spread = np.random.default_rng(0).standard_normal(20)
        low, high = (send_variance(own, observed(own, -4.0 + sd * spread, 200.0)) for sd in (0.0, 1.0))
        assert low < 0.15 * own.send_variance
        assert high > 4.0 * own.send_variance


class TestWorlds:
    def missed(self, seed: int) -> bool:
        """Whether the 80 % interval of a new message misses, where sigma itself is drawn from its half-normal."""
        rng = np.random.default_rng(seed)
        own = SHIPPED.prior.heads["click"]
        likelier = replace(own, level=Weights(mean=np.full_like(own.level.mean, -2.0), width=own.level.width))
        drawn = replace(likelier, send_sd=max(abs(float(rng.normal(0.0, own.send_sd))), 1e-3))
        believed, true = (
            ResponseModel(prior=replace(SHIPPED.prior, heads={**SHIPPED.prior.heads, "click": it}))
            for it in (likelier, drawn)
        )
        texts = [f"A word from us, number {number}" for number in range(16)]
        rows = blank(rng, 100 * 16, "click", texts=texts, still=False)
        world = happened(rng, rows, "click", model=true)
        model = learn(believed, parts(world.rows, rows.cells.intervention < 15))
        new = Cells(
            twins=rows.cells.twins,
            interventions=(message(texts[15]),),
            twin=np.flatnonzero(rows.cells.intervention == 15)[:1],
            intervention=np.zeros(1, dtype=np.intp),
            now=rows.cells.now,
        )
        belief = beliefs(encode(new, model), model, ["click"])["click"]
        p = float(world.p[new.twin[0]])
        return bool(abs(np.log(p / (1.0 - p)) - belief.effect[0]) > 1.2816 * belief.effect_sd[0])

    @pytest.mark.slow
    @pytest.mark.req("N4")
    def test_a_new_message_is_held_as_often_as_said(self) -> None:
        # three standard errors of 60 worlds
        assert np.mean([self.missed(seed) for seed in range(60)]) == pytest.approx(0.2, abs=3.0 * np.sqrt(0.16 / 60))

"""What is learned against known truth: coverage, confounding, no effect where there is none, messages never seen.

Weights are drawn from the prior for each world anew, so that an interval is right as often as it says (simulation-based
calibration: Talts et al. 2018). Customers of one world are no replicates; worlds are.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit, ndtr

from tests.engines.batches import message
from tests.response.outcomes import TEXTS, World, blank, happened, parts
from twincast.response.cells import Cells
from twincast.response.designs import lay_out
from twincast.response.encoding import encode
from twincast.response.learning import OutcomeRows, learn
from twincast.response.model import predict
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.prior import Weights
from twincast.response.ranking import drawn

SHIPPED = shipped_model()
FIELDS = {"visit": "will_engage", "purchase": "will_purchase", "click": "will_click"}
LEVEL, LOOKED_AT = 0.9, 40


def rarer(head: str, level: float) -> ResponseModel:
    """The shipped model with another mean of a level, its width as it is."""
    own = SHIPPED.prior.heads[head]
    moved = Weights(mean=np.full_like(own.level.mean, level), width=own.level.width)
    heads = {**SHIPPED.prior.heads, head: replace(own, level=moved)}
    return ResponseModel(prior=replace(SHIPPED.prior, heads=heads))


def covered(world: World, head: str, model: ResponseModel, rng: np.random.Generator) -> list[float]:
    """Coverage in one world: of p and uplift, one customer by one; of their means over these customers."""
    contact = np.array([item.is_contact for item in world.rows.cells.interventions])[world.rows.cells.intervention]
    some = rng.choice(np.flatnonzero(contact), LOOKED_AT, replace=False)
    cells = parts(world.rows, some).cells
    p, uplift = world.p[some], world.uplift[some]
    found = predict(cells, model, [FIELDS[head]], horizon_days=7, level=LEVEL)[FIELDS[head]]
    assert found.uplift_low is not None
    assert found.uplift_high is not None
    still = replace(cells, intervention=np.zeros(LOOKED_AT, dtype=np.intp))
    draws, none = (drawn(it, model, FIELDS[head], horizon_days=7, draws=500, seed=1) for it in (cells, still))
    ends = [np.quantile(it.mean(axis=0), [0.05, 0.95]) for it in (draws, draws - none)]
    return [
        float(np.mean((found.low <= p) & (p <= found.high))),
        float(np.mean((found.uplift_low <= uplift) & (uplift <= found.uplift_high))),
        float(ends[0][0] <= p.mean() <= ends[0][1]),
        float(ends[1][0] <= uplift.mean() <= ends[1][1]),
    ]


def coverage(head: str, count: int, worlds: int, prior: ResponseModel) -> np.ndarray:
    found = []
    for seed in range(worlds):
        rng = np.random.default_rng(50_000 + seed)
        world = happened(rng, blank(rng, count, head), head, model=prior)
        found.append(covered(world, head, learn(prior, world.rows), rng))
    shares: np.ndarray = np.array(found).mean(axis=0)
    return shares


class TestCoverage:
    @pytest.mark.soak
    @pytest.mark.req("N4")
    @pytest.mark.parametrize("count", [200, 2_000])
    @pytest.mark.parametrize(("head", "level"), [("visit", -2.0), ("purchase", -6.0)])
    def test_intervals_hold_what_they_say(self, head: str, level: float, count: int) -> None:
        np.testing.assert_allclose(coverage(head, count, 400, rarer(head, level)), LEVEL, atol=0.045)

    @pytest.mark.slow
    def test_intervals_hold_about_what_they_say(self) -> None:
        # 60 worlds: three standard errors of a share of .9 are .116
        np.testing.assert_allclose(coverage("visit", 200, 60, SHIPPED), LEVEL, atol=0.116)


class TestLevelsThatAreOff:
    @pytest.mark.slow
    @pytest.mark.req("N5")
    def test_a_hundred_outcomes_of_a_company_far_from_the_prior_are_better_learned_than_counted(self) -> None:
        level, gains = float(SHIPPED.prior.heads["purchase"].level.mean[0]), []
        for seed in range(24):
            rng = np.random.default_rng(60_000 + seed)
            world = happened(rng, blank(rng, 700, "purchase", window=14.0), "purchase", {"level": level - 2.0})
            seen, new = parts(world.rows, np.arange(100)), parts(world.rows, np.arange(100, 700)).cells
            found = predict(new, learn(SHIPPED, seen), ["will_purchase"], horizon_days=14, level=LEVEL)
            share = (seen.outcomes["purchase"].sum() + 0.5) / 101.0
            p = world.p[100:]
            counted, learned = (
                -p * np.log(it) - (1.0 - p) * np.log1p(-it) for it in (share, found["will_purchase"].value)
            )
            gains.append(float((counted - learned).mean()))
        assert np.mean(gains) > 0.0


def confounded(rng: np.random.Generator, count: int, chance: int, effect: float) -> OutcomeRows:
    """A log in which active customers were mailed, and `chance` randomised rows after it; the true effect is given."""
    rows = blank(rng, count + chance, "visit", texts=TEXTS[:1])
    active = rng.normal(0.0, 0.4, count + chance)  # on no record; more of it would pull a marginal effect towards 0
    mailed = rng.random(count + chance) < 1.0 / (1.0 + np.exp(-4.0 * active))
    logged = np.arange(count + chance) < count
    item = np.where(logged, mailed, rng.random(count + chance) < 0.5).astype(np.intp)
    rows = replace(rows, cells=replace(rows.cells, intervention=item), randomised=~logged)
    few = np.random.default_rng(0)
    names = happened(few, blank(few, 20, "visit", texts=TEXTS[:1]), "visit").terms.names
    nothing_else = ("reach", "match", "fatigue", "kind:", "send:", "message:")
    fixed = {name: 0.0 for name in names if name.startswith(nothing_else)} | {"contact:email": effect}
    return happened(rng, rows, "visit", fixed, shift=active).rows


def effect_of(model: ResponseModel, rows: OutcomeRows) -> np.ndarray:
    """Mean and sd of the message's mean effect on the logit: after the outcomes, and before them."""
    own = model.posteriors["visit"]
    mailed = np.flatnonzero(rows.cells.intervention == 1)[-2_000:]
    design = lay_out(encode(rows.cells, model), own.terms)
    row = design.rows(mailed, ~rows.randomised).mean(axis=0) * own.terms.effect
    return np.array(
        [
            (row @ mean, np.sqrt(row @ covariance @ row))
            for mean, covariance in ((own.mean, own.covariance), (own.terms.mean, own.terms.covariance))
        ]
    )


class TestConfounding:
    def test_a_log_alone_never_moves_the_effect(self) -> None:
        rng = np.random.default_rng(5)
        rows = confounded(rng, 3_000, 0, 0.0)
        model = learn(SHIPPED, rows)
        (mean, sd), (mean0, sd0) = effect_of(model, rows)
        assert abs(mean - mean0) < 0.5 * sd0
        assert sd > 0.9 * sd0
        assert model.uplift_basis("visit") == "prior"

    @pytest.mark.soak
    @pytest.mark.parametrize("effect", [0.0, 0.5])
    def test_randomised_rows_among_a_log_find_the_effect(self, effect: float) -> None:
        found = []
        for seed in range(100):
            rows = confounded(np.random.default_rng(seed), 50_000, 10_000, effect)
            found.append(effect_of(learn(SHIPPED, rows), rows)[0])
        mean, sd = np.array(found).T
        assert abs(mean.mean() - effect) < 0.05
        assert 0.84 <= np.mean(np.abs(mean - effect) < 1.645 * sd) <= 0.96


class TestNothingThere:
    @pytest.mark.soak
    def test_no_effect_is_found_where_there_is_none(self) -> None:
        wrong = []
        for seed in range(500):
            rng = np.random.default_rng(seed)
            rows = blank(rng, 3_000, "visit", texts=TEXTS[:1])
            rows = replace(rows, outcomes={"visit": (rng.random(3_000) < 0.15).astype(np.float64)})
            model = learn(SHIPPED, rows)
            contact = np.flatnonzero(rows.cells.intervention == 1)[:30]
            cells = parts(rows, contact).cells
            still = replace(cells, intervention=np.zeros(30, dtype=np.intp))
            gains = [drawn(it, model, "will_engage", horizon_days=7, draws=200, seed=1) for it in (cells, still)]
            low, high = np.quantile((gains[0] - gains[1]).mean(axis=0), [0.05, 0.95])
            wrong.append(low > 0.0 or high < 0.0)
        assert np.mean(wrong) <= 0.13

    @pytest.mark.slow
    def test_a_planted_slope_of_the_effect_is_found(self) -> None:
        rng = np.random.default_rng(3)
        rows = blank(rng, 20_000, "visit", texts=TEXTS[:1])
        world = happened(rng, rows, "visit", {"match:category": 0.4, "contact:email": 0.4})
        model = learn(SHIPPED, world.rows)
        contact = np.flatnonzero(rows.cells.intervention == 1)
        found = predict(parts(rows, contact).cells, model, ["will_engage"], horizon_days=7, level=0.8)["will_engage"]
        assert found.uplift is not None
        slope = np.polyfit(found.uplift, world.uplift[contact], 1)[0]
        assert 0.85 < slope < 1.15


class TestNeverSeen:
    def held(self, seed: int, rows_each: int, sd: float | None = None) -> float:
        """How many of all messages never seen have their level in the 80 % interval, after twenty seen ones.

        The effects of sends have this sd, or one drawn as the prior has it, half-normal. Levels of messages never seen
        lie around that of the twenty by the effect of a send, so the share is an integral: draws of single messages
        would need thousands of worlds to tell 80 from 85 %.
        """
        rng = np.random.default_rng(seed)
        texts = [f"A word from us, number {number}" for number in range(21)]
        rows = blank(rng, rows_each * 21, "click", texts=texts, still=False)
        digests = encode(rows.cells, SHIPPED).messages.digests
        sd = abs(float(rng.normal(0.0, SHIPPED.prior.heads["click"].send_sd))) if sd is None else sd
        sends = {f"send:{digest}": float(rng.normal(0.0, sd)) for digest in digests}
        world = happened(rng, rows, "click", {"level:email": float(rng.normal(-2.0, 0.5)), **sends})
        model = learn(rarer("click", -2.0), parts(world.rows, rows.cells.intervention < 20))
        new = Cells(
            twins=rows.cells.twins,
            interventions=(message(texts[20]),),
            twin=np.flatnonzero(rows.cells.intervention == 20)[:1],
            intervention=np.zeros(1, dtype=np.intp),
            now=rows.cells.now,
        )
        found = predict(new, model, ["will_click"], horizon_days=7, level=0.8)["will_click"]
        level = logit(world.p[new.twin[0]]) - sends[f"send:{digests[20]}"]
        high, low = ((logit(end[0]) - level) / sd for end in (found.high, found.low))
        return float(ndtr(high) - ndtr(low))

    @pytest.mark.soak
    def test_the_interval_of_a_new_message_holds_its_level(self) -> None:
        assert 0.75 <= np.mean([self.held(seed, 400, sd=0.3) for seed in range(300)]) <= 0.85

    @pytest.mark.slow
    def test_the_interval_of_a_new_message_holds_about_its_level(self) -> None:
        # the share varies by .17 from world to world, as the sd of sends does: sixty worlds tell it to .022
        assert np.mean([self.held(seed, 100) for seed in range(60)]) == pytest.approx(0.8, abs=0.07)

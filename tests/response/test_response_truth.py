"""The model in its own world: parameters drawn from the prior, and what was stated held against what then holds."""

import numpy as np
import pytest

from tests.engines.batches import bought, cells, message, nothing, twins
from twincast.domain.channels import CHANNELS
from twincast.response.cells import Cells
from twincast.response.columns import Column
from twincast.response.encoding import Encoded, encode
from twincast.response.heads import CONTACT_ONLY
from twincast.response.model import predict
from twincast.response.posteriors import shipped_model
from twincast.response.prior import HeadPrior, Weights, shipped_prior

WORLDS = 2_000
PEOPLE: tuple[dict[str, float], ...] = (
    {},
    bought(2.0, days=900.0, last=400.0),
    bought(6.0, days=700.0, last=40.0, open_rate=0.3, click_rate=0.04, satisfaction_mean=4.5, contacts_recent=2.0),
    bought(30.0, days=900.0, last=5.0, spend_28=200.0, spend_84=300.0, spend_365=1500.0, channel_email=1.0),
    bought(90.0, days=900.0, last=2.0, pref_price=1.0, prefsd_price=0.5, recent_failure=1.0),
)
FIELDS = {"visit": "will_engage", "purchase": "will_purchase", "click": "will_click", "unsubscribe": "will_unsubscribe"}


def batch() -> Cells:
    items = [
        message("30% off all coffee this week, {{first_name}}. Order now.", response="visit"),
        message("Our newsletter: how books are made.", type="newsletter", channel="push", response="visit"),
        nothing(),
    ]
    return cells(twins(*PEOPLE), items)


class World:
    """Every parameter of one head drawn many times, without the code that predicts."""

    def __init__(self, encoded: Encoded, head: str, days: float, seed: int) -> None:
        own, rng = shipped_prior().heads[head], np.random.default_rng(seed)
        cells, channel = encoded.cells, encoded.matches.channel
        x, z = encoded.customers.features[cells.twin], encoded.messages.features[cells.intervention]
        tau = (
            _draw(own.reach, rng) @ x.T
            + _draw(own.message, rng) @ z.T
            + _draw(own.match, rng) @ encoded.matches.features.T
        )
        tau += own.send_sd * rng.standard_normal((WORLDS, 3))[:, cells.intervention]
        fade = _fades(channel, own, days)
        if head in CONTACT_ONLY:
            eta = _draw(own.level, rng)[:, channel] + tau
            self.p0 = np.zeros((WORLDS, len(cells)))
            hazard = np.log1p(np.exp(eta)) * fade
        else:
            eta = _draw(own.level, rng)[:, :1] + _draw(own.base, rng) @ x.T
            tau += _draw(own.contact, rng)[:, channel]
            before, after = np.log1p(np.exp(eta)), np.log1p(np.exp(eta + tau))
            stretch = days / own.horizon
            self.p0 = 1.0 - np.exp(-stretch * before)
            hazard = np.maximum(stretch * before + (after - before) * fade, stretch * np.minimum(before, after))
        self.p1 = np.where(encoded.contact, 1.0 - np.exp(-hazard), self.p0)


def _draw(weights: Weights, rng: np.random.Generator) -> np.ndarray:
    mean, width = np.nan_to_num(weights.mean), np.nan_to_num(weights.width)
    return mean + width * rng.standard_normal((WORLDS, len(mean)))


def _fades(channel: np.ndarray, own: HeadPrior, days: float) -> np.ndarray:
    decay = np.where(channel == CHANNELS.index("mail"), 15.0, 3.0)
    return (1.0 - np.exp(-days / decay)) / (1.0 - np.exp(-own.horizon / decay))


def column(head: str, days: int, level: float = 0.8) -> tuple[Column, World, Encoded]:
    given = batch()
    encoded = encode(given, shipped_model())
    field = FIELDS[head]
    found = predict(given, shipped_model(), [field], horizon_days=days, level=level)[field]
    return found, World(encoded, head, float(days), seed=days + len(head)), encoded


def assert_covers(low: np.ndarray, high: np.ndarray, truth: np.ndarray, level: float) -> None:
    """The share of worlds inside is the level, to 3 standard errors over the worlds, and in each cell to 4."""
    inside = (truth >= low) & (truth <= high)
    by_world = inside.mean(axis=1)
    error = by_world.std() / np.sqrt(WORLDS)
    assert abs(by_world.mean() - level) < 3.0 * error
    assert np.abs(inside.mean(axis=0) - level).max() < 4.0 * np.sqrt(level * (1.0 - level) / WORLDS)


@pytest.mark.req("A6")
@pytest.mark.parametrize("days", [7, 30])
class TestCoverage:
    @pytest.mark.parametrize("head", ["visit", "purchase"])
    @pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
    def test_of_p_and_p0_and_uplift(self, head: str, level: float, days: int) -> None:
        found, world, encoded = column(head, days, level)
        assert found.no_contact_low is not None
        assert found.no_contact_high is not None
        assert_covers(found.low, found.high, world.p1, level)
        assert_covers(found.no_contact_low, found.no_contact_high, world.p0, level)
        _, low, high = found.difference()
        sent = encoded.contact
        assert_covers(low[sent], high[sent], (world.p1 - world.p0)[:, sent], level)

    @pytest.mark.parametrize("head", ["click", "unsubscribe"])
    def test_of_what_needs_a_contact(self, head: str, days: int) -> None:
        found, world, encoded = column(head, days)
        mail = encoded.contact & (encoded.matches.channel == CHANNELS.index("email"))
        assert_covers(found.low[mail], found.high[mail], world.p1[:, mail], 0.8)

    def test_of_clicks_that_opens_limit(self, days: int) -> None:
        """On push, opens are hardly likelier than clicks: the smaller of two uncertain numbers is held roughly."""
        found, clicks, encoded = column("click", days)
        opens = World(encoded, "open", float(days), seed=1)
        push = encoded.contact & (encoded.matches.channel == CHANNELS.index("push"))
        truth = np.minimum(clicks.p1, opens.p1)[:, push]
        inside = (truth >= found.low[push]) & (truth <= found.high[push])
        assert 0.72 < inside.mean() < 0.88


@pytest.mark.req("A64")
@pytest.mark.parametrize("days", [7, 30])
@pytest.mark.parametrize("head", list(FIELDS))
class TestConfidence:
    def test_is_the_share_of_worlds_within_the_tolerance(self, head: str, days: int) -> None:
        found, world, encoded = column(head, days)
        limited = head == "click"  # on push by the opens, see above
        sent = encoded.contact & ~(limited & (encoded.matches.channel == CHANNELS.index("push")))
        tolerance = np.maximum(0.02, found.value / 4.0)
        share = (np.abs(world.p1 - found.value) <= tolerance).mean(axis=0)
        slack = 0.0 if days == 7 else 0.03  # beyond the reference the interval is read as that of a logit-normal
        allowed = 4.0 * np.sqrt(0.25 / WORLDS) + slack
        assert np.abs(found.confidence - share)[sent].max() < allowed
        assert abs(found.confidence[sent].mean() - share[sent].mean()) < 3.0 * np.sqrt(0.25 / WORLDS) + slack


class TestValue:
    @pytest.mark.parametrize("head", ["visit", "purchase", "click", "unsubscribe"])
    @pytest.mark.parametrize("days", [7, 30])
    def test_is_the_median_of_the_worlds(self, head: str, days: int) -> None:
        """At the posterior mode, which for a rising function of a normal is the median."""
        found, world, encoded = column(head, days)
        below = (world.p1 < found.value).mean(axis=0)
        slack = 0.0 if days == 7 or head in CONTACT_ONLY else 0.05
        some = (found.value > 0.0) & ~((head == "click") & (encoded.matches.channel == CHANNELS.index("push")))
        assert np.abs(below[some] - 0.5).max() < 4.0 * 0.5 / np.sqrt(WORLDS) + slack

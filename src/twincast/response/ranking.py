"""Which cell of a batch is best: parameter draws that all cells share, and each message's own effect."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.errors import UnknownField
from twincast.domain.fields import DEFAULT_LEVEL
from twincast.response.cells import Cells
from twincast.response.encoding import Encoded, Logits, encode
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.heads import CONTACT_ONLY, FIELD_HEADS
from twincast.response.model import Batch, by_horizon
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import Prior, Weights
from twincast.response.probabilities import HeadCells, point
from twincast.stats.comparing import share_best
from twincast.stats.streams import stream

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeightDraws:
    """Draws of one head's parameters, (draws, ...), keyed by seed and model: the same for every batch.

    Attributes:
        level, contact: (draws, len(CHANNELS)).
        base, reach: (draws, Kc); message: (draws, Km); match: (draws, Kx); fatigue: (draws, Kf).
    """

    level: Array
    contact: Array
    base: Array
    reach: Array
    message: Array
    match: Array
    fatigue: Array


@lru_cache(maxsize=64)
def draw_weights(head: str, prior: Prior, draws: int, seed: int) -> WeightDraws:
    """Draw the parameters of a head; an organic head has one level for all channels."""
    own = prior.heads[head]

    def block(name: str, weights: Weights, size: int) -> Array:
        noise = stream(seed, prior.digest, head, name).standard_normal((draws, size))
        return np.nan_to_num(weights.mean) + np.nan_to_num(weights.width) * noise

    level = block("level", own.level, len(CHANNELS))
    if head not in CONTACT_ONLY:
        level = np.repeat(level[:, :1], len(CHANNELS), axis=1)
    return WeightDraws(
        level=level,
        contact=block("contact", own.contact, len(CHANNELS)),
        base=block("base", own.base, len(CUSTOMER_NAMES)),
        reach=block("reach", own.reach, len(CUSTOMER_NAMES)),
        message=block("message", own.message, len(MESSAGE_NAMES)),
        match=block("match", own.match, len(MATCH_NAMES)),
        fatigue=block("fatigue", own.fatigue, len(FATIGUE_NAMES)),
    )


@lru_cache(maxsize=64)
def draw_terms(head: str, model: ResponseModel, draws: int, seed: int) -> Array:
    """Draw the terms of a head that has seen outcomes jointly, (draws, P), keyed by seed and model."""
    own = model.posteriors[head]
    values, vectors = np.linalg.eigh(own.covariance)
    noise = stream(seed, model.digest, head, "terms").standard_normal((draws, len(values)))
    drawn: Array = own.mean + (noise * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return drawn


def drawn_logits(batch: Batch, head: str, cell: int, draws: int, seed: int) -> tuple[Array, Array]:
    """Return base and effect of one cell at every draw, (draws,) each.

    Equal texts share their own effect, so identical variants differ by exactly 0 at every draw.
    """
    if head in batch.model.posteriors:
        return _from_posterior(batch, head, cell, draws, seed)
    encoded, own = batch.encoded, batch.prior.heads[head]
    weights = draw_weights(head, batch.prior, draws, seed)
    channel = int(encoded.matches.channel[cell])
    customer = encoded.customers.features[encoded.cells.twin[cell]]
    base = weights.level[:, channel] + _sum(weights.base, customer)
    if not encoded.contact[cell]:
        return base, np.zeros(draws)
    effect = (
        weights.contact[:, channel]
        + _sum(weights.reach, customer)
        + _sum(weights.message, encoded.messages.features[encoded.cells.intervention[cell]])
        + _sum(weights.match, encoded.matches.features[cell])
        + _own_effect(encoded, head, cell, own.send_sd, draws, seed)
    )
    if encoded.fatigue is not None:
        effect = effect + _sum(weights.fatigue, encoded.fatigue[cell])
    if head in CONTACT_ONLY:
        return np.zeros(draws), weights.level[:, channel] + effect
    return base, effect


def _from_posterior(batch: Batch, head: str, cell: int, draws: int, seed: int) -> tuple[Array, Array]:
    posterior = batch.model.posteriors[head]
    design = batch.design(head)
    row = design.rows(np.array([cell]), np.zeros(len(batch.encoded.cells), dtype=np.bool_))[0]
    terms, still = draw_terms(head, batch.model, draws, seed), ~posterior.terms.effect
    base, effect = _sum(terms, np.where(still, row, 0.0)), _sum(terms, np.where(still, 0.0, row))
    if batch.encoded.contact[cell]:
        unseen = float(np.sqrt(design.unseen[design.pair[cell]]))
        effect = effect + _own_effect(batch.encoded, head, cell, unseen, draws, seed)
    a, b = posterior.calibration
    return (a + b * base, b * effect) if posterior.head.organic else (np.zeros(draws), a + b * effect)


def _own_effect(encoded: Encoded, head: str, cell: int, width: float, draws: int, seed: int) -> Array:
    digest = encoded.messages.digests[int(encoded.cells.intervention[cell])]
    return width * stream(seed, "send", head, digest).standard_normal(draws)


def _sum(weights: Array, row: Array) -> Array:
    total: Array = np.add.reduce(np.multiply(weights, row, order="C"), axis=1)
    return total


MONEY_TARGETS: Final = ("expected_revenue", "revenue_impact")
TARGETS: Final = (*FIELD_HEADS, "will_engage", *MONEY_TARGETS, "loyalty_impact")
"""Fields of which parameter draws can be made, and by which cells can therefore be ranked."""


def best(cells: Cells, model: ResponseModel, field: str, *, horizon_days: int, draws: int, seed: int) -> Array:
    """Return P(each cell is the best of the batch), (c,), over shared parameter draws; ties split equally.

    Args:
        cells: c cells, a few.
        field: one of `TARGETS`; unsubscribing ranks by its smallness.
        draws, seed: as in `drawn`.

    Raises:
        UnknownField: cells can not be ranked by this field.
    """
    values = drawn(cells, model, field, horizon_days=horizon_days, draws=draws, seed=seed)
    values = -values if field == "will_unsubscribe" else values
    return share_best(np.where(np.isnan(values), -np.inf, values))  # what a channel does not have is never the best


def drawn(cells: Cells, model: ResponseModel, field: str, *, horizon_days: int, draws: int, seed: int) -> Array:
    """Return a field's value for each cell at every draw of the parameters, (c, draws).

    A draw is one possible truth about all cells at once, whichever batch they come in: so a mean over cells keeps the
    model's uncertainty, however many cells there are. NaN where the channel has no such response.

    Args:
        cells: c cells.
        field: one of `TARGETS`.
        draws: number of parameter draws; seed: keys them, together with the prior and the texts.

    Raises:
        UnknownField: no draws can be made of this field.
    """
    if field not in TARGETS:
        raise UnknownField(f"Cells can not be ranked by {field!r}; they can by {', '.join(TARGETS)}.")
    rows = np.empty((len(cells), draws))
    for places, part, days in by_horizon(cells, horizon_days):
        batch = Batch(encode(part, model), model, days, DEFAULT_LEVEL)
        for position, cell in enumerate(places.tolist()):
            rows[cell] = _draws(batch, field, position, draws, seed)
    return rows


def _draws(batch: Batch, field: str, cell: int, draws: int, seed: int) -> Array:
    """Return a field's value for one cell of a batch at every draw."""
    if field in MONEY_TARGETS:
        return _money_draws(batch, field, cell, draws, seed)
    if field == "loyalty_impact":
        contacted, still = _probability_draws(batch, "retained", cell, draws, seed)
        return contacted - still
    head = batch.head_of(field, cell)
    if batch.encoded.contact[cell] and np.isnan(batch.head(head).belief.effect[cell]):
        return np.full(draws, np.nan)
    value = _probability_draws(batch, head, cell, draws, seed)[0]
    if head == "click" and not np.isnan(batch.head("open").belief.effect[cell]):
        value = np.minimum(value, _probability_draws(batch, "open", cell, draws, seed)[0])
    return value


def _probability_draws(batch: Batch, head: str, cell: int, draws: int, seed: int) -> tuple[Array, Array]:
    cells = batch.head(head)
    base, effect = drawn_logits(batch, head, cell, draws, seed)
    still = np.zeros(draws)
    drawn = HeadCells(
        head=head,
        belief=Logits(base=base, base_sd=still, effect=effect, effect_sd=still),
        horizon=replace(cells.horizon, fade=np.full(draws, cells.horizon.fade[cell])),
        contact=np.full(draws, cells.contact[cell]),
    )
    return point(drawn)


def _money_draws(batch: Batch, field: str, cell: int, draws: int, seed: int) -> Array:
    p1, p0 = _probability_draws(batch, "purchase", cell, draws, seed)
    amount = batch.field("purchase_amount")
    full = amount.value if amount.no_contact is None else amount.no_contact
    spent = float(full[cell]) if field == "revenue_impact" else 0.0
    return p1 * float(amount.value[cell]) - p0 * spent

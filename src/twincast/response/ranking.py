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
from twincast.response.encoding import Logits, encode
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.heads import CONTACT_ONLY, FIELD_HEADS, HEADS
from twincast.response.model import Batch, by_horizon
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import Prior, Weights
from twincast.response.probabilities import HeadCells, gives_way, point, within
from twincast.response.ranges import beyond
from twincast.response.reliability import unchecked
from twincast.stats.comparing import share_best
from twincast.stats.linear import weighted_columns
from twincast.stats.streams import stream

Array = NDArray[np.float64]
Index = NDArray[np.intp]
AT_ONCE: Final = 65_536
"""Numbers that are drawn at a time, so that they stay in the cache."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class WeightDraws:
    """Draws of one head's parameters, (..., draws), keyed by seed and model: the same for every batch.

    Attributes:
        level, contact: (len(CHANNELS), draws).
        base, reach: (Kc, draws); message: (Km, draws); match: (Kx, draws); fatigue: (Kf, draws).
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
        return np.ascontiguousarray((np.nan_to_num(weights.mean) + np.nan_to_num(weights.width) * noise).T)

    level = block("level", own.level, len(CHANNELS))
    if head not in CONTACT_ONLY:
        level = np.repeat(level[:1], len(CHANNELS), axis=0)
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
    """Draw the terms of a head that has seen outcomes jointly, (P, draws), keyed by seed and model."""
    own = model.posteriors[head]
    values, vectors = np.linalg.eigh(own.covariance)
    noise = stream(seed, model.digest, head, "terms").standard_normal((draws, len(values)))
    drawn: Array = own.mean + (noise * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return np.ascontiguousarray(drawn.T)


@lru_cache(maxsize=512)
def draw_send(head: str, digest: str, draws: int, seed: int) -> Array:
    """Draw what a message does beyond its text, in its own standard deviations, (draws,)."""
    return stream(seed, "send", head, digest).standard_normal(draws)


def drawn_logits(batch: Batch, head: str, where: Index, draws: int, seed: int) -> tuple[Array, Array]:
    """Return base and effect of some cells at every draw, (k, draws) each.

    Equal texts share their own effect, so identical variants differ by exactly 0 at every draw.
    """
    if head in batch.model.posteriors:
        return _from_posterior(batch, head, where, draws, seed)
    encoded, own = batch.encoded, batch.prior.heads[head]
    weights = draw_weights(head, batch.prior, draws, seed)
    twins, twin = np.unique(encoded.cells.twin[where], return_inverse=True)
    items, item = np.unique(encoded.cells.intervention[where], return_inverse=True)
    customers, channel = encoded.customers.features[twins], encoded.matches.channel[where]
    sent = weighted_columns(encoded.messages.features[items], weights.message)
    sent += own.send_sd * _sends(batch, head, items, draws, seed)
    effect = weighted_columns(customers, weights.reach)[twin]
    effect += sent[item]
    effect += weighted_columns(encoded.matches.features[where], weights.match)
    effect += weights.contact[channel]
    if encoded.fatigue is not None:
        effect += weighted_columns(encoded.fatigue[where], weights.fatigue)
    if head in CONTACT_ONLY:
        return np.zeros_like(effect), weights.level[channel] + effect
    return weighted_columns(customers, weights.base)[twin] + weights.level[channel], effect


def _from_posterior(batch: Batch, head: str, where: Index, draws: int, seed: int) -> tuple[Array, Array]:
    posterior, design = batch.model.posteriors[head], batch.design(head)
    terms, places = draw_terms(head, batch.model, draws, seed), posterior.terms.places
    twins, twin = np.unique(design.twin[where], return_inverse=True)
    pairs, first, pair = np.unique(design.pair[where], return_index=True, return_inverse=True)
    sent = weighted_columns(design.items[pairs], terms[places["item"]])
    items = batch.encoded.cells.intervention[where][first]
    sent += np.sqrt(design.unseen[pairs])[:, None] * _sends(batch, head, items, draws, seed)
    effect = weighted_columns(design.reach[twins], terms[places["reach"]])[twin]
    effect += sent[pair]
    effect += weighted_columns(design.match[where], terms[places["match"]])
    outside = beyond(batch.encoded.matches.features[where], posterior.ranges, posterior.terms)
    if outside.any():
        effect += np.sqrt(outside)[:, None] * draw_send(head, "beyond what was seen", draws, seed)
    a, b = posterior.calibration
    if not posterior.head.organic:
        return np.zeros_like(effect), a + b * effect
    return a + b * weighted_columns(design.still[twins], terms[places["still"]])[twin], b * effect


def _sends(batch: Batch, head: str, items: Index, draws: int, seed: int) -> Array:
    digests = batch.encoded.messages.digests
    return np.array([draw_send(head, digests[item], draws, seed) for item in items.tolist()]).reshape(-1, draws)


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
    size = max(1, AT_ONCE // draws)
    for places, part, days in by_horizon(cells, horizon_days):
        batch = Batch(encode(part, model), model, days, DEFAULT_LEVEL)
        for start in range(0, len(places), size):
            where = np.arange(start, min(start + size, len(places)))
            rows[places[where]] = _draws(batch, field, where, draws, seed)
    return rows


def _draws(batch: Batch, field: str, where: Index, draws: int, seed: int) -> Array:
    """Return a field's value for some cells of a batch at every draw, (k, draws)."""
    if field in MONEY_TARGETS:
        return _money_draws(batch, field, where, draws, seed)
    if field == "loyalty_impact":
        contacted, still = _probability_draws(batch, "retained", where, draws, seed)
        return contacted - still
    codes = batch.heads_of(field)[where]
    found = np.empty((len(where), draws))
    for code in set(codes.tolist()):
        mine = codes == code
        found[mine] = _head_draws(batch, HEADS[code], where[mine], draws, seed)
    return found


def _head_draws(batch: Batch, head: str, where: Index, draws: int, seed: int) -> Array:
    value = _probability_draws(batch, head, where, draws, seed)[0]
    giving, limit = gives_way(batch.model)
    if head == giving:
        other = _probability_draws(batch, limit, where, draws, seed)[0]
        value = within(value, other, batch.encoded.matches.channel[where][:, None], giving)
    return _without(batch, head, where, value)


def _without(batch: Batch, head: str, where: Index, values: Array) -> Array:
    """Return values with NaN for what is sent on a channel that has no such response."""
    cells = batch.head(head)
    none = cells.contact[where] & np.isnan(cells.belief.effect[where])
    return np.where(none[:, None], np.nan, values)


def _probability_draws(batch: Batch, head: str, where: Index, draws: int, seed: int) -> tuple[Array, Array]:
    cells = batch.head(head).part(where)
    base, effect = drawn_logits(batch, head, where, draws, seed)
    still = np.zeros(1)
    drawn = HeadCells(
        head=head,
        belief=Logits(base=base, base_sd=still, effect=effect, effect_sd=still),
        horizon=replace(cells.horizon, fade=cells.horizon.fade[:, None]),
        contact=cells.contact[:, None],
        checks=unchecked(1),
    )
    return point(drawn)


def _money_draws(batch: Batch, field: str, where: Index, draws: int, seed: int) -> Array:
    p1, p0 = _probability_draws(batch, "purchase", where, draws, seed)
    amount = batch.field("purchase_amount")
    found: Array = p1 * amount.value[where, None]
    if field == "revenue_impact":
        full = amount.value if amount.no_contact is None else amount.no_contact
        found -= p0 * full[where, None]
    return found

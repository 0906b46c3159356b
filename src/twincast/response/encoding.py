"""Cells to arrays: the only place where twins and messages become the numbers that the heads see."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.response.attributes import encode_attributes
from twincast.response.cells import Cells
from twincast.response.customers import EPOCH, Customers
from twincast.response.fatigue import encode_fatigue
from twincast.response.kept import customers_of
from twincast.response.matches import Matches, encode_matches
from twincast.response.messages import Messages, encode_messages
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import HeadPrior, StatedPrior, Weights
from twincast.response.signals import encode_signals
from twincast.stats.linear import weighted_squares, weighted_sum

Array = NDArray[np.float64]

SIDE_BY_SIDE: Final = 100_000
"""Numbers of a block up to which heads are summed side by side; above, one by one, so that memory stays bounded."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Encoded:
    """A batch of cells as arrays: n customers, m messages, c matches.

    Attributes:
        further: (n, G) features of further attributes of the records, as many as the model has.
        heard, said: (n, K) and (c, K) what a language model was heard to say of the customers, and of the cells; None
            where the model listens to nothing.
        fatigue: (c, len(FATIGUE_NAMES)); None where no twin remembers anything, and then nothing is added to any sum.
    """

    cells: Cells
    customers: Customers
    messages: Messages
    matches: Matches
    fatigue: Array | None
    further: Array
    heard: Array | None = None
    said: Array | None = None

    def part(self, where: slice | NDArray[np.intp]) -> "Encoded":
        """Return some of the cells; customers and messages stay."""
        matches = self.matches
        return Encoded(
            cells=self.cells.part(where),
            customers=self.customers,
            messages=self.messages,
            matches=Matches(features=matches.features[where], channel=matches.channel[where]),
            fatigue=None if self.fatigue is None else self.fatigue[where],
            further=self.further,
            heard=self.heard,
            said=None if self.said is None else self.said[where],
        )

    @property
    def contact(self) -> NDArray[np.bool_]:
        """Whether anything is sent, (c,)."""
        return self.messages.contact[self.cells.intervention]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Logits:
    """Normal belief about the two parts of each cell's logit, arrays of shape (c,).

    Attributes:
        base, base_sd: logit without contact, at the head's own horizon (contact-only heads: 0 and 0, not used).
        effect, effect_sd: what the contact adds; for contact-only heads the whole logit when contacted.
        correlation: of base and effect; None where they are independent, as in the prior.
    """

    base: Array
    base_sd: Array
    effect: Array
    effect_sd: Array
    correlation: Array | None = None

    def part(self, where: slice | NDArray[np.intp]) -> "Logits":
        """Return some of the cells."""
        return Logits(
            base=self.base[where],
            base_sd=self.base_sd[where],
            effect=self.effect[where],
            effect_sd=self.effect_sd[where],
            correlation=None if self.correlation is None else self.correlation[where],
        )

    @property
    def contacted_sd(self) -> Array:
        """Sd of base + effect, (c,)."""
        variance = self.base_sd**2 + self.effect_sd**2
        if self.correlation is not None:
            variance = np.maximum(variance + 2.0 * self.correlation * self.base_sd * self.effect_sd, 0.0)
        return np.sqrt(variance)


def encode(cells: Cells, model: ResponseModel) -> Encoded:
    """Encode a batch; each customer and each message once, each match cell by cell."""
    days = float((cells.now.date() - EPOCH).days) if cells.days is None else cells.days
    customers = customers_of(cells.twins, days, model.prior)
    messages = encode_messages(cells.interventions)
    heard, said = None, None
    if model.hearing.columns:
        heard, said = encode_signals(cells.signals, model.hearing, len(cells), len(cells.twins))
    return Encoded(
        cells=cells,
        customers=customers,
        messages=messages,
        matches=encode_matches(cells, customers, messages),
        fatigue=encode_fatigue(cells),
        further=encode_attributes(cells.twins, model.attributes),
        heard=heard,
        said=said,
    )


def logits(encoded: Encoded, heads: Sequence[HeadPrior]) -> list[Logits]:
    """Return mean and sd of base and effect for every cell, for each head.

    Sums run customer, message, match, fatigue, in that order and each over its own fixed columns, so that a cell's
    number never depends on its neighbours. Heads are summed side by side: for one customer the calls cost more than the
    numbers.
    """
    if not heads:
        return []
    widest = max(encoded.customers.features.size, encoded.matches.features.size)
    if len(heads) > 1 and widest * len(heads) > SIDE_BY_SIDE:
        return [found for head in heads for found in logits(encoded, [head])]
    twin, item, channel = encoded.cells.twin, encoded.cells.intervention, encoded.matches.channel
    stack = _stacked(tuple(heads))
    base, base_variance = _sums(encoded.customers.features, stack.base)
    reach, reach_variance = _sums(encoded.customers.features, stack.reach)
    message, message_variance = _sums(encoded.messages.features, stack.message)
    match, match_variance = _sums(encoded.matches.features, stack.match)
    mean = reach.take(twin, axis=1) + message.take(item, axis=1) + match
    variance = reach_variance.take(twin, axis=1) + message_variance.take(item, axis=1) + match_variance + stack.send
    if encoded.fatigue is not None:
        tired, tired_variance = _sums(encoded.fatigue, stack.fatigue)
        mean, variance = mean + tired, variance + tired_variance
    bases = (stack.base_level.mean + base).take(twin, axis=1)
    base_sds = np.sqrt(stack.base_level.width + base_variance).take(twin, axis=1)
    effects = stack.effect_level.mean.take(channel, axis=1) + mean
    effect_sds = np.sqrt(stack.effect_level.width.take(channel, axis=1) + variance)
    nothing = np.zeros(len(twin))
    return [
        Logits(
            base=bases[place] if head.organic else nothing,
            base_sd=base_sds[place] if head.organic else nothing,
            effect=effects[place],
            effect_sd=effect_sds[place],
        )
        for place, head in enumerate(heads)
    ]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stack:
    """The priors of h heads side by side.

    Attributes:
        base, reach, message, match, fatigue: means and widths of each block's K features, (h, 1, K).
        send: variance of the effect that each message has beyond its text, (h, 1).
        base_level: intercept without contact and its variance, (h, 1).
        effect_level: intercept of the effect by channel and its variance, (h, len(CHANNELS)).
    """

    base: Weights
    reach: Weights
    message: Weights
    match: Weights
    fatigue: Weights
    send: Array
    base_level: Weights
    effect_level: Weights


@lru_cache(maxsize=128)
def _stacked(heads: tuple[HeadPrior, ...]) -> Stack:
    """Put some heads side by side, once for each choice of them."""
    levels = [head.contact if head.organic else head.level for head in heads]
    return Stack(
        base=_side_by_side([head.base for head in heads]),
        reach=_side_by_side([head.reach for head in heads]),
        message=_side_by_side([head.message for head in heads]),
        match=_side_by_side([head.match for head in heads]),
        fatigue=_side_by_side([head.fatigue for head in heads]),
        send=np.array([[head.send_sd**2] for head in heads]),
        base_level=Weights(
            mean=np.array([[head.level.mean[0]] for head in heads]),
            width=np.array([[head.level.width[0] ** 2] for head in heads]),
        ),
        effect_level=Weights(
            mean=np.array([level.mean for level in levels]), width=np.array([level.width for level in levels]) ** 2
        ),
    )


def _side_by_side(weights: Sequence[Weights]) -> Weights:
    return Weights(
        mean=np.array([one.mean for one in weights])[:, None], width=np.array([one.width for one in weights])[:, None]
    )


def _sums(features: Array, weights: Weights) -> tuple[Array, Array]:
    """Return mean and variance of the weighted sum of a block for each head, (h, rows) each."""
    wide = features[None]
    return weighted_sum(wide, weights.mean), weighted_squares(wide, weights.width)


def _part(features: Array, weights: Weights, index: NDArray[np.intp] | None) -> tuple[Array, Array]:
    mean, variance = weighted_sum(features, weights.mean), weighted_squares(features, weights.width)
    return (mean, variance) if index is None else (mean[index], variance[index])


def stated_scale(encoded: Encoded, prior: StatedPrior) -> tuple[Array, Array]:
    """Return mean and sd of a stated scale for every cell, (c,); exactly 0 and 0 where nothing is sent."""
    twin, item = encoded.cells.twin, encoded.cells.intervention
    customer = _part(encoded.customers.features, prior.customer, twin)
    message = _part(encoded.messages.features, prior.message, item)
    match = _part(encoded.matches.features, prior.match, None)
    mean = prior.level[0] + customer[0] + message[0] + match[0]
    variance = prior.level[1] ** 2 + customer[1] + message[1] + match[1]
    if encoded.fatigue is not None:
        tired = _part(encoded.fatigue, prior.fatigue, None)
        mean, variance = mean + tired[0], variance + tired[1]
    sent = encoded.contact
    return np.where(sent, mean, 0.0), np.where(sent, np.sqrt(variance), 0.0)

"""Cells to arrays: the only place where twins and messages become the numbers that the heads see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from twincast.stats.linear import weighted_squares, weighted_sum

Array = NDArray[np.float64]

SIDE_BY_SIDE: Final = 100_000
"""Numbers of a block up to which heads are summed side by side; above, one by one, so that memory stays bounded."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Encoded:
    """A batch of cells as arrays: n customers, m messages, c matches.

    Attributes:
        further: (n, G) features of further attributes of the records, as many as the model has.
        fatigue: (c, len(FATIGUE_NAMES)); None where no twin remembers anything, and then nothing is added to any sum.
    """

    cells: Cells
    customers: Customers
    messages: Messages
    matches: Matches
    fatigue: Array | None
    further: Array

    def part(self, where: slice) -> "Encoded":
        """Return some of the cells; customers and messages stay."""
        cells, matches = self.cells, self.matches
        return Encoded(
            cells=replace(cells, twin=cells.twin[where], intervention=cells.intervention[where]),
            customers=self.customers,
            messages=self.messages,
            matches=Matches(features=matches.features[where], channel=matches.channel[where]),
            fatigue=None if self.fatigue is None else self.fatigue[where],
            further=self.further,
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
    return Encoded(
        cells=cells,
        customers=customers,
        messages=messages,
        matches=encode_matches(cells, customers, messages),
        fatigue=encode_fatigue(cells),
        further=encode_attributes(cells.twins, model.attributes),
    )


def logits(encoded: Encoded, heads: Sequence[HeadPrior]) -> list[Logits]:
    """Return mean and sd of base and effect for every cell, for each head.

    Sums run customer, message, match, fatigue, in that order and each over its own fixed columns, so that a cell's
    number never depends on its neighbours. Heads are summed side by side: for one customer the calls cost more than the
    numbers.
    """
    twin, item, channel = encoded.cells.twin, encoded.cells.intervention, encoded.matches.channel
    base = _sums(encoded.customers.features, [head.base for head in heads])
    reach = _sums(encoded.customers.features, [head.reach for head in heads])
    message = _sums(encoded.messages.features, [head.message for head in heads])
    match = _sums(encoded.matches.features, [head.match for head in heads])
    fatigue = None if encoded.fatigue is None else _sums(encoded.fatigue, [head.fatigue for head in heads])
    found = []
    for place, head in enumerate(heads):
        mean = reach[place][0][twin] + message[place][0][item] + match[place][0]
        variance = reach[place][1][twin] + message[place][1][item] + match[place][1] + head.send_sd**2
        if fatigue is not None:
            mean, variance = mean + fatigue[place][0], variance + fatigue[place][1]
        found.append(_belief(head, base[place], mean, variance, twin, channel))
    return found


def _belief(
    head: HeadPrior,
    base: tuple[Array, Array],
    mean: Array,
    variance: Array,
    twin: NDArray[np.intp],
    channel: NDArray[np.intp],
) -> Logits:
    level, contact = head.level, head.contact
    if head.organic:
        return Logits(
            base=(level.mean[0] + base[0])[twin],
            base_sd=np.sqrt(level.width[0] ** 2 + base[1])[twin],
            effect=contact.mean[channel] + mean,
            effect_sd=np.sqrt(contact.width[channel] ** 2 + variance),
        )
    nothing = np.zeros(len(twin))
    return Logits(
        base=nothing,
        base_sd=nothing,
        effect=level.mean[channel] + mean,
        effect_sd=np.sqrt(level.width[channel] ** 2 + variance),
    )


def _sums(features: Array, weights: Sequence[Weights]) -> list[tuple[Array, Array]]:
    """Return mean and variance of the weighted sum of a block for each set of weights, (rows,) each."""
    if not weights or features.size * len(weights) > SIDE_BY_SIDE:
        return [(weighted_sum(features, one.mean), weighted_squares(features, one.width)) for one in weights]
    wide = features[None]
    means = weighted_sum(wide, np.array([one.mean for one in weights])[:, None])
    variances = weighted_squares(wide, np.array([one.width for one in weights])[:, None])
    return list(zip(means, variances, strict=True))


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

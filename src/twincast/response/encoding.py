"""Cells to arrays: the only place where twins and messages become the numbers that the heads see."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twincast.response.cells import Cells
from twincast.response.customers import Customers, encode_customers
from twincast.response.matches import Matches, encode_matches
from twincast.response.messages import Messages, encode_messages
from twincast.response.prior import HeadPrior, Prior, StatedPrior, Weights
from twincast.stats.linear import weighted_squares, weighted_sum

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Encoded:
    """A batch of cells as arrays: n customers, m messages, c matches."""

    cells: Cells
    customers: Customers
    messages: Messages
    matches: Matches

    def part(self, where: slice) -> "Encoded":
        """Return some of the cells; customers and messages stay."""
        cells, matches = self.cells, self.matches
        return Encoded(
            cells=replace(cells, twin=cells.twin[where], intervention=cells.intervention[where]),
            customers=self.customers,
            messages=self.messages,
            matches=Matches(features=matches.features[where], channel=matches.channel[where]),
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
    """

    base: Array
    base_sd: Array
    effect: Array
    effect_sd: Array


def encode(cells: Cells, prior: Prior) -> Encoded:
    """Encode a batch; each customer and each message once, each match cell by cell."""
    customers = encode_customers(
        cells.twins, cells.now.date(), prior.constants["process"], prior.constants["order_value"]
    )
    messages = encode_messages(cells.interventions)
    return Encoded(
        cells=cells, customers=customers, messages=messages, matches=encode_matches(cells, customers, messages)
    )


def logits(encoded: Encoded, head: HeadPrior) -> Logits:
    """Return mean and sd of base and effect for every cell of one head.

    Sums run customer, message, match, in that order and each over its own fixed columns, so that a cell's number never
    depends on its neighbours.
    """
    twin, item, channel = encoded.cells.twin, encoded.cells.intervention, encoded.matches.channel
    base = weighted_sum(encoded.customers.features, head.base.mean)
    base_var = weighted_squares(encoded.customers.features, head.base.width)
    level = head.level
    effect = _part(encoded.customers.features, head.reach, twin)
    message = _part(encoded.messages.features, head.message, item)
    match = _part(encoded.matches.features, head.match, None)
    mean = effect[0] + message[0] + match[0]
    variance = effect[1] + message[1] + match[1] + head.send_sd**2
    if np.any(head.contact.width > 0.0):
        mean = head.contact.mean[channel] + mean
        variance = head.contact.width[channel] ** 2 + variance
        return Logits(
            base=(level.mean[0] + base)[twin],
            base_sd=np.sqrt(level.width[0] ** 2 + base_var)[twin],
            effect=mean,
            effect_sd=np.sqrt(variance),
        )
    nothing = np.zeros(len(twin))
    return Logits(
        base=nothing,
        base_sd=nothing,
        effect=level.mean[channel] + mean,
        effect_sd=np.sqrt(level.width[channel] ** 2 + variance),
    )


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
    sent = encoded.contact
    return np.where(sent, mean, 0.0), np.where(sent, np.sqrt(variance), 0.0)

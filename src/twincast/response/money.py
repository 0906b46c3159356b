"""What an order is worth, what a contact brings in, and what it is worth over a year."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from twincast.response.amounts import OF_MONEY, features_of, moves, segments_of
from twincast.response.columns import Column, by_chunks
from twincast.response.encoding import Encoded, Logits
from twincast.response.orders import OrderValue, order_value
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import Prior
from twincast.response.probabilities import HeadCells, point
from twincast.stats.intervals import two_sided
from twincast.stats.nodes import normal_nodes, row_quantiles
from twincast.stats.tails import Tails, ends_of, points_of

Array = NDArray[np.float64]

NODES = 512
CHUNK = 2_048
YEAR = 365.25
MONEY_TOLERANCE = 0.25
RARELY = 0.05
"""P(nothing is bought) up to which a range of what is spent has two tails: one tail of a range of 90 %."""
MOST_ORDERS_A_YEAR = 366.0


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Orders:
    """What an order of each cell's customer is worth, with this message's discount and without; arrays (c,).

    Attributes:
        log_mean, log_sd: belief about the log of the customer's typical order; `within`: spread of single orders.
        kept: share of the price that the offer leaves; `off`: money it takes off.
        lift: log of how much the mean lies above that of a log-normal.
        tails: where single amounts were seen to fall, and `segment` of each cell; None: as a log-normal's.
    """

    log_mean: Array
    log_sd: Array
    within: Array
    kept: Array
    off: Array
    lift: float = 0.0
    tails: Tails | None = None
    segment: NDArray[np.intp] | None = None

    def mean(self, log_mean: Array, within: Array | None = None) -> Array:
        """Return E[order value] without a discount, for a typical log value."""
        spread = self.within if within is None else within
        return np.exp(log_mean + spread**2 / 2.0 + self.lift)

    def part(self, where: slice) -> "Orders":
        """Return a slice of the cells."""
        return Orders(
            log_mean=self.log_mean[where],
            log_sd=self.log_sd[where],
            within=self.within[where],
            kept=self.kept[where],
            off=self.off[where],
            lift=self.lift,
            tails=self.tails,
            segment=None if self.segment is None else self.segment[where],
        )

    def range_of(self, spread: Array, level: float) -> tuple[Array, Array]:
        """Return the ends between which a share `level` of single amounts falls, without a discount."""
        low, high = ends_of(self.tails, self.segments(), level)
        return np.exp(self.log_mean + low * spread), np.exp(self.log_mean + high * spread)

    def segments(self) -> NDArray[np.intp]:
        """Return the segment of each cell."""
        return np.zeros(len(self.off), dtype=np.intp) if self.segment is None else self.segment


def orders_of(encoded: Encoded, prior: Prior) -> Orders:
    """Return the order values of every cell; the discount is taken off here, and nowhere else."""
    twin, item = encoded.cells.twin, encoded.cells.intervention
    value: OrderValue = order_value(encoded.cells.twins, prior.constants["order_value"])
    return Orders(
        log_mean=value.log_mean[twin],
        log_sd=value.log_sd[twin],
        within=value.within[twin],
        kept=1.0 - encoded.messages.discount[item],
        off=encoded.messages.amount[item],
    )


def spent(encoded: Encoded, model: ResponseModel, days: float) -> Orders:
    """Return what each cell's customer spends within some days, given a purchase: an order's worth until learned."""
    orders, learned = orders_of(encoded, model.prior), model.numbers.spending
    if learned is None:
        return orders
    window = np.full(len(orders.off), days)
    moved, sd = moves(learned, features_of(OF_MONEY, encoded, np.exp(orders.log_mean), window))
    return replace(
        orders,
        log_mean=orders.log_mean + moved + learned.middle,
        log_sd=sd,
        within=np.full(len(moved), learned.spread),
        lift=learned.lift,
        tails=learned.tails,
        segment=segments_of(encoded, window),
    )


def purchase_amount(orders: Orders, level: float) -> Column:
    """Return E[order value | purchase] with the interval in which a single order falls."""
    spread = np.sqrt(orders.log_sd**2 + orders.within**2)
    full = np.exp(orders.log_mean + spread**2 / 2.0 + orders.lift)
    low, high = orders.range_of(spread, level)
    low, high = np.minimum(low, full), np.maximum(high, full)
    paid, paid_low, paid_high = (_paid(orders, amount) for amount in (full, low, high))
    saved = [paid - full, paid_low - low, paid_high - high]
    return Column(
        value=paid,
        low=paid_low,
        high=paid_high,
        confidence=_single_reliability(spread),
        no_contact=full,
        no_contact_low=low,
        no_contact_high=high,
        uplift=saved[0],
        uplift_low=np.minimum(np.minimum(saved[1], saved[2]), saved[0]),
        uplift_high=np.maximum(np.maximum(saved[1], saved[2]), saved[0]),
    )


def _paid(orders: Orders, amount: Array) -> Array:
    return np.maximum(amount * orders.kept - orders.off, 0.0)


def _single_reliability(spread: Array) -> Array:
    """Return P(a single order lies within a quarter of its expected value), for log-normal orders."""
    s = np.maximum(spread, 1e-9)
    above, below = np.log1p(MONEY_TOLERANCE) + s**2 / 2.0, np.log1p(-MONEY_TOLERANCE) + s**2 / 2.0
    inside: Array = ndtr(above / s) - ndtr(below / s)
    return inside


def amount_spent(purchase: HeadCells, orders: Orders, level: float) -> Column:
    """Return what single customers spend, bought or not: the median and the range that holds a share `level` of them.

    Nothing with 1 - p, else an amount. Where nothing is likelier than `RARELY`, the range begins at 0 at every level
    and has but one tail: cut off in the midst of those who buy nothing it would hold more than it says, up to 90 %.
    """
    p = point(purchase)[0]
    spread, tail = np.sqrt(orders.log_sd**2 + orders.within**2), 0.5 - level / 2.0
    from_nothing = 1.0 - p > RARELY
    median, low, high = (
        _spent_by(orders, spread, p, np.where(from_nothing, first, second))
        for first, second in ((0.5, 0.5), (0.0, tail), (level, 1.0 - tail))
    )
    below, above = (np.log(np.maximum(median, 1e-9) * (1.0 + side)) for side in (-MONEY_TOLERANCE, MONEY_TOLERANCE))
    middle = orders.log_mean + np.log(np.maximum(orders.kept, 1e-9))
    near = ndtr((above - middle) / np.maximum(spread, 1e-9)) - ndtr((below - middle) / np.maximum(spread, 1e-9))
    return Column(value=median, low=low, high=high, confidence=np.where(median > 0.0, p * near, 1.0 - p))


def _spent_by(orders: Orders, spread: Array, p: Array, share: Array) -> Array:
    """Return the amount that a share of customers like each stays within, (c,): 0 for as many as buy nothing."""
    inside = (share - (1.0 - p)) / np.maximum(p, 1e-12)
    buys = inside > 0.0
    z = points_of(orders.tails, orders.segments(), np.where(buys, np.minimum(inside, 1.0 - 1e-9), 0.5))
    return np.where(buys, _paid(orders, np.exp(orders.log_mean + z * spread)), 0.0)


def expected_revenue(purchase: HeadCells, orders: Orders, level: float) -> Column:
    """Return P(purchase) x E[order value], its no-contact twin and the difference."""

    def column(where: slice) -> Column:
        return _revenue_column(purchase.part(where), orders.part(where), level)

    return by_chunks(column, len(orders.off), CHUNK)


def _revenues(p1: Array, p0: Array, value: Array, paid: Array) -> tuple[Array, Array, Array]:
    return p1 * paid, p0 * value, p1 * paid - p0 * value


def _revenue_column(purchase: HeadCells, orders: Orders, level: float) -> Column:
    p1, p0 = point(purchase)
    value = orders.mean(orders.log_mean + orders.log_sd**2 / 2.0)
    middle = _revenues(p1, p0, value, _paid(orders, value))
    draws1, draws0, values = _nodes(purchase, orders)
    paid = np.maximum(values * orders.kept[:, None] - orders.off[:, None], 0.0)
    ends = [row_quantiles(points, level) for points in _revenues(draws1, draws0, values, paid)]
    low = [np.minimum(end[0], mode) for end, mode in zip(ends, middle, strict=True)]
    high = [np.maximum(end[1], mode) for end, mode in zip(ends, middle, strict=True)]
    return Column(
        value=middle[0],
        low=low[0],
        high=high[0],
        confidence=_interval_reliability(middle[0], low[0], high[0], level),
        no_contact=middle[1],
        no_contact_low=low[1],
        no_contact_high=high[1],
        uplift=middle[2],
        uplift_low=low[2],
        uplift_high=high[2],
    )


def _nodes(purchase: HeadCells, orders: Orders) -> tuple[Array, Array, Array]:
    """Return p1, p0 and the order value at every node, (c, NODES) each."""
    nodes = normal_nodes(NODES, 3)
    belief = purchase.belief
    eta = belief.base[:, None] + belief.base_sd[:, None] * nodes[0]
    tau = belief.effect[:, None] + belief.effect_sd[:, None] * _effect_nodes(belief, nodes)
    wide = HeadCells(
        head=purchase.head,
        belief=belief,
        contact=purchase.contact,
        checks=purchase.checks,
        horizon=type(purchase.horizon)(stretch=purchase.horizon.stretch, fade=purchase.horizon.fade[:, None]),
    )
    p0 = wide.horizon.base(eta)
    p1 = np.where(purchase.contact[:, None], wide.horizon.contacted(eta, tau), p0)
    values = orders.mean(orders.log_mean[:, None] + orders.log_sd[:, None] * nodes[2], orders.within[:, None])
    return p1, p0, values


def _effect_nodes(belief: Logits, nodes: Array) -> Array:
    """Return the standard normal points of the effect, which go with those of the base where both were learned."""
    if belief.correlation is None:
        return np.asarray(nodes[1])
    shared = belief.correlation[:, None]
    joined: Array = shared * nodes[0] + np.sqrt(1.0 - shared**2) * nodes[1]
    return joined


def _interval_reliability(value: Array, low: Array, high: Array, level: float) -> Array:
    """Return P(|truth - value| <= a quarter of it), reading the interval as normal."""
    sd = np.maximum((high - low) / (2.0 * two_sided(level)), 1e-12)
    return 2.0 * ndtr(np.maximum(MONEY_TOLERANCE * np.abs(value), 0.01) / sd) - 1.0


def revenue_impact(revenue: Column, level: float) -> Column:
    """Return incremental revenue against no contact, net of discount: the uplift of `expected_revenue` by itself."""
    value, low, high = revenue.difference()
    return Column(value=value, low=low, high=high, confidence=_interval_reliability(value, low, high, level))


def lifetime_value_impact(revenue: Column, retained: Column, encoded: Encoded, orders: Orders, level: float) -> Column:
    """Return incremental revenue over a year: what the contact brings now, and through staying a customer.

    The second part is the change in P(retained at 90 days) x expected orders in the rest of the year x order value. The
    two parts' intervals are added end to end, which is wider than their joint interval.
    """
    yearly = _orders_a_year(encoded) * orders.mean(orders.log_mean + orders.log_sd**2 / 2.0)
    now, later = revenue.difference(), retained.difference()
    value, low, high = (first + second * yearly for first, second in zip(now, later, strict=True))
    return Column(value=value, low=low, high=high, confidence=_interval_reliability(value, low, high, level))


def _orders_a_year(encoded: Encoded) -> Array:
    """Return expected orders in the year while active, (c,); the reference's where no order is on record."""
    rate = encoded.customers.weekly_rate * YEAR / 7.0
    return np.minimum(np.nan_to_num(rate, nan=1.0), MOST_ORDERS_A_YEAR)[encoded.cells.twin]

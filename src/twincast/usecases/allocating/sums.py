"""What an allocation adds up to: gain and cost, shares of offers, prices of limits, and other ways to send."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import REASONS, Against, Allocation, Scarce, Share
from twincast.domain.channels import CHANNELS
from twincast.domain.objectives import BY_NAME
from twincast.domain.predictions import Estimate
from twincast.stats.nodes import row_quantiles
from twincast.usecases.allocating.decisions import NOTHING, Limit, Problem
from twincast.usecases.allocating.draws import Draw
from twincast.usecases.allocating.tables import Table
from twincast.usecases.batching.draws import spaced

Array = NDArray[np.float64]
Index = NDArray[np.intp]

SAMPLED: Final = 200
"""Customers of whom draws are made for one number: how far the model may be off is the same for a million."""
MARGINAL: Final = 50
"""Customers next in line, and last in it, whom the price of a limit is told by."""
REACHED: Final = 1e-6
"""A limit of which a smaller share than this is left is reached."""
NOT_REACHED: Final = "the limit is not reached: one more would bring nothing"
NOBODY: Final = "nobody who is close to it would use more or less of it"
UNITS: Final = {
    "will_purchase": "customers who buy",
    "will_engage": "customers who respond",
    "loyalty_impact": "customers kept",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Summing:
    """Adds up a choice of offers for n customers.

    Attributes:
        choice: (n,) an offer, or `NOTHING`; prices: (r,) of the limits.
        basis: what the numbers rest on; level: of intervals; currency: of money, None where customers pay in several.
        draw: makes draws for some rows.
    """

    allocation: Allocation
    table: Table
    problem: Problem
    choice: Index
    prices: Array
    basis: str
    level: float
    currency: str | None
    draw: Draw

    @property
    def unit(self) -> str:
        """Return what the objective counts."""
        field = BY_NAME[self.allocation.plan.objective].field
        return UNITS.get(field, self.currency or "currency")

    @property
    def weights(self) -> Array:
        """Return how much of each offer everybody gets, (n, k): 0 or 1."""
        return self._one_hot(self.choice)

    def _one_hot(self, choice: Index) -> Array:
        found: Array = (choice[:, None] == np.arange(self.problem.gain.shape[1])).astype(np.float64)
        return found

    def total(self) -> tuple[Estimate, Estimate | None]:
        """Return the gain and the cost of all that is sent, as expected; the cost where money is one currency."""
        gain, gain_draws, cost, cost_draws = self._added(self.weights)
        found = self._estimate(gain, gain_draws, self.unit)
        return found, None if self.currency is None else self._estimate(cost, cost_draws, self.currency)

    def shares(self) -> tuple[Share, ...]:
        """Return what each offer has."""
        return tuple(self._share(place, name) for place, name in enumerate(self.allocation.offers))

    def _share(self, place: int, name: str) -> Share:
        rows = np.flatnonzero(self.choice == place)
        used, counts = np.unique(self.table.channel[rows, place], return_counts=True)
        return Share(
            offer=name,
            customers=len(rows),
            capacity=self.allocation.plan.capacities.offers.get(name),
            cost=float(self.problem.cost[rows, place].sum()),
            gain=float(self.problem.gain[rows, place].sum()),
            channels={CHANNELS[code]: int(count) for code, count in zip(used.tolist(), counts.tolist(), strict=True)},
        )

    def limits(self) -> tuple[Scarce, ...]:
        """Return each limit with what one unit more of it would bring."""
        return tuple(self._limit(place, limit) for place, limit in enumerate(self.problem.limits))

    def _limit(self, place: int, limit: Limit) -> Scarce:
        used = float((limit.use * self.weights).sum())
        price, reason = None, NOT_REACHED
        if self.prices[place] > 0.0:
            price = self._price(place)
            reason = NOBODY
        return Scarce(
            kind=limit.kind,
            name=limit.name,
            limit=limit.most,
            used=used,
            price=price,
            reason=None if price is not None else reason,
        )

    def _price(self, place: int) -> Estimate | None:
        """Return the price of a limit by the relaxation, and where it lies by those who are closest to indifferent.

        At the prices, a customer at the margin gains as much from the one option more than from the other as it takes
        of the limits. In each draw the price of this limit is what makes that so for those next to the margin.
        """
        use = np.array([it.use for it in self.problem.limits])
        net = self.problem.worth - np.tensordot(self.prices, use, axes=1)
        net = np.where(self.problem.open[:, None] & (self.problem.worth > 0.0), net, -np.inf)
        options = np.column_stack([np.zeros(len(net)), net])
        order = np.argsort(-options, axis=1, kind="stable")[:, :2]
        rows = np.arange(len(net))
        margin = options[rows, order[:, 0]] - options[rows, order[:, 1]]
        takes = np.concatenate([np.zeros((len(use), len(net), 1)), use], axis=2)
        more = takes[:, rows, order[:, 0]] - takes[:, rows, order[:, 1]]
        near = np.flatnonzero(np.isfinite(margin) & (np.abs(more[place]) > 0.0))
        near = near[np.argsort(margin[near], kind="stable")[:MARGINAL]]
        if not len(near):
            return None
        drawn = self.draw(np.sort(near))
        here, sides = drawn.rows, order[drawn.rows]
        gain = np.concatenate([np.zeros((len(here), 1, drawn.gain.shape[2])), drawn.gain], axis=1)
        first, second = (gain[np.arange(len(here)), sides[:, side]] for side in (0, 1))
        others = np.delete(self.prices, place) @ np.delete(more, place, axis=0)[:, here]
        sign = np.sign(more[place, here])
        left = sign[:, None] * (first - second - others[:, None])
        found = left.sum(axis=0) / np.abs(more[place, here]).sum()
        per = "customer" if self.problem.limits[place].kind != "budget" else self.currency or "currency"
        return self._estimate(float(self.prices[place]), found, f"{self.unit} per {per}")

    def against(self) -> Iterator[Against]:
        """Yield how much more this brings than sending nothing, than one offer for all, and than the best one offer."""
        nothing = np.zeros_like(self.weights)
        yield self._against("nothing", None, nothing)
        yield self._against("same_for_all", *self._same_for_all())
        alone = [self.problem.solved([place], nodes=1) for place in range(len(self.allocation.offers))]
        best = max(range(len(alone)), key=lambda place: alone[place].value, default=0)
        if alone and alone[best].value > 0.0:
            weights = self._one_hot(np.where(alone[best].choice >= 0, best, NOTHING))
            yield self._against("one_offer", self.allocation.offers[best], weights)

    def _same_for_all(self) -> tuple[str | None, Array]:
        """Return the best one offer for everybody who may get it, and how much of it each gets.

        Where the limits are short, chance decides who gets it: everybody's weight is the probability.
        """
        best, name, weights = 0.0, None, np.zeros_like(self.weights)
        for place, offer in enumerate(self.allocation.offers):
            one = np.zeros_like(weights)
            one[:, place] = self.problem.open & np.isfinite(self.problem.worth[:, place])
            takes = [(float((it.use * one).sum()), it.most) for it in self.problem.limits]
            one *= min([1.0, *(most / taken for taken, most in takes if taken > most)])
            value = float((self.problem.gain * one)[one > 0.0].sum())
            if value > best:
                best, name, weights = value, offer, one
        return name, weights

    def _against(self, name: str, offer: str | None, weights: Array) -> Against:
        gain, draws, _, _ = self._added(self.weights - weights)
        better = float((draws > 0.0).mean() + (draws == 0.0).mean() / 2.0) if len(draws) else 0.5
        return Against(
            name=name,
            offer=offer,
            customers=round(float(weights.sum())),
            difference=self._estimate(gain, draws, self.unit),
            better=better,
        )

    def _added(self, weights: Array) -> tuple[float, Array, float, Array]:
        """Return gain and cost of some weights of offers, (n, k), each with draws.

        Draws are of some customers: how far they lie off the prediction, on average, is taken for all.
        """
        touched = np.flatnonzero((weights != 0.0).any(axis=1))
        values = np.where(weights != 0.0, self.problem.gain, 0.0), self.problem.cost
        sums = [float((weights * it).sum()) for it in values]
        if not len(touched):
            return sums[0], np.zeros(0), sums[1], np.zeros(0)
        drawn = self.draw(touched[spaced(len(touched), SAMPLED)])
        mine = weights[drawn.rows][:, :, None]
        found = []
        for total, value, draws in zip(sums, values, (drawn.gain, drawn.cost), strict=True):
            off = np.where(mine != 0.0, mine * (draws - value[drawn.rows][:, :, None]), 0.0).sum(axis=1)
            found.append(total + len(touched) * off.mean(axis=0) if len(off) else np.zeros(0))
        return sums[0], found[0], sums[1], found[1]

    def _estimate(self, value: float, draws: Array, unit: str) -> Estimate:
        low, high = (
            (value, value) if not len(draws) else (float(it[0]) for it in row_quantiles(draws[None], self.level))
        )
        return Estimate(
            value=value, low=min(low, value), high=max(high, value), level=self.level, unit=unit, basis=self.basis
        )


def counted(reasons: Array) -> Mapping[str, int]:
    """Return how many customers there are for each reason, by stored codes; NaN is nobody."""
    codes, counts = np.unique(reasons[~np.isnan(reasons)].astype(np.intp), return_counts=True)
    return {REASONS[code].value: int(count) for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def one_currency(currencies: Sequence[str]) -> str | None:
    """Return the currency of all customers, None where there are several or none."""
    found = set(currencies)
    return next(iter(found)) if len(found) == 1 else None

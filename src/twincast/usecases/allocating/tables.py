"""The stored predictions of a batch as tables of customers and offers, and what each offer is worth and costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.allocations import Allocation, Plan
from twincast.domain.batches import Batch
from twincast.domain.interventions import ReadIntervention
from twincast.domain.objectives import BY_NAME, PROFIT
from twincast.ports.batches import Columns
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, RETENTION, REVENUE, TESTED
from twincast.usecases.optimizing.worths import given

Array = NDArray[np.float64]
Index = NDArray[np.intp]

LEAST: Final = 1e-12
"""A probability below which no order value can be told from an expected revenue."""
READ: Final = (
    *(f"{field}.{part}" for field in (PURCHASE, REVENUE, ENGAGEMENT) for part in ("value", "no_contact")),
    f"{RETENTION}.value",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Table:
    """n tested customers and k offers.

    Attributes:
        positions: (n,) places in the batch; currencies: (n,).
        channel: (n, k) as places in CHANNELS.
        chances: of each offer, with numbers (n, k).
    """

    positions: Index
    currencies: NDArray[Any]
    channel: Index
    chances: "Chances"

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Chances:
    """What offers do, and what would happen anyway; arrays that broadcast to one shape.

    Attributes:
        bought, still: P(purchase) with the offer and without contact; engaged, idle: the same of the response.
        net, full: money of an order, with the offer's discount and without.
        loyal: change of P(retained) in points of a probability.
    """

    bought: Array
    still: Array
    net: Array
    full: Array
    engaged: Array
    idle: Array
    loyal: Array

    def take(self, rows: Index) -> "Chances":
        """Return those of some customers."""
        return Chances(
            bought=self.bought[rows],
            still=self.still[rows],
            net=self.net[rows],
            full=self.full[rows],
            engaged=self.engaged[rows],
            idle=self.idle[rows],
            loyal=self.loyal[rows],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Prices:
    """Of k offers: `contact`, money that one contact costs, and `order`, what gift and shipping cost with an order."""

    contact: Array
    order: Array


def table_of(batch: Batch, offers: Sequence[str], pieces: Iterable[tuple[int, Columns]]) -> Table:
    """Put the rows of a batch together, those of the offers alone."""
    width = batch.width
    places = [[it.id for it in batch.variants].index(name) for name in offers]
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("position", "currency", "channel", *READ)}
    for part, columns in pieces:
        tested = columns["status"].reshape(-1, width)[:, 0] == TESTED
        parts["position"].append(part * batch.part + np.flatnonzero(tested))
        parts["currency"].append(columns["currency"].reshape(-1, width)[tested, 0])
        for name in ("channel", *READ):
            parts[name].append(columns[name].reshape(-1, width)[tested][:, places])
    nobody = {"position": np.empty(0), "currency": np.empty(0, dtype="<U3")}
    whole = {
        name: np.concatenate(found) if found else nobody.get(name, np.empty((0, len(places))))
        for name, found in parts.items()
    }
    bought, still, revenue, anyway, engaged, idle, loyal = (whole[name] for name in READ)
    return Table(
        positions=whole["position"].astype(np.intp),
        currencies=whole["currency"],
        channel=np.nan_to_num(whole["channel"]).astype(np.intp),
        chances=Chances(
            bought=bought,
            still=still,
            net=revenue / np.maximum(bought, LEAST),
            full=anyway / np.maximum(still, LEAST),
            engaged=engaged,
            idle=np.nan_to_num(idle),
            loyal=loyal,
        ),
    )


def prices_of(allocation: Allocation, items: Mapping[str, ReadIntervention]) -> Prices:
    """Return what the offers of an allocation cost beside their discount."""
    costs = allocation.plan.costs
    return Prices(
        contact=np.array([allocation.contacts.get(name, 0.0) for name in allocation.offers]),
        order=np.array([given(items[name], costs) for name in allocation.offers]),
    )


def gains(plan: Plan, found: Chances, prices: Prices) -> Array:
    """Return what each offer brings beyond sending nothing, by the objective.

    Profit: the margin on what is ordered more, less the discount on every order and the contact. With full and net
    price of an order F and N, margin m, P(purchase) p1 and without contact p0: m F (p1 - p0) - (F - N) p1 - contact.
    """
    if plan.objective == PROFIT:
        margin = (plan.costs.margin or 0.0) * found.full
        return margin * (found.bought - found.still) - spent(found, prices)
    field = BY_NAME[plan.objective].field
    if field == PURCHASE:
        return found.bought - found.still
    if field == ENGAGEMENT:
        return found.engaged - found.idle
    return found.loyal if field == RETENTION else found.bought * found.net - found.still * found.full


def spent(found: Chances, prices: Prices) -> Array:
    """Return what each offer costs: the contact, and the discount, gift and shipping given with the expected orders."""
    shape = (-1, *(1 for _ in found.bought.shape[2:]))
    contact, order = prices.contact.reshape(shape), prices.order.reshape(shape)
    return contact + found.bought * (found.full - found.net + order)

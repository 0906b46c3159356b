"""The synthetic customers: what they are like, and what a company's records show of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv, ndtri
from scipy.stats import binom, poisson

from twincast.stats.streams import stream

Array = NDArray[np.float64]

CATEGORIES: Final[tuple[str, ...]] = ("kitchen", "garden", "books", "toys", "sport")
STORES: Final[tuple[str, ...]] = ("north", "east", "south", "west")
STORE_TEMPO: Final = np.array([0.7, 0.9, 1.1, 1.3])
"""Orders of the customers of each store against the average: a further attribute of the record that means something."""
YEAR: Final = 365.25
HISTORY_DAYS: Final = 3.0 * YEAR
"""Longest time that a customer has been one."""
REGULARS: Final = 0.35
CONTEXT: Final = "Synthetic customer, made up by `twincast world`: not a real person."


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class People:
    """n customers on the day of their contact; arrays of shape (n,).

    What they are like, which no record shows:

    Attributes:
        tempo: orders a year while they are customers.
        active: 1 while they still are customers, else 0.
        thrift: how much of a discount it takes, 0 (none) to 1.
        attention: P(a message to them is seen).
        temper: P(they take offence at one message too many).
        basket: median money of an order.
        favourite: index into CATEGORIES.

    What the records show:

    Attributes:
        orders, recency, tenure: orders so far, days since the last one (NaN without one), days since the first.
        spent: money of all orders.
        sent, opened, clicked: e-mails so far.
        contacts: contacts of the last 30 days.
        discounted: share bought at a discount.
        second: another category bought from, or -1.
        store: index into STORES.
    """

    tempo: Array
    active: Array
    thrift: Array
    attention: Array
    temper: Array
    basket: Array
    favourite: NDArray[np.intp]
    orders: Array
    recency: Array
    tenure: Array
    spent: Array
    sent: Array
    opened: Array
    clicked: Array
    contacts: Array
    discounted: Array
    second: NDArray[np.intp]
    store: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.tempo)


def people(count: int, seed: int) -> People:
    """Draw customers; the first ones of a larger world are those of a smaller one."""

    def uniform(name: str) -> Array:
        return stream(seed, "world", name).random(count)

    store = np.minimum(uniform("home_store") * len(STORES), len(STORES) - 1).astype(np.intp)
    regular = uniform("kind") < REGULARS
    tempo = gammaincinv(np.where(regular, 4.0, 0.8), uniform("tempo")) * np.where(regular, 1.5, 1.0)
    tempo = np.maximum(tempo * STORE_TEMPO[store], 0.05)
    tenure = 30.0 + uniform("tenure") * (HISTORY_DAYS - 30.0)
    stayed = np.minimum(tenure, -np.log(uniform("lapse")) * np.where(regular, 4.0, 1.5) * YEAR)
    orders = 1.0 + poisson.ppf(uniform("orders"), tempo * stayed / YEAR)
    last = stayed * uniform("last") ** (1.0 / np.maximum(orders - 1.0, 1.0))
    basket = np.exp(3.6 + 0.6 * ndtri(uniform("basket")))
    attention = betaincinv(1.6, 2.2, uniform("attention"))
    sent = np.floor(4.0 + tenure / YEAR * 12.0)
    thrift = betaincinv(1.5, 1.5, uniform("thrift"))
    opened = np.asarray(binom.ppf(uniform("opened"), sent, attention), dtype=np.float64)
    return People(
        tempo=tempo,
        active=np.where(stayed >= tenure, 1.0, 0.0),
        thrift=thrift,
        attention=attention,
        temper=betaincinv(1.0, 3.0, uniform("temper")),
        basket=basket,
        favourite=np.minimum(uniform("favourite") ** 1.5 * len(CATEGORIES), len(CATEGORIES) - 1).astype(np.intp),
        orders=orders,
        recency=np.where(orders > 1.0, tenure - last, tenure),
        tenure=tenure,
        spent=orders * basket * np.exp(0.13 + 0.4 / np.sqrt(orders) * ndtri(uniform("spent"))),
        sent=sent,
        opened=opened,
        clicked=np.asarray(binom.ppf(uniform("clicked"), opened, 0.15), dtype=np.float64),
        contacts=poisson.ppf(uniform("contacts"), 1.5),
        discounted=np.clip(0.1 + 0.6 * thrift + 0.1 * ndtri(uniform("discounted")), 0.0, 1.0),
        second=np.where(uniform("second") < 0.4, np.floor(uniform("which") * len(CATEGORIES)), -1.0).astype(np.intp),
        store=store,
    )


def names_of(count: int) -> list[str]:
    """Return the ids, which say that these are no real people."""
    return [f"synthetic-{number:06d}" for number in range(count)]


def rows_of(crowd: People, days: Sequence[date]) -> dict[str, list[Any]]:
    """Return what a company would have on record of each customer on that day, as columns of a flat table."""

    def whole(values: Array) -> list[int]:
        return [int(value) for value in values.tolist()]

    pairs = zip(crowd.favourite.tolist(), crowd.second.tolist(), strict=True)
    return {
        "customer_id": names_of(len(crowd)),
        "home_store": [STORES[code] for code in crowd.store.tolist()],
        "customer_since": [
            (day - timedelta(days=tenure)).isoformat() for day, tenure in zip(days, whole(crowd.tenure), strict=True)
        ],
        "total_purchases": whole(crowd.orders),
        "days_since_last_purchase": whole(crowd.recency),
        "lifetime_value": np.round(crowd.spent, 2).tolist(),
        "categories_past_12_months": [
            [CATEGORIES[first], *([CATEGORIES[other]] if other not in (-1, first) else [])] for first, other in pairs
        ],
        "emails_sent": whole(crowd.sent),
        "emails_opened": whole(crowd.opened),
        "emails_clicked": whole(crowd.clicked),
        "contacts_last_30_days": whole(crowd.contacts),
        "discount_share": np.round(crowd.discounted, 2).tolist(),
    }


SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "profile": ("home_store",),
    "behavioral_data": ("lifetime_value", "emails_sent", "emails_opened", "emails_clicked", "discount_share"),
    "history": (
        "customer_since",
        "total_purchases",
        "days_since_last_purchase",
        "categories_past_12_months",
        "contacts_last_30_days",
    ),
}
"""Where each column stands in a record of the API."""


def records_of(columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the same as records in the shape of the API, each saying that it is synthetic."""
    return [
        {
            "customer_id": name,
            **{section: {key: columns[key][row] for key in keys} for section, keys in SECTIONS.items()},
            "context": CONTEXT,
        }
        for row, name in enumerate(columns["customer_id"])
    ]

"""The match of one message and one customer as features, computed cell by cell without a loop over cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.domain.timings import DAYPARTS, Timing
from twincast.reading.products import canonical_product
from twincast.response.cells import Cells
from twincast.response.customers import Customers, known
from twincast.response.features import MATCH_NAMES, MESSAGE_NAMES
from twincast.response.messages import Messages

Array = NDArray[np.float64]
Index = NDArray[np.intp]

APOLOGY = MESSAGE_NAMES.index("apology")
DEFAULT_CHANNEL = "email"
TIMES = ("weekend", "afternoon", "evening", "night")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Matches:
    """c cells encoded.

    Attributes:
        features: (c, len(MATCH_NAMES)); 0 where nothing is known of the match. Rows of no contact are 0.
        channel: (c,) index into CHANNELS of the channel used.
    """

    features: Array
    channel: Index


def encode_matches(cells: Cells, customers: Customers, messages: Messages) -> Matches:
    """Encode the match of every cell.

    Args:
        cells: c cells.
        customers: encoded twins of `cells.twins`.
        messages: encoded messages of `cells.interventions`.
    """
    twin, item = cells.twin, cells.intervention
    contact = messages.contact[item].astype(np.float64)
    channel = channels_used(cells, customers.channels)
    coupon, apology = messages.coupon[item], messages.features[item, APOLOGY]
    category = category_match(cells, messages.products)
    named = {
        "category": category,
        "unseen": _unseen(cells, messages.products, category),
        "coupon_products": coupon * customers.coupon_products[twin],
        "coupon_trips": coupon * customers.coupon_trips[twin],
        "apology_failure": apology * customers.failure[twin],
        "offer_failure": messages.offer[item] * customers.failure[twin],
        "channel": known(customers.channels[twin, channel]),
        **_times(cells),
    }
    tastes = customers.tastes[twin] * messages.tastes[item]
    rest = np.stack([named[name] for name in MATCH_NAMES[tastes.shape[1] :]], axis=1)
    features = np.concatenate([tastes, rest], axis=1) * contact[:, None]
    return Matches(features=np.ascontiguousarray(features), channel=channel)


def channels_used(cells: Cells, preferred: Array) -> Index:
    """Return the channel of each cell, (c,): the intervention's own, else the twin's first, else e-mail.

    Args:
        cells: c cells.
        preferred: (n, len(CHANNELS)) preferred channels of `cells.twins`.
    """
    named = [-1 if item.channel is None else CHANNELS.index(item.channel) for item in cells.interventions]
    own = np.array(named, dtype=np.intp)[cells.intervention]
    if -1 not in named:
        return own
    weights = known(preferred)
    first = np.where(weights.max(axis=1) > 0.0, weights.argmax(axis=1), CHANNELS.index(DEFAULT_CHANNEL))
    return np.where(own >= 0, own, first[cells.twin])


def category_match(cells: Cells, products: Sequence[tuple[str, ...]]) -> Array:
    """Return, per cell, how much of what the message is about the customer has bought: -1 none, 1 all, 0 unknown.

    Distinct lists of interests are compared once with each message, so a million customers with the same few categories
    cost no more than a few.
    """
    lists: dict[tuple[str, ...], int] = {}
    code = np.array([lists.setdefault(interests, len(lists)) for interests in cells.twins.interests], dtype=np.intp)
    table = np.array(
        [[_overlap(interests, wanted) for wanted in products] for interests in lists], dtype=np.float64
    ).reshape(len(lists), len(products))
    return table[code[cells.twin], cells.intervention] if len(lists) and len(products) else np.zeros(len(cells))


def _unseen(cells: Cells, products: Sequence[tuple[str, ...]], category: Array) -> Array:
    """Return, per cell, the share of what the message is about that is new to the customer; 0 where it names nothing.

    Everything is new to a customer of whom no purchases are known: how she likes it lies on either side.
    """
    known_of = np.array([bool(interests) for interests in cells.twins.interests], dtype=np.float64)
    about = np.array([bool(wanted) for wanted in products], dtype=np.float64)
    return about[cells.intervention] * (1.0 - known_of[cells.twin] * (1.0 + category) / 2.0)


def _overlap(interests: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    if not interests or not wanted:
        return 0.0
    bought = [_words(canonical_product(interest)) for interest in interests]
    hits = sum(any(_same(_words(canonical_product(product)), words) for words in bought) for product in wanted)
    return 2.0 * hits / len(wanted) - 1.0


def _words(text: str) -> frozenset[str]:
    cleaned = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return frozenset(word.removesuffix("s") for word in cleaned.split())


def _same(product: frozenset[str], interest: frozenset[str]) -> bool:
    """Two names mean the same when one's words are all in the other: "premium coffee" and "coffee"."""
    return bool(product) and bool(interest) and (product <= interest or interest <= product)


def _times(cells: Cells) -> dict[str, Array]:
    """Return the timing features per cell; moments with an offset are placed in each twin's own zone."""
    rows = [_time_row(item.timing, None) for item in cells.interventions]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(TIMES))
    values = table[cells.intervention]
    for index, item in enumerate(cells.interventions):
        moment = item.timing.moment
        if moment is not None and moment.tzinfo is not None and item.timing.daypart is not None:
            values = _in_zones(values, cells, index, item.timing)
    return {name: np.ascontiguousarray(values[:, position]) for position, name in enumerate(TIMES)}


def _in_zones(values: Array, cells: Cells, index: int, timing: Timing) -> Array:
    placed = values.copy()
    zones = np.array([zone or "" for zone in cells.twins.zones], dtype=np.object_)
    mine = cells.intervention == index
    for zone in dict.fromkeys(zones[cells.twin[mine]].tolist()):
        where = mine & (zones[cells.twin] == zone)
        placed[where] = _time_row(timing, zone or None)
    return placed


def _time_row(timing: Timing, zone: str | None) -> tuple[float, ...]:
    weekday, daypart = timing.weekday, timing.daypart
    if timing.moment is not None and daypart is not None:
        weekday, daypart = local_slot(timing.moment, zone)
    return (
        float(weekday is not None and weekday >= 5),
        float(daypart == "afternoon"),
        float(daypart == "evening"),
        float(daypart == "night"),
    )


def local_slot(moment: datetime, zone: str | None) -> tuple[int, str]:
    """Return weekday and part of the day of a moment where the customer lives; naive moments are local already."""
    local = moment if moment.tzinfo is None else moment.astimezone(ZoneInfo(zone or "UTC"))
    for name, (start, end) in DAYPARTS.items():
        if start <= local.hour < end:
            return local.weekday(), name
    night = local - timedelta(hours=6)
    return night.weekday(), "night"

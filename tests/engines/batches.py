"""Batches of cells for the tests of response and engines: twins by columns, messages by text, and random mixtures."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.preferences import PREFERENCES
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import POSITION, STATE, TwinFrame
from twincast.response.cells import Cells

NOW = datetime(2024, 6, 3, 9, 0, tzinfo=UTC)
TODAY = 19_877.0
"""The day of NOW, days since 1970-01-01."""

CATEGORIES = ("coffee", "tea", "premium coffee", "sneakers", "books")
TEXTS = (
    "30% off all coffee this weekend. Order now!",
    "Dear {{first_name}}, thank you for being with us. A free gift waits with your next order.",
    "We are sorry about your late delivery. Here is $20 off your next order.",
    "LAST CHANCE!!! Only 3 left!!! BUY NOW!!!",
    "New: our autumn sneakers. Early access for members only.",
    "Free shipping on orders over $50",
    "Your monthly newsletter: how our books are made.",
)
KINDS = ("promotional_offer", "retention_offer", "newsletter", "service_recovery", "coupon_campaign", "product_launch")


def twins(
    *rows: Mapping[str, float], interests: Sequence[tuple[str, ...]] = (), zones: Sequence[str] = ()
) -> TwinFrame:
    """Twins of which only the named columns are known; tastes are as in a record that says nothing of them."""
    values = np.full((len(rows), len(STATE)), np.nan)
    for name in PREFERENCES:
        values[:, POSITION[f"pref_{name}"]] = 0.0
        values[:, POSITION[f"prefsd_{name}"]] = 1.0
    for index, row in enumerate(rows):
        for name, value in {"as_of_day": TODAY, **row}.items():
            values[index, POSITION[name]] = value
    return TwinFrame(
        values=values,
        zones=tuple(zones) or (None,) * len(rows),
        currencies=("USD",) * len(rows),
        interests=tuple(interests) or ((),) * len(rows),
    )


def bought(orders: float, *, days: float = 730.0, last: float = 30.0, **more: float) -> dict[str, float]:
    """A customer with so many orders in a window of `days`, the last one `last` days ago."""
    first = {"since_day": TODAY - days, "first_order_day": TODAY - days, "last_order_day": TODAY - last}
    return {**first, "orders": orders, "orders_days": days, "orders_basis": 1.0, **more}


def message(content: str | None = TEXTS[0], **fields: Any) -> ReadIntervention:
    """A message as read."""
    given = {"type": "promotional_offer", "channel": "email", **fields}
    return read_intervention(Intervention(content=content, **given))


def nothing(**fields: Any) -> ReadIntervention:
    """Sending nothing."""
    return read_intervention(Intervention(type="none", **fields))


def cells(frame: TwinFrame, items: Sequence[ReadIntervention], pairs: Sequence[tuple[int, int]] | None = None) -> Cells:
    """Cells of these (twin, intervention) pairs; without pairs, every twin with every intervention, twin-major."""
    if pairs is None:
        pairs = [(i, j) for i in range(len(frame)) for j in range(len(items))]
    table = np.array(pairs, dtype=np.intp).reshape(len(pairs), 2)
    return Cells(
        twins=frame, interventions=tuple(items), twin=table[:, 0].copy(), intervention=table[:, 1].copy(), now=NOW
    )


def some(batch: Cells, places: Sequence[int] | np.ndarray[Any, Any]) -> Cells:
    """Some cells of a batch, in the order asked, over the same twins and interventions."""
    where = np.asarray(places, dtype=np.intp)
    return replace(batch, twin=batch.twin[where], intervention=batch.intervention[where])


def random_twins(rng: np.random.Generator, count: int) -> TwinFrame:
    """Twins of all sorts: nothing known, little known, a lot known; lapsed, new and daily customers."""
    rows, interests, zones = [], [], []
    for _ in range(count):
        row: dict[str, float] = {}
        if rng.random() < 0.8:
            days = float(rng.integers(1, 3000))
            row |= bought(float(rng.integers(0, 200)), days=days, last=float(rng.uniform(0.0, days)))
        for name, value in _facts(rng).items():
            if rng.random() < 0.5:
                row[name] = value
        rows.append(row)
        known = rng.integers(0, len(CATEGORIES) + 1)
        interests.append(tuple(rng.permutation(CATEGORIES)[:known].tolist()))
        zones.append(("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo")[int(rng.integers(3))])
    return twins(*rows, interests=interests, zones=zones)


def _facts(rng: np.random.Generator) -> dict[str, float]:
    received = float(rng.integers(0, 20))
    return {
        "order_value_mean": float(rng.lognormal(4.0, 1.0)),
        "order_value_n": float(rng.integers(1, 50)),
        "spend_28": float(rng.lognormal(3.0, 1.0)),
        "spend_84": float(rng.lognormal(4.0, 1.0)),
        "spend_365": float(rng.lognormal(5.0, 1.5)),
        "items_per_order": float(rng.uniform(1.0, 9.0)),
        "is_new": float(rng.integers(2)),
        "return_rate": float(rng.uniform(0.0, 1.5)),
        "support_interactions": float(rng.integers(0, 10)),
        "satisfaction_mean": float(rng.uniform(1.0, 5.0)),
        "campaigns_received": received,
        "campaigns_redeemed": float(rng.integers(0, int(received) + 1)),
        "coupons_redeemed": float(rng.integers(0, 9)),
        "couponed_products_bought": float(rng.integers(0, 30)),
        "couponed_trips_84": float(rng.integers(0, 9)),
        "open_rate": float(rng.random()),
        "click_rate": float(rng.random()),
        "contacts_recent": float(rng.integers(0, 30)),
        "earlier_response": float(rng.integers(2)),
        "recent_failure": float(rng.integers(2)),
        "channel_email": float(rng.uniform(-1.0, 1.0)),
        "channel_sms": float(rng.uniform(-1.0, 1.0)),
        "channel_store": float(rng.uniform(-1.0, 1.0)),
        "pref_price": float(rng.normal()),
        "prefsd_price": 0.6,
        "pref_loyalty": float(rng.normal()),
        "pref_urgency": float(rng.normal()),
    }


def random_message(rng: np.random.Generator) -> ReadIntervention:
    """A message of any type, channel, timing, response and horizon, or nothing at all."""
    horizon = int(rng.choice([1, 7, 14, 30, 90, 365])) if rng.random() < 0.5 else None
    if rng.random() < 0.15:
        return nothing(horizon_days=horizon)
    channels = ("email", "sms", "push", "mail", "call", "in_app", "web", "social", "mobile_app", "store", None)
    timings = (None, "friday_morning", "saturday_night", "2024-06-08T23:30:00+00:00", "2024-06-09T12:00:00")
    responses = (None, None, "visit", "click", "tap", "reply", "redemption")
    return message(
        TEXTS[int(rng.integers(len(TEXTS)))],
        type=KINDS[int(rng.integers(len(KINDS)))],
        channel=channels[int(rng.integers(len(channels)))],
        timing=timings[int(rng.integers(len(timings)))],
        response=responses[int(rng.integers(len(responses)))],
        products=(CATEGORIES[int(rng.integers(len(CATEGORIES)))],) if rng.random() < 0.5 else (),
        horizon_days=horizon,
    )


def random_cells(seed: int, size: int) -> Cells:
    """A batch of so many random cells over a few dozen random twins and a dozen random interventions."""
    rng = np.random.default_rng(seed)
    frame = random_twins(rng, min(max(size, 1), 60))
    items = [random_message(rng) for _ in range(12)]
    pairs = np.stack([rng.integers(0, len(frame), size), rng.integers(0, len(items), size)], axis=1)
    return cells(frame, items, pairs.tolist())

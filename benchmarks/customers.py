"""Made-up customers for measuring speed: keyed draws, as untidy as real ones, and nobody's data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from twincast.stats.streams import stream

CATEGORIES = ("coffee", "tea", "chocolate", "kitchen", "outdoor", "books", "garden", "toys")

INTERVENTIONS: Mapping[str, dict[str, Any] | None] = {
    "discount": {"type": "promotional_offer", "channel": "email", "content": "30% off all coffee, this weekend only"},
    "bundle": {
        "type": "promotional_offer",
        "channel": "email",
        "content": "Buy 2, get 1 free on our premium collection",
    },
    "access": {
        "type": "newsletter",
        "channel": "email",
        "content": "Early access: our new garden line, before anyone else",
    },
    "nothing": None,
}


def gappy(values: list[Any], known: NDArray[np.bool_]) -> list[Any]:
    """Return values with None where they are not known."""
    return [value if there else None for value, there in zip(values, known.tolist(), strict=True)]


def frame(count: int) -> pl.DataFrame:
    """Return customers as a frame with a row each: counts, days, money, lists, gaps."""
    draw = stream(0, "customers", count)
    orders = draw.poisson(6, count)
    known = draw.random(count)
    picked = draw.integers(0, len(CATEGORIES), (count, 2))
    return pl.DataFrame({
        "customer_id": [f"customer-{number}" for number in range(count)],
        "location": draw.choice(["Seattle, WA", "Berlin", "Paris", "Leeds"], count).tolist(),
        "average_order_value": gappy(draw.gamma(2, 30, count).round(2).tolist(), known > 0.1),
        "lifetime_value": draw.gamma(2, 200, count).round(2).tolist(),
        "preferred_channels": [["email", "mobile_app"] if k > 0.5 else ["email"] for k in known],
        "total_purchases": orders.tolist(),
        "days_since_last_purchase": gappy(draw.integers(1, 400, count).tolist(), known > 0.05),
        "returns": np.minimum(draw.poisson(0.4, count), orders).tolist(),
        "categories_past_12_months": [[CATEGORIES[a], CATEGORIES[b]] for a, b in picked.tolist()],
        "psychographic_traits": [["price_sensitive"] if k > 0.7 else ["quality_focused", "brand_loyal"] for k in known],
    })  # fmt: skip

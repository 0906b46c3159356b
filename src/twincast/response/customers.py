"""Customers as features: each twin's state on the scales of the prior, centred where nothing is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from math import log, log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from twincast.domain.channels import CHANNELS
from twincast.domain.preferences import PREFERENCES
from twincast.reading.twins import POSITION, TwinFrame
from twincast.response.features import CUSTOMER_NAMES
from twincast.response.orders import Fit, PurchaseProcess, purchase_process

Array = NDArray[np.float64]

EPOCH = date(1970, 1, 1)
MONTH = 30.4375
YEAR = 365.25
DIGITAL = ("web", "mobile_app", "email", "in_app")
PHYSICAL = ("store", "call", "mail")

LOGS: Final[dict[str, tuple[float, float]]] = {
    "recency": (-1.0, 2.0 * 4.0),
    "frequency": (1.0, 3.0),
    "spend": (1.0, 150.0),
    "support": (1.0, 1.0),
    "contacts": (1.0, 4.0),
    "coupon_use": (1.0, 0.0),
    "tenure": (1.0, 2.0),
    "coupon_products": (1.0, 5.0),
    "coupon_trips": (1.0, 2.0),
    "channels": (1.0, 1.0),
    "breadth": (1.0, 1.0),
}
"""Features that are sign x (log1p(amount) - log1p(reference)); recency's amount is twice the months since an order."""

LOGITS: Final[dict[str, float]] = {"opens_habit": 0.2, "clicks_habit": 0.013, "redemption_habit": 0.15}
"""Features that are the logit of a rate less the logit of its reference; the process adds its own two."""

BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "process": (-5.0, 6.0),
    "process_90": (-5.0, 6.0),
    "recency": (-3.0, 2.5),
    "frequency": (-2.0, 3.0),
    "spend": (-3.0, 3.0),
    "momentum": (-1.5, 1.5),
}
"""How far a feature may reach; the others are bounded by what they are."""

MOST_CATEGORIES: Final = 6
"""Categories or products from which more of them say nothing more of a customer's breadth."""

REFERENCE_SATISFACTION: Final = 4.0
REFERENCE_RETURNS: Final = 0.15
REFERENCE: Final = (
    "a customer of whom nothing is on record, centred at an order in 2 % of weeks, last bought 4 months ago, 3 orders "
    "and 150 of money a year, 2 years a customer"
)
"""Where every customer feature is 0, in words: what contributions are counted from."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Customers:
    """n twins encoded.

    Attributes:
        features: (n, len(CUSTOMER_NAMES)), 0 = reference.
        weekly_rate: (n,) expected orders a week while active; NaN where no order is on record.
        tastes: (n, 12) posterior means of the preferences.
        channels: (n, len(CHANNELS)) preferred channels in [-1, 1], NaN where no list is on record.
        coupon_products, coupon_trips: (n,) centred logs for couponed products; 0 where unknown.
        failure: (n,) 1 where a recent failure is on record, else 0.
    """

    features: Array
    weekly_rate: Array
    tastes: Array
    channels: Array
    coupon_products: Array
    coupon_trips: Array
    failure: Array


def encode_customers(
    twins: TwinFrame, day: float | Array, fits: Sequence[Fit], figures: Mapping[str, float], value: Mapping[str, float]
) -> Customers:
    """Encode twins as of a day, or each as of its own.

    For one customer the calls cost more than the numbers: logarithms, logits and bounds are each taken for all features
    at once.

    Args:
        twins: n twins.
        day: of the prediction, days since 1970-01-01, for all or (n,) for each; recency, tenure and the process count
            up to it.
        fits: the prior's fits of the purchase process.
        figures, value: the prior's `process` and `order_value` figures.
    """
    process = purchase_process(twins, day, fits, value)
    channels = _block(twins, f"channel_{CHANNELS[0]}", len(CHANNELS))
    named = _plain(twins, process, channels) | _logs(twins, day, channels) | _logits(twins, process, figures)
    features = np.empty((len(twins), len(CUSTOMER_NAMES)))
    for place, name in enumerate(CUSTOMER_NAMES):
        features[:, place] = named[name]
    np.minimum(np.maximum(features, _LOWEST, out=features), _HIGHEST, out=features)
    return Customers(
        features=known(features),
        weekly_rate=process.weekly_rate(),
        tastes=known(_block(twins, f"pref_{PREFERENCES[0]}", len(PREFERENCES))),
        channels=channels,
        coupon_products=known(named["coupon_products"]),
        coupon_trips=known(named["coupon_trips"]),
        failure=named["failure"],
    )


def together(parts: Sequence[Customers]) -> Customers:
    """Return the customers of several encodings as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    return Customers(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS})


def _counted(numbers: NDArray[np.int_]) -> Array:
    """Return counts, NaN where there is nothing to count."""
    return np.where(numbers > 0, numbers, np.nan)


def _logs(twins: TwinFrame, day: float | Array, channels: Array) -> dict[str, Array]:
    """Return the features that are logarithms of amounts; momentum is the last month against the last quarter."""
    rate = twins.column("orders") / np.maximum(twins.column("orders_days") / YEAR, 0.25)
    stated = twins.column("spend_365")
    amounts = {
        "recency": np.maximum(day - twins.column("last_order_day"), 0.0) * (2.0 / MONTH),
        "frequency": rate,
        "spend": np.where(np.isnan(stated), twins.column("order_value_mean") * rate, stated),
        "support": twins.column("support_interactions"),
        "contacts": twins.column("contacts_recent"),
        "coupon_use": twins.column("coupons_redeemed"),
        "tenure": np.maximum(day - twins.column("since_day"), 0.0) / YEAR,
        "coupon_products": twins.column("couponed_products_bought"),
        "coupon_trips": twins.column("couponed_trips_84"),
        "channels": _counted(np.add.reduce(channels > 0.0, axis=1)),
        "breadth": _counted(np.array([min(len(names), MOST_CATEGORIES) for names in twins.interests])),
        "month": twins.column("spend_28") / 10.0,
        "quarter": twins.column("spend_84") / 30.0,
    }
    logs = dict(zip(amounts, np.log1p(np.array(list(amounts.values()))), strict=True))
    centred = {name: sign * (logs[name] - log1p(reference)) for name, (sign, reference) in LOGS.items()}
    return centred | {"momentum": logs["month"] - logs["quarter"]}


def _logits(twins: TwinFrame, process: PurchaseProcess, figures: Mapping[str, float]) -> dict[str, Array]:
    """Return the features that are logits of rates; a stated rate is shrunken as if 20 messages stood behind it."""
    received, redeemed = twins.column("campaigns_received"), twins.column("campaigns_redeemed")
    opens, clicks, redemption = LOGITS.values()
    rates = np.array([
        process.order_probability(7.0),
        process.order_probability(90.0),
        (20.0 * twins.column("open_rate") + 5.0 * opens) / 25.0,
        (20.0 * twins.column("click_rate") + 5.0 * clicks) / 25.0,
        (redeemed + 4.0 * redemption) / (np.maximum(received, redeemed) + 4.0),
    ])  # fmt: skip
    found = logit(np.minimum(np.maximum(rates, 1e-6), 1.0 - 1e-6))
    references = {"process": figures["reference_7"], "process_90": figures["reference_90"], **LOGITS}
    return {
        name: values - log(reference / (1.0 - reference))
        for (name, reference), values in zip(references.items(), found, strict=True)
    }


def _plain(twins: TwinFrame, process: PurchaseProcess, channels: Array) -> dict[str, Array]:
    """Return the features that are differences, flags and widths."""
    response = twins.column("earlier_response")
    widths = _block(twins, f"prefsd_{PREFERENCES[0]}", len(PREFERENCES))
    widths = np.where(np.isnan(widths), 1.0, widths)
    return {
        "process_width": np.sqrt(process.log_rate_variance()),
        "history_missing": np.isnan(process.order_probability(7.0)) * 1.0,
        "satisfaction": twins.column("satisfaction_mean") - REFERENCE_SATISFACTION,
        "satisfaction_trend": twins.column("satisfaction_last") - twins.column("satisfaction_mean"),
        "returns": np.minimum(twins.column("return_rate"), 1.0) - REFERENCE_RETURNS,
        "failure": (twins.column("recent_failure") == 1.0) * 1.0,
        "opens_missing": np.isnan(twins.column("open_rate")) * 1.0,
        "clicks_missing": np.isnan(twins.column("click_rate")) * 1.0,
        "habit_missing": np.isnan(twins.column("campaigns_received")) * 1.0,
        "earlier_response": np.where(response == 0.0, -0.2, response),
        "newness": twins.column("is_new") - 0.5,
        "digital": _digital(channels),
        "loyalty": twins.column("pref_loyalty"),
        "social_taste": twins.column("pref_social_proof"),
        "channel_missing": np.isnan(channels).all(axis=1) * 1.0,
        "taste_width": np.sqrt(np.add.reduce(widths * widths, axis=1) / len(PREFERENCES)),
    }


def _digital(channels: Array) -> Array:
    liked = np.maximum(known(channels), 0.0)
    balance: Array = liked[:, _ONLINE].max(axis=1) - liked[:, _OFFLINE].max(axis=1)
    return balance


def _block(twins: TwinFrame, first: str, width: int) -> Array:
    """Return neighbouring columns of the state, (n, width); the state holds each family of columns side by side."""
    start = POSITION[first]
    return np.ascontiguousarray(twins.values[:, start : start + width])


def known(values: Array) -> Array:
    """Put the reference, 0, where the record says nothing."""
    return np.where(np.isfinite(values), values, 0.0)


_ARRAYS: Final = tuple(field.name for field in fields(Customers))
_LOWEST: Final = np.array([BOUNDS.get(name, (-np.inf, np.inf))[0] for name in CUSTOMER_NAMES])
_HIGHEST: Final = np.array([BOUNDS.get(name, (-np.inf, np.inf))[1] for name in CUSTOMER_NAMES])
_ONLINE: Final = [CHANNELS.index(name) for name in DIGITAL]
_OFFLINE: Final = [CHANNELS.index(name) for name in PHYSICAL]

"""Customers as features: each twin's state on the scales of the prior, centred where nothing is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from twincast.domain.channels import CHANNELS
from twincast.domain.preferences import PREFERENCES
from twincast.reading.twins import POSITION, TwinFrame
from twincast.response.features import CUSTOMER_NAMES
from twincast.response.orders import PurchaseProcess, purchase_process

Array = NDArray[np.float64]

EPOCH = date(1970, 1, 1)
MONTH = 30.4375
YEAR = 365.25
DIGITAL = ("web", "mobile_app", "email", "in_app")
PHYSICAL = ("store", "call", "mail")

REFERENCE_RECENCY_MONTHS = 4.0
REFERENCE_ORDERS_A_YEAR = 3.0
REFERENCE_SPEND = 150.0
REFERENCE_OPEN, REFERENCE_CLICK, REFERENCE_REDEMPTION = 0.2, 0.013, 0.15
REFERENCE_SATISFACTION = 4.0
REFERENCE_RETURNS = 0.15
REFERENCE_TENURE_YEARS = 2.0
REFERENCE_CONTACTS = 4.0
REFERENCE = (
    "a customer of whom nothing is on record, centred at an order in 2 % of weeks, last bought 4 months ago, 3 orders "
    "and 150 of money a year, 2 years a customer"
)
"""Where every customer feature is 0, in words: what contributions are counted from."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Customers:
    """n twins encoded.

    Attributes:
        features: (n, len(CUSTOMER_NAMES)), 0 = reference.
        process: the purchase process behind them.
        tastes: (n, 12) posterior means of the preferences.
        channels: (n, len(CHANNELS)) preferred channels in [-1, 1], NaN where no list is on record.
        coupon_products, coupon_trips: (n,) centred logs for couponed products; 0 where unknown.
        failure: (n,) 1 where a recent failure is on record, else 0.
    """

    features: Array
    process: PurchaseProcess
    tastes: Array
    channels: Array
    coupon_products: Array
    coupon_trips: Array
    failure: Array


def encode_customers(
    twins: TwinFrame, today: date, figures: Mapping[str, float], value: Mapping[str, float]
) -> Customers:
    """Encode twins as of a day.

    Args:
        twins: n twins.
        today: the day of the prediction; recency, tenure and the process count up to it.
        figures, value: the prior's `process` and `order_value` figures.
    """
    day = float((today - EPOCH).days)
    process = purchase_process(twins, day, figures, value)
    channels = _block(twins, f"channel_{CHANNELS[0]}", len(CHANNELS))
    named = {
        **_process_features(process, figures),
        **_history_features(twins, day),
        **_habit_features(twins),
        **_person_features(twins, day, channels),
    }
    return Customers(
        features=_known(np.stack([named[name] for name in CUSTOMER_NAMES], axis=1)),
        process=process,
        tastes=_known(_block(twins, f"pref_{PREFERENCES[0]}", len(PREFERENCES))),
        channels=channels,
        coupon_products=_known(np.log1p(twins.column("couponed_products_bought")) - np.log1p(5.0)),
        coupon_trips=_known(np.log1p(twins.column("couponed_trips_84")) - np.log1p(2.0)),
        failure=(twins.column("recent_failure") == 1.0).astype(np.float64),
    )


def _process_features(process: PurchaseProcess, figures: Mapping[str, float]) -> dict[str, Array]:
    week = _logit(process.order_probability(7.0)) - logit(figures["reference_7"])
    quarter = _logit(process.order_probability(90.0)) - logit(figures["reference_90"])
    return {
        "process": _between(week, -5.0, 6.0),
        "process_90": _between(quarter, -5.0, 6.0),
        "process_width": np.sqrt(process.log_rate_variance()),
        "history_missing": np.isnan(week).astype(np.float64),
    }


def _history_features(twins: TwinFrame, day: float) -> dict[str, Array]:
    months = np.maximum(day - twins.column("last_order_day"), 0.0) / MONTH
    recency = np.log((REFERENCE_RECENCY_MONTHS + 0.5) / (months + 0.5))
    years = np.maximum(twins.column("orders_days") / YEAR, 0.25)
    rate = twins.column("orders") / years
    spend = _annual_spend(twins, rate)
    recent, quarter = twins.column("spend_28"), twins.column("spend_84")
    momentum = np.log((recent + 10.0) / (quarter / 3.0 + 10.0))
    return {
        "recency": _between(recency, -3.0, 2.5),
        "frequency": _between(np.log1p(rate) - np.log1p(REFERENCE_ORDERS_A_YEAR), -2.0, 3.0),
        "spend": _between(np.log1p(spend) - np.log1p(REFERENCE_SPEND), -3.0, 3.0),
        "momentum": _between(momentum, -1.5, 1.5),
        "satisfaction": twins.column("satisfaction_mean") - REFERENCE_SATISFACTION,
        "returns": np.minimum(twins.column("return_rate"), 1.0) - REFERENCE_RETURNS,
        "support": np.log1p(twins.column("support_interactions")) - np.log1p(1.0),
        "contacts": np.log1p(twins.column("contacts_recent")) - np.log1p(REFERENCE_CONTACTS),
        "failure": (twins.column("recent_failure") == 1.0).astype(np.float64),
    }


def _annual_spend(twins: TwinFrame, rate: Array) -> Array:
    stated = twins.column("spend_365")
    implied = twins.column("order_value_mean") * rate
    return np.where(np.isnan(stated), implied, stated)


def _habit_features(twins: TwinFrame) -> dict[str, Array]:
    received, redeemed = twins.column("campaigns_received"), twins.column("campaigns_redeemed")
    redemption = (redeemed + 4.0 * REFERENCE_REDEMPTION) / (np.maximum(received, redeemed) + 4.0)
    response = twins.column("earlier_response")
    return {
        "opens_habit": _habit(twins.column("open_rate"), REFERENCE_OPEN),
        "opens_missing": np.isnan(twins.column("open_rate")).astype(np.float64),
        "clicks_habit": _habit(twins.column("click_rate"), REFERENCE_CLICK),
        "clicks_missing": np.isnan(twins.column("click_rate")).astype(np.float64),
        "redemption_habit": _logit(redemption) - logit(REFERENCE_REDEMPTION),
        "habit_missing": np.isnan(received).astype(np.float64),
        "coupon_use": np.log1p(twins.column("coupons_redeemed")),
        "earlier_response": np.where(response == 1.0, 1.0, np.where(response == 0.0, -0.2, np.nan)),
    }


def _habit(rate: Array, reference: float) -> Array:
    """Shrink a rate as if 20 messages stood behind it, and centre its logit at the reference."""
    centred: Array = _logit((20.0 * rate + 5.0 * reference) / 25.0) - logit(reference)
    return centred


def _person_features(twins: TwinFrame, day: float, channels: Array) -> dict[str, Array]:
    tenure = np.maximum(day - twins.column("since_day"), 0.0) / YEAR
    taste_sd = _block(twins, f"prefsd_{PREFERENCES[0]}", len(PREFERENCES))
    widths = np.where(np.isnan(taste_sd), 1.0, taste_sd)
    return {
        "newness": twins.column("is_new") - 0.5,
        "digital": _digital(channels),
        "loyalty": twins.column("pref_loyalty"),
        "social_taste": twins.column("pref_social_proof"),
        "tenure": np.log1p(tenure) - np.log1p(REFERENCE_TENURE_YEARS),
        "channel_missing": np.isnan(channels).all(axis=1).astype(np.float64),
        "taste_width": np.sqrt(np.add.reduce(widths**2, axis=1) / len(PREFERENCES)),
    }


def _digital(channels: Array) -> Array:
    def strongest(names: tuple[str, ...]) -> Array:
        columns = [CHANNELS.index(name) for name in names]
        best: Array = np.maximum(_known(channels[:, columns]).max(axis=1), 0.0)
        return best

    return strongest(DIGITAL) - strongest(PHYSICAL)


def _block(twins: TwinFrame, first: str, width: int) -> Array:
    """Return neighbouring columns of the state, (n, width); the state holds each family of columns side by side."""
    start = POSITION[first]
    return np.ascontiguousarray(twins.values[:, start : start + width])


def _known(values: Array) -> Array:
    """Put the reference, 0, where the record says nothing."""
    return np.where(np.isfinite(values), values, 0.0)


def _between(values: Array, low: float, high: float) -> Array:
    return np.minimum(np.maximum(values, low), high)


def _logit(p: Array) -> Array:
    return logit(_between(p, 1e-6, 1.0 - 1e-6))

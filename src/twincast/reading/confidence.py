"""How much of what the model must know about a customer the record tells: `model_confidence` and its parts."""

import math
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.preferences import PREFERENCES
from twincast.domain.twins import ConfidencePart
from twincast.reading.columns import Columns
from twincast.reading.fields import lexicon
from twincast.reading.states import BASIS_COUNTS, BASIS_NONE
from twincast.reading.values import EPOCH

Table = dict[str, NDArray[np.float64]]

FORMULA: Final = (
    "model_confidence = recency × measured gain × (0.35 purchase process + 0.20 order value + 0.30 preferences + "
    "0.15 contacts). Each part is the share of the prior's variance that the record removed, n / (n + k): n counts the "
    "observations, k is the number that halves the variance. Recency halves every 365 days since as_of. The measured "
    "gain is 1 until outcomes exist."
)
WEIGHTS: Final = {"purchase process": 0.35, "order value": 0.20, "preferences": 0.30, "contacts": 0.15}
HALF_LIFE_DAYS: Final = 365.0

# Orders that halve the variance of a customer's log rate: 1 / (spread between customers)². Judgement: a spread of 1.1,
# on the low side of what published BG/NBD shapes of .16 to .30 imply, so that one order is never taken for certainty.
_RATE_HALF: Final = 0.8
_STATED_ORDERS: Final = 1.0
_MONEY_ORDERS: Final = 0.5
_WINDOW_ORDERS: Final = 0.3
_EXPERIENCE_ORDERS: Final = 0.1
_CONTACTS_HALF: Final = 4.0


def parts_of(columns: Columns, table: Table, widths: NDArray[np.float64], as_of: date) -> tuple[ConfidencePart, ...]:
    """Return the factors of the confidence in one record (a batch of one).

    Args:
        columns: the record laid out.
        table: the numbers read from it.
        widths: posterior standard deviations of the preferences, (1, 12).
        as_of: the day of the question; the record ages until then.
    """
    orders = _orders_known(columns, table)
    values = _first(table["order_value_n"])
    spread = lexicon("orders")["published"]
    half = (spread["order_value_within"] / spread["order_value_between"]) ** 2
    learnt = float(np.mean(1.0 - widths[0] ** 2))
    contacts = _contacts_known(columns, table)
    age = max(as_of.toordinal() - EPOCH - columns.as_of, 0.0)
    return (
        _part("purchase process", orders, _RATE_HALF, f"{orders:.1f} orders' worth of knowledge of how often they buy"),
        _part("order value", values, half, f"{values:.1f} orders' worth of knowledge of what they spend"),
        ConfidencePart(
            name="preferences",
            value=learnt,
            weight=WEIGHTS["preferences"],
            explanation=f"mean over {len(PREFERENCES)} preferences of 1 - (width after / width before)²",
        ),
        _part("contacts", contacts, _CONTACTS_HALF, f"{contacts:.1f} contacts' worth of knowledge of how they respond"),
        ConfidencePart(
            name="recency",
            value=0.5 ** (age / HALF_LIFE_DAYS),
            weight=1.0,
            explanation=f"{age:.0f} days since the record was true; halves every {HALF_LIFE_DAYS:.0f}",
        ),
        ConfidencePart(
            name="measured gain", value=1.0, weight=1.0, explanation="no outcomes yet: nothing was measured"
        ),
    )


def confidence_of(parts: tuple[ConfidencePart, ...]) -> float:
    """Return `model_confidence`: the weighted sum of the parts of knowledge, times the factors."""
    known = sum(part.weight * part.value for part in parts if part.name in WEIGHTS)
    return known * math.prod(part.value for part in parts if part.name not in WEIGHTS)


def _part(name: str, n: float, half: float, explanation: str) -> ConfidencePart:
    return ConfidencePart(
        name=name,
        value=n / (n + half),
        weight=WEIGHTS[name],
        explanation=f"{explanation}: n / (n + {half:.2g})",
    )


def _first(values: NDArray[np.float64]) -> float:
    """The one value of a batch of one, 0 where unknown."""
    return 0.0 if math.isnan(values[0]) else float(values[0])


def _orders_known(columns: Columns, table: Table) -> float:
    """Orders' worth of knowledge of the purchase process; every further kind of it adds some, none takes any away."""
    observed = BASIS_NONE < table["orders_basis"][0] <= BASIS_COUNTS
    known = _first(table["orders"]) if observed else 0.0
    known += _WINDOW_ORDERS * sum(not math.isnan(table[name][0]) for name in ("since_day", "last_order_day"))
    known += _WINDOW_ORDERS if observed else 0.0  # that nothing was bought in a known time is knowledge too
    known += _STATED_ORDERS if "purchase_frequency" in columns.slots else 0.0
    money = ("lifetime_value", "spend_past_12_months", "spend_past_84_days", "spend_past_28_days")
    known += _MONEY_ORDERS if any(name in columns.slots for name in money) else 0.0
    experience = ("returns", "support_interactions", "satisfaction_scores", "return_rate")
    return known + _EXPERIENCE_ORDERS * sum(name in columns.slots for name in experience)


def _contacts_known(columns: Columns, table: Table) -> float:
    """Contacts' worth of knowledge of how the customer responds to messages."""
    known = _first(table["campaigns_received"]) + _first(table["contacts_before"]) + _first(table["contacts_recent"])
    known += 2.0 * sum(not math.isnan(table[name][0]) for name in ("open_rate", "click_rate", "earlier_response"))
    known += 1.0 if "preferred_channels" in columns.slots else 0.0
    return known + 0.5 * any(name in columns.slots for name in ("consents", "consent_email", "coupons_redeemed"))

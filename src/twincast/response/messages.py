"""Messages as features: what was read in each text, on the scales of the prior."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twincast.domain.interventions import ReadIntervention
from twincast.domain.messages import MessageReading
from twincast.domain.preferences import PREFERENCES
from twincast.reading.appeals import APPEAL_PREFERENCES
from twincast.response.features import MESSAGE_NAMES

Array = NDArray[np.float64]

KEPT: Final = 4_096
"""Messages whose numbers are kept, the latest; a customer's suggestions take a handful."""
DEPTH_SCALE: Final = 0.2
"""Discounts saturate: 1 - exp(-depth / .2) is .39 at 10 %, .63 at 20 %, .78 at 30 %."""
REFERENCE_ORDER: Final = 70.0
REFERENCE_WORDS: Final = 40.0
APPEALS: Final = (
    "exclusive",
    "early_access",
    "novelty",
    "scarcity",
    "urgency",
    "social_proof",
    "thanks",
    "apology",
    "quality",
)
"""Appeals with a weight of their own; the others act through the tastes they speak to."""

DEADLINE_DAYS: Final = 3.0
TRIGGERED: Final = frozenset({"transactional", "birthday"})
SERVICE: Final = frozenset({"service_recovery", "apology"})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Messages:
    """m interventions encoded.

    Attributes:
        features: (m, len(MESSAGE_NAMES)); 0 = a plain message without offer. Rows of no contact are 0.
        tastes: (m, 12) strength with which each preference is appealed to, in [0, 1].
        contact: (m,) whether anything is sent.
        coupon: (m,) 1 where the message carries coupons.
        offer: (m,) 1 where the message carries any offer.
        discount: (m,) fraction off the order value; amount: (m,) money off.
        products: what each message is about, lower case.
        digests: key of each message's own effect; equal texts share it.
    """

    features: Array
    tastes: Array
    contact: NDArray[np.bool_]
    coupon: Array
    offer: Array
    discount: Array
    amount: Array
    products: tuple[tuple[str, ...], ...]
    digests: tuple[str, ...]


def encode_messages(interventions: Sequence[ReadIntervention]) -> Messages:
    """Encode interventions, m of them; a few, so plain Python a message."""
    rows = [
        _row(item.reading if item.is_contact else None, item.type, item.intervention.products) for item in interventions
    ]
    numbers = np.array([row.numbers for row in rows], dtype=np.float64).reshape(len(rows), 4)
    return Messages(
        features=np.array([row.features for row in rows], dtype=np.float64).reshape(len(rows), len(MESSAGE_NAMES)),
        tastes=np.array([row.tastes for row in rows], dtype=np.float64).reshape(len(rows), len(PREFERENCES)),
        contact=np.array([item.is_contact for item in interventions], dtype=np.bool_),
        coupon=numbers[:, 0],
        offer=numbers[:, 1],
        discount=numbers[:, 2],
        amount=numbers[:, 3],
        products=tuple(row.products for row in rows),
        digests=tuple(row.digest for row in rows),
    )


class Row(NamedTuple):
    """One message as numbers; `numbers` are coupon, offer, discount and amount."""

    features: tuple[float, ...]
    tastes: tuple[float, ...]
    numbers: tuple[float, float, float, float]
    products: tuple[str, ...]
    digest: str


@lru_cache(maxsize=KEPT)
def _row(reading: MessageReading | None, type_: str, products: tuple[str, ...]) -> Row:
    """Return a message as numbers; one that was encoded lately is not encoded again."""
    about = tuple(dict.fromkeys((*(product.lower() for product in products), *(reading.products if reading else ()))))
    if reading is None:
        nothing = (0.0,) * len(MESSAGE_NAMES)
        return Row(nothing, (0.0,) * len(PREFERENCES), (0.0, 0.0, 0.0, 0.0), about, "")
    return Row(
        features=_features(type_, reading),
        tastes=_tastes(reading),
        numbers=(
            _coupon(type_, reading),
            float(bool(reading.offers)),
            reading.discount or 0.0,
            reading.discount_amount,
        ),
        products=about,
        digest=reading.digest,
    )


def _features(type_: str, reading: MessageReading) -> tuple[float, ...]:
    named = {
        **_offer_features(reading),
        **_appeal_features(reading),
        **_style_features(reading),
        **_type_features(type_),
    }
    named["apology_offer"] = named["apology"] * float(bool(reading.offers))
    return tuple(named[name] for name in MESSAGE_NAMES)


def _offer_features(reading: MessageReading) -> dict[str, float]:
    kinds = {term.kind for term in reading.offers}
    ends = [term.value for term in reading.offers if term.kind == "validity" and term.value is not None]
    return {
        "discount": _depth(reading.discount or 0.0),
        "amount": _depth(reading.discount_amount / REFERENCE_ORDER),
        "free_shipping": float("free_shipping" in kinds),
        "gift": float("gift" in kinds),
        "threshold": float("threshold" in kinds),
        "deadline": float(any(days <= DEADLINE_DAYS for days in ends)),
        "coupons": float(reading.attributes.get("coupons", 0.0)),
    }


def _depth(fraction: float) -> float:
    return 1.0 - exp(-max(fraction, 0.0) / DEPTH_SCALE)


def _appeal_features(reading: MessageReading) -> dict[str, float]:
    strength = {appeal.name: appeal.strength for appeal in reading.appeals}
    names = (
        "exclusive",
        "early_access",
        "novelty",
        "scarcity",
        "urgency",
        "social_proof",
        "thanks",
        "apology",
        "quality",
    )
    return {name: strength.get(name, 0.0) for name in names}


def _style_features(reading: MessageReading) -> dict[str, float]:
    return {
        "personalisation": min(len(reading.personalisation) / 2.0, 1.0),
        "call_to_action": float(reading.call_to_action is not None),
        "length": max(log(max(reading.words, 1) / REFERENCE_WORDS) / log(2.0), 0.0),
        "pressure": reading.pressure,
        "spam": reading.spam,
    }


def _type_features(type_: str) -> dict[str, float]:
    return {
        "triggered": float(type_ in TRIGGERED),
        "newsletter": float(type_ == "newsletter"),
        "survey": float(type_ == "survey"),
        "service": float(type_ in SERVICE),
    }


def _tastes(reading: MessageReading) -> tuple[float, ...]:
    strength = dict.fromkeys(PREFERENCES, 0.0)
    for appeal in reading.appeals:
        name = APPEAL_PREFERENCES.get(appeal.name)
        if name is not None:
            strength[name] = max(strength[name], appeal.strength)
    strength["price"] = max(strength["price"], min((reading.discount or 0.0) / 0.3, 1.0))
    return tuple(strength.values())


def _coupon(type_: str, reading: MessageReading) -> float:
    return float(reading.attributes.get("coupons", 0.0) > 0.0 or type_ == "coupon_campaign")

"""The binary heads of the response model: which responses there are, and which of them can happen without contact."""

from typing import Final

CONTACT_ONLY: Final[tuple[str, ...]] = ("open", "click", "reply", "redemption", "share", "unsubscribe")
"""Can not occur without contact: p0 is 0, and the level is the rate when contacted."""

ORGANIC: Final[tuple[str, ...]] = ("visit", "purchase", "retained")
"""Also occur without contact: logit p1 = logit p0(customer) + tau(customer, message, moment)."""

HEADS: Final[tuple[str, ...]] = CONTACT_ONLY + ORGANIC

RESPONSE_HEADS: Final[dict[str, str]] = {
    "visit": "visit",
    "click": "click",
    "tap": "click",
    "reply": "reply",
    "redemption": "redemption",
}
"""The head that answers `will_engage`, by the declared response. A tap is the click of a push or an app."""

FIELD_HEADS: Final[dict[str, str]] = {
    "will_open": "open",
    "will_click": "click",
    "will_purchase": "purchase",
    "will_share": "share",
    "will_unsubscribe": "unsubscribe",
}
"""The head behind each probability field but `will_engage`, whose head depends on the intervention."""

EXPLAINED_HEADS: Final[dict[str, str]] = {**FIELD_HEADS, "loyalty_impact": "retained"}
"""The head that explains each field but `will_engage`: a change is explained by the probability that changes."""

"""Channels: their names, spellings and what can happen on them. Facts as data, one owner."""

from typing import Final

CHANNELS: Final[tuple[str, ...]] = (
    "email",
    "sms",
    "push",
    "in_app",
    "web",
    "social",
    "mail",
    "call",
    "mobile_app",
    "store",
)
"""Canonical channels, in the order in which every array holds them."""

SPELLINGS: Final[dict[str, str]] = {
    "e-mail": "email",
    "e_mail": "email",
    "mail_electronic": "email",
    "newsletter": "email",
    "text": "sms",
    "text_message": "sms",
    "mms": "sms",
    "whatsapp": "sms",
    "push_notification": "push",
    "web_push": "push",
    "inapp": "in_app",
    "in-app": "in_app",
    "website": "web",
    "online": "web",
    "internet": "web",
    "onsite": "web",
    "social_media": "social",
    "facebook": "social",
    "instagram": "social",
    "direct_mail": "mail",
    "direct_marketing": "mail",
    "post": "mail",
    "letter": "mail",
    "catalog": "mail",
    "phone": "call",
    "telephone": "call",
    "outbound_call": "call",
    "phone (telephone)": "call",
    "phone (cellular)": "call",
    "cellular": "call",
    "mobile": "mobile_app",
    "app": "mobile_app",
    "shop": "store",
    "in_store": "store",
    "retail": "store",
}
"""Spellings met in real records. `direct_marketing` is all that one publisher says of coupon mailings: read as mail."""

OPENING: Final[frozenset[str]] = frozenset({"email", "push"})
"""Channels on which an open exists; elsewhere `will_open` is unavailable."""


def canonical_channel(text: str) -> str | None:
    """Return the canonical channel for any known spelling, or None for one we do not know."""
    key = text.strip().lower()
    if key in SPELLINGS:
        return SPELLINGS[key]
    key = key.replace(" ", "_").replace("-", "_")
    key = SPELLINGS.get(key, key)
    return key if key in CHANNELS else None

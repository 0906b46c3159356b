"""An intervention: what a company would send to a customer, or that it sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from twincast.domain.messages import MessageReading
from twincast.domain.timings import Timing
from twincast.domain.twins import Warning

NO_CONTACT: Final = "none"
MAX_CONTENT: Final = 20_000
"""Longest content of a message, in characters; longer is refused (413)."""
MAX_VARIANTS: Final = 50

RESPONSES: Final[tuple[str, ...]] = ("visit", "click", "tap", "reply", "redemption")
"""What `will_engage` can mean. A visit can happen without contact; the others can not."""

TYPES: Final[dict[str, str | None]] = {
    "none": None,
    "promotional_offer": None,
    "promotional_email": "email",
    "email_campaign": "email",
    "sms_campaign": "sms",
    "push_campaign": "push",
    "coupon_campaign": None,
    "retention_offer": None,
    "win_back": None,
    "upsell_offer": None,
    "cross_sell_offer": None,
    "service_recovery": None,
    "apology": None,
    "product_launch": None,
    "loyalty_reward": None,
    "birthday": None,
    "newsletter": "email",
    "announcement": None,
    "survey": None,
    "transactional": None,
    "outbound_call": "call",
    "marketing_message": None,
    "custom": None,
}
"""Known types, and the channel a type implies. The vocabulary is open: others are read as `custom`, with a warning."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Intervention:
    """What the caller wants tested, as given. `type == "none"` is sending nothing and needs nothing else.

    Attributes:
        id: the caller's own name for it, or None.
        type: open vocabulary, see `TYPES`.
        channel: as given, or None for the twin's first preferred channel.
        content: the text of the message; None only for no contact.
        timing: a token (`friday_morning`), an ISO 8601 moment, or any text (kept, with a warning).
        personalization_level: low, medium or high, as declared.
        response: what counts as engaging (`RESPONSES`), or None for the default of its type and channel.
        products: products or categories the message is about, where the caller knows them.
        cost: money one contact costs, or None.
        horizon_days: days within which to predict, or None for the request's.
        at: simulated moment of sending (ISO), or None for the next window of its timing.
        template: id of a template that makes the content (`reading.templates`), or None.
        slots: what fills the template, by slot.
        attributes: further attributes, kept as given.
    """

    id: str | None = None
    type: str = "custom"
    channel: str | None = None
    content: str | None = None
    timing: str | None = None
    personalization_level: str | None = None
    response: str | None = None
    products: tuple[str, ...] = ()
    cost: float | None = None
    horizon_days: int | None = None
    at: datetime | None = None
    template: str | None = None
    slots: Mapping[str, object] | None = None
    attributes: Mapping[str, object] | None = None

    @property
    def is_contact(self) -> bool:
        """Whether anything is sent at all."""
        return self.type != NO_CONTACT


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadIntervention:
    """An intervention after reading: canonical type and channel, parsed timing, and what the text says.

    Attributes:
        intervention: as given.
        type: canonical type (`TYPES`).
        channel: canonical channel, or None: then each twin's own first preferred channel is used.
        response: kind of engagement as declared, or `redemption` where the offer is a coupon; None: the default of type
            and channel (`reading.interventions.default_response`).
        timing: parsed.
        reading: what was read in the content; None for no contact.
        warnings: what its author should know.
    """

    intervention: Intervention
    type: str
    channel: str | None
    response: str | None
    timing: Timing
    reading: MessageReading | None
    warnings: tuple[Warning, ...]

    @property
    def is_contact(self) -> bool:
        """Whether anything is sent at all."""
        return self.type != NO_CONTACT

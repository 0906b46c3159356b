"""Plans of messages: what a message says, typed, before anybody has chosen its words. Facts as data, one owner.

A plan is a value: a search replaces its elements (`dataclasses.replace`), an ablation takes one away (`without`), and
`writing.render` puts it into words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from twincast.domain.occasions import NEED_A_PRODUCT, OCCASIONS

PROMISES: Final[tuple[str, ...]] = (
    "exclusive",
    "early_access",
    "thanks",
    "loyalty",
    "information",
    "convenience",
    "urgency",
)
"""Appeals that the sender makes true: whoever sends the message keeps them."""

CLAIMS: Final[tuple[str, ...]] = (
    "novelty",
    "scarcity",
    "social_proof",
    "quality",
    "status",
    "ethics",
    "family",
    "reassurance",
)
"""Appeals that say something of the product or the company: planned only where the company's facts support them."""

OF_PRODUCTS: Final = frozenset({*CLAIMS, "early_access"})
"""Appeals that need the product that they are about."""

APPEALS: Final[tuple[str, ...]] = PROMISES + CLAIMS
"""Appeals that a plan may name. Savings and gift come with the offer, an apology with its occasion, by themselves."""

APPEALS_OF_APOLOGIES: Final = frozenset({"thanks"})
"""What else an apology may say: it sells nothing."""

ACTIONS: Final[tuple[str, ...]] = ("shop", "browse", "redeem", "reply")
"""What the customer is asked to do: buy, have a look, use the offer, write back."""

LENGTHS: Final[tuple[str, ...]] = ("short", "medium", "long")
"""short: what is said and no more; medium: with a greeting and a close; long: each appeal at more length."""

ORDERS: Final[tuple[str, ...]] = ("occasion_first", "offer_first", "appeals_first")
"""What comes first. An apology comes first whatever the plan says."""

OFFERS: Final[tuple[str, ...]] = ("percent", "amount", "n_for_m", "free_shipping", "gift")
"""Kinds of offer, as `reading` finds them."""

CHANNELS: Final[tuple[str, ...]] = ("email", "sms", "push", "in_app", "web", "social", "mail", "mobile_app")
"""Channels for which messages are written."""

DEADLINE_DAYS: Final = 7
"""Longest validity, in days, that is an honest reason for haste."""

RANGE: Final = "our range"
"""What a message is about that names no product and makes no offer."""

MOST_APPEALS: Final = 4
"""More than that reads as a list, not as a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedOffer:
    """What the customer gets.

    Attributes:
        kind: of `OFFERS`.
        value: percent: fraction in (0, 1), a whole percentage; amount: money; n_for_m: 1/n for "one of n free", n from
            2 to 6; free_shipping and gift: None.
        minimum: order value from which it holds, or None.
        item: gift: what it is ("tote bag"); None: a gift.
    """

    kind: str
    value: float | None = None
    minimum: float | None = None
    item: str | None = None

    def depth(self, order_value: float | None) -> float | None:
        """Return the fraction of the list price given up; None for an amount where no order value is known.

        Free shipping and gifts take nothing off the list price: 0.
        """
        if self.value is None:
            return 0.0
        if self.kind != "amount":
            return self.value
        basis = max(order_value or 0.0, self.minimum or 0.0)
        return min(self.value / basis, 1.0) if basis > 0 else None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessagePlan:
    """What a message says.

    Attributes:
        tone: of `TONES`.
        occasion: of `OCCASIONS`; None: nothing but the offer or the product is the reason to write.
        offer: or None.
        valid_days: days for which the offer holds, 1 to 365, or None.
        product: what it is about, as the company names it ("premium_line", "the Aeropress"), or None.
        appeals: of `APPEALS`, each once, in the order in which they are said; claims, which are about the product, come
            before promises whatever their order.
        action: of `ACTIONS`, or None: nothing is asked for.
        named: whether the customer is addressed by name (where the facts know it).
        length: of `LENGTHS`; texts for sms and push are always short.
        order: of `ORDERS`.
        channel: of `CHANNELS`.
    """

    tone: str = "informative"
    occasion: str | None = None
    offer: PlannedOffer | None = None
    valid_days: int | None = None
    product: str | None = None
    appeals: tuple[str, ...] = ()
    action: str | None = "shop"
    named: bool = False
    length: str = "short"
    order: str = "occasion_first"
    channel: str = "email"

    @property
    def type(self) -> str:
        """Type of the intervention that it becomes (`domain.interventions.TYPES`)."""
        return "promotional_offer" if self.occasion is None else OCCASIONS[self.occasion]

    @property
    def is_apology(self) -> bool:
        """Whether it says sorry."""
        return self.occasion == "service_recovery"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What may be said of the customer and the company, because a record or the company says so. Nothing else may.

    Attributes:
        name: given name, or a merge tag of the sending tool ("{{first_name}}"); None: nobody is addressed by name.
        brand: name of the company; None: messages are not signed with one.
        since_year: year in which the customer became one.
        bought: what the customer buys, strongest first, lower case.
        order_value: what the customer usually spends on an order, in `currency`.
        currency: ISO 4217 code.
        today: day of sending, from which dates are counted; None: validity is said in days.
        matter: what an apology is for, as a noun phrase ("your late delivery"); None: nothing to be sorry about.
        remedy: what was done about it, as a sentence.
        claims: appeals of `CLAIMS` that the company stands behind, each with a sentence of its own that says so, or ""
            for ours.
        required: sentences that must stand in the message word for word.
    """

    name: str | None = None
    brand: str | None = None
    since_year: int | None = None
    bought: tuple[str, ...] = ()
    order_value: float | None = None
    currency: str = "USD"
    today: date | None = None
    matter: str | None = None
    remedy: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    def supports(self, appeal: str) -> bool:
        """Whether an appeal may be made: a promise always, a claim only if the company stands behind it."""
        return appeal in PROMISES or appeal in self.claims

    def beside(self, product: str | None) -> str | None:
        """Return what the customer buys beside a product, the strongest; None: nothing else is known."""
        return next((it for it in self.bought if product is None or _name(it) != _name(product)), None)

    def buys(self, product: str) -> bool:
        """Whether a product is one that the customer buys."""
        return any(_name(it) == _name(product) for it in self.bought)


def _name(product: str) -> str:
    """Return a product's name alone: "our premium line" and "premium_line" are one."""
    words = product.lower().replace("_", " ").split()
    return " ".join(words[1:] if words[:1] in (["our"], ["the"]) else words)


def elements(plan: MessagePlan) -> tuple[str, ...]:
    """Return the names of what can be taken away from a plan: `occasion`, `offer`, `appeal:exclusive`, and so on.

    What the rest could not stand without is not among them: the product of a plan that makes no offer.
    """
    offer, product = plan.offer is not None, plan.product is not None
    there = (
        ("occasion", plan.occasion is not None and (offer or product)),
        ("offer", offer),
        ("validity", plan.valid_days is not None),
        ("product", product and offer and plan.occasion not in NEED_A_PRODUCT),
        *((f"appeal:{appeal}", True) for appeal in plan.appeals),
        ("action", plan.action is not None),
        ("name", plan.named),
    )
    return tuple(name for name, has in there if has)


def without(plan: MessagePlan, element: str) -> MessagePlan:
    """Return a plan without one of its `elements`, and without what makes no sense without it.

    An offer takes its validity and its redemption along, a validity the haste that it was the reason for, haste its
    tone, a product the claims about it, an occasion the apology that it was for.
    """
    if element.startswith("appeal:"):
        appeal = element.removeprefix("appeal:")
        rest = replace(plan, appeals=tuple(it for it in plan.appeals if it != appeal))
        return _calm(rest) if appeal == "urgency" else rest
    if element == "offer":
        if plan.is_apology:  # it sells nothing then
            action = "reply" if plan.action == "reply" else None
            return replace(plan, offer=None, valid_days=None, action=action, product=None)
        action = "shop" if plan.action == "redeem" else plan.action
        return _calm(replace(plan, offer=None, valid_days=None, action=action, product=plan.product or RANGE))
    if element == "validity":
        return _calm(replace(plan, valid_days=None))
    if element == "occasion" and plan.is_apology:
        return replace(plan, occasion=None, tone="informative" if plan.tone == "apologetic" else plan.tone)
    gone: dict[str, MessagePlan] = {
        "occasion": replace(plan, occasion=None),
        "product": replace(plan, product=None, appeals=tuple(it for it in plan.appeals if it not in OF_PRODUCTS)),
        "action": replace(plan, action=None),
        "name": replace(plan, named=False),
    }
    return gone[element]


def _calm(plan: MessagePlan) -> MessagePlan:
    """Take the haste out of a plan that has no deadline, or no wish to name it, any more."""
    appeals = tuple(appeal for appeal in plan.appeals if appeal != "urgency")
    return replace(plan, appeals=appeals, tone="informative" if plan.tone == "urgent" else plan.tone)

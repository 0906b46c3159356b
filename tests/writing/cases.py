"""Thirty plans to thirty customers, over all tones and occasions: what `messages.txt` is written from."""

from dataclasses import replace
from datetime import date
from typing import Final

from twincast.domain.plans import Facts, MessagePlan, PlannedOffer

PINE: Final = Facts(
    name="Maria", brand="Alder & Pine", since_year=2019, bought=("coffee",), order_value=80.0, today=date(2026, 6, 4)
)
ANNA: Final = replace(PINE, name="Anna", since_year=2023, bought=("running shoes",))
TOM: Final = replace(PINE, name="Tom", brand="Kettle & Thread", bought=("bed linen",), currency="GBP")
JEAN: Final = replace(
    PINE, name="Jean-Luc", brand="Maison Clair", bought=("wine",), currency="EUR", today=date(2026, 12, 10)
)
PRIYA: Final = replace(PINE, name="Priya", brand=None, since_year=None, bought=("headphones",))
NOBODY: Final = Facts(today=date(2026, 6, 4))


def percent(value: int, minimum: float | None = None) -> PlannedOffer:
    return PlannedOffer(kind="percent", value=value / 100, minimum=minimum)


def amount(value: float, minimum: float | None = None) -> PlannedOffer:
    return PlannedOffer(kind="amount", value=value, minimum=minimum)


SHIPPING: Final = PlannedOffer(kind="free_shipping")
DOCUMENT: Final = MessagePlan(
    tone="professional",
    occasion="customer_birthday",
    offer=percent(25),
    valid_days=27,
    product="premium_line",
    appeals=("early_access",),
    action=None,
)

CASES: Final[tuple[tuple[str, MessagePlan, Facts], ...]] = (
    ("the document's own request", DOCUMENT, PINE),
    ("the same, as a letter", replace(DOCUMENT, length="medium", named=True, action="redeem"), PINE),
    (
        "a friendly birthday",
        MessagePlan(
            tone="friendly",
            occasion="customer_birthday",
            offer=percent(20),
            valid_days=14,
            product="running_shoes",
            appeals=("thanks",),
            action="redeem",
            named=True,
            length="medium",
        ),
        ANNA,
    ),
    (
        "a birthday by text message",
        MessagePlan(
            tone="friendly",
            occasion="customer_birthday",
            offer=amount(10),
            valid_days=7,
            action="redeem",
            named=True,
            channel="sms",
        ),
        TOM,
    ),
    (
        "a playful birthday, as a notification",
        MessagePlan(
            tone="playful", occasion="customer_birthday", offer=PlannedOffer(kind="gift"), action=None, channel="push"
        ),
        PRIYA,
    ),
    (
        "an enthusiastic birthday",
        MessagePlan(
            tone="enthusiastic",
            occasion="customer_birthday",
            offer=percent(30),
            valid_days=10,
            product="headphones",
            appeals=("exclusive",),
            action="redeem",
            named=True,
            length="medium",
        ),
        PRIYA,
    ),
    (
        "an apology in full",
        MessagePlan(
            tone="apologetic",
            occasion="service_recovery",
            offer=amount(15),
            valid_days=27,
            action="reply",
            named=True,
            length="medium",
        ),
        replace(PINE, matter="your late delivery", remedy="Your parcel left our warehouse this morning by express."),
    ),
    (
        "an apology without an offer",
        MessagePlan(tone="formal", occasion="service_recovery", action="reply", named=True, length="medium"),
        replace(JEAN, matter="the error in your last invoice", remedy="A corrected invoice is attached."),
    ),
    (
        "an apology by text message",
        MessagePlan(tone="friendly", occasion="service_recovery", offer=SHIPPING, action=None, channel="sms"),
        replace(TOM, matter="your late order"),
    ),
    (
        "a professional apology",
        MessagePlan(
            tone="professional",
            occasion="service_recovery",
            offer=percent(10),
            action="redeem",
            named=True,
            length="medium",
        ),
        replace(ANNA, matter="the long wait on the phone"),
    ),
    (
        "a win-back",
        MessagePlan(
            tone="friendly",
            occasion="win_back",
            offer=percent(25),
            valid_days=14,
            action="shop",
            named=True,
            length="medium",
        ),
        PINE,
    ),
    (
        "a win-back that plays",
        MessagePlan(tone="playful", occasion="win_back", offer=SHIPPING, valid_days=5, action="shop", channel="push"),
        TOM,
    ),
    (
        "a reason to stay",
        MessagePlan(
            tone="professional",
            occasion="retention",
            offer=percent(15),
            valid_days=27,
            appeals=("loyalty", "thanks"),
            action="redeem",
            named=True,
            length="long",
            order="appeals_first",
        ),
        PINE,
    ),
    (
        "an anniversary",
        MessagePlan(
            tone="formal",
            occasion="customer_anniversary",
            offer=amount(20, 100.0),
            valid_days=30,
            appeals=("exclusive", "thanks"),
            action="redeem",
            named=True,
            length="medium",
        ),
        JEAN,
    ),
    (
        "a reward for loyalty",
        MessagePlan(
            tone="friendly",
            occasion="loyalty_reward",
            offer=PlannedOffer(kind="gift", item="tote bag"),
            appeals=("exclusive",),
            action="shop",
            named=True,
            length="medium",
        ),
        TOM,
    ),
    (
        "a welcome",
        MessagePlan(
            tone="enthusiastic",
            occasion="welcome",
            offer=percent(10),
            valid_days=14,
            action="shop",
            named=True,
            length="medium",
        ),
        replace(PRIYA, name="Zoë", brand="Kettle & Thread", bought=()),
    ),
    (
        "a plain welcome",
        MessagePlan(
            tone="informative",
            occasion="welcome",
            offer=SHIPPING,
            valid_days=30,
            appeals=("information",),
            action="browse",
        ),
        NOBODY,
    ),
    (
        "a launch",
        MessagePlan(
            tone="enthusiastic",
            occasion="product_launch",
            product="the oat milk frother",
            appeals=("early_access", "novelty"),
            action="shop",
            named=True,
            length="medium",
        ),
        replace(PINE, claims={"novelty": "It makes warm foam in thirty seconds."}),
    ),
    (
        "a launch, as a notification",
        MessagePlan(
            tone="professional",
            occasion="product_launch",
            product="the autumn collection",
            appeals=("early_access",),
            action="browse",
            channel="push",
        ),
        TOM,
    ),
    (
        "what goes with it",
        MessagePlan(
            tone="professional",
            occasion="cross_sell",
            offer=percent(20),
            valid_days=14,
            product="the oat milk frother",
            appeals=("quality", "reassurance"),
            action="shop",
            named=True,
            length="medium",
        ),
        replace(PINE, claims={"quality": "", "reassurance": ""}),
    ),
    (
        "a step up",
        MessagePlan(
            tone="informative",
            occasion="upsell",
            product="Trail Pro 3",
            appeals=("quality", "social_proof", "information"),
            action="browse",
            named=True,
            length="long",
        ),
        replace(ANNA, claims={"quality": "", "social_proof": ""}),
    ),
    (
        "time for more",
        MessagePlan(
            tone="friendly",
            occasion="replenishment",
            offer=PlannedOffer(kind="n_for_m", value=1 / 3),
            valid_days=10,
            product="coffee",
            action="shop",
            channel="sms",
        ),
        PINE,
    ),
    (
        "an offer, and nothing but",
        MessagePlan(
            tone="informative",
            offer=PlannedOffer(kind="n_for_m", value=0.5),
            valid_days=3,
            product="bed linen",
            action="shop",
            channel="sms",
        ),
        TOM,
    ),
    (
        "the last days of an offer",
        MessagePlan(
            tone="urgent",
            offer=percent(30),
            valid_days=3,
            product="running_shoes",
            appeals=("urgency",),
            action="shop",
            channel="email",
            length="medium",
            named=True,
        ),
        ANNA,
    ),
    (
        "the last hours of an offer, as a notification",
        MessagePlan(
            tone="urgent", offer=percent(20), valid_days=1, appeals=("urgency",), action="redeem", channel="push"
        ),
        NOBODY,
    ),
    (
        "a calm deadline",
        MessagePlan(
            tone="professional",
            offer=percent(15),
            valid_days=6,
            product="wine",
            appeals=("quality", "urgency"),
            action="shop",
            named=True,
            length="medium",
        ),
        replace(JEAN, claims={"quality": "Each bottle was chosen by our own cellar master."}),
    ),
    (
        "a formal invitation",
        MessagePlan(
            tone="formal",
            product="the winter cellar",
            appeals=("early_access", "exclusive"),
            action="reply",
            named=True,
            length="medium",
            channel="mail",
        ),
        JEAN,
    ),
    (
        "several claims",
        MessagePlan(
            tone="friendly",
            offer=percent(10),
            product="running_shoes",
            appeals=("ethics", "quality", "social_proof"),
            action="shop",
            named=True,
            length="long",
        ),
        replace(ANNA, claims={"ethics": "", "quality": "", "social_proof": ""}),
    ),
    (
        "a long letter",
        MessagePlan(
            tone="friendly",
            occasion="customer_anniversary",
            offer=percent(20),
            valid_days=27,
            product="coffee",
            appeals=("thanks", "exclusive", "convenience"),
            action="redeem",
            named=True,
            length="long",
        ),
        PINE,
    ),
    (
        "to somebody of whom nothing is known",
        MessagePlan(tone="friendly", product="the spring range", action="browse", named=True, length="medium"),
        NOBODY,
    ),
)

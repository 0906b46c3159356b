"""The names of all features of a cell, in the order in which every array holds them, with their groups and words."""

from dataclasses import dataclass
from typing import Final

from twincast.domain.preferences import PREFERENCES


@dataclass(frozen=True, kw_only=True, slots=True)
class Feature:
    """One column of an encoded cell.

    Attributes:
        name: as in the prior.
        group: history, customer, message, match, channel, timing, fatigue.
        high, low: what a value above, or below, the reference means, for a reader; they complete "because of ...".
    """

    name: str
    group: str
    high: str
    low: str


def _feature(name: str, group: str, high: str, low: str) -> Feature:
    return Feature(name=name, group=group, high=high, low=low)


CUSTOMER: Final[tuple[Feature, ...]] = (
    _feature("process", "history", "orders that come often and lately", "orders that come rarely or long ago"),
    _feature("process_90", "history", "orders that come often and lately", "orders that come rarely or long ago"),
    _feature("process_width", "history", "a short order history", "a long order history"),
    _feature("history_missing", "history", "no orders on record", "orders on record"),
    _feature("recency", "history", "a recent purchase", "a purchase long ago"),
    _feature("frequency", "history", "frequent orders", "few orders"),
    _feature("spend", "history", "high spending", "low spending"),
    _feature("newness", "customer", "a customer of less than a year", "a customer of more than a year"),
    _feature("digital", "channel", "a habit of buying online", "a habit of buying by phone or in store"),
    _feature("channels", "channel", "buying through several channels", "buying through one channel only"),
    _feature("breadth", "history", "buying across several categories", "buying in one category only"),
    _feature("satisfaction", "history", "high satisfaction scores", "low satisfaction scores"),
    _feature("satisfaction_trend", "history", "satisfaction that has risen", "satisfaction that has fallen"),
    _feature("momentum", "history", "more spending lately than before", "less spending lately than before"),
    _feature("opens_habit", "history", "a habit of opening messages", "a habit of not opening messages"),
    _feature("opens_missing", "history", "no opens on record", "opens on record"),
    _feature("clicks_habit", "history", "a habit of clicking", "a habit of not clicking"),
    _feature("clicks_missing", "history", "no clicks on record", "clicks on record"),
    _feature("redemption_habit", "history", "a habit of redeeming coupons", "few coupons redeemed so far"),
    _feature("habit_missing", "history", "no coupon history on record", "a coupon history on record"),
    _feature("coupon_use", "history", "many coupons used", "no coupons used"),
    _feature("earlier_response", "history", "an earlier offer taken", "an earlier offer not taken"),
    _feature("failure", "history", "a recent failure or complaint", "no recent failure"),
    _feature("loyalty", "customer", "loyalty to the brand", "little loyalty to the brand"),
    _feature("social_taste", "customer", "an ear for what others do", "independence of what others do"),
    _feature("tenure", "history", "long tenure", "short tenure"),
    _feature("returns", "history", "many returns", "few returns"),
    _feature("support", "history", "many contacts with support", "few contacts with support"),
    _feature("contacts", "fatigue", "many recent contacts", "few recent contacts"),
    _feature("channel_missing", "channel", "no channel preference on record", "channel preferences on record"),
    _feature("taste_width", "customer", "tastes that are not known well", "tastes that are known well"),
)

MESSAGE: Final[tuple[Feature, ...]] = (
    _feature("discount", "message", "the discount", "no discount"),
    _feature("amount", "message", "the money off", "no money off"),
    _feature("free_shipping", "message", "free shipping", "no free shipping"),
    _feature("gift", "message", "the gift", "no gift"),
    _feature("coupons", "message", "the number of coupons", "no coupons"),
    _feature("exclusive", "message", "exclusivity", "no exclusivity"),
    _feature("early_access", "message", "early access", "no early access"),
    _feature("novelty", "message", "something new", "nothing new"),
    _feature("scarcity", "message", "scarcity", "no scarcity"),
    _feature("urgency", "message", "urgency", "no urgency"),
    _feature("social_proof", "message", "what others say", "no social proof"),
    _feature("personalisation", "message", "the personal address", "no personal address"),
    _feature("call_to_action", "message", "a clear call to action", "no call to action"),
    _feature("length", "message", "the length of the text", "the brevity of the text"),
    _feature("pressure", "message", "the pressure in the text", "no pressure"),
    _feature("spam", "message", "signs of bulk mail", "no signs of bulk mail"),
    _feature("thanks", "message", "the thanks", "no thanks"),
    _feature("apology", "message", "the apology", "no apology"),
    _feature("apology_offer", "message", "an apology that comes with an offer", "an apology without an offer"),
    _feature("quality", "message", "the talk of quality", "no talk of quality"),
    _feature("threshold", "message", "the minimum order", "no minimum order"),
    _feature("deadline", "message", "the deadline", "no deadline"),
    _feature("triggered", "message", "the occasion", "no occasion"),
    _feature("newsletter", "message", "being a newsletter", "not being a newsletter"),
    _feature("survey", "message", "being a survey", "not being a survey"),
    _feature("service", "message", "being a service message", "not being a service message"),
)

_TASTES: Final[dict[str, tuple[str, str]]] = {
    "price": ("a good price for a price-minded customer", "a price appeal to someone who does not look at the price"),
    "quality": ("quality for a quality-minded customer", "a quality appeal to someone who does not look for it"),
    "novelty": ("novelty for an early adopter", "novelty for someone who keeps to the familiar"),
    "status": ("exclusivity for someone who values it", "exclusivity for someone who does not care for it"),
    "convenience": ("ease for someone short of time", "ease for someone who takes time"),
    "loyalty": ("appreciation of a loyal customer", "loyalty appeals to someone who is not loyal"),
    "social_proof": ("what others say, to someone who listens", "what others say, to someone who does not listen"),
    "information": ("facts for someone who researches", "many facts for someone who does not read them"),
    "risk": ("reassurance for a cautious customer", "reassurance that is not needed"),
    "ethics": ("values that the customer shares", "values that are not the customer's"),
    "family": ("something for the family", "family appeals to someone without one"),
    "urgency": ("a deadline for someone who decides fast", "a deadline for someone who does not like to be hurried"),
}

MATCH: Final[tuple[Feature, ...]] = (
    *(_feature(f"taste_{name}", "match", *_TASTES[name]) for name in PREFERENCES),
    _feature("category", "match", "products this customer buys", "products this customer has not bought"),
    _feature("unseen", "match", "products that are new to this customer", "products this customer knows"),
    _feature("coupon_products", "match", "couponed products bought before", "couponed products not bought before"),
    _feature("coupon_trips", "match", "couponed products bought often", "couponed products not bought lately"),
    _feature("apology_failure", "match", "an apology after a failure", "an apology without a failure"),
    _feature("offer_failure", "match", "a compensation after a failure", "no compensation after a failure"),
    _feature("channel", "channel", "a channel this customer likes", "a channel this customer does not use"),
    _feature("weekend", "timing", "the weekend", "a weekday"),
    _feature("afternoon", "timing", "the afternoon", "not the afternoon"),
    _feature("evening", "timing", "the evening", "not the evening"),
    _feature("night", "timing", "the night", "not the night"),
)

FATIGUE: Final[tuple[Feature, ...]] = (
    _feature("contacts_since", "fatigue", "many messages lately", "few messages lately"),
    _feature("repeat", "fatigue", "offers like this one sent lately", "no offer like this one sent lately"),
)
"""What a twin remembers, as of the moment of sending; 0 for a twin that remembers nothing."""

CUSTOMER_NAMES: Final = tuple(feature.name for feature in CUSTOMER)
MESSAGE_NAMES: Final = tuple(feature.name for feature in MESSAGE)
MATCH_NAMES: Final = tuple(feature.name for feature in MATCH)
FATIGUE_NAMES: Final = tuple(feature.name for feature in FATIGUE)
TASTE_NAMES: Final = tuple(f"taste_{name}" for name in PREFERENCES)

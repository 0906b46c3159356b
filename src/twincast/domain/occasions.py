"""The occasions of messages and their spellings. Facts as data, one owner."""

from typing import Final

OCCASIONS: Final[dict[str, str]] = {
    "customer_birthday": "birthday",
    "customer_anniversary": "loyalty_reward",
    "loyalty_reward": "loyalty_reward",
    "welcome": "marketing_message",
    "win_back": "win_back",
    "retention": "retention_offer",
    "product_launch": "product_launch",
    "cross_sell": "cross_sell_offer",
    "upsell": "upsell_offer",
    "replenishment": "marketing_message",
    "service_recovery": "service_recovery",
}
"""The occasions of a message, and the type of intervention (`domain.interventions`) that each is."""

OCCASION_SPELLINGS: Final[dict[str, str]] = {
    "birthday": "customer_birthday",
    "anniversary": "customer_anniversary",
    "customer_since": "customer_anniversary",
    "loyalty": "loyalty_reward",
    "reward": "loyalty_reward",
    "onboarding": "welcome",
    "new_customer": "welcome",
    "winback": "win_back",
    "reactivation": "win_back",
    "retention_offer": "retention",
    "churn_risk": "retention",
    "launch": "product_launch",
    "new_product": "product_launch",
    "cross_sell_offer": "cross_sell",
    "upsell_offer": "upsell",
    "upgrade": "upsell",
    "refill": "replenishment",
    "reorder": "replenishment",
    "apology": "service_recovery",
    "complaint": "service_recovery",
}
"""Other words for an occasion."""

NEED_A_PRODUCT: Final = frozenset({"cross_sell", "upsell", "product_launch"})
NEED_A_PURCHASE: Final = frozenset({"cross_sell", "upsell"})
"""Occasions that speak of a product, and those that speak of something else that the customer bought."""

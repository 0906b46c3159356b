"""The twelve latent preferences of a customer, and the words that belong to them. Facts as data, one owner."""

from typing import Final

PREFERENCES: Final[tuple[str, ...]] = (
    "price",
    "quality",
    "novelty",
    "status",
    "convenience",
    "loyalty",
    "social_proof",
    "information",
    "risk",
    "ethics",
    "family",
    "urgency",
)
"""Names of the dimensions, in the order of every array. Scale: 0 = an average customer, 1 = one sd above."""

DRIVERS: Final[dict[str, str]] = {
    "price": "price",
    "quality": "quality",
    "novelty": "novelty",
    "status": "exclusivity",
    "convenience": "convenience",
    "loyalty": "brand_reputation",
    "social_proof": "social_proof",
    "information": "information",
    "risk": "reassurance",
    "ethics": "ethics",
    "family": "family",
    "urgency": "urgency",
}
"""What a strong preference is called in `key_drivers`: the driver vocabulary."""

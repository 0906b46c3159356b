"""Traits that divide the customers of a batch into groups with readable names, as far as their records tell."""

from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import MIN_CELL
from twincast.reading.twins import TwinFrame

Marks = NDArray[np.bool_]

STRONG: Final = 0.5
"""Standard deviations of customers above the average from which a preference is a trait."""
RARE, OFTEN = 2.0, 6.0
"""Orders a year below and from which customers buy rarely, or often."""
LATELY, LONG_AGO = 30.0, 180.0
"""Days since the last order within which somebody bought lately, and from which long ago."""
UNHAPPY: Final = 3.0
"""Mean satisfaction score, of 5, below which a customer is dissatisfied."""
PREFERENCES: Final[Mapping[str, str]] = {
    "price": "price_sensitive",
    "quality": "quality_focused",
    "novelty": "early_adopters",
    "status": "exclusivity_seeking",
    "convenience": "convenience_seeking",
    "loyalty": "brand_loyal",
    "social_proof": "guided_by_others",
    "information": "researching",
    "risk": "cautious",
    "ethics": "ethically_minded",
    "family": "family_minded",
    "urgency": "quick_to_decide",
}
"""What customers with a strong preference are called."""


def traits_of(frame: TwinFrame) -> dict[str, Marks]:
    """Return who has each trait, (n,); who is not known to have it, has it not."""
    found = {words: frame.column(f"pref_{name}") > STRONG for name, words in PREFERENCES.items()}
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = 365.25 * frame.column("orders") / frame.column("orders_days")
    since = frame.column("as_of_day") - frame.column("last_order_day")
    return found | {
        "infrequent_buyers": rate < RARE,
        "frequent_buyers": rate >= OFTEN,
        "recent_buyers": since <= LATELY,
        "lapsed_buyers": since >= LONG_AGO,
        "new_customers": frame.column("is_new") == 1.0,
        "dissatisfied": frame.column("satisfaction_mean") < UNHAPPY,
        "recently_let_down": frame.column("recent_failure") == 1.0,
    }


def groups_of(frame: TwinFrame) -> dict[str, Marks]:
    """Return groups of customers by one trait or by two, large enough, and with enough others, to speak of."""
    single = {name: marks for name, marks in traits_of(frame).items() if _is_enough(marks)}
    pairs = {f"{one} + {other}": single[one] & single[other] for one, other in combinations(single, 2)}
    new = {name: marks for name, marks in pairs.items() if _is_enough(marks) and not _is_known(marks, single)}
    return single | new


def _is_enough(marks: Marks) -> bool:
    inside = int(marks.sum())
    return MIN_CELL <= inside <= len(marks) - MIN_CELL


def _is_known(marks: Marks, groups: Mapping[str, Marks]) -> bool:
    """Tell whether a group is one that has a shorter name."""
    return any(np.array_equal(marks, other) for other in groups.values())

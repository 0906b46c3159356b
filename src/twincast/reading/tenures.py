"""Since when someone is a customer: a date, or words that are understood as a bound."""

import math
import re

import numpy as np
from numpy.typing import NDArray

from twincast.reading.columns import Columns
from twincast.reading.values import DAYS_PER_MONTH, days

Array = NDArray[np.float64]


def tenure_of(text: str) -> tuple[str, float] | None:
    """Return what words say of the time as a customer: ("less" | "more" | "about", days); None for other text."""
    plain = re.sub(r"\s+", " ", text.strip().lower())
    match = re.search(
        r"(\d+(?:\.\d+)?|a|an|one|two|three|five|six|ten|twelve)?\s?(?:\(\d+\) )?(day|week|month|year)s?\b", plain
    )
    if match is None:
        return None
    words = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "six": 6, "ten": 10, "twelve": 12}
    count = 1.0 if match[1] is None else float(words.get(match[1]) or match[1])
    span = count * {"day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": 365.25}[match[2]]
    if re.search(r"more than|over|at least|longer than|>|\+", plain):
        return "more", span
    if re.search(r"within|less than|under|in the (?:past|last)|during|past|last|<|this year", plain):
        return "less", span
    return ("about", span) if re.search(r"\bago\b|\bfor\b|\d", plain) else None


def tenures_of(columns: Columns) -> tuple[Array, Array]:
    """Return the days from which customers are customers, and 1 or 0 for new where words say only that."""
    since = days(columns, "customer_since")
    new = columns.nothing
    if "customer_since" not in columns.slots or not np.isnan(since).any():
        return since, new
    since, new = since.copy(), columns.nothing.copy()
    for _, row, value in columns.entries("customer_since"):
        if (
            math.isnan(since[row])
            and isinstance(value, str)
            and len(value) <= 60
            and (found := columns.once(tenure_of, value))
        ):
            kind, span = found
            if kind == "about":
                since[row] = columns.as_of - span
            elif kind == "less" and span <= 366:
                new[row] = 1.0
            elif kind == "more" and span >= 364:
                new[row] = 0.0
    return since, new

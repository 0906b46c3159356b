"""What the numbers of a record say of the preferences: rules with their constants as data, seen over a whole batch."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.preferences import PREFERENCES
from twincast.reading.columns import Columns
from twincast.reading.fields import lexicon
from twincast.reading.states import BASIS_COUNTS, BASIS_TRANSACTIONS
from twincast.reading.values import short

Array = NDArray[np.float64]

_CUT: Final = 2.0
_CHILDLESS: Final = re.compile(r"\b(?:no|without|0|zero) (?:kids?|child(?:ren)?)\b|\bchildless\b|\bchild[- ]free\b")
_CHILDREN: Final = re.compile(
    r"\bkids?\b|\bchild(?:ren)?\b|\bsons?\b|\bdaughters?\b|\bparents?\b|\bbab(?:y|ies)\b|\bmother\b|\bfather\b"
)


def _children_in(text: str) -> float:
    lower = text.lower()
    return 0.0 if _CHILDLESS.search(lower) else 1.0 if _CHILDREN.search(lower) else np.nan


def children_of(columns: Columns, counted: Array) -> Array:
    """Return 1 for children in the household, 0 for none, NaN where the record does not say, shape (n,).

    Marital status is in the same text and is not read: it is a protected attribute.
    """
    out = np.where(np.isnan(counted), np.nan, (counted > 0).astype(np.float64))
    for slot, row, value in columns.entries("family_status"):
        if type(value) is not str:
            columns.refuse(row, slot.path, f"must be text, not {short(value)}", "text or null")
        elif np.isnan(out[row]):
            out[row] = columns.once(_children_in, value[:200])
    return out


def _signals(table: dict[str, Array]) -> dict[str, Array]:
    """The numbers that the rules of `behaviours.toml` look at, each (n,), NaN where unknown."""
    observed = (table["orders_basis"] == BASIS_TRANSACTIONS) | (table["orders_basis"] == BASIS_COUNTS)
    some = observed & (table["orders"] > 0)
    received = table["campaigns_received"] > 0
    tenure = np.maximum(table["as_of_day"] - table["since_day"], 0.0) / 365.25
    income = table["income_mid"] > 0
    return table | {
        "log_years": np.log1p(tenure),
        "log_orders": np.where(some, np.log(np.where(some, table["orders"], 1.0)), np.nan),
        "redeemed_share": np.where(
            received, table["campaigns_redeemed"] / np.where(received, table["campaigns_received"], 1.0), np.nan
        ),
        "log_income": np.where(income, np.log(np.where(income, table["income_mid"], 1.0)), np.nan),
        "discount_orders": np.where(np.isnan(table["order_value_n"]), 5.0, table["order_value_n"]),
    }


@dataclass(frozen=True, slots=True)
class Rules:
    """The R rules of `behaviours.toml` as arrays.

    Attributes:
        of: the signal each looks at.
        names: what it is called in evidence.
        fields: the record's fields behind it.
        centre: (R, 1); scale: (R, 1): the signal's in the population.
        counts: (rule, signal with its number of observations, number that gives half of the precision).
        precision: (R, 12) that a full observation adds, in units of the prior's: r² / (1 - r²) for a correlation r.
        pull: (R, 12) that z adds to the precision-weighted sum: r / (1 - r²). Alone, the mean is then r z and the
            variance 1 - r².
    """

    of: tuple[str, ...]
    names: tuple[str, ...]
    fields: tuple[tuple[str, ...], ...]
    centre: Array
    scale: Array
    counts: tuple[tuple[int, str, float], ...]
    precision: Array
    pull: Array


@cache
def rules() -> Rules:
    """Return the rules on the numbers of a record."""
    listed = lexicon("behaviours")["rule"]
    r = np.array([[rule["correlations"].get(name, 0.0) for name in PREFERENCES] for rule in listed])
    return Rules(
        of=tuple(rule["of"] for rule in listed),
        names=tuple(rule["name"] for rule in listed),
        fields=tuple(tuple(rule["fields"]) for rule in listed),
        centre=np.array([[rule["centre"]] for rule in listed]),
        scale=np.array([[rule["scale"]] for rule in listed]),
        counts=tuple((k, rule["count"], rule["half"]) for k, rule in enumerate(listed) if "count" in rule),
        precision=r**2 / (1 - r**2),
        pull=r / (1 - r**2),
    )


def observed(table: dict[str, Array]) -> tuple[Array, Array, Array]:
    """Return what the rules see: value, z and weight in [0, 1], each (R, n); the last two 0 where nothing is seen."""
    known, signals = rules(), _signals(table)
    value = np.stack([signals[name] for name in known.of])
    seen = ~np.isnan(value)
    z = np.where(seen, (value - known.centre) / known.scale, 0.0).clip(-_CUT, _CUT)
    weight = seen.astype(np.float64)
    for k, name, half in known.counts:
        count = np.where(np.isnan(signals[name]), 1.0, signals[name])
        weight[k] *= count / (count + half)
    return value, z, weight


def in_words(rule: int, value: float) -> str:
    """Return a rule and the figure it saw; of a logarithm the figure itself."""
    name = rules().names[rule]
    if name == "children in the household":
        return name if value else f"no {name}"
    if name in {"order value", "orders so far", "income"}:
        value = float(np.exp(value))
    elif name == "years as a customer":
        value = float(np.expm1(value))
    return f"{name}: {value:.4g}"

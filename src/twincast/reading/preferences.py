"""Evidence on the twelve preferences: traits, free text and behaviour become a mean and a width for each, with its sources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.preferences import PREFERENCES
from twincast.domain.twins import Evidence, Preference
from twincast.reading.columns import Columns
from twincast.reading.fields import lexicon, plain_word
from twincast.reading.prose import Clue, prose_of
from twincast.reading.states import BASIS_COUNTS, BASIS_TRANSACTIONS
from twincast.reading.values import is_unknown, short

Array = NDArray[np.float64]

PRIOR_SD: Final = 1.0
"""Width of each preference before any evidence; its mean is 0: an average customer."""
MAX_TRAITS: Final = 50
_CUT: Final = 2.0
_PROSE: Final = ("browsing_patterns", "context")


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """A trait of the vocabulary: its name, its meaning, other spellings, and the preferences it speaks of."""

    name: str
    meaning: str
    synonyms: tuple[str, ...]
    shifts: dict[str, float]


@cache
def traits() -> tuple[Trait, ...]:
    """Return the vocabulary of traits, in the order of its file."""
    return tuple(
        Trait(name=name, meaning=row["meaning"], synonyms=tuple(row["synonyms"]), shifts=row["shifts"])
        for name, row in lexicon("traits")["trait"].items()
    )


@cache
def _trait_names() -> dict[str, Trait]:
    return {spelling: trait for trait in traits() for spelling in (trait.name, *trait.synonyms)}


def trait_of(text: str) -> Trait | None:
    """Return the trait that a spelling means, or None for one outside the vocabulary."""
    return _trait_names().get(plain_word(text)) if len(text) <= 60 else None


def _trait_clues(text: str) -> tuple[Clue, ...]:
    trait = trait_of(text)
    if trait is None:
        return ()
    precision = 1.0 / lexicon("traits")["noise"]["default"] ** 2
    return tuple(Clue(PREFERENCES.index(name), shift, precision, text) for name, shift in trait.shifts.items())


def stated_traits(columns: Columns) -> Iterator[tuple[int, str, str]]:
    """Yield (row, path, text) of every stated trait; what is no list of texts is refused."""
    for slot, row, value in columns.entries("psychographic_traits"):
        if isinstance(value, str):
            if not is_unknown(value):
                for text in value.split(",")[:MAX_TRAITS]:
                    yield row, slot.path, text.strip()
        elif isinstance(value, list):
            for k, text in enumerate(value[:MAX_TRAITS]):
                if type(text) is str:
                    yield row, f"{slot.path}[{k}]", text
                elif text is not None:
                    columns.refuse(row, f"{slot.path}[{k}]", f"must be text, not {short(text)}", "a trait in words")
        else:
            columns.refuse(row, slot.path, f"must be a list of traits, not {short(value)}", "a list of texts")


# ---------------------------------------------------------------- clues of a batch


def _clues(columns: Columns) -> Iterator[tuple[int, str, tuple[Clue, ...]]]:
    """Yield (row, path, clues) of traits and of free text, in an order that is the same for each row in any batch."""
    for row, path, text in stated_traits(columns):
        clues = columns.once(_trait_clues, text)
        if clues:
            yield row, path, clues
    for name in _PROSE:
        for slot, row, value in columns.entries(name):
            if type(value) is not str:
                columns.refuse(row, slot.path, f"must be text, not {short(value)}", "text or null")
                continue
            clues = columns.once(prose_of, value).clues
            if clues:
                yield row, slot.path, clues


_CHILDLESS: Final = re.compile(r"\b(?:no|without|0|zero) (?:kids?|child(?:ren)?)\b|\bchildless\b|\bchild[- ]free\b")
_CHILDREN: Final = re.compile(r"\bkids?\b|\bchild(?:ren)?\b|\bsons?\b|\bdaughters?\b|\bparents?\b|\bbab(?:y|ies)\b|\bmother\b|\bfather\b")


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
        "redeemed_share": np.where(received, table["campaigns_redeemed"] / np.where(received, table["campaigns_received"], 1.0), np.nan),
        "log_income": np.where(income, np.log(np.where(income, table["income_mid"], 1.0)), np.nan),
        "discount_orders": np.where(np.isnan(table["order_value_n"]), 5.0, table["order_value_n"]),
    }


@dataclass(frozen=True, slots=True)
class Observation:
    """What one rule sees: shift (n,) and precision (n,) on one preference; NaN and 0 where it sees nothing."""

    name: str
    fields: tuple[str, ...]
    value: Array
    preference: int
    shift: Array
    precision: Array


def _observations(table: dict[str, Array]) -> Iterator[Observation]:
    signals = _signals(table)
    for rule in lexicon("behaviours")["rule"]:
        value = signals[rule["of"]]
        seen = ~np.isnan(value)
        if not seen.any():
            continue
        z = np.clip((value - rule["centre"]) / rule["scale"], -_CUT, _CUT)
        precision = np.where(seen, 1.0 / rule["noise"] ** 2, 0.0)
        if "count" in rule:
            count = signals[rule["count"]]
            count = np.where(np.isnan(count), 1.0, count)
            precision = precision * (count / (count + rule["half"]))
        for name, slope in rule["slopes"].items():
            yield Observation(rule["name"], tuple(rule["fields"]), value, PREFERENCES.index(name), slope * z, precision)


# ---------------------------------------------------------------- posterior


def preferences_of(columns: Columns, table: dict[str, Array]) -> tuple[Array, Array]:
    """Return mean and width of the preferences, two arrays (n, 12): the normal-normal posterior of all evidence.

    Args:
        columns: the batch.
        table: columns of the state read so far, and `has_children`.
    """
    size = len(PREFERENCES)
    keys: list[int] = []
    shifts: list[float] = []
    precisions: list[float] = []
    for row, _, clues in _clues(columns):
        for clue in clues:
            keys.append(row * size + clue.preference)
            shifts.append(clue.shift * clue.precision)
            precisions.append(clue.precision)
    where = np.array(keys, dtype=np.intp)  # bincount adds in this order, so a row's sum is the same in every batch
    weight, total = (
        np.bincount(where, weights=np.array(amounts), minlength=columns.n * size).astype(np.float64).reshape(columns.n, size)
        for amounts in (precisions, shifts)
    )
    for seen in _observations(table):
        weight[:, seen.preference] += seen.precision
        total[:, seen.preference] += np.where(seen.precision > 0, seen.shift * seen.precision, 0.0)
    posterior = weight + 1.0 / PRIOR_SD**2
    return total / posterior, np.sqrt(1.0 / posterior)


def evidence_of(columns: Columns, table: dict[str, Array]) -> tuple[tuple[Evidence, ...], tuple[Preference, ...]]:
    """Return what one record (a batch of one) says of the preferences: the evidence, strongest first, and the posterior.

    The shifts of a preference's evidence add up to its mean.
    """
    means, widths = preferences_of(columns, table)
    posterior = 1.0 / widths[0] ** 2
    found = [
        Evidence(preference=PREFERENCES[c.preference], field=path, says=c.says, shift=float(c.shift * c.precision / posterior[c.preference]))
        for _, path, clues in _clues(columns)
        for c in clues
    ]
    for seen in _observations(table):
        if seen.precision[0] > 0:
            path = _path_of(columns, seen.fields)
            moved = float(seen.shift[0] * seen.precision[0] / posterior[seen.preference])
            found.append(Evidence(preference=PREFERENCES[seen.preference], field=path, says=_in_words(seen, columns), shift=moved))
    found.sort(key=lambda item: (-abs(item.shift), item.preference, item.field))
    names = tuple(
        Preference(name=name, mean=float(means[0, k]), sd=float(widths[0, k]), prior_sd=PRIOR_SD)
        for k, name in enumerate(PREFERENCES)
    )
    return tuple(found), names


def _path_of(columns: Columns, fields: tuple[str, ...]) -> str:
    """Dotted path in the record of the first of these fields that it has."""
    return next((columns.slots[name][0].path for name in fields if name in columns.slots), fields[0])


def _in_words(seen: Observation, columns: Columns) -> str:
    """The rule and the figure it saw; a logarithm is given as the figure itself."""
    value = float(seen.value[0])
    if seen.name == "children in the household":
        return "children in the household" if value else "no children in the household"
    if seen.name in {"order value", "orders so far", "income"}:
        value = float(np.exp(value))
    if seen.name == "years as a customer":
        value = float(np.expm1(value))
    return f"{seen.name}: {value:.4g}"

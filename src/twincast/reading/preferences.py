"""Evidence on the twelve preferences: traits, text and behaviour become a mean and a width for each, with sources."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.preferences import PREFERENCES
from twincast.domain.twins import Evidence, Preference
from twincast.reading.behaviours import in_words, observed, rules
from twincast.reading.columns import Columns
from twincast.reading.fields import lexicon, plain_word
from twincast.reading.prose import Clue, prose_of
from twincast.reading.values import is_unknown, short

Array = NDArray[np.float64]

PRIOR_SD: Final = 1.0
"""Width of each preference before any evidence; its mean is 0: an average customer."""
MAX_TRAITS: Final = 50
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
    precision = lexicon("traits")["statement"]["precision"]
    return tuple(
        Clue(PREFERENCES.index(name), shift, precision * min(1.0, abs(shift)), trait.name)
        for name, shift in trait.shifts.items()
    )


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
    met: set[tuple[int, tuple[Clue, ...]]] = set()
    for row, path, text in stated_traits(columns):
        clues = columns.once(_trait_clues, text)
        if clues and (row, clues) not in met:  # a trait that is stated twice is one statement
            met.add((row, clues))
            yield row, path, clues
    for name in _PROSE:
        for slot, row, value in columns.entries(name):
            if type(value) is not str:
                columns.refuse(row, slot.path, f"must be text, not {short(value)}", "text or null")
                continue
            clues = columns.once(prose_of, value).clues
            if clues:
                yield row, slot.path, clues


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
            shifts.append(clue.pull)
            precisions.append(clue.precision)
    where = np.array(keys, dtype=np.intp)  # bincount adds in this order, so a row's sum is the same in every batch
    weight, total = (
        np.bincount(where, weights=np.array(amounts), minlength=columns.n * size)
        .astype(np.float64)
        .reshape(columns.n, size)
        for amounts in (precisions, shifts)
    )
    _, z, seen = observed(table)
    # sums along the first axis add rule by rule: the same bits for one row and for many
    weight += (seen[:, :, None] * rules().precision[:, None, :]).sum(axis=0)
    total += ((z * seen)[:, :, None] * rules().pull[:, None, :]).sum(axis=0)
    posterior = weight + 1.0 / PRIOR_SD**2
    return total / posterior, np.sqrt(1.0 / posterior)


def evidence_of(columns: Columns, table: dict[str, Array]) -> tuple[tuple[Evidence, ...], tuple[Preference, ...]]:
    """Return what one record (a batch of one) says of the preferences: evidence, strongest first, and the posterior.

    The shifts of a preference's evidence add up to its mean.
    """
    means, widths = preferences_of(columns, table)
    posterior = 1.0 / widths[0] ** 2
    found = [
        Evidence(
            preference=PREFERENCES[c.preference],
            field=path,
            says=c.says,
            shift=float(c.pull / posterior[c.preference]),
        )
        for _, path, clues in _clues(columns)
        for c in clues
    ]
    value, z, seen = observed(table)
    for rule, preference in np.argwhere(rules().precision * seen > 0).tolist():
        moved = float(rules().pull[rule, preference] * z[rule, 0] * seen[rule, 0] / posterior[preference])
        path, says = _path_of(columns, rules().fields[rule]), in_words(rule, float(value[rule, 0]))
        found.append(Evidence(preference=PREFERENCES[preference], field=path, says=says, shift=moved))
    found.sort(key=lambda item: (-abs(item.shift), item.preference, item.field))
    names = tuple(
        Preference(name=name, mean=float(means[0, k]), sd=float(widths[0, k]), prior_sd=PRIOR_SD)
        for k, name in enumerate(PREFERENCES)
    )
    return tuple(found), names


def _path_of(columns: Columns, fields: tuple[str, ...]) -> str:
    """Dotted path in the record of the first of these fields that it has."""
    return next((columns.slots[name][0].path for name in fields if name in columns.slots), fields[0])

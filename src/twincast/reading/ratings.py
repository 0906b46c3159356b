"""Words of likelihood rated on a scale by how alike they are to statements of each of its points.

Semantic similarity rating (Maier et al. 2025, arXiv 2510.08338): cosine similarity to reference statements, less the
smallest, normalised to shares of the scale. The embedding is our own, and offline: parts of words, words and pairs of
words, weighed by how few points of the scale they stand at. It knows words and no meaning, so the similarities of all
sets are averaged before they become shares (of one set alone most are 0), and models are asked for a few plain words.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RATING: Final = "ratings/1"
"""Version of statements and embedding together: what is rated by another is another signal."""
POINTS: Final = 5
PART: Final = 5
"""Characters of a part of a word, or of neighbouring ones."""
_SHORT: Final = (
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"'(?:m|ve|s|re)\b"), " "),
)
_WORD: Final = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4_096)
def shares_of(question: str, words: str) -> tuple[float, ...]:
    """Return the shares of the points from 1 to 5, adding up to 1; none where it is like no statement more than others.

    Args:
        question: (`domain.signals.QUESTIONS`) which statements to compare with.
        words: what was said, in English.
    """
    known = _statements(question)
    row = _row(words, known.places, known.weights)
    alike = (known.rows @ row).reshape(-1, POINTS).mean(axis=0)
    above = alike - alike.min()
    if not above.sum() > 0.0:
        return ()
    return tuple((above / above.sum()).tolist())


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Statements:
    """All statements of a question as rows, set by set and in each from 1 to 5; what a column is, and its weight."""

    rows: Array
    places: Mapping[str, int]
    weights: Array


@cache
def _statements(question: str) -> _Statements:
    sets = [*_read()["likelihood"], *_read()[question]]
    at = [{part for each in sets for part in _parts(each[point])} for point in range(POINTS)]
    names = sorted(set().union(*at))
    places = {name: place for place, name in enumerate(names)}
    weights = np.log([POINTS / sum(name in found for found in at) for name in names])
    rows = np.array([_row(statement, places, weights) for each in sets for statement in each])
    return _Statements(rows=rows, places=places, weights=weights)


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads((files("twincast.reading") / "prompts" / "statements-1.toml").read_text("utf-8"))


def _row(text: str, places: Mapping[str, int], weights: Array) -> Array:
    """Return a text as a row of length 1; 0 where none of its parts is known."""
    row = np.zeros(len(weights))
    mine = [places[part] for part in set(_parts(text)) if part in places]
    row[mine] = weights[mine]
    length = float(np.linalg.norm(row))
    return row / length if length > 0.0 else row


def _parts(text: str) -> Iterator[str]:
    plain = text.lower().replace("’", "'")
    for short, long in _SHORT:
        plain = short.sub(long, plain)
    words = _WORD.findall(plain)
    bounded = ["^", *words, "$"]
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(bounded))
    whole = " ".join(bounded)
    yield from (f"~{whole[start : start + PART]}" for start in range(len(whole) - PART + 1))

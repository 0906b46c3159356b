"""Expectations of a twin, laid beside what it is: profile, preferences, words, and any field of the record."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from twincast.domain.errors import FieldProblem
from twincast.domain.twins import Preference, TwinProfile
from twincast.domain.validations import ExpectationCheck
from twincast.reading.columns import Columns, gather
from twincast.reading.fields import field_at, plain_word
from twincast.reading.preferences import stated_traits, trait_of
from twincast.reading.values import number_of, short

MAX_EXPECTATIONS: Final = 100
MARGIN: Final = 0.5
"""Standard deviations of customers from which a preference is high or low; two within it of one another are equal."""
LEVELS: Final[dict[str, tuple[float, float]]] = {
    "high": (MARGIN, math.inf),
    "strong": (MARGIN, math.inf),
    "low": (-math.inf, -MARGIN),
    "weak": (-math.inf, -MARGIN),
    "average": (-MARGIN, MARGIN),
    "medium": (-MARGIN, MARGIN),
    "neutral": (-MARGIN, MARGIN),
}
_BOUNDS: Final = frozenset({"min", "max"})
_TEXTS: Final = frozenset({"personality_summary", "context", "browsing_patterns"})
"""Free texts: an expectation is met by a part of them."""


def flat(expectations: Mapping[str, object], path: str = "") -> Iterator[tuple[str, object]]:
    """Yield expectations by dotted field; an object of `min` and `max` is a range, any other a section."""
    for key, value in expectations.items():
        where = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and not _is_range(value):
            yield from flat(value, where)
        else:
            yield where, value


def problems_of(expectations: Mapping[str, object]) -> Iterator[FieldProblem]:
    """Yield what is wrong with expectations, whatever the twin is like."""
    found = list(flat(expectations))
    if len(found) > MAX_EXPECTATIONS:
        message = f"has {len(found)} entries"
        yield FieldProblem(field="expectations", message=message, allowed=f"at most {MAX_EXPECTATIONS}")
    for field, wanted in found[:MAX_EXPECTATIONS]:
        if isinstance(wanted, Mapping):
            low, high = _ends(wanted)
            if math.isnan(low) or math.isnan(high) or low > high:
                message = "is no range: min lies above max, or one is no number"
                yield FieldProblem(field=f"expectations.{field}", message=message, allowed="{min, max}, numbers")
        elif wanted is None or (isinstance(wanted, list) and not wanted):
            allowed = "text, a number, true or false, a list, or {min, max}"
            yield FieldProblem(field=f"expectations.{field}", message="expects nothing", allowed=allowed)


def checked(
    expectations: Mapping[str, object],
    record: Mapping[str, object],
    profile: TwinProfile,
    *,
    as_of: date,
    tolerance: float,
) -> tuple[ExpectationCheck, ...]:
    """Lay each expectation beside the twin.

    Args:
        expectations: by field, nested or dotted; see `problems_of`.
        record: the twin's record.
        profile: what is said of the twin.
        as_of: the day on which the record was true.
        tolerance: share of an expected number by which a twin's number may differ.
    """
    columns, _ = gather([record], as_of=as_of)
    found = []
    for field, wanted in flat(expectations):
        section, _, name = field.rpartition(".")
        preference = next((it for it in profile.preferences if it.name == name), None)
        if preference is not None and section in {"", "preferences"}:
            found.append(_of_preference(field, wanted, preference))
        elif _means(section, name, "psychographic_traits"):
            stated = [text for _, _, text in stated_traits(columns)]
            found.append(_compared(field, wanted, stated or None, tolerance, _trait))
        else:
            found.append(_compared(field, wanted, _actual(section, name, columns, record, profile), tolerance))
    return tuple(found)


def _means(section: str, name: str, field: str) -> bool:
    known = field_at(section, name)
    return known is not None and known[0].name == field


def _trait(text: object) -> str:
    """Return the name of a trait in any of its spellings."""
    known = trait_of(str(text))
    return plain_word(str(text)) if known is None else known.name


def _word(value: object) -> str:
    return plain_word(str(value))


def _actual(section: str, name: str, columns: Columns, record: Mapping[str, object], profile: TwinProfile) -> Any:
    """Return what the twin says of a field: in words made of it, else in its record; None where it says nothing."""
    speak = profile.communication
    said: dict[str, Mapping[str, Any]] = {
        "": {
            "key_drivers": list(profile.key_drivers),
            "personality_summary": profile.personality_summary,
            "model_confidence": profile.model_confidence,
        },
        "communication_preferences": {
            "tone": speak.tone,
            "detail_level": speak.detail_level,
            "persuasion_style": speak.persuasion_style,
        },
        "purchase_process": profile.orders,
    }
    if name in said.get(section, {}):
        return said[section][name]
    known = field_at(section, name)
    if known is not None:
        return next((value for _, _, value in columns.entries(known[0].name)), None)
    found: Any = record
    for key in (*section.split("."), name) if section else (name,):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _of_preference(field: str, wanted: object, preference: Preference) -> ExpectationCheck:
    """Lay an expected level, range or mean beside a latent preference, in standard deviations of customers."""
    number = number_of(wanted)
    if isinstance(wanted, Mapping):
        low, high = _ends(wanted)
    elif number is not None:
        low, high = number - MARGIN, number + MARGIN
    else:
        low, high = LEVELS.get(_word(wanted), (math.nan, math.nan))
    note = f"mean {preference.mean:+.2f} (sd {preference.sd:.2f}) in standard deviations of customers"
    if math.isnan(low):
        note = f"{short(wanted)} is no level; known are {', '.join(LEVELS)}"
    return ExpectationCheck(
        field=field,
        expected=wanted,
        actual=preference.mean,
        score=float(low <= preference.mean <= high),
        note=note,
    )


def _compared(
    field: str, wanted: object, actual: Any, tolerance: float, word: Callable[[object], str] = _word
) -> ExpectationCheck:
    """Lay an expected value beside the twin's: a range, a number within the tolerance, a list by its share, a word."""
    number = None if isinstance(actual, bool) else number_of(actual)
    expected = None if isinstance(wanted, bool) else number_of(wanted)
    if actual is None:
        score, note = 0.0, "the twin says nothing of it"
    elif isinstance(wanted, Mapping):
        low, high = _ends(wanted)
        score, note = float(number is not None and low <= number <= high), "within the range"
    elif isinstance(wanted, list):
        has = {word(it) for it in (actual if isinstance(actual, list) else [actual])}
        missing = [str(it) for it in wanted if word(it) not in has]
        score = 1.0 - len(missing) / len(wanted)
        note = f"missing: {', '.join(missing)}" if missing else "all of them"
    elif expected is not None and number is not None:
        score = float(abs(number - expected) <= tolerance * abs(expected))
        note = f"within {tolerance:.0%}"
    elif field.rpartition(".")[2] in _TEXTS:
        score, note = float(str(wanted).lower() in str(actual).lower()), "as a part of the text"
    else:
        has = {word(it) for it in (actual if isinstance(actual, list) else [actual])}
        score, note = float(word(wanted) in has), "the same word"
    return ExpectationCheck(field=field, expected=wanted, actual=actual, score=score, note=note)


def _is_range(value: Mapping[Any, object]) -> bool:
    return bool(value) and set(value) <= _BOUNDS


def _ends(wanted: Mapping[str, object]) -> tuple[float, float]:
    """Return the ends of a range; NaN for one that is no number."""
    ends = {name: number_of(value) for name, value in wanted.items() if value is not None}
    low, high = ends.get("min", -math.inf), ends.get("max", math.inf)
    return math.nan if low is None else low, math.nan if high is None else high

"""A twin in words, made from its record when someone looks: confidence, summary, drivers, evidence and warnings."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.preferences import DRIVERS
from twincast.domain.twins import Communication, Evidence, Preference, TwinProfile
from twincast.reading.columns import Columns, gather
from twincast.reading.confidence import FORMULA, confidence_of, parts_of
from twincast.reading.consistency import day_in_words, warnings_of
from twincast.reading.fields import lexicon
from twincast.reading.injections import injection_warnings
from twincast.reading.preferences import evidence_of, stated_traits, trait_of
from twincast.reading.records import frame_of_columns
from twincast.reading.states import BASES, TwinFrame
from twincast.reading.values import EPOCH

Table = dict[str, NDArray[np.float64]]

UNKNOWN: Final = "Not enough is known about this customer yet to say more than that."


def describe(record: Mapping[str, object], frame_row: TwinFrame, *, as_of: date) -> TwinProfile:
    """Return what can be said of a twin.

    Args:
        record: the customer record of the twin's version.
        frame_row: the twin's numbers, a frame of one row; its `as_of_day` is the day on which the record was true.
        as_of: the day of the question, from which the record's age counts.
    """
    born = date.fromordinal(int(frame_row.column("as_of_day")[0]) + EPOCH)
    columns, _ = gather([record], as_of=born, list_unknown=True)
    _, table = frame_of_columns(columns, frame_row.currencies[0])
    evidence, preferences = evidence_of(columns, table)
    widths = np.array([[preference.sd for preference in preferences]])
    parts = parts_of(columns, table, widths, as_of)
    drivers = drivers_of(preferences, evidence)
    return TwinProfile(
        model_confidence=confidence_of(parts),
        confidence_formula=FORMULA,
        confidence_parts=parts,
        personality_summary=_summary(preferences, evidence, table),
        key_drivers=drivers,
        communication=communication_of(preferences),
        preferences=preferences,
        evidence=evidence,
        warnings=(*warnings_of(columns, table), *injection_warnings(record)),
        unrecognised_traits=_unrecognised(columns),
        further_attributes=tuple(sorted({path for _, path in columns.unknown or ()})),
        orders=_orders(table, frame_row.currencies[0]),
    )


def _unrecognised(columns: Columns) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for _, _, text in stated_traits(columns) if text and trait_of(text) is None))


# ---------------------------------------------------------------- drivers


def drivers_of(preferences: tuple[Preference, ...], evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Return the key drivers, strongest first: preferences well above the average that some evidence speaks for."""
    told = lexicon("portraits")["drivers"]
    strong = _strong(preferences, evidence, told["threshold"])
    return tuple(DRIVERS[preference.name] for preference in strong[: told["most"]])


def _strong(preferences: tuple[Preference, ...], evidence: tuple[Evidence, ...], threshold: float) -> list[Preference]:
    """Preferences above a threshold with evidence for them, strongest first."""
    backed = {item.preference for item in evidence if item.shift > 0}
    strong = [preference for preference in preferences if preference.mean >= threshold and preference.name in backed]
    return sorted(strong, key=lambda preference: (-preference.mean, preference.name))


# ---------------------------------------------------------------- communication


def communication_of(preferences: tuple[Preference, ...]) -> Communication:
    """Return how to speak to a customer, each word from its closed vocabulary (`reading.twins`)."""
    means = {preference.name: preference.mean for preference in preferences}
    told = lexicon("portraits")["detail_level"]
    appetite = means["information"] - 0.5 * max(means["urgency"], 0.0) - 0.25 * max(means["convenience"], 0.0)
    detail = "high" if appetite >= told["high"] else "low" if appetite <= told["low"] else "medium"
    return Communication(
        tone=_voted("tone", means), detail_level=detail, persuasion_style=_voted("persuasion_style", means)
    )


def _voted(vocabulary: str, means: Mapping[str, float]) -> str:
    """The word that most preferences stand behind, or the neutral one."""
    words = lexicon("portraits")[vocabulary]
    votes = {
        word: sum(weight * max(means[name], 0.0) for name, weight in behind.items())
        for word, behind in words.items()
        if isinstance(behind, dict)
    }
    best = max(votes, key=lambda word: votes[word])
    return best if votes[best] >= words["threshold"] else str(words["neutral"])


# ---------------------------------------------------------------- summary


def _summary(preferences: tuple[Preference, ...], evidence: tuple[Evidence, ...], table: Table) -> str:
    """One or two sentences that name only what the record supports."""
    words = lexicon("portraits")
    threshold = words["drivers"]["threshold"]
    strong = _strong(preferences, evidence, threshold)
    styles = [preference.name for preference in strong if preference.name in words["style"]]
    valued = [words["values"][preference.name] for preference in strong if preference.name not in styles[:1]][:3]
    little = [words["little"][preference.name] for preference in preferences if preference.mean <= -threshold][:2]
    history = _history(table)
    if not strong and not little:
        return f"{history} {UNKNOWN}" if history else UNKNOWN
    kind = f"{words['style'][styles[0]]} decision-maker" if styles else "Customer"
    said = [f"who values {_joined(valued)}"] if valued else []
    said += [f"{'and' if valued else 'who'} cares little for {_joined(little)}"] if little else []
    return " ".join([" ".join([kind, *said]) + ".", *([history] if history else [])])


def _history(table: Table) -> str:
    """What the record says of purchases, in one sentence, or nothing."""
    orders, basis = float(table["orders"][0]), int(table["orders_basis"][0])
    since = day_in_words(float(table["since_day"][0]))
    start = f" since {since[:7]}" if since else ""
    if basis in {1, 2} and not math.isnan(orders):
        return f"{orders:.0f} order{'' if orders == 1 else 's'}{start}."
    if basis:
        return f"Customer{start}; orders {BASES[basis]}."
    return f"Customer{start}." if since else ""


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _orders(table: Table, currency: str) -> dict[str, float | str | None]:
    """The purchase process as the record has it; None where it does not say."""

    def known(name: str) -> float | None:
        value = float(table[name][0])
        return None if math.isnan(value) else value

    days = known("orders_days")
    orders = known("orders")
    repeats = None if orders is None else max(orders - 1, 0.0)
    return {
        "basis": BASES[int(table["orders_basis"][0])],
        "orders": orders,
        "window_days": days,
        "since": day_in_words(float(table["since_day"][0])),
        "first_order": day_in_words(float(table["first_order_day"][0])),
        "last_order": day_in_words(float(table["last_order_day"][0])),
        "repeat_orders_per_month": repeats / days * 30.4375 if repeats is not None and days else None,
        "order_value_mean": known("order_value_mean"),
        "currency": currency,
    }

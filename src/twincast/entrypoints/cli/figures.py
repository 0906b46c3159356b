"""Predicted fields as a reader wants them: percent, money, a range, a word for how sure."""

from collections.abc import Sequence
from typing import Final

from twincast.domain.predictions import FieldPrediction
from twincast.domain.timings import Window

DASH: Final = "-"
WORDED: Final = frozenset({"distribution", "ranking", "window"})
"""Kinds that are no single number."""
SURE: Final[tuple[tuple[float, str], ...]] = ((0.8, "high"), (0.5, "fair"), (0.0, "low"))


def value_of(prediction: FieldPrediction, currency: str) -> str:
    """Return the predicted value in words or figures; a dash where there is none."""
    if prediction.kind in WORDED:
        return words_of(prediction)
    if prediction.estimate is None:
        return DASH
    return number(prediction.estimate.value, prediction.kind, currency)


def words_of(prediction: FieldPrediction) -> str:
    """Return what is no single number: a label, a ranking, a window of the calendar or of days."""
    if prediction.ranking:
        return ", ".join(f"{entry.name} {entry.weight:.0%}" for entry in prediction.ranking[:3])
    channel = f" by {prediction.channel}" if prediction.channel else ""
    if prediction.window is not None:
        return f"{window_of(prediction.window)}{channel}"
    if prediction.kind == "window" and prediction.estimate is not None:
        estimate = prediction.estimate
        return f"{estimate.value:.1f} days from sending ({estimate.low:.1f} to {estimate.high:.1f})"
    return prediction.label or DASH


def window_of(window: Window) -> str:
    """Return a window of the calendar: its name, and from when to when."""
    ends = "%H:%M" if window.starts_at.date() == window.ends_at.date() else "%a %Y-%m-%d %H:%M"
    span = f"{window.starts_at:%a %Y-%m-%d %H:%M} to {window.ends_at.strftime(ends)}"
    return f"{window.token.replace('_', ' ')}, {span}"


def no_contact_of(prediction: FieldPrediction, currency: str) -> str:
    """Return the same quantity when nothing is sent."""
    return DASH if prediction.no_contact is None else number(prediction.no_contact.value, prediction.kind, currency)


def uplift_of(prediction: FieldPrediction, currency: str) -> str:
    """Return the difference that sending makes, with its sign; for a probability in percentage points."""
    if prediction.uplift is None:
        return DASH
    if prediction.kind == "probability":
        return f"{prediction.uplift.value * 100:+.1f} pts"
    return signed(prediction.uplift.value, prediction.kind, currency)


def ends_of(prediction: FieldPrediction) -> tuple[str, str]:
    """Return the two ends of the interval, in the unit of the value, which is not said again."""
    estimate = prediction.estimate
    if estimate is None:
        return DASH, DASH
    low, high = (number(end, prediction.kind, "").rstrip(" %h") for end in (estimate.low, estimate.high))
    return low, high


def confidence_of(confidence: float | None) -> str:
    """Return how sure a number is, in a word and as a figure."""
    if confidence is None:
        return DASH
    word = next(word for floor, word in SURE if confidence >= floor)
    return f"{word} {confidence:.2f}"


def number(value: float, kind: str, currency: str) -> str:
    """Return one figure with its unit."""
    if kind == "probability":
        return f"{value * 100:.1f} %"
    if kind == "money":
        return f"{value:,.2f} {currency}".strip()
    if kind == "duration":
        return f"{value:.1f} h"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}"


def signed(value: float, kind: str, currency: str) -> str:
    """Return one figure with its sign and unit."""
    return f"{'+' if value >= 0 else ''}{number(value, kind, currency)}"


def spoken(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return ", ".join(name.replace("_", " ") for name in names) or DASH

"""Predicted fields as they are answered: one shape for each kind, the definition beside the number."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field

from twincast.domain import predictions
from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Estimate, FieldPrediction
from twincast.domain.timings import Window
from twincast.wire.shapes import Answer, Plain


class Interval(Answer):
    """Where the value is expected to lie in `level` of cases."""

    low: float
    high: float
    level: float

    @staticmethod
    def plain(estimate: Estimate) -> Plain:
        """Render the interval of an estimate."""
        return {
            "low": estimate.low,
            "high": estimate.high,
            "level": estimate.level,
        }


class Quantity(Answer):
    """A number and its interval."""

    value: float
    low: float
    high: float
    level: float

    @staticmethod
    def plain(estimate: Estimate | None) -> Plain | None:
        """Render an estimate, where there is one."""
        if estimate is None:
            return None
        return {
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high,
            "level": estimate.level,
        }


class TimeWindow(Answer):
    """A window on the customer's own calendar."""

    token: str = Field(description="`<weekday>_<daypart>`, either part alone, `any`, or what the window is for.")
    starts_at: datetime
    ends_at: datetime
    zone: str
    zone_assumed: bool = Field(description="True where the customer's own zone is not known.")

    @staticmethod
    def plain(window: Window | None) -> Plain | None:
        """Render a window, where there is one."""
        if window is None:
            return None
        return {
            "token": window.token,
            "starts_at": window.starts_at,
            "ends_at": window.ends_at,
            "zone": window.zone,
            "zone_assumed": window.zone_assumed,
        }


class Predicted(Answer):
    """What every predicted field says beside its value: definition, interval, and what sending nothing would give."""

    field: str = Field(description="Canonical name of the field; the key of `predictions` is the spelling asked.")
    unit: str
    horizon_days: int = Field(description="Days within which the number is meant.")
    definition: str = Field(description="What the number means, in a sentence.")
    interval: Interval | None
    confidence: float | None = Field(description="How likely the estimate is about right; see `confidence_basis`.")
    confidence_basis: str | None
    reasoning: str | None
    basis: str = Field(description="`prior`, `fitted` to outcomes, or `segment`: nothing individual foretells more.")
    outcomes: int = Field(description="How many outcomes of this company stand behind the number.")
    validated_on: str = Field(description="`behaviour`, `survey` or `nothing`.")
    stated: bool = Field(description="True for what only a survey could confirm.")
    no_contact: Quantity | None = Field(description="The same when nothing is sent; null where that has no meaning.")
    uplift: Quantity | None = Field(description="The difference that sending makes.")
    uplift_basis: str | None


# A field's own value comes before what all fields say: pydantic lists the last base first.


class _Probability(Answer):
    kind: Literal["probability"]
    likelihood: float
    quadrant: str | None = Field(description="persuadable, sure_thing, lost_cause, do_not_disturb or undecided.")
    response: str | None = Field(description="For will_engage: which response is meant.")


class Probability(Predicted, _Probability):
    """A probability."""


class _Amount(Answer):
    kind: Literal["money", "count", "duration"]
    estimated_value: float
    range: tuple[float, float]
    currency: str | None


class Amount(Predicted, _Amount):
    """Money, a count or a duration."""


class _Shift(Answer):
    kind: Literal["change"]
    change: float


class Shift(Predicted, _Shift):
    """A change on a scale."""


class _Distribution(Answer):
    kind: Literal["distribution"]
    label: str
    distribution: dict[str, float]


class Distribution(Predicted, _Distribution):
    """A label, the likeliest, and the probability of each; `interval` is that of `positive`."""


class RankedEntry(Answer):
    """One entry and its weight; the weights of a ranking sum to 1."""

    name: str
    weight: float
    reason: str


class _RankedList(Answer):
    kind: Literal["ranking"]
    ranking: list[RankedEntry]


class RankedList(Predicted, _RankedList):
    """A ranking, heaviest first."""


class _Moments(Answer):
    kind: Literal["window"]
    window: TimeWindow | None
    channel: str | None
    from_days: float | None
    to_days: float | None
    expected_days: float | None
    engagement: Quantity | None = Field(description="For optimal_timing: will_engage in that window.")


class Moments(Predicted, _Moments):
    """When: a window of the calendar, for `purchase_window` also in days from sending."""


Prediction = Annotated[Probability | Amount | Shift | Distribution | RankedList | Moments, Field(discriminator="kind")]


def prediction_of(found: FieldPrediction, currency: str) -> Plain | None:
    """Render a predicted field; None where it is unavailable."""
    if found.unavailable is not None:
        return None
    spec = BY_NAME[found.field]
    return {
        "kind": found.kind,
        **_OWN[found.kind](found, currency),
        "field": found.field,
        "unit": found.unit,
        "horizon_days": found.horizon_days,
        "definition": spec.meaning,
        "interval": None if found.estimate is None else Interval.plain(found.estimate),
        "confidence": found.confidence,
        "confidence_basis": found.confidence_basis,
        "reasoning": found.reasoning,
        "basis": found.basis,
        "outcomes": found.outcomes,
        "validated_on": found.validated_on,
        "stated": spec.stated,
        "no_contact": Quantity.plain(found.no_contact),
        "uplift": Quantity.plain(found.uplift),
        "uplift_basis": found.uplift_basis,
    }


def bare(found: FieldPrediction) -> float | str | list[str] | None:
    """Return a field's value alone; see `domain.predictions.bare`."""
    value = predictions.bare(found)
    return list(value) if isinstance(value, tuple) else value


def _probability(found: FieldPrediction, _currency: str) -> Plain:
    return {"likelihood": _estimated(found).value, "quadrant": found.quadrant, "response": found.response}


def _amount(found: FieldPrediction, currency: str) -> Plain:
    estimate = _estimated(found)
    return {
        "estimated_value": estimate.value,
        "range": (estimate.low, estimate.high),
        "currency": currency if found.kind == "money" else None,
    }


def _shift(found: FieldPrediction, _currency: str) -> Plain:
    return {"change": _estimated(found).value}


def _distribution(found: FieldPrediction, _currency: str) -> Plain:
    return {"label": found.label, "distribution": dict(found.distribution or {})}


def _ranked(found: FieldPrediction, _currency: str) -> Plain:
    return {"ranking": [{"name": it.name, "weight": it.weight, "reason": it.reason} for it in found.ranking or ()]}


def _moments(found: FieldPrediction, _currency: str) -> Plain:
    days = found.estimate if found.unit == "days" else None
    return {
        "window": TimeWindow.plain(found.window),
        "channel": found.channel,
        "from_days": None if days is None else days.low,
        "to_days": None if days is None else days.high,
        "expected_days": None if days is None else days.value,
        "engagement": None if days is not None else Quantity.plain(found.estimate),
    }


def _estimated(found: FieldPrediction) -> Estimate:
    if found.estimate is None:
        raise ValueError(f"the field {found.field} has neither a value nor a reason for having none")
    return found.estimate


_OWN: Final[dict[str, Callable[[FieldPrediction, str], Plain]]] = {
    "probability": _probability,
    "money": _amount,
    "count": _amount,
    "duration": _amount,
    "change": _shift,
    "distribution": _distribution,
    "ranking": _ranked,
    "window": _moments,
}

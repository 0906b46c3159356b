"""The catalogue of prediction fields: canonical names, every accepted spelling, kinds, units and meaning."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from twincast.domain.errors import FieldProblem, UnknownField

DEFAULT_HORIZON_DAYS: Final = 7
MAX_HORIZON_DAYS: Final = 365
DEFAULT_LEVEL: Final = 0.8
MIN_LEVEL: Final = 0.5
MAX_LEVEL: Final = 0.99


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One thing that can be predicted.

    Attributes:
        name: canonical name.
        kind: probability, money, count, change, distribution, ranking, duration, window.
        unit: `probability`, `currency`, `items`, `points (1-5)`, `scale (-1..1)`, `hours`, `days`.
        meaning: the definition, in one sentence.
        aliases: further names under which it can be asked, answered in the name that was asked.
        compared: whether a no-contact value and an uplift stand beside it.
        stated: True for fields that only a survey could confirm.
        signed: True for money that can be lost too.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    aliases: tuple[str, ...] = ()
    compared: bool = False
    stated: bool = False
    signed: bool = False

    def within(self, low: float, high: float) -> tuple[float, float]:
        """Return an interval cut to what the field can be: nobody spends less than nothing."""
        if self.kind == "probability":
            return max(low, 0.0), min(high, 1.0)
        return (low, high) if self.signed or self.kind == "change" else (max(low, 0.0), high)


CATALOGUE: Final[tuple[Field, ...]] = (
    Field(
        name="will_open",
        kind="probability",
        unit="probability",
        meaning="P(a human opens the message within the horizon), not a machine. E-mail and push only.",
        compared=True,
    ),
    Field(
        name="will_click",
        kind="probability",
        unit="probability",
        meaning="P(the customer clicks or taps in the message within the horizon).",
        compared=True,
    ),
    Field(
        name="will_engage",
        kind="probability",
        unit="probability",
        meaning="P(the declared response within the horizon: visit, click, tap, reply or redemption; never an open).",
        aliases=(
            "engagement_rate",
            "engagement_likelihood",
            "engagement_score",
            "average_engagement",
            "mean_engagement",
            "engagement",
        ),
        compared=True,
    ),
    Field(
        name="will_purchase",
        kind="probability",
        unit="probability",
        meaning="P(at least one order within the horizon), orders that would have come anyway included.",
        aliases=(
            "will_convert",
            "conversion_rate",
            "average_conversion",
            "purchase_likelihood",
            "purchase_rate",
            "purchase_intent",
        ),
        compared=True,
    ),
    Field(
        name="purchase_amount",
        kind="money",
        unit="currency",
        meaning="E[value of the order, given a purchase]; a discount in the offer is taken off once.",
        aliases=("predicted_order_value", "avg_order_value"),
        compared=True,
    ),
    Field(
        name="expected_revenue",
        kind="money",
        unit="currency",
        meaning="P(purchase) x E[order value given purchase]: unconditional revenue within the horizon.",
        aliases=("predicted_value", "predicted_revenue", "predicted_total_revenue", "total_predicted_revenue"),
        compared=True,
    ),
    Field(
        name="amount_spent",
        kind="money",
        unit="currency",
        meaning="Money spent within the horizon, bought or not: median and range of a single customer; 0 for no order.",
        aliases=("typical_revenue", "typical_spend"),
    ),
    Field(
        name="revenue_impact",
        kind="money",
        unit="currency",
        meaning="Incremental expected revenue within the horizon against no contact, net of discount.",
        signed=True,
    ),
    Field(
        name="items_purchased",
        kind="count",
        unit="items",
        meaning="Number of items in the order, given a purchase.",
    ),
    Field(
        name="category_preference",
        kind="ranking",
        unit="share",
        meaning="Categories this customer would buy from, weights summing to 1; only categories on record or offered.",
    ),
    Field(
        name="lifetime_value_impact",
        kind="money",
        unit="currency",
        meaning="Incremental revenue over the next 365 days against no contact, through orders and retention.",
        signed=True,
    ),
    Field(
        name="will_share",
        kind="probability",
        unit="probability",
        meaning="P(the customer forwards or shares the message within the horizon).",
        compared=True,
    ),
    Field(
        name="will_unsubscribe",
        kind="probability",
        unit="probability",
        meaning="P(the customer opts out of the channel within the horizon because of this message).",
        compared=True,
    ),
    Field(
        name="satisfaction_change",
        kind="change",
        unit="points (1-5)",
        meaning="Change of the satisfaction score on its 1-5 scale.",
        aliases=("satisfaction_impact",),
        stated=True,
    ),
    Field(
        name="brand_perception_change",
        kind="change",
        unit="scale (-1..1)",
        meaning="Change of the customer's view of the brand, standardised to -1..1.",
        stated=True,
    ),
    Field(
        name="loyalty_impact",
        kind="change",
        unit="points of P(retained at 90 days)",
        meaning="Change of P(the customer orders again within 90 days) against no contact.",
        aliases=("retention_improvement",),
    ),
    Field(
        name="emotional_response",
        kind="distribution",
        unit="probability",
        meaning="Positive, neutral or negative first reaction, with its distribution; the label is the likeliest.",
        aliases=("emotional_sentiment",),
        stated=True,
    ),
    Field(
        name="concerns",
        kind="ranking",
        unit="share",
        meaning="What speaks against the message for this customer, with weights that sum to 1.",
        aliases=("key_concerns",),
        stated=True,
    ),
    Field(
        name="response_time",
        kind="duration",
        unit="hours",
        meaning="Hours from sending to the response, given that one comes: median and range.",
    ),
    Field(
        name="purchase_window",
        kind="window",
        unit="days",
        meaning="Days from sending in which the purchase is likely, given that one comes.",
    ),
    Field(
        name="optimal_followup",
        kind="window",
        unit="date",
        meaning="Next contact after this message: date window and channel, outside quiet hours and within the cap.",
    ),
    Field(
        name="optimal_timing",
        kind="window",
        unit="date",
        meaning="The window of the week in which this message engages this customer most, with its gain.",
    ),
)
"""Every field, in the order in which it is answered."""

DEFAULT_FIELDS: Final[tuple[str, ...]] = ("will_engage", "will_purchase", "purchase_amount")
"""What is predicted when the request names nothing."""

COMPARISON_FIELDS: Final[tuple[str, ...]] = ("engagement_rate", "conversion_rate", "revenue_impact")
"""What a comparison reports when the request names nothing."""

VARIANT_PREFERENCE: Final = "variant_preference"
"""Share of draws in which a variant is best; only a comparison can answer it."""

BY_NAME: Final[dict[str, Field]] = {f.name: f for f in CATALOGUE}
ALIASES: Final[dict[str, str]] = {alias: f.name for f in CATALOGUE for alias in (f.name, *f.aliases)}
PROBABILITIES: Final[tuple[str, ...]] = tuple(f.name for f in CATALOGUE if f.kind == "probability")


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three known names closest in spelling, best first."""
    return tuple(get_close_matches(name.lower(), list(known), n=3, cutoff=0.4))


def resolve(asked: Iterable[str], *, where: str = "predict", extra: Iterable[str] = ()) -> dict[str, str]:
    """Map each asked name to its canonical field, in the order asked; `extra` names are allowed and map to themselves.

    Raises:
        UnknownField: a name is in neither the catalogue nor `extra`; the problem names the nearest ones.
    """
    allowed = {**ALIASES, **{name: name for name in extra}}
    names = list(asked)
    problems = [unknown_field(name, f"{where}[{i}]", allowed) for i, name in enumerate(names) if name not in allowed]
    if problems:
        raise UnknownField.of(problems)
    return {name: allowed[name] for name in names}


def unknown_field(name: str, path: str, allowed: Iterable[str]) -> FieldProblem:
    """Return the problem of a name that is none of those that are allowed; names the nearest ones."""
    known = sorted(allowed)
    close = nearest(name, known)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return FieldProblem(
        field=path, message=f"'{name[:80]}' is not a prediction field{hint}", allowed="one of: " + ", ".join(known)
    )

"""One asked field of one cell: the number with its interval, definition and basis, or why there is none."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np

from twincast.domain.channels import OPENING
from twincast.domain.fields import BY_NAME, Field
from twincast.domain.predictions import Estimate, Explanation, FieldPrediction
from twincast.ports.engines import Backing
from twincast.response.cells import Cells, grid
from twincast.response.columns import Column, Vector
from twincast.response.reasons import reasoning
from twincast.response.reliability import Reliability
from twincast.usecases.scenes import ALWAYS, PRIOR, Scene, validated_on
from twincast.usecases.wholes import whole_field

CONFIDENCE_BASIS: Final[dict[str, str]] = {
    "probability": "prior: P(|truth - value| <= max(.02, value / 4)) under the model; no outcome seen yet",
    "money": "prior: P(|truth - value| <= value / 4) under the model; no outcome seen yet",
    "count": "prior: P(|count - value| <= 1) under the model; no outcome seen yet",
    "change": "prior: P(|truth - value| <= .1, or .02 for a probability) under the model; no outcome seen yet",
    "distribution": "prior: P(|truth - P(positive)| <= max(.02, a quarter)) under the model; no survey answered yet",
    "duration": "prior: P(the response comes between half and twice the median) under the model",
    "window": "share of purchases inside the window, under the model",
}
SMALL_UPLIFT: Final = 0.02
"""An uplift whose whole interval lies within 2 points of 0 changes nothing worth a message."""

SMALL_CHANGE: Final = 0.005
"""Changes on a stated scale below this are none to speak of."""

HORIZONS: Final[dict[str, int]] = {"loyalty_impact": 90, "lifetime_value_impact": 365}
"""Fields whose horizon is part of their definition."""


def predicted(scene: Scene, cell: int, asked_as: str, field: str) -> FieldPrediction:
    """Return one asked field of one cell."""
    spec = BY_NAME[field]
    if field in scene.examination.columns and spec.kind != "window":
        return _numeric(scene, cell, asked_as, spec)
    whole = whole_field(scene.whole(cell), field)
    return _described(scene, cell, asked_as, spec, scene.backing(field, cell), **whole)


def _described(scene: Scene, cell: int, asked_as: str, spec: Field, backing: Backing, **more: Any) -> FieldPrediction:
    return FieldPrediction(
        field=spec.name,
        asked_as=asked_as,
        kind=spec.kind,
        unit=scene.subject.currency if spec.unit == "currency" else spec.unit,
        horizon_days=HORIZONS.get(spec.name, scene.days(cell)),
        basis=backing.basis,
        outcomes=backing.outcomes,
        validated_on=validated_on(backing, spec.name, scene.sent_on(cell)),
        **more,
    )


def _numeric(scene: Scene, cell: int, asked_as: str, spec: Field) -> FieldPrediction:
    column = scene.examination.columns[spec.name]
    contacted, backing = scene.item(cell).is_contact, scene.backing(spec.name, cell)
    if np.isnan(column.value[cell]):
        none = no_value(spec.name, scene.channels[cell], contacted)
        return _described(scene, cell, asked_as, spec, backing, unavailable=none)
    explanation = scene.explanation(spec.name, cell) if spec.kind == "probability" else None
    compared = spec.compared
    more: dict[str, Any] = {}
    if spec.name == "emotional_response":
        distribution = scene.engine.emotions(_alone(scene, cell))[0]
        named = dict(zip(("negative", "neutral", "positive"), distribution.tolist(), strict=True))
        more = {"distribution": named, "label": max(named, key=lambda name: named[name])}
    level = partial(_estimate, scene, spec, cell, backing.basis)
    change = partial(_estimate, scene, spec, cell, backing.uplift_basis)
    return _described(
        scene,
        cell,
        asked_as,
        spec,
        backing,
        estimate=level(column.value, column.low, column.high),
        no_contact=level(column.no_contact, column.no_contact_low, column.no_contact_high) if compared else None,
        uplift=change(column.uplift, column.uplift_low, column.uplift_high) if compared else None,
        uplift_basis=_uplift_basis(spec, column, cell, backing) if compared else None,
        quadrant=_quadrant(column, cell) if spec.name in ALWAYS and contacted else None,
        response=scene.responses[cell] if spec.name == "will_engage" else None,
        confidence=float(column.confidence[cell]),
        confidence_basis=confidence_basis(
            backing, spec.kind, None if column.cell is None else float(column.cell[cell])
        ),
        reasoning=_reasoning(scene, cell, spec, explanation, contacted),
        **more,
    )


def _alone(scene: Scene, cell: int) -> Cells:
    subject = scene.subject
    return grid(subject.frame, scene.cells.interventions[cell : cell + 1], subject.now, subject.remembered)


def _estimate(
    scene: Scene, spec: Field, cell: int, basis: str, value: Vector | None, low: Vector | None, high: Vector | None
) -> Estimate | None:
    """Return a number of a cell, or None where its column has none."""
    if value is None or low is None or high is None:
        return None
    return Estimate(
        value=float(value[cell]),
        low=float(low[cell]),
        high=float(high[cell]),
        level=scene.settings.level,
        unit=scene.subject.currency if spec.unit == "currency" else spec.unit,
        basis=basis,
    )


def _uplift_basis(spec: Field, column: Column, cell: int, backing: Backing) -> str:
    only_contacted = column.no_contact is not None and column.no_contact[cell] == 0.0
    if only_contacted and spec.kind == "probability":
        return "by definition: without contact it can not occur"
    return backing.uplift_basis


def confidence_basis(backing: Backing, kind: str, place: float | None) -> str:
    """Say what the confidence means, and what it rests on.

    Args:
        backing: what stands behind the number; kind: of its field.
        place: the cell of outcomes that it was checked on; None or below 0 for none.
    """
    words = CONFIDENCE_BASIS[kind]
    if backing.reliability is not None and place is not None and place >= 0.0:
        return _checked_basis(backing.reliability, int(place), words)
    if backing.basis == PRIOR.basis:
        return words
    learned = f"learned from {backing.outcomes:,} outcomes"
    return words.replace("prior: ", "fitted: ").replace("no outcome seen yet", learned)


def _checked_basis(reliability: Reliability, place: int, words: str) -> str:
    rows, observed, foretold = reliability.rates(place)
    checked = f"as checked on {rows:,} contacts of others foretold about as high and as surely"
    return words.replace("prior: ", "held out: ").replace(
        "under the model; no outcome seen yet", f"{checked}: {observed:.1%} happened, {foretold:.1%} foretold"
    )


def _quadrant(column: Column, cell: int) -> str | None:
    """Return the customer's quadrant, or `undecided` where the interval of the uplift can not tell.

    An uplift that is surely small leaves the level to decide between sure thing and lost cause. There are no quadrants
    for a response that can not occur without contact: everybody would be persuadable.
    """
    if column.no_contact is not None and column.no_contact[cell] == 0.0:
        return None
    uplift, low, high = (float(values[cell]) for values in column.difference())
    if low > 0.0:
        return "persuadable"
    if high < 0.0:
        return "do_not_disturb"
    if max(-low, high) > SMALL_UPLIFT:
        return "undecided"
    return "sure_thing" if float(column.value[cell]) - uplift >= 0.5 else "lost_cause"


def no_value(field: str, channel: str, contacted: bool) -> str:
    """Say why a numeric field has no value for a cell."""
    if field == "will_open" and contacted:
        return f"there are no opens on the channel '{channel}'; only {' and '.join(sorted(OPENING))} have them"
    return "nothing is sent, so there is no response to time"


def _reasoning(scene: Scene, cell: int, spec: Field, explanation: Explanation | None, contacted: bool) -> str:
    if spec.kind == "probability":
        never = "Can not occur without contact." if not contacted else "Nothing is known that would move it."
        return reasoning(explanation, if_none=never)
    return REASONS[spec.name](scene, cell)


def _amount_reason(scene: Scene, cell: int) -> str:
    reading = scene.item(cell).reading
    own = not np.isnan(scene.subject.frame.column("order_value_mean")[0])
    basis = "this customer's own orders" if own else "what orders are usually worth, as none are on record"
    offer = " less the offer's discount" if reading and (reading.discount or reading.discount_amount) else ""
    return f"From {basis}{offer}; the range is where a single order falls."


def _satisfaction_reason(scene: Scene, cell: int) -> str:
    return _signed(scene, cell, "satisfaction_change", "satisfied")


def _brand_reason(scene: Scene, cell: int) -> str:
    return _signed(scene, cell, "brand_perception_change", "well disposed to the brand")


def _signed(scene: Scene, cell: int, field: str, state: str) -> str:
    change = float(scene.examination.columns[field].value[cell])
    if not scene.item(cell).is_contact:
        return "Nothing is sent, so nothing changes."
    if abs(change) < SMALL_CHANGE:
        return f"No change to speak of: nothing in the message leaves this customer more or less {state}."
    more = "More" if change > 0.0 else "Less"
    return f"{more} {state}, by what the message says and how well it fits; stated, not observed."


REASONS: Final[dict[str, Callable[[Scene, int], str]]] = {
    "purchase_amount": _amount_reason,
    "expected_revenue": lambda _scene, _cell: "P(purchase) x the value of an order; those that come anyway count too.",
    "revenue_impact": lambda _scene, _cell: "Revenue with the message, net of its discount, less revenue without it.",
    "lifetime_value_impact": lambda _scene, _cell: "Revenue brought forward now, and through staying a customer.",
    "amount_spent": lambda _scene, _cell: (
        "What this customer spends in the middle case; nothing where that is likelier."
    ),
    "items_purchased": lambda _scene, _cell: "From the items of earlier orders, or of orders in general.",
    "satisfaction_change": _satisfaction_reason,
    "brand_perception_change": _brand_reason,
    "loyalty_impact": lambda _scene, _cell: "P(an order within 90 days) with the message less without it.",
    "emotional_response": lambda _scene, _cell: "From what the message offers, how it says it and how well it fits.",
    "response_time": lambda scene, cell: f"As responses on the channel '{scene.channels[cell]}' usually come.",
}
"""One sentence for each numeric field that is no probability."""

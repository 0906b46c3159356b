"""From arrays to an answer: what the engine says of the cells of one twin, in values and words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np

from twincast.domain.channels import CHANNELS, OPENING
from twincast.domain.fields import BY_NAME, Field
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Estimate, Explanation, FieldPrediction, KeyFactors
from twincast.domain.timings import Window
from twincast.domain.trials import Answered, TrialSettings
from twincast.ports.engines import Engine, Examination
from twincast.reading.interventions import default_response
from twincast.reading.timings import place
from twincast.reading.twins import TwinFrame
from twincast.response.cells import Cells, grid
from twincast.response.columns import Column, Vector
from twincast.response.matches import channels_used
from twincast.response.reasons import factors, reasoning
from twincast.response.replies import Stance, reply, thoughts
from twincast.usecases.consents import contact_flags
from twincast.usecases.suggestions import Candidate, candidates, suggest
from twincast.usecases.wholes import Whole, whole_field

BASIS: Final = "prior"
VALIDATED_ON: Final = "nothing"
ALWAYS: Final = ("will_engage", "will_purchase")
"""Predicted for every answer: the reply and the key factors rest on them."""

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

HORIZONS: Final[dict[str, int]] = {"loyalty_impact": 90, "lifetime_value_impact": 365}
"""Fields whose horizon is part of their definition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The one twin an answer is about.

    Attributes:
        frame: a frame of one row.
        currency: of its money.
        now: the moment the prediction is made from.
        zone: the workspace's zone, where the twin's own is not known.
    """

    frame: TwinFrame
    currency: str
    now: datetime
    zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Everything about the cells of one twin that answering needs: gathered first, rendered after.

    The cells are the interventions asked about, and after them the candidates for suggestions, cell by cell.
    """

    engine: Engine
    subject: Subject
    settings: TrialSettings
    cells: Cells
    examination: Examination
    channels: tuple[str, ...]
    responses: tuple[str, ...]
    tried: tuple[tuple[Candidate, ...], ...]

    def scores(self, field: str, cell: int) -> list[float]:
        """Return a field's value for each candidate that was tried on a cell; candidates stand behind all cells."""
        start = len(self.tried) + sum(len(group) for group in self.tried[:cell])
        scores: list[float] = self.examination.columns[field].value[start : start + len(self.tried[cell])].tolist()
        return scores

    def days(self, cell: int) -> int:
        """Return the horizon of a cell."""
        return self.cells.interventions[cell].intervention.horizon_days or self.settings.horizon_days

    def explanation(self, field: str, cell: int) -> Explanation | None:
        """Return the parts of a probability, or None."""
        return self.examination.explanations[field][cell]

    def explained(self, cell: int) -> tuple[Explanation, ...]:
        """Return the parts of every probability of a cell that has any."""
        parts = (found[cell] for found in self.examination.explanations.values())
        return tuple(part for part in parts if part is not None)


def answer(
    engine: Engine, subject: Subject, interventions: Sequence[ReadIntervention], settings: TrialSettings
) -> tuple[Answered, ...]:
    """Answer for one twin and each intervention; all cells in one batch, each as if it were alone."""
    tried = tuple(candidates(item, subject.frame) for item in interventions)
    cells = grid(subject.frame, [*interventions, *(each.item for group in tried for each in group)], subject.now)
    asked = list(dict.fromkeys((*settings.fields.values(), *ALWAYS)))
    numeric = [field for field in asked if BY_NAME[field].kind != "ranking" and field not in WHOLE_WINDOWS]
    explained = [field for field in asked if BY_NAME[field].kind == "probability"]
    examination = engine.examine(
        cells,
        numeric,
        explained,
        explain=len(interventions),
        horizon_days=settings.horizon_days,
        level=settings.level,
    )
    scene = Scene(
        engine=engine,
        subject=subject,
        settings=settings,
        cells=cells,
        examination=examination,
        channels=_channels(cells),
        responses=tuple(item.response or default_response(item.type, item.channel) for item in interventions),
        tried=tried,
    )
    return tuple(_answered(scene, cell) for cell in range(len(interventions)))


WHOLE_WINDOWS: Final = ("optimal_timing", "optimal_followup")


def _channels(cells: Cells) -> tuple[str, ...]:
    first = [f"channel_{channel}" for channel in CHANNELS]
    preferred = np.stack([cells.twins.column(name) for name in first], axis=1)
    used = channels_used(cells.interventions, preferred)
    return tuple(CHANNELS[index] for index in used[0].tolist())


def _answered(scene: Scene, cell: int) -> Answered:
    item = scene.cells.interventions[cell]
    window = _window(scene, item)
    target = target_of(scene.settings.fields.values())
    stance = _stance(scene, cell)
    return Answered(
        intervention=item,
        channel=scene.channels[cell] if item.is_contact else None,
        response=scene.responses[cell],
        window=window,
        predictions=tuple(
            _prediction(scene, cell, asked_as, field) for asked_as, field in scene.settings.fields.items()
        ),
        explanations=scene.explained(cell),
        key_factors=_key_factors(scene, cell, target),
        predicted_response=reply(stance),
        thinking=thoughts(stance, scene.settings.rounds) if scene.settings.thinking else None,
        warnings=item.warnings,
        flags=contact_flags(scene.subject.frame, scene.channels[cell], window) if item.is_contact else (),
    )


def target_of(fields: Iterable[str]) -> str:
    """Return the probability that key factors and suggestions speak of: the purchase, unless only others were asked."""
    asked = [field for field in fields if BY_NAME[field].kind == "probability"]
    return "will_purchase" if "will_purchase" in asked or not asked else asked[0]


def _window(scene: Scene, item: ReadIntervention) -> Window | None:
    if not item.is_contact:
        return None
    zone = scene.subject.frame.zones[0] or scene.subject.zone
    after = item.intervention.at or scene.subject.now
    return place(item.timing, zone=zone, after=after)


def _stance(scene: Scene, cell: int) -> Stance:
    columns, item = scene.examination.columns, scene.cells.interventions[cell]
    return Stance(
        engage=float(columns["will_engage"].value[cell]),
        purchase=float(columns["will_purchase"].value[cell]),
        response=scene.responses[cell],
        explanations={field: scene.explanation(field, cell) for field in ALWAYS},
        reading=item.reading if item.is_contact else None,
    )


def _key_factors(scene: Scene, cell: int, target: str) -> KeyFactors:
    explanation = scene.explanation(target, cell)
    if explanation is None:
        return KeyFactors(positive=(), negative=(), suggestions=())
    item = scene.cells.interventions[cell]
    return KeyFactors(
        positive=factors(explanation, 1.0),
        negative=factors(explanation, -1.0),
        suggestions=suggest(scene.tried[cell], scene.scores(target, cell), item, target, explanation.probability),
    )


def _prediction(scene: Scene, cell: int, asked_as: str, field: str) -> FieldPrediction:
    spec = BY_NAME[field]
    if field in scene.examination.columns and spec.kind != "window":
        return _numeric(scene, cell, asked_as, spec)
    whole = whole_field(_whole(scene, cell), field)
    return _described(scene, cell, asked_as, spec, **whole)


def _whole(scene: Scene, cell: int) -> Whole:
    return Whole(
        engine=scene.engine,
        frame=scene.subject.frame,
        zone=scene.subject.frame.zones[0] or scene.subject.zone,
        now=scene.subject.now,
        item=scene.cells.interventions[cell],
        channel=scene.channels[cell],
        days=scene.days(cell),
        level=scene.settings.level,
        columns={field: _cell(column, cell) for field, column in scene.examination.columns.items()},
        explanations=scene.explained(cell),
        basis=BASIS,
    )


def _cell(column: Column, cell: int) -> tuple[float, float, float]:
    return float(column.value[cell]), float(column.low[cell]), float(column.high[cell])


def _described(scene: Scene, cell: int, asked_as: str, spec: Field, **more: Any) -> FieldPrediction:
    return FieldPrediction(
        field=spec.name,
        asked_as=asked_as,
        kind=spec.kind,
        unit=scene.subject.currency if spec.unit == "currency" else spec.unit,
        horizon_days=HORIZONS.get(spec.name, scene.days(cell)),
        basis=BASIS,
        outcomes=0,
        validated_on=VALIDATED_ON,
        **more,
    )


def _numeric(scene: Scene, cell: int, asked_as: str, spec: Field) -> FieldPrediction:
    column = scene.examination.columns[spec.name]
    contacted = scene.cells.interventions[cell].is_contact
    if np.isnan(column.value[cell]):
        return _described(scene, cell, asked_as, spec, unavailable=_missing(spec.name, scene.channels[cell], contacted))
    explanation = scene.explanation(spec.name, cell) if spec.kind == "probability" else None
    compared = spec.compared
    more: dict[str, Any] = {}
    if spec.name == "emotional_response":
        distribution = scene.engine.emotions(_alone(scene, cell))[0]
        named = dict(zip(("negative", "neutral", "positive"), distribution.tolist(), strict=True))
        more = {"distribution": named, "label": max(named, key=lambda name: named[name])}
    return _described(
        scene,
        cell,
        asked_as,
        spec,
        estimate=_estimate(scene, spec, column.value, column.low, column.high, cell),
        no_contact=_estimate(scene, spec, column.no_contact, column.no_contact_low, column.no_contact_high, cell)
        if compared
        else None,
        uplift=_estimate(scene, spec, column.uplift, column.uplift_low, column.uplift_high, cell) if compared else None,
        uplift_basis=_uplift_basis(spec, column, cell) if compared else None,
        quadrant=_quadrant(column, cell) if spec.name in ALWAYS and contacted else None,
        response=scene.responses[cell] if spec.name == "will_engage" else None,
        confidence=float(column.confidence[cell]),
        confidence_basis=CONFIDENCE_BASIS[spec.kind],
        reasoning=_reasoning(scene, cell, spec, explanation, contacted),
        **more,
    )


def _alone(scene: Scene, cell: int) -> Cells:
    return grid(scene.subject.frame, scene.cells.interventions[cell : cell + 1], scene.subject.now)


def _estimate(
    scene: Scene,
    spec: Field,
    value: Vector | None,
    low: Vector | None,
    high: Vector | None,
    cell: int,
) -> Estimate | None:
    if value is None or low is None or high is None:
        return None
    return Estimate(
        value=float(value[cell]),
        low=float(low[cell]),
        high=float(high[cell]),
        level=scene.settings.level,
        unit=scene.subject.currency if spec.unit == "currency" else spec.unit,
        basis=BASIS,
    )


def _uplift_basis(spec: Field, column: Column, cell: int) -> str:
    only_contacted = column.no_contact is not None and column.no_contact[cell] == 0.0
    return "by definition: without contact it can not occur" if only_contacted and spec.kind == "probability" else BASIS


def _quadrant(column: Column, cell: int) -> str:
    """Return the customer's quadrant, or `undecided` where the interval of the uplift cannot tell.

    An uplift that is surely small leaves the level to decide between sure thing and lost cause.
    """
    uplift, low, high = (float(values[cell]) for values in column.difference())
    if low > 0.0:
        return "persuadable"
    if high < 0.0:
        return "do_not_disturb"
    if max(-low, high) > SMALL_UPLIFT:
        return "undecided"
    return "sure_thing" if float(column.value[cell]) - uplift >= 0.5 else "lost_cause"


def _missing(field: str, channel: str, contacted: bool) -> str:
    if field == "will_open" and contacted:
        return f"there are no opens on the channel '{channel}'; only {' and '.join(sorted(OPENING))} have them"
    return "nothing is sent, so there is no response to time"


def _reasoning(scene: Scene, cell: int, spec: Field, explanation: Explanation | None, contacted: bool) -> str:
    if spec.kind == "probability":
        never = "Can not occur without contact." if not contacted else "Nothing is known that would move it."
        return reasoning(explanation, if_none=never)
    return REASONS[spec.name](scene, cell)


def _amount_reason(scene: Scene, cell: int) -> str:
    reading = scene.cells.interventions[cell].reading
    orders = scene.subject.frame.column("order_value_n")[0]
    basis = "this customer's own orders" if orders == orders else "what orders are usually worth, as none are on record"
    offer = " less the offer's discount" if reading and (reading.discount or reading.discount_amount) else ""
    return f"From {basis}{offer}; the range is where a single order falls."


def _change_reason(scene: Scene, cell: int) -> str:
    change = float(scene.examination.columns["satisfaction_change"].value[cell])
    return _signed(change, "satisfied", "the message", scene.cells.interventions[cell].is_contact)


def _brand_reason(scene: Scene, cell: int) -> str:
    change = float(scene.examination.columns["brand_perception_change"].value[cell])
    return _signed(change, "well disposed to the brand", "the message", scene.cells.interventions[cell].is_contact)


def _signed(change: float, state: str, cause: str, contacted: bool) -> str:
    if not contacted:
        return "Nothing is sent, so nothing changes."
    if abs(change) < 0.005:
        return f"No change to speak of: {cause} has little that would make this customer more or less {state}."
    return (
        f"{'More' if change > 0 else 'Less'} {state}, by what {cause} says and how well it fits; stated, not observed."
    )


REASONS: Final[dict[str, Callable[[Scene, int], str]]] = {
    "purchase_amount": _amount_reason,
    "expected_revenue": lambda _scene, _cell: (
        "P(purchase) times the value of an order, orders without contact included."
    ),
    "revenue_impact": lambda _scene, _cell: (
        "Revenue with the message less revenue with nothing sent, net of the discount."
    ),
    "lifetime_value_impact": lambda _scene, _cell: "Revenue brought forward now, and through staying a customer.",
    "items_purchased": lambda _scene, _cell: "From the items of earlier orders, or of orders in general.",
    "satisfaction_change": _change_reason,
    "brand_perception_change": _brand_reason,
    "loyalty_impact": lambda _scene, _cell: "P(an order within 90 days) with the message less without it.",
    "emotional_response": lambda _scene, _cell: "From what the message offers, how it says it and how well it fits.",
    "response_time": lambda scene, cell: f"As responses on the channel '{scene.channels[cell]}' usually come.",
}
"""One sentence for each numeric field that is no probability."""

"""From arrays to an answer: what the engine says of the cells of one twin, in values and words."""

from collections.abc import Iterable, Sequence
from typing import Final

from twincast.domain.channels import CHANNELS
from twincast.domain.fields import BY_NAME
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import KeyFactors
from twincast.domain.trials import Answered, TrialSettings
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response
from twincast.reading.states import POSITION
from twincast.response.cells import Cells, grid
from twincast.response.heads import EXPLAINED_HEADS
from twincast.response.matches import channels_used
from twincast.response.reasons import factors
from twincast.response.replies import Stance, reply, thoughts
from twincast.usecases.consents import contact_flags
from twincast.usecases.fields import predicted
from twincast.usecases.scenes import ALWAYS, Scene, Subject
from twincast.usecases.suggestions import candidates, suggest

WHOLE_WINDOWS: Final = ("optimal_timing", "optimal_followup")
"""Windows that are searched for, and have no column of their own."""


def answer(
    engine: Engine, subject: Subject, interventions: Sequence[ReadIntervention], settings: TrialSettings
) -> tuple[Answered, ...]:
    """Answer for one twin and each intervention; all cells in one batch, each as if it were alone."""
    tried = tuple(candidates(item, subject.frame) for item in interventions)
    cells = grid(subject.frame, [*interventions, *(each.item for group in tried for each in group)], subject.now)
    asked = list(dict.fromkeys(settings.fields.values()))
    numeric = [field for field in asked if BY_NAME[field].kind != "ranking" and field not in WHOLE_WINDOWS]
    explained = [field for field in dict.fromkeys((*asked, *ALWAYS)) if field in ALWAYS or field in EXPLAINED_HEADS]
    examination = engine.examine(
        cells,
        numeric,
        explained,
        shown=len(interventions),
        scored=target_of(settings.fields.values()),
        horizon_days=settings.horizon_days,
        level=settings.level,
    )
    channels = channels_of(cells)
    scene = Scene(
        engine=engine,
        subject=subject,
        settings=settings,
        cells=cells,
        examination=examination,
        channels=channels,
        responses=tuple(
            item.response or default_response(item.type, channel)
            for item, channel in zip(interventions, channels, strict=False)
        ),
        tried=tried,
    )
    return tuple(_answered(scene, cell) for cell in range(len(interventions)))


def channels_of(cells: Cells) -> tuple[str, ...]:
    """Return the channel that each intervention goes out on to the one twin."""
    first = POSITION[f"channel_{CHANNELS[0]}"]
    used = channels_used(cells.interventions, cells.twins.values[:, first : first + len(CHANNELS)])
    return tuple(CHANNELS[index] for index in used[0].tolist())


def _answered(scene: Scene, cell: int) -> Answered:
    item = scene.item(cell)
    window = scene.window(cell)
    target = target_of(scene.settings.fields.values())
    stance = _stance(scene, cell)
    return Answered(
        intervention=item,
        channel=scene.channels[cell] if item.is_contact else None,
        response=scene.responses[cell],
        window=window,
        predictions=tuple(predicted(scene, cell, asked_as, field) for asked_as, field in scene.settings.fields.items()),
        explanations=scene.explained(cell),
        key_factors=_key_factors(scene, cell, target),
        predicted_response=reply(stance),
        thinking=thoughts(stance, scene.settings.rounds) if scene.settings.thinking else None,
        warnings=item.warnings,
        flags=contact_flags(scene.subject.frame, scene.channels[cell], window) if item.is_contact else (),
    )


def target_of(fields: Iterable[str]) -> str:
    """Return the probability that key factors and suggestions speak of: the purchase, unless only others were asked.

    Never the risk of unsubscribing, which nobody wants raised.
    """
    asked = [field for field in fields if BY_NAME[field].kind == "probability" and field != "will_unsubscribe"]
    return "will_purchase" if "will_purchase" in asked or not asked else asked[0]


def _stance(scene: Scene, cell: int) -> Stance:
    item = scene.item(cell)
    explanations = {field: scene.explanation(field, cell) for field in ALWAYS}
    engage, purchase = (found.probability if found else 0.0 for found in explanations.values())
    return Stance(
        engage=engage,
        purchase=purchase,
        response=scene.responses[cell],
        explanations=explanations,
        reading=item.reading if item.is_contact else None,
    )


def _key_factors(scene: Scene, cell: int, target: str) -> KeyFactors:
    explanation = scene.explanation(target, cell)
    if explanation is None:
        return KeyFactors(positive=(), negative=(), suggestions=())
    item = scene.item(cell)
    return KeyFactors(
        positive=factors(explanation, 1.0),
        negative=factors(explanation, -1.0),
        suggestions=suggest(scene.tried[cell], scene.scores(cell), item, target, explanation.probability),
    )

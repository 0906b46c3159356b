"""From arrays to an answer: what the engine says of the cells of one twin, in values and words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

import numpy as np

from twincast.domain.channels import CHANNELS
from twincast.domain.fields import BY_NAME
from twincast.domain.interventions import ReadIntervention
from twincast.domain.predictions import Explanation, KeyFactors
from twincast.domain.signals import Heard
from twincast.domain.timings import Window
from twincast.domain.trials import Answered, TrialSettings
from twincast.domain.twins import Warning
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response
from twincast.reading.states import POSITION
from twincast.response.cells import Cells, Remembered, cells_of
from twincast.response.heads import EXPLAINED_HEADS
from twincast.response.matches import channels_used
from twincast.response.reasons import factors
from twincast.response.replies import Stance, thoughts, turns
from twincast.response.signals import Signals
from twincast.usecases.consents import contact_flags
from twincast.usecases.fields import predicted
from twincast.usecases.guardrails import RISK, risk_flags
from twincast.usecases.scenes import ALWAYS, Scene, Subject
from twincast.usecases.suggestions import Candidate, candidates, suggest

WHOLE_WINDOWS: Final = ("optimal_timing", "optimal_followup")
"""Windows that are searched for, and have no column of their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """One twin and what might be sent to it.

    Attributes:
        heard: what a language model was heard to say of each intervention; empty where nothing was.
    """

    subject: Subject
    interventions: Sequence[ReadIntervention]
    settings: TrialSettings
    heard: tuple[Heard | None, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What questions must have in common to be computed together: which numbers are wanted, from which moment."""

    numeric: tuple[str, ...]
    explained: tuple[str, ...]
    target: str
    horizon_days: int
    level: float
    now: datetime


def answer(
    engine: Engine,
    subject: Subject,
    interventions: Sequence[ReadIntervention],
    settings: TrialSettings,
    heard: tuple[Heard | None, ...] = (),
) -> tuple[Answered, ...]:
    """Answer for one twin and each intervention; all cells in one batch, each as if it were alone."""
    question = Question(subject=subject, interventions=interventions, settings=settings, heard=heard)
    return answer_all(engine, [question])[0]


def answer_all(engine: Engine, questions: Sequence[Question]) -> list[tuple[Answered, ...]]:
    """Answer several questions, in their order; those of one shape in one batch, each cell as if it were alone."""
    shapes: dict[Shape, list[int]] = {}
    for place, question in enumerate(questions):
        shapes.setdefault(_shape(question), []).append(place)
    answers: dict[int, tuple[Answered, ...]] = {}
    for shape, places in shapes.items():
        answers.update(zip(places, _together(engine, shape, [questions[place] for place in places]), strict=True))
    return [answers[place] for place in range(len(questions))]


def _shape(question: Question) -> Shape:
    asked = tuple(dict.fromkeys(question.settings.fields.values()))
    explained = (field for field in dict.fromkeys((*asked, *ALWAYS)) if field in ALWAYS or field in EXPLAINED_HEADS)
    return Shape(
        numeric=tuple(field for field in asked if BY_NAME[field].kind != "ranking" and field not in WHOLE_WINDOWS),
        explained=tuple(explained),
        target=target_of(asked),
        horizon_days=question.settings.horizon_days,
        level=question.settings.level,
        now=question.subject.now,
    )


def _together(engine: Engine, shape: Shape, questions: Sequence[Question]) -> Iterator[tuple[Answered, ...]]:
    """Answer questions of one shape: first all interventions asked about are cells, then all candidates."""
    frames = [question.subject.frame for question in questions]
    asked = [question.interventions for question in questions]
    tried = tuple(candidates(item, frame) for frame, items in zip(frames, asked, strict=True) for item in items)
    owners = [place for place, items in enumerate(asked) for _ in items]
    cells = cells_of(
        frames,
        [*owners, *(owner for owner, group in zip(owners, tried, strict=True) for _ in group)],
        [*chain.from_iterable(asked), *(each.item for group in tried for each in group)],
        shape.now,
        _remembered([question.subject for question in questions]),
        _signals(questions, owners, tried),
    )
    examination = engine.examine(
        cells,
        shape.numeric,
        shape.explained,
        shown=len(owners),
        scored=shape.target,
        horizon_days=shape.horizon_days,
        level=shape.level,
    )
    channels = channels_of(cells)[: len(owners)]
    responses = tuple(
        item.response or default_response(item.type, channel)
        for item, channel in zip(cells.interventions, channels, strict=False)
    )
    first = 0
    for question in questions:
        scene = Scene(
            engine=engine,
            subject=question.subject,
            settings=question.settings,
            cells=cells,
            examination=examination,
            channels=channels,
            responses=responses,
            tried=tried,
        )
        last = first + len(question.interventions)
        yield tuple(_answered(scene, cell, shape.target) for cell in range(first, last))
        first = last


def _remembered(subjects: Sequence[Subject]) -> Remembered | None:
    """Return what the twins remember as cells take it."""
    memories = tuple(subject.memory for subject in subjects)
    return Remembered(memories=memories, zone=subjects[0].zone) if any(memories) else None


def _signals(
    questions: Sequence[Question], owners: Sequence[int], tried: Sequence[tuple[Candidate, ...]]
) -> Signals | None:
    """Return what was heard as cells take it; a candidate is heard as what it would replace, so that they compare."""
    if not any(it is not None for question in questions for it in question.heard):
        return None
    given = list(chain.from_iterable(question.heard or (None,) * len(question.interventions) for question in questions))
    places = [place for place, it in enumerate(given) if it is not None]
    numbers = {place: number for number, place in enumerate(places)}
    shown = [numbers.get(place, -1) for place in range(len(given))]
    candidates = [number for number, group in zip(shown, tried, strict=True) for _ in group]
    return Signals(
        heard=tuple(it for it in given if it is not None),
        twin=np.array([owners[place] for place in places], dtype=np.intp),
        of_cell=np.array([*shown, *candidates], dtype=np.intp),
    )


def channels_of(cells: Cells) -> tuple[str, ...]:
    """Return the channel that each cell goes out on."""
    first = POSITION[f"channel_{CHANNELS[0]}"]
    used = channels_used(cells, cells.twins.values[:, first : first + len(CHANNELS)])
    return tuple(CHANNELS[index] for index in used.tolist())


def _answered(scene: Scene, cell: int, target: str) -> Answered:
    item = scene.item(cell)
    window = scene.window(cell)
    stance = _stance(scene, cell)
    said = turns(stance, scene.settings.rounds)
    return Answered(
        intervention=item,
        channel=scene.channels[cell] if item.is_contact else None,
        response=scene.responses[cell],
        window=window,
        predictions=tuple(predicted(scene, cell, asked_as, field) for asked_as, field in scene.settings.fields.items()),
        explanations=scene.explained(cell),
        key_factors=_key_factors(scene, cell, target),
        predicted_response=said[-1],
        thinking=thoughts(stance, scene.settings.rounds) if scene.settings.thinking else None,
        warnings=item.warnings,
        flags=_flags(scene, cell, window) if item.is_contact else (),
        turns=said,
    )


def _flags(scene: Scene, cell: int, window: Window | None) -> tuple[Warning, ...]:
    subject = scene.subject
    contacts = () if subject.memory is None else subject.memory.recent
    channel, columns = scene.channels[cell], scene.examination.columns
    flags = contact_flags(subject.frame, channel, window, subject.policy, contacts)
    if RISK not in columns:  # nobody asked: another head would slow down every test
        return flags
    return (*flags, *risk_flags(subject.policy, channel, scene.days(cell), float(columns[RISK].value[cell])))


def target_of(fields: Iterable[str]) -> str:
    """Return the probability that key factors and suggestions speak of: the purchase, unless only others were asked.

    Never the risk of unsubscribing, which nobody wants raised.
    """
    asked = [field for field in fields if BY_NAME[field].kind == "probability" and field != "will_unsubscribe"]
    return "will_purchase" if "will_purchase" in asked or not asked else asked[0]


def _stance(scene: Scene, cell: int) -> Stance:
    explanations = {field: scene.explanation(field, cell) for field in ALWAYS}
    return stance_of(scene.item(cell), scene.responses[cell], explanations)


def stance_of(item: ReadIntervention, response: str, explanations: Mapping[str, Explanation | None]) -> Stance:
    """Return what a customer's reply must agree with.

    Args:
        item: what is sent; response: what engaging means.
        explanations: of the fields in `ALWAYS`, in their order.
    """
    engage, purchase = (found.probability if found else 0.0 for found in explanations.values())
    return Stance(
        engage=engage,
        purchase=purchase,
        response=response,
        explanations=explanations,
        reading=item.reading if item.is_contact else None,
    )


def _key_factors(scene: Scene, cell: int, target: str) -> KeyFactors:
    explanation = scene.explanation(target, cell)
    if explanation is None:
        return KeyFactors(positive=(), negative=(), suggestions=())
    return KeyFactors(
        positive=factors(explanation, 1.0),
        negative=factors(explanation, -1.0),
        suggestions=suggest(scene.tried[cell], scene.scores(cell), target, explanation.probability),
    )

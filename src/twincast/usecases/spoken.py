"""What several language models say for the same twins, several times: whether it differs, and whether it holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import MIN_CELL
from twincast.domain.chats import Said, Unsaid
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.homogeneity import UNDER
from twincast.domain.interventions import Intervention
from twincast.domain.sensitivity import UNIFORM, SpokenPanel, Stability
from twincast.domain.trials import MAX_DRAWS, Answered
from twincast.domain.twins import Twin, Warning
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import frame_of
from twincast.reading.utterances import REPLY, utterance_of
from twincast.usecases.answers import Question, answer_all
from twincast.usecases.audiences import may_profile
from twincast.usecases.context import Context
from twincast.usecases.references import find
from twincast.usecases.stabilities import known_spread, stability_of, unstable
from twincast.usecases.subjects import subject_of
from twincast.usecases.trials import TrialRequest, settings_of
from twincast.usecases.words import Cell, prompt_of

Array = NDArray[np.float64]
EMOTION: Final = "emotion"
MOST: Final = 100
"""Twins that are spoken for."""
NEUTRAL: Final = 1 / 3
"""How far from 0 a feeling is called one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replies:
    """What language models are asked: replies of the first `twins` twins, `draws` of each model to each message."""

    twins: int = 20
    draws: int = 2

    def problems(self, ctx: Context, customers: Sequence[Any] | Mapping[str, Any]) -> list[FieldProblem]:
        """Return what is wrong with it."""
        found = []
        if ctx.chat is None:
            message = "asks language models, and none is configured"
            found.append(FieldProblem(field="replies", message=message, allowed="start with --llm MODEL"))
        if not 1 <= self.twins <= MOST:
            message = f"{self.twins} is out of range"
            found.append(FieldProblem(field="replies.twins", message=message, allowed=f"1 to {MOST}"))
        if not 1 <= self.draws <= MAX_DRAWS:
            message = f"{self.draws} is out of range"
            found.append(FieldProblem(field="replies.draws", message=message, allowed=f"1 to {MAX_DRAWS}"))
        if isinstance(customers, Mapping) or not all(isinstance(it, str) for it in customers):
            message = "asks for twins that are stored, and records were given"
            found.append(FieldProblem(field="replies", message=message, allowed="ids of twins"))
        return found


def hear(
    ctx: Context,
    asked: Replies,
    references: Sequence[str],
    items: Sequence[Intervention],
    known: float | None,
    names: Sequence[str],
) -> tuple[SpokenPanel, tuple[Warning, ...]]:
    """Ask every model for its replies, each as if it were the only one.

    Args:
        ctx: who asks; `chat` holds the models.
        asked: how much; references: ids of the twins, of which the first are spoken for.
        items: v messages, one a variant; names: of the variants.
        known: standard deviation of the emotion between real customers, where it is known.

    Raises:
        InvalidInput: nothing is sent by some variant, or there is no model.

    Nothing is asked about whoever opted out of profiling.
    """
    if ctx.chat is None or not all(item.is_contact for item in items):
        problem = FieldProblem(field="replies", message="ask for a language model and for messages that are sent")
        raise InvalidInput.of([problem])
    twins, answers = _answered(ctx, references[: asked.twins], items)
    prompts = [
        prompt_of(Cell(twin=twin, session=None, answered=answered))[0]
        for twin, group in zip(twins, answers, strict=True)
        for answered in group
    ]
    drawn = [replace(prompt, draw=draw) for draw in range(asked.draws) for prompt in prompts]
    models = ctx.chat.apart()
    said = [[_feeling(it) for it in model.ask(ctx.workspace, drawn)] for model in models]
    scores = np.array(said).reshape(len(models), asked.draws, len(twins), len(items))
    panel = _panel(scores, tuple(model.name for model in models), names, known)
    return panel, tuple(_warnings(panel))


def _answered(
    ctx: Context, references: Sequence[str], items: Sequence[Intervention]
) -> tuple[list[Twin], list[tuple[Answered, ...]]]:
    """Return the twins, and what the response model says of each with each message: replies must agree with it."""
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        found = [find(unit, reference) for reference in references]
    twins = [twin for twin in found if may_profile(frame_of([twin]))[0]]
    settings = settings_of(ctx, TrialRequest(twin="", intervention=items[0]))
    questions = [
        Question(
            subject=subject_of(ctx, twin, None, now),
            interventions=[read_intervention(item, currency=twin.currency) for item in items],
            settings=settings,
        )
        for twin in twins
    ]
    return twins, answer_all(ctx.engine, questions)


def _feeling(said: Said | Unsaid) -> float:
    """Return the emotion of a reply from -1 to 1, share of positive less share of negative; NaN without a reply."""
    if isinstance(said, Unsaid):
        return np.nan
    emotions = utterance_of(said.text, REPLY).emotions
    return emotions["positive"] - emotions["negative"]


def _panel(scores: Array, models: tuple[str, ...], names: Sequence[str], known: float | None) -> SpokenPanel:
    """Add up scores (models, draws, twins, variants), NaN where there is no reply."""
    whole = scores[:, :, ~np.isnan(scores).any(axis=(0, 1, 3))]
    replies = int((~np.isnan(scores)).sum())
    if not whole.shape[2]:
        return SpokenPanel(
            models=models, twins=0, draws=scores.shape[1], replies=replies, failed=scores.size - replies,
            leading=None, spread=None, agreeing=None, stabilities=(),
        )  # fmt: skip
    means = whole.mean(axis=(0, 1, 2))
    own = whole[..., int(means.argmax())].mean(axis=(0, 1))
    commonest = Counter(np.sign(own * (np.abs(own) > NEUTRAL)).tolist()).most_common(1)[0][1]
    return SpokenPanel(
        models=models,
        twins=whole.shape[2],
        draws=scores.shape[1],
        replies=replies,
        failed=scores.size - replies,
        leading=names[int(means.argmax())],
        spread=known_spread(EMOTION, own, known) if known is not None and len(own) > 1 else None,
        agreeing=commonest / whole.shape[2],
        stabilities=tuple(_stabilities(whole, means)),
    )


def _stabilities(whole: Array, means: Array) -> list[Stability]:
    """Lay each draw of each model, and each model, beside all of them."""
    if whole.shape[3] < 2:
        return []
    found = []
    if whole.shape[1] > 1:
        found.append(stability_of("reply draws", whole.mean(axis=2).reshape(-1, whole.shape[3]), means))
    if whole.shape[0] > 1:
        found.append(stability_of("language models", whole.mean(axis=(1, 2)), means))
    return found


def _warnings(panel: SpokenPanel) -> list[Warning]:
    found = []
    if panel.spread is not None and panel.spread.ratio is not None and panel.spread.ratio < UNDER:
        message = f"Replies differ by {panel.spread.ratio:.0%} of the variance that is known of real customers."
        found.append(Warning(code="homogeneous-replies", field="replies", message=message))
    elif panel.agreeing is not None and panel.twins >= MIN_CELL and panel.agreeing >= UNIFORM:
        message = f"{panel.agreeing:.0%} of the twins feel the same about a message: real customers hardly ever do."
        found.append(Warning(code="homogeneous-replies", field="replies", message=message))
    if panel.failed:
        message = (
            f"{panel.failed:,} of {panel.failed + panel.replies:,} replies did not come; twins without all are out."
        )
        found.append(Warning(code="replies-missing", field="replies", message=message))
    told = (unstable(each, str(panel.leading)) for each in panel.stabilities)
    return found + [it for it in told if it is not None]

"""On what a ranking hangs: the same customers and messages, with other draws, other wordings and other models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice, product
from math import isfinite
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import MIN_CELL
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL, resolve
from twincast.domain.homogeneity import UNDER, Spread
from twincast.domain.interventions import MAX_VARIANTS, Intervention
from twincast.domain.sensitivity import Sensitivity, SpokenPanel, Stability, WordedVariant
from twincast.domain.twins import Warning
from twincast.ports.engines import Engine
from twincast.reading.interventions import default_response, read_intervention
from twincast.reading.twins import TwinFrame, joined
from twincast.response.cells import grid
from twincast.response.heads import EXPLAINED_HEADS, RESPONSE_HEADS
from twincast.usecases import predictions
from twincast.usecases.audiences import Audience, Customers, gather
from twincast.usecases.batching.alike import spread_of
from twincast.usecases.batching.draws import DRAWS, sample, spread
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, REVENUE
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.predictions import Question
from twincast.usecases.spoken import EMOTION, Replies, hear
from twincast.usecases.stabilities import agreeing, known_spread, stability_of, unstable

Array = NDArray[np.float64]
FIELDS: Final = (ENGAGEMENT, PURCHASE, REVENUE)
"""What variants may be ranked by."""
MAX_CUSTOMERS, MAX_WORDINGS, MAX_CELLS = 2_000, 20, 200_000
COMBINATIONS: Final = 2_000
"""Choices of one wording for each variant that are looked at, the first in order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wordings:
    """A variant: an intervention, and other texts that say the same."""

    id: str
    intervention: Intervention
    paraphrases: tuple[str, ...] = ()

    def worded(self) -> list[Intervention]:
        """Return it in every wording, as given first."""
        return [self.intervention, *(replace(self.intervention, content=text) for text in self.paraphrases)]


@dataclass(frozen=True, kw_only=True, slots=True)
class SensitivityRequest:
    """What a panel is asked.

    Attributes:
        customers: ids of twins or customers, or records, up to `MAX_CUSTOMERS`.
        variants: what would be sent.
        rank_by: one of `FIELDS`, in any accepted spelling.
        known: field -> standard deviation between real customers of what they do (a rate, or money) where it is known;
            `emotion` for replies.
        replies: what to ask language models; None: nothing, and no money is spent.
    """

    customers: Customers
    variants: tuple[Wordings, ...]
    rank_by: str = PURCHASE
    known: Mapping[str, float] = field(default_factory=dict)
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    seed: int | None = None
    replies: Replies | None = None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Panel:
    """Values of n customers: (n, v) in the first wordings, of each variant (n, its wordings), and their places."""

    kept: NDArray[np.intp]
    first: Array
    worded: tuple[Array, ...]

    @property
    def means(self) -> Array:
        return np.asarray(self.first.mean(axis=0))


def run(ctx: Context, request: SensitivityRequest) -> Sensitivity:
    """Say on what a ranking of variants hangs. Nothing is stored but the calls of language models, where asked for.

    Raises:
        InvalidInput, UnknownField: naming each field that is not right.
        UnknownTwin: naming the ids without a twin.
    """
    target = _checked(ctx, request)
    items = {f"{variant.id}/{place}": it for variant in request.variants for place, it in enumerate(variant.worded())}
    question = predictions.ask(
        ctx,
        items,
        fields=[target],
        as_of=request.as_of,
        horizon_days=request.horizon_days or DEFAULT_HORIZON_DAYS,
        level=DEFAULT_LEVEL if request.level is None else request.level,
    )
    groups = list(gather(ctx, request.customers, question.now.date()))
    with ctx.store.reading(ctx.workspace) as unit:
        answers = answering(ctx, unit)
    names = {"current": answers.engine} | ({} if answers.engine is ctx.engine else {"shipped prior": ctx.engine})
    tables = {name: predictions.answer(replace(ctx, engine=it), groups, question) for name, it in names.items()}
    _same_money(target, tables["current"].currencies)
    panels = {name: _panel(it.columns[target].value, request.variants) for name, it in tables.items()}
    panel, seed = panels["current"], request.seed or 0
    if not len(panel.first):
        raise InvalidInput.of([FieldProblem(field="twins", message="all of them opted out of profiling")])
    leading = int(panel.means.argmax())
    means = _drawn_means(answers.engine, groups, question, request.variants, target, panel, seed)
    spreads = _spreads(answers.engine, request, target, leading, panel)
    spoken, said = _heard(answers, request)
    found = Sensitivity(
        field=target,
        as_of=question.now.date(),
        horizon_days=question.horizon_days,
        level=question.level,
        seed=seed,
        customers=len(panel.first),
        refused=len(tables["current"].refused),
        leading=request.variants[leading].id,
        variants=tuple(_variants(request.variants, panel, means, question.level)),
        spreads=spreads,
        alike=_alike(spreads),
        agreeing=agreeing(panel.first),
        stabilities=tuple(_stabilities(panels, means)),
        models={name: it.provenance.model for name, it in names.items()},
        prior=answers.engine.provenance.prior,
        spoken=spoken,
        warnings=(),
    )
    return replace(found, warnings=(*tables["current"].warnings, *_warnings(found), *said))


def _heard(ctx: Context, request: SensitivityRequest) -> tuple[SpokenPanel | None, tuple[Warning, ...]]:
    """Ask language models, where that is wanted; see `spoken.hear`."""
    if request.replies is None:
        return None, ()
    items = [variant.intervention for variant in request.variants]
    names = [variant.id for variant in request.variants]
    twins = [str(it) for it in request.customers]
    return hear(ctx, request.replies, twins, items, request.known.get(EMOTION), names)


def _checked(ctx: Context, request: SensitivityRequest) -> str:
    """Return the canonical field, once the request is seen to be right."""
    problems = []
    chosen = resolve([request.rank_by], where="rank_by")[request.rank_by]
    if chosen not in FIELDS:
        message = f"'{chosen}' ranks nothing here"
        problems.append(FieldProblem(field="rank_by", message=message, allowed=", ".join(FIELDS)))
    if not 1 <= len(request.variants) <= MAX_VARIANTS:
        allowed = f"1 to {MAX_VARIANTS}"
        problems.append(FieldProblem(field="variants", message=f"are {len(request.variants)}", allowed=allowed))
    for place, variant in enumerate(request.variants):
        if len(variant.paraphrases) >= MAX_WORDINGS:
            message = f"are {len(variant.paraphrases)}"
            path = f"variants[{place}].paraphrases"
            problems.append(FieldProblem(field=path, message=message, allowed=f"at most {MAX_WORDINGS - 1}"))
    count = len(request.customers) if not isinstance(request.customers, Mapping) else 1
    wordings = sum(1 + len(it.paraphrases) for it in request.variants)
    if not 1 <= count <= MAX_CUSTOMERS or count * wordings > MAX_CELLS:
        allowed = f"1 to {MAX_CUSTOMERS}, and at most {MAX_CELLS:,} customers times wordings"
        problems.append(FieldProblem(field="twins", message=f"are {count}", allowed=allowed))
    for name, sd in request.known.items():
        if name not in (*FIELDS, EMOTION) or not (isfinite(sd) and sd > 0.0):
            allowed = f"a standard deviation above 0 of {', '.join((*FIELDS, EMOTION))}"
            problems.append(FieldProblem(field=f"known.{name[:80]}", message=f"{sd} is not allowed", allowed=allowed))
    problems += [] if request.replies is None else request.replies.problems(ctx, request.customers)
    if problems:
        raise InvalidInput.of(problems)
    return chosen


def _same_money(field: str, currencies: Sequence[str]) -> None:
    """Refuse to add up money of several currencies."""
    kinds = sorted(set(currencies))
    if field == REVENUE and len(kinds) > 1:
        message = f"customers pay in {', '.join(kinds[:5])}: no mean can be taken"
        raise InvalidInput.of([FieldProblem(field="rank_by", message=message, allowed=f"{ENGAGEMENT}, {PURCHASE}")])


def _panel(values: Array, variants: Sequence[Wordings]) -> _Panel:
    sizes = [1 + len(it.paraphrases) for it in variants]
    whole = values.reshape(-1, sum(sizes))
    kept = np.flatnonzero(~np.isnan(whole).any(axis=1))
    worded = tuple(np.split(whole[kept], np.cumsum(sizes)[:-1], axis=1))
    return _Panel(kept=kept, first=np.stack([it[:, 0] for it in worded], axis=1), worded=worded)


# ---------------------------------------------------------------- how far the model may be off


def _drawn_means(
    engine: Engine,
    groups: Sequence[Audience],
    question: Question,
    variants: Sequence[Wordings],
    field: str,
    panel: _Panel,
    seed: int,
) -> Array:
    """Return draws of what each variant reaches on average, (v, draws), over customers like these."""
    frame = joined([group.frame for group in groups]).take(panel.kept)
    whom = sample(len(frame), len(variants))
    draws = np.empty((len(whom), len(variants), DRAWS))
    for rows, currency in _by_currency(frame, whom):
        items = [read_intervention(it.intervention, currency=currency) for it in variants]
        cells = grid(frame.take(whom[rows]), items, question.now)
        made = engine.drawn(cells, field, horizon_days=question.horizon_days, draws=DRAWS, seed=seed)
        draws[rows] = made.reshape(len(rows), len(variants), DRAWS)
    return spread(panel.first, panel.first[whom], draws, seed)


def _by_currency(frame: TwinFrame, whom: NDArray[np.intp]) -> list[tuple[NDArray[np.intp], str]]:
    currencies = np.array(frame.currencies, dtype=np.object_)[whom]
    return [(np.flatnonzero(currencies == it), it) for it in dict.fromkeys(currencies.tolist())]


# ---------------------------------------------------------------- what is said of it


def _variants(variants: Sequence[Wordings], panel: _Panel, means: Array, level: float) -> list[WordedVariant]:
    ends = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=1)
    found = []
    for place, variant in enumerate(variants):
        worded = panel.worded[place].mean(axis=0)
        value = float(panel.means[place])
        found.append(
            WordedVariant(
                variant=variant.id,
                value=value,
                low=min(float(ends[0, place]), value),
                high=max(float(ends[1, place]), value),
                wordings=len(worded),
                lowest=float(worded.min()),
                highest=float(worded.max()),
            )
        )
    return found


def _stabilities(panels: Mapping[str, _Panel], means: Array) -> list[Stability]:
    panel = panels["current"]
    if panel.first.shape[1] < 2:
        return []
    found = [stability_of("draws", means.T, panel.means)]
    worded = list(islice(product(*(it.mean(axis=0) for it in panel.worded)), 1, COMBINATIONS + 1))
    if worded:
        found.append(stability_of("wordings", np.array(worded), panel.means))
    others = [it.means for name, it in panels.items() if name != "current"]
    if others:
        found.append(stability_of("models", np.array(others), panel.means))
    return found


def _spreads(
    engine: Engine, request: SensitivityRequest, field: str, leading: int, panel: _Panel
) -> tuple[Spread, ...]:
    """Return the spread of the leading variant beside what the model expects, and beside what is known."""
    values, found = panel.first[:, leading], []
    if field != REVENUE:
        item = read_intervention(request.variants[leading].intervention)
        response = item.response or default_response(item.type, item.channel)
        head = RESPONSE_HEADS[response] if field == ENGAGEMENT else EXPLAINED_HEADS[PURCHASE]
        found.append(spread_of(engine, field, head, values))
    if field in request.known:
        found.append(known_spread(field, values, request.known[field]))
    return tuple(found)


def _alike(spreads: Sequence[Spread]) -> bool | None:
    """Tell whether the twins are too much alike: by what is known, else by what the model expects."""
    told = [it for it in spreads if it.ratio is not None and it.customers >= MIN_CELL]
    known = [it for it in told if it.basis == "known"] or told
    return None if not known else any(it.ratio is not None and it.ratio < UNDER for it in known)


def _warnings(found: Sensitivity) -> list[Warning]:
    warnings = []
    if found.alike:
        message = (
            f"Customers differ by less than {UNDER:.0%} of the variance that was to be expected: their records tell "
            "too little apart, and shares over them are shares of one customer."
        )
        warnings.append(Warning(code="homogeneous-twins", field="twins", message=message))
    return warnings + [it for each in found.stabilities if (it := unstable(each, found.leading)) is not None]

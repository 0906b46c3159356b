"""The board of one search: whom it is for, what is wanted and may be said; plans searched, written, read and judged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from twincast.domain.constraints import broken_by_plan
from twincast.domain.interventions import NO_CONTACT, Intervention, ReadIntervention
from twincast.domain.misfits import misfits
from twincast.domain.optimizations import Finalist
from twincast.domain.plans import CHANNELS, Facts, MessagePlan
from twincast.domain.preferences import PREFERENCES
from twincast.domain.timings import Timing
from twincast.domain.tones import TONE_SPELLINGS, TONES_OF_APOLOGIES
from twincast.domain.twins import Communication, Preference
from twincast.ports.engines import Engine
from twincast.reading.interventions import read_intervention
from twincast.reading.profiles import communication_of
from twincast.reading.timings import read_timing
from twincast.reading.values import EPOCH
from twincast.response.cells import grid
from twincast.stats.streams import stream
from twincast.usecases.optimizing.requests import Asked, OptimizationRequest
from twincast.usecases.optimizing.searches import Searched, search
from twincast.usecases.optimizing.spaces import Space, space_of
from twincast.usecases.optimizing.starts import Start, from_baselines, from_templates
from twincast.usecases.optimizing.supports import held
from twincast.usecases.optimizing.texts import Text, Wanted
from twincast.usecases.optimizing.worths import Aim, Worths, unpriced_kinds, worths
from twincast.usecases.scenes import Subject
from twincast.writing.drafts import draft, sketch, with_required
from twincast.writing.render import Written, render

KEPT: Final = 12
"""Plans that come into the final."""
TRIED: Final = 120
"""Most leaders of the search that are written for it: not every plan's words fit."""
DETAIL: Final[dict[str, str]] = {"low": "short", "medium": "medium", "high": "long"}
"""Length of the plainest plan, by how much detail the customer likes."""
PUSHED: Final = frozenset({"sms", "push"})

Barred = Callable[[list[ReadIntervention]], list[bool]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """All that one search needs.

    Attributes:
        subject: whom it is for.
        wanted: what a text must be and what is aimed at.
        sent: the intervention without type and text: channel, timing and products.
        space: of the plans.
        seed: of all draws.
    """

    subject: Subject
    wanted: Wanted
    sent: Intervention
    space: Space
    seed: int


def board_of(
    engine: Engine, subject: Subject, request: OptimizationRequest, asked: Asked, *, horizon_days: int, seed: int
) -> Board:
    """Lay out a search for one twin.

    Args:
        request: as asked; asked: the same in canonical names.
    """
    facts = _facts(engine, subject, request, horizon_days)
    channel = request.channel or _preferred(subject)
    speaks = _communication(subject)
    aim = Aim(objective=asked.objective, horizon_days=horizon_days, costs=request.costs)
    space = space_of(
        asked.constraints,
        facts,
        MessagePlan(
            tone=asked.constraints.tone or _tone(speaks.tone, asked.occasion),
            occasion=asked.occasion,
            product=request.product,
            channel=channel,
            length="short" if channel in PUSHED else DETAIL[speaks.detail_level],
        ),
        kinds=request.offers,
        unpriced=unpriced_kinds(aim),
    )
    products = () if request.product is None else (request.product,)
    return Board(
        subject=subject,
        wanted=Wanted(
            aim=aim,
            constraints=replace(asked.constraints, channel=channel),
            occasion=asked.occasion,
            product=request.product,
            facts=facts,
        ),
        sent=Intervention(channel=channel, timing=request.timing, products=products),
        space=replace(space, lengths=("short",)) if channel in PUSHED else space,
        seed=seed,
    )


def _tone(liked: str, occasion: str | None) -> str:
    """Return the tone that the customer likes, in one that suits the occasion."""
    tone = TONE_SPELLINGS.get(liked, liked)
    return "apologetic" if occasion == "service_recovery" and tone not in TONES_OF_APOLOGIES else tone


def searched(engine: Engine, board: Board, candidates: int, barred: Barred | None = None) -> Searched:
    """Search the plans of a board; equal boards give equal plans. What `barred` names leads nowhere."""
    subject, wanted = board.subject, board.wanted

    def score(plans: list[MessagePlan]) -> Worths:
        items = foreseen(board, plans)
        found = worths(engine, grid(subject.frame, items, subject.now, subject.remembered), wanted.aim)
        return found if barred is None else found.without(barred(items))

    return search(
        board.space,
        score,
        partial(fault_of, board),
        sign=wanted.aim.objective.sign,
        candidates=candidates,
        keep=TRIED,
        rng=stream(board.seed, "optimize", "plans"),
    )


def foreseen(board: Board, plans: Sequence[MessagePlan]) -> list[ReadIntervention]:
    """Return plans as they will be read, with their appeals held within what is supported."""
    facts = with_required(board.wanted.facts, board.wanted.constraints)
    timing = read_timing(board.sent.timing)[0]
    return [held(_foreseen(board, facts, plan, timing)) for plan in plans]


def _foreseen(board: Board, facts: Facts, plan: MessagePlan, timing: Timing) -> ReadIntervention:
    """Return a plan as it will be read: from the readings of its sentences, which gives the same and is quicker."""
    put = render(plan, facts, board.seed)
    return ReadIntervention(
        intervention=_text(board, plan, put).intervention,
        type=plan.type,
        channel=plan.channel,
        response=None,
        timing=timing,
        reading=sketch(put, plan.tone, facts.currency),
        warnings=(),
    )


def fault_of(board: Board, plan: MessagePlan) -> str | None:
    """Return why a plan can not be sent, or None."""
    broken = broken_by_plan(board.wanted.constraints, plan, board.wanted.facts.order_value)
    if broken:
        return f"{broken[0].field}: {broken[0].message}"
    return next(iter(misfits(plan, board.wanted.facts)), None)


def written(board: Board, found: Searched) -> tuple[list[Text], list[Finalist]]:
    """Return the best plans in words, until `KEPT` keep to every rule; after all leaders the plainest plans.

    Returns:
        The texts, and the plans that could not be written so, with the rule that stands in the way.
    """
    texts: list[Text] = []
    unfit: list[Finalist] = []
    wanted = board.wanted
    for plan in (*(it.plan for it in found.leaders), *board.space.plainest()):
        if len(texts) >= KEPT:
            break
        put = draft(plan, wanted.facts, wanted.constraints, board.seed)
        if put.written is None:
            first = put.violations[0]
            unfit.append(Finalist(source="plan", content="", rejected=f"{first.field}: {first.message}"))
        else:
            texts.append(_text(board, plan, put.written))
    return texts, unfit


def reduced(board: Board, plan: MessagePlan) -> Text | None:
    """Return a plan from which something was taken away in words; None where nothing is left to say."""
    facts = with_required(board.wanted.facts, board.wanted.constraints)
    return None if misfits(plan, facts) else _text(board, plan, render(plan, facts, board.seed))


def _text(board: Board, plan: MessagePlan, put: Written) -> Text:
    products = () if plan.product is None else (plan.product,)
    intervention = replace(board.sent, type=plan.type, content=put.content, products=products)
    return Text(source="plan", intervention=intervention, subject=put.subject, plan=plan)


def starts(board: Board, request: OptimizationRequest) -> tuple[list[Text], Mapping[str, str]]:
    """Return the texts to start from: templates of the occasion and the caller's own; and those that could not be."""
    offers = [it for it in board.space.offers if it is not None and it.kind in {"percent", "amount"}]
    start = Start(
        type=board.space.start.type,
        occasion=board.wanted.occasion,
        product=board.wanted.product,
        offer=max(offers, key=lambda it: (it.kind == "percent", it.value or 0.0), default=None),
        facts=board.wanted.facts,
        sent=board.sent,
    )
    filled, skipped = from_templates(start)
    return [*filled, *from_baselines(request.baselines, replace(board.sent, type=start.type))], skipped


def _facts(engine: Engine, subject: Subject, request: OptimizationRequest, horizon_days: int) -> Facts:
    """Return what may be said: of the company what it says itself, of the customer what the record knows."""
    nothing = read_intervention(Intervention(type=NO_CONTACT))
    cells = grid(subject.frame, [nothing], subject.now)
    amount = engine.predict(cells, ["purchase_amount"], horizon_days=horizon_days, level=0.8)["purchase_amount"]
    since = float(subject.frame.column("since_day")[0])
    given = request.facts
    year = None if since != since else (date.fromordinal(EPOCH) + timedelta(days=int(since))).year
    return replace(
        given,
        since_year=year if given.since_year is None else given.since_year,
        bought=given.bought or tuple(it for it in subject.frame.interests[0] if it.isprintable() and len(it) <= 40),
        order_value=float(amount.value[0]),
        currency=subject.currency,
        today=given.today or subject.now.date(),
    )


def _communication(subject: Subject) -> Communication:
    """Return how to speak to the customer, from the twin's numbers."""
    frame = subject.frame
    known = {
        name: (float(frame.column(f"pref_{name}")[0]), float(frame.column(f"prefsd_{name}")[0])) for name in PREFERENCES
    }
    return communication_of(
        tuple(
            Preference(name=name, mean=0.0 if mean != mean else mean, sd=sd, prior_sd=1.0)
            for name, (mean, sd) in known.items()
        )
    )


def _preferred(subject: Subject) -> str:
    """Return the customer's first preferred channel for which messages are written; else e-mail."""
    weights = {it: float(subject.frame.column(f"channel_{it}")[0]) for it in CHANNELS}
    liked = {channel: weight for channel, weight in weights.items() if weight > 0.0}
    return max(liked, key=lambda it: liked[it], default="email")


def rules(rejected: Mapping[str, int], finalists: Sequence[Finalist]) -> list[tuple[str, int]]:
    """Return the rules that plans and texts broke, the most broken first."""
    counted = dict(rejected)
    for it in finalists:
        if it.rejected is not None:
            counted[it.rejected] = counted.get(it.rejected, 0) + 1
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))

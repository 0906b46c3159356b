"""One message for many: the plan that is best on average, and what it costs not to write to each as suits her best.

Everybody's own best is taken from the same plans, by the same caution; what it gains is judged on fresh draws that all
customers share, so that the mean over many keeps the model's uncertainty. Plans share one effect of the send: what is
compared is what they say.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput, NoMessage, ProfilingRefused
from twincast.domain.fields import DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL
from twincast.domain.interventions import ReadIntervention
from twincast.domain.optimizations import MAX_TOGETHER, CommonMessage
from twincast.domain.plans import MessagePlan, elements
from twincast.domain.predictions import Estimate
from twincast.ports.engines import Engine
from twincast.reading.twins import POSITION, TwinFrame
from twincast.response.cells import Cells, grid
from twincast.stats.streams import stream
from twincast.usecases import segments
from twincast.usecases.audiences import gather, may_profile
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.optimizing import insights
from twincast.usecases.optimizing.boards import Board, board_of, fault_of, foreseen, searched, written
from twincast.usecases.optimizing.finals import same_send
from twincast.usecases.optimizing.requests import OptimizationRequest, checked
from twincast.usecases.optimizing.searches import Planned, Searched
from twincast.usecases.optimizing.spaces import Space
from twincast.usecases.optimizing.texts import read_back
from twincast.usecases.optimizing.worths import worth_draws, worths
from twincast.usecases.scenes import Subject
from twincast.usecases.subjects import beginning

Array = NDArray[np.float64]
DRAWS: Final = 400
PLANS: Final = 200
"""Most plans that are scored for everybody."""
INTERESTS: Final = 5
"""Products that are tried: those that most customers buy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """Whom one message is for: a segment by name, or twins by id."""

    segment: str | None = None
    twins: tuple[str, ...] = ()


def run(ctx: Context, whom: Together, request: OptimizationRequest) -> CommonMessage:
    """Find one message for many twins. Nothing is stored: the numbers hold for who belongs now.

    Args:
        request: as for one twin; `twin`, `session`, `baselines` and `drafts` are not looked at.

    Raises:
        InvalidInput, ContradictoryConstraints, NoMessage: as for one twin, or nobody is left to write to.
        UnknownTwin, UnknownSegment: there is none in this workspace.
    """
    asked = checked(request)
    day = request.as_of or ctx.clock.now().date()
    members, frame, refused = _people(ctx, whom, request.seed or 0, day)
    with ctx.store.reading(ctx.workspace) as unit:
        ctx = answering(ctx, unit)
    horizon = request.horizon_days or DEFAULT_HORIZON_DAYS
    now = ctx.clock.now()
    if request.as_of is not None:
        now = beginning(day, ctx.zone, now)
    subject = Subject(frame=_common(frame), currency=frame.currencies[0], now=now, zone=ctx.zone)
    laid_out = board_of(ctx.engine, subject, request, asked, horizon_days=horizon, seed=request.seed or 0)
    board = replace(laid_out, space=_widened(laid_out.space, request.product, frame))
    plans = _plans(ctx.engine, board, min(request.candidates, PLANS))
    items = foreseen(board, plans)
    cautious = _cautious(ctx.engine, frame, items, board)
    order = np.argsort(-cautious.mean(axis=0), kind="stable").tolist()
    text = _text(board, [plans[at] for at in order])
    judged = _judged(ctx.engine, frame, foreseen(board, [text.plan])[0], items, cautious, board)
    level = DEFAULT_LEVEL if request.level is None else request.level
    basis = insights.basis_of(ctx.engine, board.wanted.aim, items[0])
    unit_ = asked.objective.unit
    return CommonMessage(
        objective=asked.objective.name,
        customers=len(frame),
        members=members,
        refused=refused,
        content=text.content,
        subject=text.subject,
        plan=tuple(insights.words_of(it, text.plan) for it in elements(text.plan)),
        worth=_estimate(judged.common, level, unit_, basis),
        price=_estimate(judged.gain, level, unit_, basis),
        suits=judged.suits,
        plans=judged.plans,
        candidates=len(plans),
        draws=DRAWS,
        currency=frame.currencies[0],
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Judged:
    """Over fresh draws, (draws,): the mean worth of the common message, and what each one's own best would add."""

    common: Array
    gain: Array
    suits: float
    plans: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Planned:
    """The common message in words, with its plan."""

    content: str
    subject: str | None
    plan: MessagePlan


def _widened(space: Space, product: str | None, frame: TwinFrame) -> Space:
    """Return the space with the products that most of these customers buy."""
    if product is not None:
        return space
    counted = Counter(it for interests in frame.interests for it in interests)
    most = sorted(counted, key=lambda it: (-counted[it], it))[:INTERESTS]
    return replace(space, products=(*space.products, *(it for it in most if it not in space.products)))


def _plans(engine: Engine, board: Board, count: int) -> list[MessagePlan]:
    """Return plans that may be sent: the best for the typical customer, and others at random."""
    leaders = [it.plan for it in searched(engine, board, 2 * count).leaders[: count // 3]]
    at_random = board.space.drawn(stream(board.seed, "optimize", "pool"), 3 * count)
    fitting = (plan for plan in (*leaders, *at_random) if fault_of(board, plan) is None)
    plans = list(dict.fromkeys(fitting))[:count]
    if not plans:
        raise NoMessage("No plan keeps to every constraint.")
    return plans


def _cautious(engine: Engine, frame: TwinFrame, items: Sequence[ReadIntervention], board: Board) -> Array:
    """Return the cautious worth of every plan to every customer, more is better, (n, m)."""
    aim = board.wanted.aim
    found = worths(engine, grid(frame, items, board.subject.now), aim).cautious
    cautious: Array = np.nan_to_num(aim.objective.sign * found, nan=-1e12).reshape(len(frame), len(items))
    return cautious


def _text(board: Board, plans: Sequence[MessagePlan]) -> _Planned:
    """Return the first plan that can be put into words that keep to every rule."""
    leaders = tuple(Planned(plan=plan, value=0.0, cautious=0.0) for plan in plans)
    for text in written(board, Searched(leaders=leaders, values=(), rounds=(), rejected={}))[0]:
        if text.plan is not None and read_back(text, board.wanted)[1] is None:
            return _Planned(content=text.content, subject=text.subject, plan=text.plan)
    raise NoMessage("No message was found that keeps to every constraint.")


def _judged(
    engine: Engine,
    frame: TwinFrame,
    common: ReadIntervention,
    items: Sequence[ReadIntervention],
    cautious: Array,
    board: Board,
) -> _Judged:
    count, sign = len(frame), board.wanted.aim.objective.sign
    own = cautious.argmax(axis=1)
    shared = (common, *(same_send(it, common) for it in items))
    cells = Cells(
        twins=frame,
        interventions=shared,
        twin=np.tile(np.arange(count), 2),
        intervention=np.concatenate([np.zeros(count, dtype=np.intp), own + 1]),
        now=board.subject.now,
    )
    draws = worth_draws(engine, cells, board.wanted.aim, draws=DRAWS, seed=board.seed + 1)
    mine = [place for place, it in enumerate(items) if it.reading == common.reading]
    return _Judged(
        common=np.nanmean(draws[:count], axis=0),
        gain=np.nanmean(sign * (draws[count:] - draws[:count]), axis=0),
        suits=float(np.isin(own, mine).mean()),
        plans=len(set(own.tolist())),
    )


def _estimate(draws: Array, level: float, unit: str, basis: str) -> Estimate:
    low, high = np.quantile(draws, [0.5 - level / 2.0, 0.5 + level / 2.0]).tolist()
    value = float(draws.mean())
    return Estimate(value=value, low=min(low, value), high=max(high, value), level=level, unit=unit, basis=basis)


def _people(ctx: Context, whom: Together, seed: int, day: date) -> tuple[int, TwinFrame, int]:
    """Return how many there are, a frame of those that are looked at, and how many of them may not be."""
    if (whom.segment is None) == (not whom.twins):
        message = "name either a segment or twins"
        raise InvalidInput.of([FieldProblem(field="customer_segment", message=message, allowed="one of the two")])
    ids = list(dict.fromkeys(whom.twins)) if whom.segment is None else list(segments.members(ctx, whom.segment))
    looked = ids
    if len(ids) > MAX_TOGETHER:
        drawn = stream(seed, "optimize", "together").choice(len(ids), MAX_TOGETHER, replace=False)
        looked = [ids[at] for at in sorted(drawn.tolist())]
    frames = [it.frame for it in gather(ctx, looked, day)] if looked else []
    if not frames:
        raise InvalidInput.of([FieldProblem(field="customer_segment", message="nobody belongs to it")])
    frame = frames[0]
    allowed = np.flatnonzero(may_profile(frame))
    if len(allowed) == 0:
        raise ProfilingRefused("All of these customers have opted out of profiling.")
    if len(set(frame.currencies)) > 1:
        message = "these customers pay in different currencies"
        raise InvalidInput.of([FieldProblem(field="customer_segment", message=message, allowed="one currency")])
    return len(ids), frame.take(allowed.tolist()), len(frame) - len(allowed)


def _common(frame: TwinFrame) -> TwinFrame:
    """Return the typical customer, for whom plans are laid out; nothing is said of what only some of them did."""
    first = frame.take([0])
    values = first.values.copy()
    known = ~np.isnan(frame.values).all(axis=0)
    values[0, known] = np.nanmedian(frame.values[:, known], axis=0)
    values[0, POSITION["since_day"]] = np.nan
    return replace(first, values=values, interests=((),))

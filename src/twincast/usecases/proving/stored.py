"""A readout's rows from stored outcomes: contacts of a test, and twins as they were before it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.experiments import MONEY
from twincast.domain.ids import TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.outcomes import NEEDS_CONTACT
from twincast.ports.engines import Engine
from twincast.ports.outcomes import OutcomeColumns
from twincast.ports.stores import UnitOfWork
from twincast.reading import segments as rules
from twincast.reading.twins import TwinFrame, frame_of, joined
from twincast.usecases import segments
from twincast.usecases.audiences import may_profile
from twincast.usecases.contacts import DAY, Contacts, contacts_of, micros_of
from twincast.usecases.context import Context
from twincast.usecases.gathering import as_they_were
from twincast.usecases.proving.forecasts import Crowd, forecast
from twincast.usecases.proving.rows import Rows

Array = NDArray[np.float64]
Index = NDArray[np.intp]
ELSE: Final = "everybody else"
IDENTITY: Final = ("type", "channel", "content", "template", "products")
"""What makes two messages the same; ids, costs and windows do not."""
FORETOLD: Final = "what was foretold of each before the test"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which contacts are read.

    Attributes:
        arms: id -> what was sent; None is nothing.
        control: id of the arm to compare with.
        metric, guardrails: kinds of outcomes.
        since, until: of the contact, from inclusive to exclusive.
        window_days: contacts whose outcomes counted within so many days; None for all.
        segments: names of segments; a customer counts in the first that it belonged to.
        adjust: whether what was foretold before the test takes out what was foreseeable.
    """

    arms: Mapping[str, Intervention | None]
    control: str
    metric: str
    guardrails: Sequence[str]
    since: datetime | None
    until: datetime | None
    window_days: float | None
    segments: Sequence[str]
    adjust: bool
    seed: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Stored:
    """What the store holds of a test.

    Attributes:
        rows: one a customer.
        crowd: those with a twin as it was before the contact; None without any.
        engine: the model as it was before the first contact.
    """

    rows: Rows
    crowd: Crowd | None
    engine: Engine


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Seen:
    """n customers of the test: twin, arm, moment, and what came of it by kind."""

    twin: Index
    arm: Index
    sent_at: NDArray[np.int64]
    propensity: Array
    kinds: Mapping[str, Array]
    crossed: int
    left_out: Mapping[str, int]


def stored(ctx: Context, unit: UnitOfWork, asked: Asked) -> Stored:
    """Read a test from the store, as of now.

    Raises:
        InvalidInput: nothing in the store is of these arms, or the metric was never told.
    """
    now = ctx.clock.now()
    told = unit.outcomes.columns()
    contacts = contacts_of(told, now)
    seen = _seen(told, contacts, asked)
    engine = _before(ctx, unit, seen)
    days = seen.sent_at // DAY
    frame, place = _frame(unit, told.twins, seen.twin, days)
    known = np.flatnonzero(place >= 0)
    crowd, order = None, np.empty(0, dtype=np.intp)
    if len(known):
        allowed = may_profile(frame)[place[known]]
        order = known[allowed]
    if len(order):
        when = days[order].astype(np.float64)
        moment = datetime.fromtimestamp(int(seen.sent_at[order].max()) / 1e6, UTC)
        crowd = Crowd(frame=frame.take(place[order]), now=moment, currency=ctx.currency, days=when)
    before, names = _foreseen(engine, crowd, order, len(seen.arm), asked)
    contacted = np.array([it is not None for it in asked.arms.values()])[seen.arm]
    rows = Rows(
        arms=tuple(asked.arms),
        control=tuple(asked.arms).index(asked.control),
        arm=seen.arm,
        day=days,
        outcome=_possible(seen.kinds[asked.metric], asked.metric, contacted),
        guardrails={kind: _possible(seen.kinds[kind], kind, contacted) for kind in asked.guardrails},
        propensity=seen.propensity,
        segment=_labels(unit, asked, crowd, order, len(seen.arm)),
        before=before,
        names=names,
        crossed=seen.crossed,
        left_out=seen.left_out,
        window=asked.window_days,
    )
    return Stored(rows=rows, crowd=crowd, engine=engine)


def same_message(one: Intervention | None, other: Intervention | None) -> bool:
    """Tell whether two arms send the same; a channel that one leaves open is that of the other."""
    if one is None or other is None or not (one.is_contact and other.is_contact):
        return (one is None or not one.is_contact) and (other is None or not other.is_contact)
    if one.channel is None or other.channel is None:
        one, other = replace(one, channel=None), replace(other, channel=None)
    return all(getattr(one, name) == getattr(other, name) for name in IDENTITY)


def same_arms(arms: Mapping[str, Intervention | None]) -> tuple[str, str] | None:
    """Return two arms that send the same, or None."""
    pairs = combinations(arms.items(), 2)
    return next(((first, second) for (first, one), (second, other) in pairs if same_message(one, other)), None)


def _seen(told: OutcomeColumns, contacts: Contacts, asked: Asked) -> _Seen:
    """Return the customers of the test, each once: their first contact in the time that is asked for."""
    arm = _arms(told, contacts, asked)
    inside = np.ones(len(contacts), dtype=np.bool_)
    if asked.since is not None:
        inside &= contacts.sent_at >= micros_of(asked.since)
    if asked.until is not None:
        inside &= contacts.sent_at < micros_of(asked.until)
    left_out = Counter({
        "of no arm": int((inside & (arm < 0)).sum()),
        "not assigned at random": int((inside & (arm >= 0) & ~contacts.randomised).sum()),
    })  # fmt: skip
    mine = np.flatnonzero(inside & (arm >= 0) & contacts.randomised)
    if asked.window_days is not None:
        fits = contacts.window[mine] == asked.window_days
        left_out["counted within another window"] = int((~fits).sum())
        mine = mine[fits]
    if not len(mine):
        reasons = "; ".join(f"{count:,} {why}" for why, count in left_out.items() if count) or "none was told"
        message = f"no contact in the store is of these arms and was assigned at random ({reasons})"
        allowed = "the messages as they were told with the outcomes, assignment randomised, or `rows`"
        raise InvalidInput.of([FieldProblem(field="arms", message=message, allowed=allowed)])
    order = mine[np.lexsort((contacts.sent_at[mine], contacts.twin[mine]))]
    twins, first, code = np.unique(contacts.twin[order], return_index=True, return_inverse=True)
    arms_of = np.zeros((len(twins), len(asked.arms)), dtype=np.bool_)
    arms_of[code, arm[order]] = True
    crossed = arms_of.sum(axis=1) > 1
    start = contacts.sent_at[order[first]]
    same = contacts.sent_at[order] == start[code]
    kinds = {kind: _of_kind(contacts, kind, order[same], code[same], len(twins)) for kind in _kinds(contacts, asked)}
    left_out["later contacts of the same customers"] = int((~same).sum())
    left_out["of customers in several arms"] = int(crossed.sum())
    kept = ~crossed
    return _Seen(
        twin=twins[kept],
        arm=arm[order[first]][kept],
        sent_at=start[kept],
        propensity=contacts.propensity[order[first]][kept],
        kinds={kind: values[kept] for kind, values in kinds.items()},
        crossed=int(crossed.sum()),
        left_out={why: count for why, count in left_out.items() if count},
    )


def _arms(told: OutcomeColumns, contacts: Contacts, asked: Asked) -> Index:
    """Return the arm of each contact, -1 for none of them. Raises InvalidInput where arms can not be told apart."""
    sent = list(asked.arms.values())
    alike = same_arms(asked.arms)
    if alike is not None:
        message = f"{alike[0][:60]!a} and {alike[1][:60]!a} send the same: stored outcomes can not tell them apart"
        raise InvalidInput.of([FieldProblem(field="arms", message=message, allowed="`rows`, which name their arm")])
    of = [next((place for place, it in enumerate(sent) if same_message(it, given)), -1) for given in told.interventions]
    nothing = next((place for place, it in enumerate(sent) if it is None or not it.is_contact), -1)
    found: Index = np.array([*of, nothing], dtype=np.intp)[contacts.intervention]  # -1 is the last one
    return found


def _kinds(contacts: Contacts, asked: Asked) -> tuple[str, ...]:
    wanted = "purchase" if asked.metric == MONEY else asked.metric
    if wanted not in contacts.outcomes:
        message = f"no stored {wanted} can be read: none was told, no window is over, or only what happened was told"
        allowed = "outcomes with value 1 and 0, whose windows are over"
        raise InvalidInput.of([FieldProblem(field="metric", message=message, allowed=allowed)])
    return (asked.metric, *asked.guardrails)


def _of_kind(contacts: Contacts, kind: str, rows: Index, code: Index, count: int) -> Array:
    """Return what is known of a kind for each customer; money is 0 where nothing was bought, NaN where not told."""
    found = np.full(count, np.nan)
    if kind == MONEY:
        bought = contacts.outcomes["purchase"][rows]
        np.fmax.at(found, code, np.where(bought == 0.0, 0.0, contacts.amounts[rows]))
    elif kind in contacts.outcomes:
        np.fmax.at(found, code, contacts.outcomes[kind][rows])
    return found


def _possible(values: Array, kind: str, contacted: NDArray[np.bool_]) -> Array:
    """Return what came of it: what needs a contact did not happen without one."""
    return np.where(contacted, values, 0.0) if kind in NEEDS_CONTACT | {"unsubscribe", "share"} else values


def _before(ctx: Context, unit: UnitOfWork, seen: _Seen) -> Engine:
    """Return the engine that answers by what was learned before the first contact, else by the prior."""
    first = int(seen.sent_at.min()) if len(seen.sent_at) else 0
    earlier = [it for it in unit.models.all() if micros_of(it.received_until) <= first]
    if not earlier:
        return ctx.engine
    digest = max(earlier, key=lambda it: it.version).digest
    return ctx.engine.learned(digest, lambda: unit.models.blob(digest))


def _frame(unit: UnitOfWork, twins: Sequence[TwinId], twin: Index, days: NDArray[np.int64]) -> tuple[TwinFrame, Index]:
    """Return twins as they were on the day of their contact, and the place of each customer's; -1 without one."""
    pairs, pair = np.unique(np.stack([twin, days], axis=1), axis=0, return_inverse=True)
    found, frames, done = np.full(len(pairs), -1, dtype=np.intp), [], 0
    for places, then in as_they_were(unit, twins, pairs):
        found[places] = done + np.arange(len(then))
        frames.append(frame_of(then))
        done += len(then)
    return joined(frames) if frames else frame_of([]), found[pair.ravel()]


def _foreseen(
    engine: Engine, crowd: Crowd | None, order: Index, count: int, asked: Asked
) -> tuple[Array, tuple[str, ...]]:
    """Return the metric as it was foretold of every customer before the test, under the same arms for all, (n, 1).

    Under the control; where nothing can come of that, under the first arm that sends something.
    """
    if crowd is None or not asked.adjust:
        return np.empty((count, 0)), ()
    sent = next(name for name, it in asked.arms.items() if it is not None)
    kind = "purchase" if asked.metric == MONEY else asked.metric
    arm = sent if kind in NEEDS_CONTACT | {"unsubscribe", "share"} else asked.control
    days = int(asked.window_days or 7)
    found = forecast(engine, crowd, {arm: asked.arms[arm]}, metric=kind, window_days=days, seed=asked.seed, draws=1)
    before = np.full((count, 1), np.nan)
    before[order, 0] = found.each[:, 0]
    return before, (FORETOLD,)


def _labels(unit: UnitOfWork, asked: Asked, crowd: Crowd | None, order: Index, count: int) -> NDArray[np.str_] | None:
    """Return the segment of each customer as of the contact; who objected to profiling belongs to none."""
    if not asked.segments:
        return None
    found = np.full(count, ELSE, dtype=np.object_)
    for name in reversed(asked.segments):
        segment = segments.find(unit, name)
        if crowd is not None and crowd.days is not None:
            inside = rules.members(segment, crowd.frame, float(crowd.days.max()))
            found[order[inside]] = segment.name
    return found.astype(np.str_)

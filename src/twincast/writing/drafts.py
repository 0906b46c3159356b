"""Drafts: a plan written down, read back and held against its constraints. What breaks one is never handed out.

The attributes of a plan are known without reading its text: `sketch` puts together what was read in its sentences,
which are few and are each read once. Wordings of one element show reading the same signs (docs/writing.md), so that a
plan is scored and not the luck of its words. Tests hold sketches against readings of the whole texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from twincast.domain.constraints import (
    Constraints,
    Contradiction,
    Violation,
    broken_by_plan,
    broken_by_text,
    contradictions,
)
from twincast.domain.messages import MessageReading
from twincast.domain.misfits import misfits
from twincast.domain.plans import Facts, MessagePlan
from twincast.reading.joining import joined_reading
from twincast.reading.messages import read_message
from twincast.writing.render import Written, render

_TRIES: Final = 6
"""Other wordings that are tried where one breaks a constraint that another may keep."""
_OF_WORDING: Final = frozenset({"length_max", "forbidden", "channel", "tone", "urgency"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """A plan written down, or why it can not be.

    Attributes:
        plan: what it says.
        written: in words; None where any violation stands.
        reading: what is read in its content (`sketch`); None where `written` is.
        violations: what is broken; the field `plan` where the plan fits neither itself nor the facts.
    """

    plan: MessagePlan
    written: Written | None
    reading: MessageReading | None
    violations: tuple[Violation, ...]


def draft(plan: MessagePlan, facts: Facts, constraints: Constraints, seed: int = 0) -> Draft:
    """Write a plan down so that every constraint holds, or say which does not.

    Args:
        plan: what to say; it is never changed: a discount above the limit is refused, not lowered.
        facts: what may be said; sentences that the constraints require are said beside those of the facts.
        constraints: what must hold.
        seed: which wordings are tried first; where one breaks a constraint, up to six others are tried.
    """
    known = with_required(facts, constraints)
    wrong = tuple(Violation(field="plan", message=said) for said in misfits(plan, known))
    wrong = wrong or broken_by_plan(constraints, plan, facts.order_value)
    if wrong:
        return Draft(plan=plan, written=None, reading=None, violations=wrong)
    for attempt in range(_TRIES):
        written = render(plan, known, seed + attempt * 1_000_003)
        reading = sketch(written, plan.tone, facts.currency)
        broken = broken_by(constraints, written.content, written.subject, reading, facts)
        if not broken:
            return Draft(plan=plan, written=written, reading=reading, violations=())
        wrong = wrong or broken
        if any(it.field not in _OF_WORDING for it in broken):
            break
    return Draft(plan=plan, written=None, reading=None, violations=wrong)


def sketch(written: Written, tone: str, currency: str) -> MessageReading:
    """Return what is read in a message's content, from its parts: each sentence is read once and remembered."""
    parts = [(part.start, read_message(part.text, (), currency)) for part in written.parts]
    return joined_reading(written.content, parts, tone)


def broken_in(constraints: Constraints, content: str, subject: str | None, facts: Facts) -> tuple[Violation, ...]:
    """Return what a text breaks, whoever wrote it: it is read for what it takes off the price."""
    return broken_by(constraints, content, subject, read_message(content, (), facts.currency), facts)


def broken_by(
    constraints: Constraints, content: str, subject: str | None, reading: MessageReading, facts: Facts
) -> tuple[Violation, ...]:
    """As `broken_in`, of a content that was read before."""
    above = 0.0 if subject is None else depth_of(read_message(subject, (), facts.currency), facts.order_value)
    below = depth_of(reading, facts.order_value)
    depth = None if above is None or below is None else max(above, below)
    return broken_by_text(constraints, content, subject=subject, depth=depth)


def depth_of(reading: MessageReading, order_value: float | None) -> float | None:
    """Return the largest fraction of the list price that a text promises; None where it cuts a price by an unknown one.

    A ceiling counts in full ("up to 50% off" is 0.5), money off against the larger of the usual order and the order
    from which the offer holds.
    """
    least = max((it.value or 0.0 for it in reading.offers if it.kind == "threshold"), default=0.0)
    basis, depth = max(order_value or 0.0, least), 0.0
    for term in reading.offers:
        if term.kind in {"percent", "n_for_m", "amount"}:
            if term.value is None or (term.kind == "amount" and basis <= 0):
                return None
            depth = max(depth, min(term.value / basis, 1.0) if term.kind == "amount" else term.value)
    return depth


def with_required(facts: Facts, constraints: Constraints) -> Facts:
    """Return the facts with the sentences that the constraints require, each once."""
    required = tuple(dict.fromkeys((*facts.required, *constraints.required)))
    return facts if required == facts.required else replace(facts, required=required)


def contradictions_in(constraints: Constraints, facts: Facts) -> tuple[Contradiction, ...]:
    """Return which constraints no message can keep together, the smallest first; what is required is read."""
    depths: Mapping[str, float | None] = {
        fact: depth_of(read_message(fact, (), facts.currency), facts.order_value) for fact in constraints.required
    }
    return contradictions(constraints, depths=depths)

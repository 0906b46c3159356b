"""Planning a sequence: which message a customer gets next, on which channel and when, and when to stop.

Step by step: of all contacts that consent, quiet hours, caps and the limit of unsubscribing allow, the one that adds
most to the objective is made in the customer's memory, and the next is weighed by what is then remembered. The plan
ends where nothing adds enough. Several rests between contacts are tried, and the plan that adds most in all is given.
Nothing is stored: the same request on the same twin gives the same plan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isnan
from typing import Final

import numpy as np

from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.memories import SECONDS_A_DAY, Memory, remember
from twincast.domain.sequences import ContactPlan, Ended, Ending, Pace, Step, Worth
from twincast.domain.trials import TrialSettings
from twincast.ports.engines import Engine
from twincast.usecases.answers import answer
from twincast.usecases.context import Context
from twincast.usecases.learning import answering
from twincast.usecases.memories import blank, exposure_of
from twincast.usecases.optimizing.worths import Aim
from twincast.usecases.scenes import Subject
from twincast.usecases.sequencing.contacts import LOOK, Choice, Contact, choice_of, next_contacts
from twincast.usecases.sequencing.gains import gains, unit_of, worth
from twincast.usecases.sequencing.requests import SequenceRequest, checked
from twincast.usecases.sequencing.risks import mild_ones
from twincast.usecases.subjects import subject_met
from twincast.usecases.trials import TrialRequest, provenance_of, seeded, settings_of
from twincast.usecases.visits import visit
from twincast.usecases.wholes import sendable_timings

PACES: Final = (7.0, 10.0, 14.0, 21.0, 28.0)
"""Days of rest that are tried: one contact a week at most where the company has set no caps."""
BRISK: Final = (1.0, 2.0, 3.0, 5.0)
"""Tried besides where it has."""
FIELDS: Final = ("will_engage", "will_purchase", "will_unsubscribe")
"""Foretold for each message of a plan."""
WORDS: Final = {
    Ending.NO_GAIN: "No further message adds more than the least gain that was asked for.",
    Ending.MESSAGES: "As many messages as were asked for.",
    Ending.SPAN: "No window in which a further message is allowed lies within the days asked for.",
    Ending.CONSENT: "The customer has refused every channel that could be used.",
    Ending.QUIET: "The contact policy's quiet hours leave no part of the day to send in.",
    Ending.RISK: "Every further message has a higher risk of unsubscribing than the contact policy allows.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a plan is made from, and how."""

    engine: Engine
    subject: Subject
    choice: Choice
    aim: Aim
    request: SequenceRequest
    settings: TrialSettings

    @property
    def last(self) -> datetime:
        """Return the moment at which the last window must be over."""
        return self.subject.now + timedelta(days=self.request.within_days)


def plan(ctx: Context, request: SequenceRequest) -> ContactPlan:
    """Plan several messages to one customer over time.

    Raises:
        InvalidInput, TooLarge: the request is not valid.
        UnknownTwin, UnknownSession: there is none in this workspace.
        ProfilingRefused: the customer opted out.
    """
    objective = checked(request)
    settings = settings_of(ctx, _asked(request))
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        met = visit(ctx, unit, request.twin, request.session)
        subject = subject_met(ctx, unit, met, request.as_of, None, now)
        ctx = answering(ctx, unit)
    settings = seeded(settings, request.seed, met)
    choice = choice_of(request.messages, request.channels, subject)
    aim = Aim(objective=objective, horizon_days=settings.horizon_days, costs=request.costs)
    made = Plan(engine=ctx.engine, subject=subject, choice=choice, aim=aim, request=request, settings=settings)
    tried = [(rest, _course(made, rest)) for rest in _rests(made)]
    paces = tuple(Pace(rest_days=rest, messages=len(it.steps), total=_total(it.steps)) for rest, it in tried)
    # Of plans that come to the same, the one with the longest rest disturbs least.
    best = max(range(len(paces)), key=lambda place: (paces[place].total, paces[place].rest_days))
    rest, course = tried[best]
    steps, ended = course.steps, course.ended
    return ContactPlan(
        twin_id=met.twin.id,
        customer_id=met.twin.customer_id,
        objective=objective,
        settings=settings,
        steps=tuple(steps),
        ended=ended,
        rest_days=rest,
        paces=paces,
        total=paces[best].total,
        overlapping=any(step.days_since is not None and step.days_since < settings.horizon_days for step in steps[1:]),
        unit=unit_of(objective, subject.currency),
        currency=subject.currency,
        skipped=choice.skipped,
        held_back=course.held_back,
        provenance={
            name: provenance_of(ctx, met, item, settings.seed, subject.policy) for name, _, item in choice.items
        },
    )


def _asked(request: SequenceRequest) -> TrialRequest:
    return TrialRequest(
        twin=request.twin,
        intervention=Intervention(type=NO_CONTACT),
        predict=FIELDS,
        horizon_days=request.horizon_days,
        level=request.level,
        as_of=request.as_of,
        seed=request.seed,
    )


def _rests(made: Plan) -> tuple[float, ...]:
    """Return the days of rest to try."""
    if made.request.rest_days is not None:
        return (made.request.rest_days,)
    return (*BRISK, *PACES) if made.subject.policy.caps else PACES


def _total(steps: Sequence[Step]) -> float:
    return sum(step.worth.gain.value for step in steps)


@dataclass(slots=True)
class _Course:
    """The steps of a plan with one rest between them, what was held back from it, and why it ends."""

    ended: Ended
    steps: list[Step] = field(default_factory=list)
    held_back: dict[str, str] = field(default_factory=dict)


def _course(made: Plan, rest_days: float) -> _Course:
    """Return the course of a plan with a rest between its steps."""
    subject, memory, earliest = made.subject, made.subject.memory, made.subject.now
    course = _Course(ended=_ended(Ending.SPAN, made.last))
    if not made.choice.items:
        return replace(course, ended=_ended(Ending.CONSENT, earliest))
    if not sendable_timings(subject.policy):
        return replace(course, ended=_ended(Ending.QUIET, earliest))
    while contacts := next_contacts(made.choice, subject, memory, earliest, made.last, rest_days):
        suited = _suited(made, contacts)
        mild = mild_ones(made.engine, subject, memory, suited, made.aim.horizon_days, course.held_back)
        best = _best(made, memory, mild)
        if len(course.steps) == made.request.most:
            return replace(course, ended=_full(made, memory, best, earliest))
        if suited and best is None:  # what tires a customer fades: a week later the risk may be less
            course.ended = _ended(Ending.RISK, made.last)
            earliest = contacts[0].after + LOOK
            continue
        if best is None:
            return replace(course, ended=_ended(Ending.NO_GAIN, earliest))
        step = _step(made, memory, best)
        if step.worth.gain.value <= made.request.least_gain:
            return replace(course, ended=_ended(Ending.NO_GAIN, best.window.starts_at, best.message_id, step.worth))
        course.steps.append(step)
        course.ended = _ended(Ending.SPAN, made.last)
        memory = remember(memory or blank(), exposure_of(step.answer), best.window.starts_at)
        earliest = best.window.ends_at
    if len(course.steps) == made.request.most:
        return replace(course, ended=_full(made, memory, None, earliest))
    return course


def _suited(made: Plan, contacts: Sequence[Contact]) -> list[Contact]:
    """Return each message on each channel once, in the window that would suit it best with nothing sent before.

    Later windows gain by what has faded meanwhile, and how long to rest is weighed for the plan as a whole.
    """
    suited: dict[tuple[str, str], Contact] = {}
    fresh = gains(made.engine, made.subject, made.subject.memory, contacts, made.aim).tolist()
    order = sorted(range(len(contacts)), key=lambda place: (-fresh[place], contacts[place].window.starts_at))
    for place in order:
        if not isnan(fresh[place]):
            suited.setdefault((contacts[place].message_id, contacts[place].channel), contacts[place])
    return list(suited.values())


def _best(made: Plan, memory: Memory | None, contacts: Sequence[Contact]) -> Contact | None:
    """Return the contact that adds most with what the customer remembers; None where there is none."""
    if not contacts:
        return None
    return contacts[int(np.argmax(gains(made.engine, made.subject, memory, contacts, made.aim)))]


def _step(made: Plan, memory: Memory | None, best: Contact) -> Step:
    subject = replace(made.subject, now=best.after, memory=memory)
    answered = answer(made.engine, subject, [best.item], made.settings)[0]
    before = memory.last_contact if memory is not None else None
    days = None if before is None else (best.window.starts_at - before).total_seconds() / SECONDS_A_DAY
    return Step(
        message_id=best.message_id,
        answer=replace(answered, window=best.window),
        worth=_worth(made, memory, best),
        days_since=days,
    )


def _worth(made: Plan, memory: Memory | None, contact: Contact) -> Worth:
    return worth(
        made.engine,
        made.subject,
        (memory, made.subject.memory),
        contact,
        made.aim,
        level=made.settings.level,
        seed=made.settings.seed,
    )


def _full(made: Plan, memory: Memory | None, left: Contact | None, earliest: datetime) -> Ended:
    """Return the end of a plan with all the messages that were asked for, and what one more would have added."""
    if left is None:
        return _ended(Ending.MESSAGES, earliest)
    return _ended(Ending.MESSAGES, left.window.starts_at, left.message_id, _worth(made, memory, left))


def _ended(reason: Ending, at: datetime, message_id: str | None = None, of: Worth | None = None) -> Ended:
    return Ended(reason=reason, words=WORDS[reason], at=at, message_id=message_id, worth=of)

"""What a sequence asks for, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final

from twincast.domain.channels import canonical_channel
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.interventions import NO_CONTACT
from twincast.domain.objectives import DEFAULT_OBJECTIVE, Costs, Objective, cost_problems, objective_of
from twincast.domain.sequences import MOST_CHOICES, MOST_DAYS, MOST_MESSAGES
from twincast.reading.interventions import canonical_type
from twincast.usecases.comparisons import Variant
from twincast.usecases.suggestions import SENDABLE
from twincast.usecases.texts import MAX_NAME, text_problems

DEFAULT_MESSAGES: Final = 5
DEFAULT_DAYS: Final = 42


@dataclass(frozen=True, kw_only=True, slots=True)
class SequenceRequest:
    """What a plan of several messages asks for; None is the documented default.

    Attributes:
        twin: id of a twin or of a customer.
        messages: what may be sent, any of them more than once; ids unique.
        most: messages at most.
        within_days: days from now in which the last window must lie.
        rest_days: least days between two contacts; None: the rest whose plan adds most, of one week and more where the
            contact policy has no caps, and of a day and more where it has.
        channels: tried for messages that name none; None: those the record says the customer likes.
        least_gain: a message must add more than this, in the objective's unit.
        session: whose memory the twin brings; None: its own.
    """

    twin: str
    messages: tuple[Variant, ...]
    objective: str = DEFAULT_OBJECTIVE
    costs: Costs = field(default_factory=Costs)
    most: int = DEFAULT_MESSAGES
    within_days: int = DEFAULT_DAYS
    rest_days: float | None = None
    channels: tuple[str, ...] | None = None
    least_gain: float = 0.0
    session: str | None = None
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    seed: int | None = None


def checked(request: SequenceRequest) -> Objective:
    """Return what is aimed at.

    Raises:
        InvalidInput: naming everything that is wrong with the request.
    """
    objective = objective_of(request.objective)
    problems = [
        *_objective_problems(objective),
        *cost_problems(objective, request.costs),
        *_number_problems(request),
        *_channel_problems(request),
        *_message_problems(request),
    ]
    if problems:
        raise InvalidInput.of(problems)
    return objective


def _objective_problems(objective: Objective) -> Iterator[FieldProblem]:
    if objective.sign < 0.0:
        message = f"{objective.name} is served best by sending nothing: every further message adds to it"
        yield FieldProblem(field="objective", message=message, allowed="an objective that a message can serve")


def _number_problems(request: SequenceRequest) -> Iterator[FieldProblem]:
    rest = request.rest_days
    if not 1 <= request.most <= MOST_MESSAGES:
        yield FieldProblem(field="max_messages", message=f"{request.most} is out of range", allowed="1 to 20")
    if not 1 <= request.within_days <= MOST_DAYS:
        yield FieldProblem(field="within_days", message=f"{request.within_days} is out of range", allowed="1 to 180")
    if rest is not None and not (isfinite(rest) and 0.0 <= rest <= MOST_DAYS):
        yield FieldProblem(field="rest_days", message=f"{rest} is out of range", allowed=f"0 to {MOST_DAYS}")
    if not isfinite(request.least_gain):
        yield FieldProblem(field="least_gain", message="is not finite", allowed="a number in the objective's unit")


def _channel_problems(request: SequenceRequest) -> Iterator[FieldProblem]:
    allowed = ", ".join(SENDABLE)
    if request.channels is not None and not request.channels:
        yield FieldProblem(field="channels", message="is empty", allowed=f"any of {allowed}, or leave it out")
    for place, name in enumerate(request.channels or ()):
        if canonical_channel(name) not in SENDABLE:
            message = f"'{ascii(name[:80])[1:-1]}' is no channel that messages go out on"
            yield FieldProblem(field=f"channels[{place}]", message=message, allowed=allowed)


def _message_problems(request: SequenceRequest) -> Iterator[FieldProblem]:
    count = len(request.messages)
    if not 1 <= count <= MOST_CHOICES:
        yield FieldProblem(field="messages", message=f"has {count}", allowed=f"1 to {MOST_CHOICES}")
    first: dict[str, int] = {}
    for place, message in enumerate(request.messages[:MOST_CHOICES]):
        path, given = f"messages[{place}]", message.intervention
        earlier = first.setdefault(message.id, place)
        if earlier != place:
            said = f"'{ascii(message.id[:80])[1:-1]}' is the id of messages[{earlier}] too"
            yield FieldProblem(field=f"{path}.id", message=said, allowed="unique ids")
        yield from text_problems(f"{path}.id", message.id, MAX_NAME)
        if canonical_type(given.type) == NO_CONTACT:
            said = "is sending nothing, which a plan weighs anyway"
            yield FieldProblem(field=f"{path}.type", message=said, allowed="a message")
        for name in ("timing", "at"):
            if getattr(given, name) is not None:
                said = "is what a plan finds out"
                yield FieldProblem(field=f"{path}.{name}", message=said, allowed="leave it out")

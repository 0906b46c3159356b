"""`Twincast.sequence`: several messages to one customer over time."""

from typing import TYPE_CHECKING, Any

from twincast.domain.interventions import NO_CONTACT, Intervention
from twincast.domain.objectives import DEFAULT_OBJECTIVE
from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, interventions_in
from twincast.usecases import sequences
from twincast.usecases.comparisons import Variant
from twincast.usecases.context import Context
from twincast.usecases.sequencing.requests import SequenceRequest

if TYPE_CHECKING:
    from twincast.domain.sequences import ContactPlan


class Sequencing:
    """The part of `Twincast` that plans over time."""

    _ctx: Context

    def sequence(
        self,
        customer: str,
        messages: Interventions,
        objective: str = DEFAULT_OBJECTIVE,
        *,
        as_of: Day | None = None,
        **asked: Any,
    ) -> "ContactPlan":
        """Plan several messages to a customer over time: which, on which channel, when, and when to stop.

        Args:
            customer: id of the customer or of the twin.
            messages: what may be sent, any of them more than once: a list, or a mapping of id to intervention.
            objective: what to aim at, in any spelling that `optimize` takes.
            as_of: day the plan is made from; None: today.
            asked: further arguments of `twincast.usecases.sequencing.requests.SequenceRequest`: `costs`, `most`,
                `within_days`, `rest_days`, `channels`, `least_gain`, `session`, `horizon_days`, `level`, `seed`.

        Raises:
            UnknownTwin, ProfilingRefused, InvalidInput.
        """
        given = interventions_in(messages, "messages")
        several = tuple(
            Variant(id=name, intervention=it or Intervention(type=NO_CONTACT)) for name, it in given.items()
        )
        request = SequenceRequest(twin=customer, messages=several, objective=objective, as_of=day_of(as_of), **asked)
        return sequences.plan(self._ctx, request)

"""What the reader of a test plan should know."""

from collections.abc import Iterator, Mapping

from twincast.domain.experiments import ANYTIME
from twincast.domain.interventions import Intervention
from twincast.domain.twins import Warning
from twincast.stats.sequences import LEAST_EVENTS
from twincast.usecases.proving.requests import ExperimentRequest
from twincast.usecases.proving.sizes import Sizing
from twincast.usecases.proving.stored import same_arms

Arms = Mapping[str, Intervention | None]

SURE_ENOUGH = 0.5
"""Assurance below which the plan says that it would be a gamble."""


def warnings_of(
    request: ExperimentRequest, sizing: Sizing, needed: int | None, total: int | None, *, arms: Arms, one_customer: bool
) -> Iterator[Warning]:
    """Yield warnings of a plan; `one_customer`: it rests on the predictions for one alone."""
    foretold = sizing.forecast
    if needed is None:
        message = "No difference is foretold in some arm: no number of customers finds none."
        yield Warning(code="no-difference-foretold", field="arms", message=message)
    elif total is not None and total < needed:
        message = f"{needed:,} customers would find what is foretold; there are {total:,}: see power and detectable."
        yield Warning(code="too-few-customers", field="available", message=message)
    alike = same_arms(arms)
    if alike is not None:
        message = f"{alike[0]!a} and {alike[1]!a} send the same: read such a test from rows that name their arm."
        yield Warning(code="same-message", field="arms", message=message)
    if one_customer:
        message = "What is foretold rests on one customer: name `customers` or a `segment` that the test is for."
        yield Warning(code="one-customer", field="customers", message=message)
    for place, name in enumerate(foretold.arms):
        if place == sizing.control or total is None:
            continue
        if needed is not None and sizing.assurance(place, total) < SURE_ENOUGH:
            message = f"With what the prediction is unsure of, the arm {name!a} comes out in less than half of tests."
            yield Warning(code="low-assurance", field="arms", message=message)
    yield from _few_events(request, sizing, total)


def _few_events(request: ExperimentRequest, sizing: Sizing, total: int | None) -> Iterator[Warning]:
    if request.looks != ANYTIME or total is None or sizing.forecast.currency is not None:
        return
    events = total * sizing.shares * sizing.forecast.means
    least = int(events.argmin())
    if events[least] < LEAST_EVENTS:
        message = (
            f"{events[least]:,.0f} events are foretold in the arm {sizing.forecast.arms[least]!a}: the sequence that "
            f"may be looked at any time is offered from {LEAST_EVENTS} on. Plan one look, or take another metric."
        )
        yield Warning(code="few-events", field="looks", message=message)

"""What an optimisation found, as text for a terminal."""

from twincast.domain.objectives import BY_NAME
from twincast.domain.optimizations import CommonMessage, Element, Optimization
from twincast.domain.predictions import Estimate
from twincast.entrypoints.cli.pages import bullets, say


def print_optimization(found: Optimization) -> None:
    """Print the message first, then its numbers, then what it owes to its parts."""
    aim = BY_NAME[found.objective]
    say(f"Optimization {found.id}: {found.twin_id}, version {found.twin_version}")
    if found.subject is not None:
        say(f"\nSubject: {found.subject}")
    say(f"\n{found.content}\n")
    say(f"{aim.name.replace('_', ' ').capitalize()}: {_number(found.aim)} ({found.aim.unit}, {found.aim.basis})")
    if found.confidence is not None:
        say(f"Better than the runner-up with probability {found.confidence:.2f}.")
    say(f"{found.trace.candidates} plans scored, {len(found.trace.finalists)} texts read back; from {found.source}.")
    bullets("Owes to", [_part(it) for it in found.key])
    bullets("Goes without", [_part(it) for it in found.avoided])
    bullets("Warnings", [it.message for it in found.answer.warnings])
    bullets("Flags", [it.message for it in found.answer.flags])


def print_common(found: CommonMessage) -> None:
    """Print one message for many, and the price of not personalising."""
    unit = BY_NAME[found.objective].unit
    say(f"For {found.customers} of {found.members} customers")
    if found.subject is not None:
        say(f"\nSubject: {found.subject}")
    say(f"\n{found.content}\n")
    say(f"On average: {_number(found.worth)} ({unit}, {found.worth.basis})")
    say(f"Writing to each as suits best would add {_number(found.price)}; it suits {found.suits:.0%} best as it is.")


def _number(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} ({estimate.low:.4g} to {estimate.high:.4g})"


def _part(element: Element) -> str:
    rule = "" if element.rule is None else f"; excluded by {element.rule}"
    return f"{element.words}: {element.effect.value:+.4g}{rule}"

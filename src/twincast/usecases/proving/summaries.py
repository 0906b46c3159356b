"""A readout in a sentence or two: what its reader would ask first."""

from twincast.domain.experiments import MONEY
from twincast.domain.readouts import (
    BETTER,
    BREACHED,
    BROKEN,
    TOO_EARLY,
    UNDECIDED,
    WORSE,
    Effect,
    Foretold,
    Interval,
    Readout,
)

SAID = {
    BETTER: "is better than {control}",
    WORSE: "is worse than {control}",
    UNDECIDED: "is not told apart from {control}",
    TOO_EARLY: "can not be judged yet against {control}",
}


def summary_of(found: Readout) -> str:
    """Return what a readout says, in words."""
    if found.assignment == BROKEN:
        failed = "; ".join(f"{check.name}: {check.words}" for check in found.checks if not check.passed)
        return (
            f"The assignment is broken ({failed}). No effect is given, as none could be told from what is broken: find "
            "out how customers came into the arms, and begin anew."
        )
    parts = [_effect(found, effect) for effect in found.effects]
    parts += [f"Guardrail, {it.arm}: {it.words}." for it in found.guardrails if it.verdict == BREACHED]
    parts += [_foretold(found, it) for it in found.foretold]
    return " ".join(parts)


def _effect(found: Readout, effect: Effect) -> str:
    shown = effect.sequence if effect.sequence is not None and found.looks != "once" else effect.best
    said = SAID[effect.verdict].format(control=found.control)
    return f"{effect.arm} {said}: {_number(found, shown)} {_kind(found)} a customer."


def _foretold(found: Readout, it: Foretold) -> str:
    return f"{it.arm} was foretold at {_number(found, it.predicted)} by {found.foretold_by}: {it.words}."


def _kind(found: Readout) -> str:
    return found.unit if found.metric == MONEY else f"{found.metric}s" if found.metric != "reply" else "replies"


def _number(found: Readout, it: Interval) -> str:
    if found.metric == MONEY:
        return f"{it.value:+.2f} [{it.low:+.2f}, {it.high:+.2f}]"
    return f"{it.value:+.4f} [{it.low:+.4f}, {it.high:+.4f}]"

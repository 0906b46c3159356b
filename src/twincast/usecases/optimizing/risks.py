"""Messages that are too likely to make the customer unsubscribe: no search chooses them, whatever they would gain."""

from collections.abc import Sequence

from twincast.domain.interventions import ReadIntervention
from twincast.domain.optimizations import Finalist
from twincast.ports.engines import Engine
from twincast.response.cells import grid
from twincast.usecases.guardrails import RISK, limit_words, most_unsubscribing
from twincast.usecases.optimizing.boards import Board, foreseen, searched
from twincast.usecases.optimizing.searches import Searched
from twincast.usecases.optimizing.texts import Wanted
from twincast.usecases.optimizing.worths import LEVEL
from twincast.usecases.scenes import Subject


def searched_within(engine: Engine, board: Board, candidates: int) -> tuple[Searched, list[Finalist]]:
    """Search the plans of a board within the limit of unsubscribing; return leaders too that are above it.

    The limit is looked at where it matters: only if a leader is above it, which is rare, is the search made again with
    the risk of every plan.
    """

    def faults(items: list[ReadIntervention]) -> list[str | None]:
        return risk_faults(engine, board.subject, items, board.wanted)

    found = searched(engine, board, candidates)
    broken = [it for it in faults(foreseen(board, [it.plan for it in found.leaders])) if it is not None]
    if not broken:
        return found, []
    above = [Finalist(source="plan", content="", rejected=it) for it in broken]
    return searched(engine, board, candidates, lambda items: [it is not None for it in faults(items)]), above


def risk_faults(
    engine: Engine, subject: Subject, items: Sequence[ReadIntervention], wanted: Wanted
) -> list[str | None]:
    """Return of each message the rule that its risk of unsubscribing breaks, in a sentence, or None."""
    if not items or subject.policy.unsubscribe_ratio is None:
        return [None] * len(items)
    cells = grid(subject.frame, items, subject.now, subject.remembered)
    days, channel = wanted.aim.horizon_days, wanted.constraints.channel or ""
    risks = engine.predict(cells, [RISK], horizon_days=days, level=LEVEL)[RISK].value
    fault = f"unsubscribe_risk: It is above {limit_words(subject.policy, channel, days)}."
    return [fault if risk > most_unsubscribing(subject.policy, channel, days) else None for risk in risks.tolist()]

"""The results of a session: which stand on its line, and the questions behind them, to be asked for more."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from twincast.domain.comparisons import NO_CONTACT_ID, Comparison
from twincast.domain.errors import TooLarge
from twincast.domain.events import Head
from twincast.domain.extractions import Result
from twincast.domain.ids import ComparisonId, TrialId
from twincast.domain.sessions import Session
from twincast.domain.trials import Trial
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.usecases.answers import Question
from twincast.usecases.context import Context
from twincast.usecases.sessions import find
from twincast.usecases.subjects import subject_met
from twincast.usecases.visits import Visit

MOST_RESULTS: Final = 10_000
AT_ONCE: Final = 500


def results_of(unit: UnitOfWork, session: Session, head: Head) -> list[Result]:
    """Return a session's results on the line up to a head, oldest first; of one message to one twin only the last.

    Raises:
        TooLarge: there are more than can be extracted at once.
    """
    found: dict[tuple[str, str, str], Result] = {}
    for source in alone(unit, session) if session.ephemeral else _sources(unit, head):
        for result in results_from(unit, source):
            reading = result.answer.intervention.reading
            key = (result.twin_id, result.variant, reading.digest if reading else "")
            found.pop(key, None)
            found[key] = result
            if len(found) > MOST_RESULTS:
                raise TooLarge(
                    f"The session holds more than {MOST_RESULTS:,} results: extract from a checkpoint of it."
                )
    return list(found.values())


def question(ctx: Context, unit: UnitOfWork, result: Result, fields: Mapping[str, str]) -> Question:
    """Return what was asked, to be answered for other fields: the same twin, message, moment and memory.

    Args:
        ctx: who asks.
        unit: where the twin's line is read.
        result: what was answered.
        fields: asked name -> canonical field.
    """
    last = unit.events.last(result.head, result.twin_id)
    session = find(unit, result.session_id)
    memory = {} if last is None else last.memory
    newest = unit.twins.get(result.twin_id) or result.twin
    met = Visit(session=session, opened=False, twin=result.twin, newest=newest, head=result.head, memory=memory)
    settings = replace(result.settings, fields=fields)
    as_of = settings.as_of if settings.as_of != result.created_at.date() else None
    subject = subject_met(ctx, unit, met, as_of, result.moment, result.created_at)
    return Question(subject=subject, interventions=(result.answer.intervention,), settings=settings)


def alone(unit: UnitOfWork, session: Session) -> Iterator[str]:
    """Yield the one result of an ephemeral session: its line is not written for that alone."""
    yield from (it.id for it in unit.trials.newest(None, 1, None, session.id).items)
    yield from (it.id for it in unit.comparisons.newest(None, 1, None, session.id).items)


def _sources(unit: UnitOfWork, head: Head) -> Iterator[str]:
    """Yield the ids of what stands on a line, in order, each once."""
    seen: set[str] = set()
    cursor = None
    while True:
        page = unit.events.line(head, cursor, AT_ONCE)
        for event in page.items:
            if event.source is not None and event.source not in seen:
                seen.add(event.source)
                yield event.source
        cursor = page.next_cursor
        if cursor is None:
            return


def results_from(unit: UnitOfWork, source: str) -> Iterator[Result]:
    """Yield what a test, or each row of a comparison, answered; nothing about a person who was erased."""
    stored = unit.trials.get(TrialId(source)) or unit.comparisons.get(ComparisonId(source))
    twin = None if stored is None else unit.twins.get(stored.twin_id, stored.twin_version)
    if twin is None:
        return
    if isinstance(stored, Trial):
        yield _of_trial(stored, twin)
    elif isinstance(stored, Comparison):
        yield from _of_comparison(stored, twin)


def _of_trial(trial: Trial, twin: Twin) -> Result:
    item = trial.answer.intervention
    return Result(
        source=trial.id,
        variant=item.intervention.id or item.type,
        twin=twin,
        session_id=trial.session_id,
        head=trial.head,
        settings=trial.settings,
        answer=trial.answer,
        currency=trial.currency,
        model=trial.provenance.model,
        prior=trial.provenance.prior,
        moment=item.intervention.at,
        created_at=trial.created_at,
    )


def _of_comparison(comparison: Comparison, twin: Twin) -> Iterator[Result]:
    moments = [
        row.answer.intervention.intervention.at for row in comparison.rankings if row.variant_id != NO_CONTACT_ID
    ]
    known = [moment for moment in moments if moment is not None]
    for row in comparison.rankings:
        provenance = comparison.provenance[row.variant_id]
        yield Result(
            source=comparison.id,
            variant=row.variant_id,
            twin=twin,
            session_id=comparison.session_id,
            head=comparison.head,
            settings=comparison.settings,
            answer=row.answer,
            currency=comparison.currency,
            model=provenance.model,
            prior=provenance.prior,
            moment=min(known) if known and len(known) == len(moments) else None,
            created_at=comparison.created_at,
        )

"""The results of a session: which stand on its line, and the questions behind them, to be asked for more."""

from collections.abc import Iterator, Sequence
from typing import Final

from twincast.domain.comparisons import NO_CONTACT_ID, Comparison
from twincast.domain.errors import TooLarge
from twincast.domain.events import Head
from twincast.domain.ids import ComparisonId, SessionId, TrialId, TwinId
from twincast.domain.results import Result, Told
from twincast.domain.sessions import Session
from twincast.domain.trials import Answered, Trial
from twincast.domain.twins import Twin
from twincast.ports.stores import UnitOfWork
from twincast.response.reasons import shortened
from twincast.usecases.context import Context
from twincast.usecases.scenes import ALWAYS, Subject
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
    sources = list(alone(unit, session) if session.ephemeral else _sources(unit, head))
    for start in range(0, len(sources), AT_ONCE):
        for result in results_from(unit, sources[start : start + AT_ONCE]):
            item = None if result.told is None else result.told.intervention
            key = (result.twin_id, result.variant, item.reading.digest if item and item.reading else "")
            found.pop(key, None)
            found[key] = result
        if len(found) > MOST_RESULTS:
            raise TooLarge(f"The session holds more than {MOST_RESULTS:,} results: extract from a checkpoint of it.")
    return list(found.values())


class Questions:
    """Who was asked, as the twin stood then; what one comparison asked of one twin is met once."""

    def __init__(self, ctx: Context, unit: UnitOfWork, results: Sequence[Result]) -> None:
        self._ctx = ctx
        self._unit = unit
        ids = list(dict.fromkeys(it.twin_id for it in results))
        self._newest = {twin.id: twin for twin in unit.twins.get_many(ids) if twin is not None}
        self._sessions: dict[SessionId, Session] = {}
        self._met: dict[tuple[str, TwinId], Subject] = {}

    def newest(self) -> list[Twin]:
        """Return the newest versions of all who were asked."""
        return list(self._newest.values())

    def subject(self, result: Result) -> Subject:
        """Return whom a result is about: the same version, moment and memory as when it was answered."""
        key = (result.source, result.twin_id)
        if key not in self._met:
            self._met[key] = self._subject(result)
        return self._met[key]

    def _subject(self, result: Result) -> Subject:
        told = result.told
        if told is None:
            raise ValueError("Only a session's results can be asked again.")
        if told.session_id not in self._sessions:
            self._sessions[told.session_id] = find(self._unit, told.session_id)
        last = self._unit.events.last(told.head, result.twin_id)
        met = Visit(
            session=self._sessions[told.session_id],
            opened=False,
            twin=result.twin,
            newest=self._newest.get(result.twin_id, result.twin),
            head=told.head,
            memory={} if last is None else last.memory,
        )
        as_of = told.settings.as_of if told.settings.as_of != told.created_at.date() else None
        return subject_met(self._ctx, self._unit, met, as_of, told.moment, told.created_at)


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


def results_from(unit: UnitOfWork, sources: Sequence[str]) -> Iterator[Result]:
    """Yield what tests, and each row of comparisons, answered; nothing about a person who was erased."""
    trials = unit.trials.get_many([TrialId(it) for it in sources])
    others = unit.comparisons.get_many([ComparisonId(it) for it in sources if it not in trials])
    stored: dict[str, Trial | Comparison] = {str(key): trial for key, trial in trials.items()}
    stored |= {str(key): comparison for key, comparison in others.items()}
    twins = _versions(unit, list(stored.values()))
    for source in sources:
        found = stored.get(source)
        twin = None if found is None else twins.get((found.twin_id, found.twin_version))
        if isinstance(found, Trial) and twin is not None:
            yield _of_trial(found, twin)
        elif isinstance(found, Comparison) and twin is not None:
            yield from _of_comparison(found, twin)


def _versions(unit: UnitOfWork, stored: Sequence[Trial | Comparison]) -> dict[tuple[TwinId, int], Twin]:
    """Return the twins in the versions that were asked; most of them are the newest."""
    newest = unit.twins.get_many(list(dict.fromkeys(it.twin_id for it in stored)))
    found = {(twin.id, twin.version): twin for twin in newest if twin is not None}
    for it in stored:
        key = (it.twin_id, it.twin_version)
        if key not in found and (older := unit.twins.get(*key)) is not None:
            found[key] = older
    return found


def _of_trial(trial: Trial, twin: Twin) -> Result:
    item = trial.answer.intervention
    told = Told(
        session_id=trial.session_id,
        head=trial.head,
        settings=trial.settings,
        intervention=item,
        moment=item.intervention.at,
        created_at=trial.created_at,
    )
    variant = item.intervention.id or item.type
    made_by = trial.provenance
    return _result(trial.answer, trial.id, variant, twin, trial.currency, (made_by.model, made_by.prior), told)


def _of_comparison(comparison: Comparison, twin: Twin) -> Iterator[Result]:
    moments = [
        row.answer.intervention.intervention.at for row in comparison.rankings if row.variant_id != NO_CONTACT_ID
    ]
    known = [moment for moment in moments if moment is not None]
    for row in comparison.rankings:
        told = Told(
            session_id=comparison.session_id,
            head=comparison.head,
            settings=comparison.settings,
            intervention=row.answer.intervention,
            moment=min(known) if known and len(known) == len(moments) else None,
            created_at=comparison.created_at,
        )
        by = comparison.provenance[row.variant_id]
        yield _result(row.answer, comparison.id, row.variant_id, twin, comparison.currency, (by.model, by.prior), told)


def _result(
    answer: Answered, source: str, variant: str, twin: Twin, currency: str, made_by: tuple[str, str], told: Told
) -> Result:
    return Result(
        source=source,
        variant=variant,
        twin=twin,
        type=answer.intervention.type,
        channel=answer.channel,
        response=answer.response,
        known={it.field: it for it in answer.predictions},
        explanations=tuple(shortened(it) for it in answer.explanations if it.field in ALWAYS),
        reply=answer.predicted_response,
        label=None,
        cost=told.intervention.intervention.cost,
        currency=currency,
        model=made_by[0],
        prior=made_by[1],
        told=told,
        free=_free(answer),
    )


def _free(answer: Answered) -> dict[str, float | str]:
    """Return what a language model answered to free fields, as a table can hold it."""
    found = {} if answer.words is None else answer.words.fields
    return {name: ("no", "yes")[it] if isinstance(it, bool) else it for name, it in found.items()}

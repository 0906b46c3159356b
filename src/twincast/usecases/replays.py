"""Replaying a stored test with the twin's version, the memory, the moment and the seed that it was answered with."""

from collections.abc import Iterator
from dataclasses import fields, replace
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import msgspec

from twincast.domain.predictions import Provenance
from twincast.domain.replays import Cause, Difference, Replay
from twincast.domain.trials import Answered, Trial
from twincast.ports.stores import UnitOfWork
from twincast.reading.interventions import read_intervention
from twincast.usecases import sessions, trials
from twincast.usecases.answers import answer
from twincast.usecases.context import Context
from twincast.usecases.hearing import heard_of
from twincast.usecases.learning import answering
from twincast.usecases.persons import plain
from twincast.usecases.references import find
from twincast.usecases.scenes import Subject
from twincast.usecases.subjects import subject_met
from twincast.usecases.trials import provenance_of
from twincast.usecases.visits import Visit

SHOWN: Final = 20
UNEXPLAINED: Final = "unexplained"
"""Name of the cause where all that is kept of an answer's making is the same: the machine's own arithmetic differs."""
NOT_COMPARED: Final = ("warnings", "flags")
"""What may be added to an answer by the request, or depends on the company's policy: no number does."""


def replay(ctx: Context, trial_id: str) -> Replay:
    """Ask again what a stored test asked, and lay the answers beside one another. Nothing is stored.

    Raises:
        UnknownTrial: there is none in this workspace.
        ProfilingRefused: the customer opted out.
    """
    trial = trials.get(ctx, trial_id)
    with ctx.store.reading(ctx.workspace) as unit:
        met = _met(unit, trial)
        subject = _subject(ctx, unit, trial, met)
        ctx = _answering(ctx, unit, trial)
    given = trial.answer.intervention.intervention
    item = read_intervention(given, currency=subject.currency)
    heard = heard_of(trial.answer.words) if ctx.engine.listens else None
    again = answer(ctx.engine, subject, [item], trial.settings, (heard,))[0]
    provenance = provenance_of(ctx, met, item, trial.settings.seed, subject.policy, heard)
    before, after = _compared(trial.answer), _compared(replace(again, **_spoken(trial.answer)))
    digests = [sha256(msgspec.json.encode(it, order="sorted")).hexdigest() for it in (before, after)]
    identical = digests[0] == digests[1]
    causes = tuple(_causes(trial.provenance, provenance))
    if not identical and not causes:
        causes = (Cause(name=UNEXPLAINED, before=None, after=None),)
    return Replay(
        trial_id=trial.id,
        identical=identical,
        before=digests[0],
        after=digests[1],
        causes=causes,
        differences=tuple(islice(_differences(before, after), SHOWN)),
        provenance=provenance,
    )


def _answering(ctx: Context, unit: UnitOfWork, trial: Trial) -> Context:
    """Return the context whose engine answers by the model of then, where it is kept; else by that of now."""
    _, learned, digest = trial.provenance.model.rpartition("+")
    if not learned:
        return ctx
    kept = next((it.digest for it in unit.models.all() if it.digest.startswith(digest)), None)
    if kept is None:
        return answering(ctx, unit)
    return replace(ctx, engine=ctx.engine.learned(kept, lambda: unit.models.blob(kept)))


def _met(unit: UnitOfWork, trial: Trial) -> Visit:
    """Return the twin as it was met then: the log only grows, so the place where it stood is what it was."""
    last = unit.events.last(trial.head, trial.twin_id)
    newest = find(unit, trial.twin_id)
    return Visit(
        session=sessions.find(unit, trial.session_id),
        opened=False,
        twin=find(unit, trial.twin_id, trial.twin_version),
        newest=newest,
        head=trial.head,
        memory={} if last is None else last.memory,
    )


def _subject(ctx: Context, unit: UnitOfWork, trial: Trial, met: Visit) -> Subject:
    as_of = trial.settings.as_of if trial.settings.dated else None
    at = trial.answer.intervention.intervention.at
    return subject_met(ctx, unit, met, as_of, at, trial.created_at)


def _spoken(answered: Answered) -> dict[str, Any]:
    """Return what a language model said then: it is kept and not asked for again, as no number rests on it."""
    if answered.words is None:
        return {}
    return {"words": answered.words, "turns": answered.turns, "predicted_response": answered.predicted_response}


def _compared(answered: Answered) -> dict[str, Any]:
    return {name: value for name, value in plain(answered).items() if name not in NOT_COMPARED}


def _causes(before: Provenance, after: Provenance) -> Iterator[Cause]:
    for field in fields(Provenance):
        then, now = getattr(before, field.name), getattr(after, field.name)
        if then != now:
            yield Cause(name=field.name, before=_text(then), after=_text(now))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Yield the values of two plain documents that differ, with their paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from _differences(before.get(key), after.get(key), f"{path}.{key}".removeprefix("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, pair in enumerate(zip(before, after, strict=True)):
            yield from _differences(*pair, f"{path}[{place}]")
    elif before != after:
        yield Difference(path=path, before=_short(before), after=_short(after))


def _short(value: Any) -> str:
    return msgspec.json.encode(value).decode()[:200]

"""Testing one intervention on one twin."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from math import isfinite
from typing import Final

from twincast.domain.errors import FieldProblem, InvalidInput, UnknownTrial
from twincast.domain.fields import (
    ALIASES,
    DEFAULT_FIELDS,
    DEFAULT_HORIZON_DAYS,
    DEFAULT_LEVEL,
    MAX_HORIZON_DAYS,
    MAX_LEVEL,
    MIN_LEVEL,
    resolve,
)
from twincast.domain.freefields import Hint
from twincast.domain.ids import TrialId
from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.pages import DEFAULT_PAGE, Page, check_limit
from twincast.domain.policies import DEFAULT_POLICY, ContactPolicy
from twincast.domain.predictions import Explanation, Provenance
from twincast.domain.signals import Heard
from twincast.domain.trials import MAX_DRAWS, MAX_ROUNDS, Answered, Trial, TrialSettings
from twincast.domain.twins import Twin, Warning
from twincast.ports.stores import UnitOfWork
from twincast.reading.injections import twin_injections
from twincast.reading.interventions import YEARS, read_intervention
from twincast.reading.templates import fields_of
from twincast.reading.twins import READING
from twincast.usecases.answers import Question, answer_all
from twincast.usecases.audit import record
from twincast.usecases.context import Context
from twincast.usecases.freefields import free_fields, unanswered
from twincast.usecases.hearing import heard_digest, heard_of, listened
from twincast.usecases.learning import answering
from twincast.usecases.memories import Remembering, digest_of, plain, simulated
from twincast.usecases.pasts import NO_PAST, Past, past_of
from twincast.usecases.references import find, is_text
from twincast.usecases.scenes import Subject
from twincast.usecases.sessions import find as find_session
from twincast.usecases.subjects import policy_of, subject_met, until_of
from twincast.usecases.texts import MAX_NAME, MAX_NOTE, text_problems
from twincast.usecases.visits import Visit, settle, visit
from twincast.usecases.words import Cell, in_words, wanted_of

MAX_NAMES: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialRequest:
    """What a test asks for; None is the documented default.

    Attributes:
        twin: id of a twin or of a customer.
        intervention: what would be sent.
        session: id of the session it is run in; None: an ephemeral one is opened for it.
        predict: field names in any accepted spelling; None: what the extraction asks for, else what matters where the
            intervention's template is used, else the default set.
        extract: fields of the extraction; those of the catalogue are predicted too, free ones are asked of a language
            model where there is one.
        hints: what is said of them, by name.
        as_of: the day the prediction is made from; None: today.
        memory: whether the twin is to remember it in the session.
        draws: conversations that a language model holds, where there is one.
        seed: for draws; None: that of the session.
        path: where the intervention stands in the caller's request, for messages.
    """

    twin: str
    intervention: Intervention
    session: str | None = None
    predict: tuple[str, ...] | None = None
    extract: tuple[str, ...] = ()
    extract_results: bool = True
    objective: str | None = None
    hint: str | None = None
    hints: Mapping[str, Hint] = field(default_factory=dict)
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    rounds: int = 1
    thinking: bool = False
    memory: bool = False
    draws: int = 1
    seed: int | None = None
    path: str = "intervention"


def run(ctx: Context, request: TrialRequest) -> Trial:
    """Test an intervention on a twin, store the result, return it.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownTwin, UnknownSession: there is none in this workspace.
        PhaseRefused, SessionRequired: the session does not allow it, or none was named where one must be.
        ProfilingRefused: the customer opted out.
    """
    return run_all(ctx, [request])[0]


def run_all(ctx: Context, requests: Sequence[TrialRequest]) -> list[Trial]:
    """Run tests together, each as if it were alone: read at once, computed at once, stored in one change.

    Raises:
        TwincastError: as `run`, for any of them; then none is stored.
    """
    settings = [settings_of(ctx, request) for request in requests]
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        visits = [visit(ctx, unit, request.twin, request.session) for request in requests]
        policy = policy_of(unit)
        subjects = [
            subject_met(ctx, unit, met, asked.as_of, asked.intervention.at, now, policy)
            for asked, met in zip(requests, visits, strict=True)
        ]
        pasts = [_past(ctx, unit, *each) for each in zip(requests, visits, subjects, strict=True)]
        ctx = answering(ctx, unit)
    settings = [seeded(given, asked.seed, met) for given, asked, met in zip(settings, requests, visits, strict=True)]
    questions = [_question(*each) for each in zip(requests, subjects, settings, strict=True)]
    answers = in_words(ctx, _cells(visits, questions, pasts, answer_all(ctx.engine, questions)))
    answers = listened(ctx.engine, questions, answers)
    trials = [
        _trial(ctx, request, met, question, answered, now)
        for request, met, question, answered in zip(requests, visits, questions, answers, strict=True)
    ]
    remember = Remembering()
    with ctx.store.writing(ctx.workspace) as unit:
        for met, trial in zip(visits, trials, strict=True):
            settle(unit, ctx, met, simulated(trial), remember, result=trial.id)
            unit.trials.add(trial)
            record(unit, ctx, "test.run", trial.id, {"fields": len(trial.settings.fields)})
            ctx.keep(unit, trial)
        unit.commit()
    return trials


def _question(request: TrialRequest, subject: Subject, settings: TrialSettings) -> Question:
    item = read_intervention(request.intervention, currency=subject.currency, path=request.path)
    return Question(subject=subject, interventions=(item,), settings=settings)


def _past(ctx: Context, unit: UnitOfWork, request: TrialRequest, met: Visit, subject: Subject) -> Past:
    """Return the twin's past where there is a language model to tell it to: no number needs it."""
    if ctx.chat is None:
        return NO_PAST
    return past_of(unit, met, subject.memory, until_of(met, request.as_of, request.intervention.at, subject.now))


def _cells(
    visits: Sequence[Visit],
    questions: Sequence[Question],
    pasts: Sequence[Past],
    answers: Sequence[tuple[Answered, ...]],
) -> list[Cell]:
    return [
        Cell(
            twin=met.twin,
            session=met.session.id,
            answered=answered,
            past=past,
            wanted=wanted_of(question.settings),
            draws=question.settings.draws,
            as_of=_masked(met, question.settings),
            simulated=met.joined and bool(met.memory),
        )
        for met, question, past, (answered,) in zip(visits, questions, pasts, answers, strict=True)
    ]


def _masked(met: Visit, settings: TrialSettings) -> date | None:
    """Return the day after which nothing is known of what a model is shown; None where that can not be said."""
    told_later = met.twin.as_of > settings.as_of or bool(met.memory)
    return settings.as_of if settings.dated and not told_later else None


def _trial(
    ctx: Context, request: TrialRequest, met: Visit, question: Question, answered: Answered, now: datetime
) -> Trial:
    twin, settings = met.twin, question.settings
    return Trial(
        id=TrialId(ctx.ids.new("test_")),
        session_id=met.session.id,
        head=met.head,
        twin_id=twin.id,
        customer_id=twin.customer_id,
        twin_version=twin.version,
        settings=settings,
        answer=with_warnings(answered, twin_warnings(twin, settings)),
        currency=twin.currency,
        extracted=_extracted(request),
        unavailable=unanswered(request.extract, answered) if request.extract_results else {},
        provenance=provenance_of(
            ctx, met, question.interventions[0], settings.seed, question.subject.policy, heard_of(answered.words)
        ),
        created_at=now,
    )


def get(ctx: Context, trial_id: str) -> Trial:
    """Return a stored test.

    Raises:
        UnknownTrial: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        trial = unit.trials.get(TrialId(trial_id)) if is_text(trial_id) else None
    if trial is None:
        raise UnknownTrial(f"There is no test '{ascii(trial_id[:80])[1:-1]}' in this workspace.")
    return trial


def listing(
    ctx: Context,
    cursor: str | None = None,
    limit: int = DEFAULT_PAGE,
    twin: str | None = None,
    session: str | None = None,
) -> Page[Trial]:
    """Page through stored tests, newest first: all, or those of one twin, of one session, or of both."""
    check_limit(limit)
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        session_id = find_session(unit, session).id if session is not None else None
        return unit.trials.newest(cursor, limit, twin_id, session_id)


def explanation(ctx: Context, trial_id: str) -> tuple[Explanation, ...]:
    """Return the parts of each probability of a stored test, as they were when it was answered."""
    return get(ctx, trial_id).answer.explanations


def settings_of(ctx: Context, request: TrialRequest, extra: tuple[str, ...] = ()) -> TrialSettings:
    """Check how to predict and fill in what was left out; names every problem."""
    problems = list(_setting_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    free = free_fields(request.extract, request.hints, spoken=ctx.chat is not None) if request.extract_results else ()
    known = tuple(name for name in request.extract if name in ALIASES) if request.extract_results else ()
    usual = fields_of(request.intervention.template) or DEFAULT_FIELDS
    asked = request.predict if request.predict is not None else (() if known else usual)
    fields = resolve(asked, extra=extra) | resolve(known, where="extraction_config.fields")
    return TrialSettings(
        fields=fields,
        horizon_days=request.horizon_days or DEFAULT_HORIZON_DAYS,
        level=request.level if request.level is not None else DEFAULT_LEVEL,
        as_of=request.as_of or ctx.clock.now().date(),
        dated=request.as_of is not None,
        extract=request.extract,
        extract_results=request.extract_results,
        objective=request.objective,
        hint=request.hint,
        rounds=request.rounds,
        thinking=request.thinking,
        memory=request.memory,
        seed=request.seed or 0,
        draws=request.draws,
        free=free,
    )


def seeded(settings: TrialSettings, seed: int | None, met: Visit) -> TrialSettings:
    """Return the settings with the session's seed where the request names none."""
    if seed is not None or settings.seed == met.session.seed:
        return settings
    return replace(settings, seed=met.session.seed)


def _setting_problems(request: TrialRequest) -> Iterator[FieldProblem]:
    days, level, day = request.horizon_days, request.level, request.as_of
    if days is not None and not 1 <= days <= MAX_HORIZON_DAYS:
        yield _outside("horizon_days", days, f"1 to {MAX_HORIZON_DAYS}")
    if level is not None and not (isfinite(level) and MIN_LEVEL <= level <= MAX_LEVEL):
        yield _outside("level", level, f"{MIN_LEVEL} to {MAX_LEVEL}")
    if day is not None and day.year not in YEARS:
        yield _outside("as_of", day, f"a day from {YEARS[0]} to {YEARS[-1]}")
    if not 1 <= request.rounds <= MAX_ROUNDS:
        yield _outside("interaction_config.rounds", request.rounds, f"1 to {MAX_ROUNDS}")
    if not 1 <= request.draws <= MAX_DRAWS:
        yield _outside("interaction_config.draws", request.draws, f"1 to {MAX_DRAWS}")
    if request.seed is not None and not 0 <= request.seed < 2**63:
        yield _outside("seed", request.seed, "0 to 2^63 - 1")
    if request.predict is not None and not request.predict:
        yield FieldProblem(field="predict", message="is empty", allowed="at least one field, or leave it out")
    yield from _text_problems(request)


def _text_problems(request: TrialRequest) -> Iterator[FieldProblem]:
    """Yield texts that are too long, or that no store can hold."""
    if len(request.extract) > MAX_NAMES:
        message = f"has {len(request.extract)} entries"
        yield FieldProblem(field="extraction_config.fields", message=message, allowed=f"at most {MAX_NAMES}")
    texts = [
        ("extraction_config.extraction_objective", request.objective, MAX_NOTE),
        ("extraction_config.extraction_hint", request.hint, MAX_NOTE),
        *((f"extraction_config.fields[{i}]", name, MAX_NAME) for i, name in enumerate(request.extract[:MAX_NAMES])),
    ]
    for path, text, most in texts:
        if text is not None:
            yield from text_problems(path, text, most)


def _outside(field: str, value: object, allowed: str) -> FieldProblem:
    return FieldProblem(field=field, message=f"{str(value)[:40]} is out of range", allowed=allowed)


def twin_warnings(twin: Twin, settings: TrialSettings) -> tuple[Warning, ...]:
    """Say when the twin knows more than could be known on the day of the prediction, and where its record gives orders.

    The fields of orders are those of the record, under `record`.
    """
    orders = twin_injections(twin)
    if twin.as_of <= settings.as_of:
        return orders
    message = f"The twin was made from a record of {twin.as_of}, after {settings.as_of}: it may know what came later."
    return (Warning(code="record-after-as-of", field="as_of", message=message), *orders)


def provenance_of(
    ctx: Context,
    met: Visit,
    item: ReadIntervention,
    seed: int,
    policy: ContactPolicy,
    heard: Heard | None = None,
) -> Provenance:
    """Return what made a result: equal provenance, equal numbers."""
    made_by = ctx.engine.provenance
    return Provenance(
        model=made_by.model,
        prior=made_by.prior,
        reading=READING,
        twin_digest=met.twin.digest,
        message_digest=item.reading.digest if item.reading else None,
        seed=seed,
        software=ctx.software,
        memory_digest=digest_of(met.memory),
        policy_digest=None if policy == DEFAULT_POLICY else digest_of(plain(policy)),
        zone=met.twin.zone or ctx.zone,
        heard_digest=heard_digest(ctx.engine, heard),
    )


def with_warnings(answered: Answered, more: tuple[Warning, ...]) -> Answered:
    """Return an answer with further warnings."""
    return replace(answered, warnings=(*answered.warnings, *more)) if more else answered


def _extracted(request: TrialRequest) -> dict[str, str] | None:
    """Return the catalogue fields among those to extract, asked name -> canonical; None when nothing is extracted."""
    if not request.extract_results:
        return None
    return {name: ALIASES[name] for name in request.extract if name in ALIASES}

"""Testing one intervention on one twin."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
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
from twincast.domain.ids import TrialId
from twincast.domain.interventions import Intervention, ReadIntervention
from twincast.domain.pages import DEFAULT_PAGE, MAX_PAGE, Page
from twincast.domain.predictions import Explanation, Provenance
from twincast.domain.trials import MAX_ROUNDS, Answered, Trial, TrialSettings
from twincast.domain.twins import Twin, Warning
from twincast.ports.engines import Engine
from twincast.reading.interventions import read_intervention
from twincast.reading.twins import READING, frame_of
from twincast.usecases.answers import Subject, answer
from twincast.usecases.audit import record
from twincast.usecases.consents import refuse_opt_out
from twincast.usecases.context import Context
from twincast.usecases.references import find

NO_LANGUAGE_MODEL: Final = "a free field needs a language model to read it off the reply; none is configured"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialRequest:
    """What a test asks for; None is the documented default.

    Attributes:
        twin: id of a twin or of a customer.
        intervention: what would be sent.
        predict: field names in any accepted spelling; None: the default set, or what the extraction asks for.
        extract: fields of the extraction; those of the catalogue are predicted too.
        as_of: the day the prediction is made from; None: today.
        notes: further warnings, stored with the result.
    """

    twin: str
    intervention: Intervention
    predict: tuple[str, ...] | None = None
    extract: tuple[str, ...] = ()
    extract_results: bool = True
    objective: str | None = None
    hint: str | None = None
    horizon_days: int | None = None
    level: float | None = None
    as_of: date | None = None
    rounds: int = 1
    thinking: bool = False
    seed: int = 0
    notes: tuple[Warning, ...] = ()


def run(ctx: Context, request: TrialRequest) -> Trial:
    """Test an intervention on a twin, store the result, return it.

    Raises:
        InvalidInput, UnknownField, TooLarge: the request is not valid; nothing is stored.
        UnknownTwin: there is no such twin in this workspace.
        ProfilingRefused: the customer opted out.
    """
    settings = settings_of(ctx, request)
    with ctx.store.reading(ctx.workspace) as unit:
        twin = find(unit, request.twin)
    subject = subject_of(ctx, twin, request.as_of)
    item = read_intervention(request.intervention, currency=twin.currency)
    answered = answer(ctx.engine, subject, [item], settings)[0]
    trial = Trial(
        id=TrialId(ctx.ids.new("test_")),
        twin_id=twin.id,
        customer_id=twin.customer_id,
        twin_version=twin.version,
        settings=settings,
        answer=with_warnings(answered, twin_warnings(twin, settings) + request.notes),
        currency=twin.currency,
        extracted=_extracted(request),
        unavailable={name: NO_LANGUAGE_MODEL for name in request.extract if name not in ALIASES},
        provenance=provenance_of(ctx.engine, twin, item, settings.seed, ctx.software),
        created_at=ctx.clock.now(),
    )
    with ctx.store.writing(ctx.workspace) as unit:
        unit.trials.add(trial)
        record(unit, ctx, "test.run", trial.id, {"fields": len(settings.fields)})
        ctx.keep(unit, trial)
        unit.commit()
    return trial


def get(ctx: Context, trial_id: str) -> Trial:
    """Return a stored test.

    Raises:
        UnknownTrial: there is none in this workspace.
    """
    with ctx.store.reading(ctx.workspace) as unit:
        trial = unit.trials.get(TrialId(trial_id))
    if trial is None:
        raise UnknownTrial(f"There is no test '{ascii(trial_id[:80])[1:-1]}' in this workspace.")
    return trial


def listing(ctx: Context, cursor: str | None = None, limit: int = DEFAULT_PAGE, twin: str | None = None) -> Page[Trial]:
    """Page through stored tests, newest first, of one twin or of all."""
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput.of(
            [FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MAX_PAGE}")]
        )
    with ctx.store.reading(ctx.workspace) as unit:
        twin_id = find(unit, twin).id if twin is not None else None
        return unit.trials.newest(cursor, limit, twin_id)


def explanation(ctx: Context, trial_id: str) -> tuple[Explanation, ...]:
    """Return the parts of each probability of a stored test, as they were when it was answered."""
    return get(ctx, trial_id).answer.explanations


def settings_of(ctx: Context, request: TrialRequest, extra: tuple[str, ...] = ()) -> TrialSettings:
    """Check how to predict and fill in what was left out; names every problem."""
    problems = list(_setting_problems(request))
    if problems:
        raise InvalidInput.of(problems)
    known = tuple(name for name in request.extract if name in ALIASES) if request.extract_results else ()
    asked = request.predict if request.predict is not None else (() if known else DEFAULT_FIELDS)
    fields = resolve(asked, extra=extra) | resolve(known, where="extraction_config.fields")
    return TrialSettings(
        fields=fields,
        horizon_days=request.horizon_days or DEFAULT_HORIZON_DAYS,
        level=request.level if request.level is not None else DEFAULT_LEVEL,
        as_of=request.as_of or ctx.clock.now().date(),
        extract=request.extract,
        extract_results=request.extract_results,
        objective=request.objective,
        hint=request.hint,
        rounds=request.rounds,
        thinking=request.thinking,
        seed=request.seed,
    )


def _setting_problems(request: TrialRequest) -> list[FieldProblem]:
    found = []
    days, level = request.horizon_days, request.level
    if days is not None and not 1 <= days <= MAX_HORIZON_DAYS:
        found.append(FieldProblem(field="horizon_days", message=f"{days} is out of range", allowed="1 to 365"))
    if level is not None and not (isfinite(level) and MIN_LEVEL <= level <= MAX_LEVEL):
        found.append(FieldProblem(field="level", message=f"{level} is out of range", allowed="0.5 to 0.99"))
    if not 1 <= request.rounds <= MAX_ROUNDS:
        found.append(
            FieldProblem(
                field="interaction_config.rounds",
                message=f"{request.rounds} is out of range",
                allowed=f"1 to {MAX_ROUNDS}",
            )
        )
    if request.predict is not None and not request.predict:
        found.append(FieldProblem(field="predict", message="is empty", allowed="at least one field, or leave it out"))
    return found


def subject_of(ctx: Context, twin: Twin, as_of: date | None) -> Subject:
    """Return a twin as answers need it.

    Raises:
        ProfilingRefused: the customer opted out.
    """
    frame = frame_of([twin])
    refuse_opt_out(frame, twin.id)
    now = ctx.clock.now() if as_of is None else datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return Subject(frame=frame, currency=twin.currency, now=now, zone=ctx.zone)


def twin_warnings(twin: Twin, settings: TrialSettings) -> tuple[Warning, ...]:
    """Say when the twin knows more than could be known on the day the prediction is made from."""
    if twin.as_of <= settings.as_of:
        return ()
    message = f"The twin was made from a record of {twin.as_of}, after {settings.as_of}: it may know what came later."
    return (Warning(code="record-after-as-of", field="as_of", message=message),)


def provenance_of(engine: Engine, twin: Twin, item: ReadIntervention, seed: int, software: str) -> Provenance:
    """Return what made a result: equal provenance, equal numbers."""
    made_by = engine.provenance
    return Provenance(
        model=made_by.model,
        prior=made_by.prior,
        reading=READING,
        twin_digest=twin.digest,
        message_digest=item.reading.digest if item.reading else None,
        seed=seed,
        software=software,
    )


def with_warnings(answered: Answered, more: tuple[Warning, ...]) -> Answered:
    """Return an answer with further warnings."""
    return replace(answered, warnings=(*answered.warnings, *more)) if more else answered


def _extracted(request: TrialRequest) -> dict[str, str] | None:
    """Return the catalogue fields among those to extract, asked name -> canonical; None when nothing is extracted."""
    if not request.extract_results:
        return None
    return {name: ALIASES[name] for name in request.extract if name in ALIASES}

"""Disclosure sheets, read off what a study's answers and the workspace really hold: no sentence stands for ever."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from twincast.domain.channels import CHANNELS
from twincast.domain.disclosures import (
    BacktestUsed,
    CalibrationUsed,
    Disclosure,
    FieldUsed,
    LanguageUsed,
    ModelUsed,
    RecordsUsed,
    Simulated,
    Stimulus,
)
from twincast.domain.fields import BY_NAME
from twincast.domain.models import ModelVersion
from twincast.domain.twins import Twin
from twincast.ports.engines import Backing, Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.injections import injection_warnings
from twincast.reading.pseudonyms import scrubber
from twincast.stats.reliability import wilson
from twincast.usecases import studies
from twincast.usecases.audit import pseudonym
from twincast.usecases.context import Context
from twincast.usecases.limits import limits_of
from twincast.usecases.scenes import backing_of
from twincast.usecases.studies import Study, Told

SUBJECTS, STIMULI, BACKTESTS = 20, 50, 3
"""What is shown at most."""
LEVEL: Final = 0.95
"""Of the intervals of observed shares."""
SHORT: Final = 300


def of_batch(ctx: Context, batch_id: str) -> Disclosure:
    """Make the sheet of a batch. Raises UnknownBatch, BatchUnderWay."""
    return _sheet(ctx, studies.of_batch(ctx, batch_id))


def of_comparison(ctx: Context, comparison_id: str) -> Disclosure:
    """Make the sheet of a comparison. Raises UnknownComparison."""
    return _sheet(ctx, studies.of_comparison(ctx, comparison_id))


def of_session(ctx: Context, session_id: str) -> Disclosure:
    """Make the sheet of a session: everything that was tested in it. Raises UnknownSession."""
    return _sheet(ctx, studies.of_session(ctx, session_id))


def of_study(ctx: Context, study: str) -> Disclosure:
    """Make the sheet of a batch, a comparison or a session, told by its id.

    Raises:
        UnknownBatch, UnknownComparison, UnknownSession: there is none in this workspace.
        BatchUnderWay: the batch is not computed yet.
    """
    made = {"batch_": of_batch, "comp_": of_comparison}
    return next((make for prefix, make in made.items() if study.startswith(prefix)), of_session)(ctx, study)


def _sheet(ctx: Context, study: Study) -> Disclosure:
    salt = ctx.store.salt()
    with ctx.store.reading(ctx.workspace) as unit:
        versions = unit.models.all()
        twins = [twin for it in study.twins if (twin := unit.twins.get(*it)) is not None]
        engines = _engines(ctx, unit, study.told, versions)
        usage = tuple(unit.usage.models(None, study.session))
        backtests = unit.backtests.newest(None, BACKTESTS).items
    fields = tuple(_fields(study.told))
    records = _records(twins, study)
    models = tuple(_models(study.told, versions))
    language = _language(study, usage)
    calibration = tuple(_calibration(study.told, engines))
    return Disclosure(
        kind=study.kind,
        id=study.id,
        created_at=study.created_at,
        made_at=ctx.clock.now(),
        software=ctx.software,
        simulated=_simulated(study, twins, salt),
        records=records,
        models=models,
        fields=fields,
        calibration=calibration,
        backtests=tuple(
            BacktestUsed(
                id=it.id, outcome=it.outcome, verdict=it.gate.verdict, words=it.gate.words, created_at=it.created_at
            )
            for it in backtests
        ),
        homogeneity=study.homogeneity,
        language=language,
        limits=tuple(limits_of(study, records, models, fields, calibration, language)),
    )


def _engines(
    ctx: Context, unit: UnitOfWork, told: Sequence[Told], versions: Sequence[ModelVersion]
) -> dict[str, Engine]:
    """Return the engine that gave each answer, by its model; those whose model is not kept any more are left out."""
    found: dict[str, Engine] = {}
    for model in dict.fromkeys(it.model for it in told):
        own = _version(model, versions)
        if own is not None:
            found[model] = ctx.engine.learned(own.digest, partial(unit.models.blob, own.digest))
        elif model == ctx.engine.provenance.model:
            found[model] = ctx.engine
    return found


def _version(model: str, versions: Sequence[ModelVersion]) -> ModelVersion | None:
    """Return the version that a model's name in a provenance speaks of; None for the prior that ships."""
    _, learned, digest = model.rpartition("+")
    return next((it for it in versions if learned and it.digest.startswith(digest)), None)


# ---------------------------------------------------------------- what was simulated, from what


def _simulated(study: Study, twins: Sequence[Twin], salt: bytes) -> Simulated:
    subjects = sorted({pseudonym(salt, it.customer_id) for it in twins})
    return Simulated(
        tests=study.tests,
        comparisons=study.comparisons,
        batches=study.batches,
        customers=study.customers,
        answers=study.answers,
        subjects=tuple(subjects) if len(subjects) <= SUBJECTS else (),
        stimuli=tuple(_stimuli(study.told))[:STIMULI],
        looked_at=len(study.told),
    )


def _stimuli(told: Sequence[Told]) -> Iterator[Stimulus]:
    """Yield each message once; what identifies somebody in its text is taken out."""
    cleared = scrubber({}, ())
    found = (
        Stimulus(
            id=it.intervention.id or f"message {place}",
            type=it.intervention.type,
            channel=it.intervention.channel,
            content=None if it.intervention.content is None else cleared.text(it.intervention.content)[:SHORT],
        )
        for place, it in enumerate({_key(it): it for it in told}.values(), 1)
    )
    yield from found


def _key(it: Told) -> tuple[str | None, str, str | None, str | None]:
    sent = it.intervention
    return sent.id, sent.type, sent.channel, sent.content


def _records(twins: Sequence[Twin], study: Study) -> RecordsUsed:
    days = [twin.as_of for twin in twins]
    documents = [msgspec.json.decode(twin.record, type=dict[str, Any]) for twin in twins]
    sections = Counter(name for it in documents for name, value in it.items() if value and name != "customer_id")
    return RecordsUsed(
        records=len(twins),
        first=min(days, default=None),
        last=max(days, default=None),
        sections=dict(sections.most_common(STIMULI)),
        orders=sum(bool(injection_warnings(it)) for it in documents),
        left_out=dict(study.left_out),
    )


# ---------------------------------------------------------------- what made the numbers


def _models(told: Sequence[Told], versions: Sequence[ModelVersion]) -> Iterator[ModelUsed]:
    groups: dict[tuple[str, str, str, str | None], list[Told]] = {}
    for it in told:
        groups.setdefault((it.model, it.prior, it.reading, it.software), []).append(it)
    for (model, prior, reading, software), group in groups.items():
        own = _version(model, versions)
        yield ModelUsed(
            model=model,
            prior=prior,
            reading=reading,
            software=software,
            seeds=tuple(sorted({it.seed for it in group})),
            answers=len(group),
            outcomes={} if own is None else dict(own.outcomes),
            left_out={} if own is None else dict(own.left_out),
            received_until=None if own is None else own.received_until,
            notes=() if own is None else own.notes,
        )


def _fields(told: Sequence[Told]) -> Iterator[FieldUsed]:
    groups: dict[str, list[tuple[Told, Any]]] = {}
    for it in told:
        for part in it.predictions:
            if part.unavailable is None:
                groups.setdefault(_named(part.field, part.response), []).append((it, part))
    for name, group in groups.items():
        parts, known = [part for _, part in group], BY_NAME.get(group[0][1].field)
        yield FieldUsed(
            name=name,
            meaning="" if known is None else known.meaning,
            basis=tuple(sorted({part.basis for part in parts})),
            uplift_basis=tuple(sorted({part.uplift_basis for part in parts if part.uplift_basis is not None})),
            validated_on=tuple(sorted({part.validated_on for part in parts})),
            outcomes=max(part.outcomes for part in parts),
            horizons=tuple(sorted({part.horizon_days for part in parts})),
            levels=tuple(sorted({it.level for it, _ in group})),
            stated=known is not None and known.stated,
        )


def _named(field: str, response: str | None) -> str:
    return field if response is None else f"{field} ({response})"


def _calibration(told: Sequence[Told], engines: Mapping[str, Engine]) -> Iterator[CalibrationUsed]:
    """Yield how right the answering models were on outcomes that no fit had seen, field by field."""
    done: set[tuple[str, str]] = set()
    for it in told:
        engine = engines.get(it.model)
        if engine is None:
            continue
        for part in it.predictions:
            name = _named(part.field, part.response)
            if part.kind != "probability" or (it.model, name) in done:
                continue
            done.add((it.model, name))
            found = _checked(name, backing_of(engine, part.field, part.response or "visit", it.channel or CHANNELS[0]))
            if found is not None:
                yield found


def _checked(name: str, backing: Backing) -> CalibrationUsed | None:
    cells = backing.reliability
    if cells is None or cells.rows.sum() <= 0:
        return None
    contacts, events, expected = (float(it.sum()) for it in (cells.rows, cells.events, cells.expected))
    share = wilson(events, contacts, LEVEL)
    return CalibrationUsed(
        field=name,
        contacts=int(contacts),
        events=int(events),
        foretold=expected / contacts,
        observed=share.value,
        low=share.low,
        high=share.high,
        level=LEVEL,
        error=float(abs(cells.events - cells.expected).sum() / contacts),
        channels=tuple(backing.checked),
    )


def _language(study: Study, usage: tuple[tuple[str, Any], ...]) -> LanguageUsed | None:
    words = [it.words for it in study.told if it.words is not None]
    if not words and not usage and not study.worded + study.unworded:
        return None
    alone = [it.words for it in study.told if it.words is not None and it.version]  # rows of batches are counted there
    return LanguageUsed(
        models=usage,
        prompts=tuple(sorted({it.prompt for it in words})),
        answered=sum(it.reply is not None for it in alone) + study.worded,
        failed=sum(it.reply is None for it in alone) + study.unworded,
    )

"""The work of an extraction, wherever its results come from: fields, rows, statistics, definitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twincast.domain.extractions import Definition, Economics, KeptRow, Planning, Statistics
from twincast.domain.fields import ALIASES, BY_NAME
from twincast.domain.predictions import Bare, FieldPrediction, bare
from twincast.domain.results import Plain, Result, Row
from twincast.ports.engines import Engine
from twincast.ports.stores import UnitOfWork
from twincast.reading.twins import frame_of
from twincast.response.ranking import TARGETS
from twincast.usecases import segments
from twincast.usecases.aggregates import (
    adding_of,
    choice_of,
    differences_of,
    groups_of,
    segments_of,
    totals,
    used_of,
)
from twincast.usecases.askings import Asking, asking_of
from twincast.usecases.context import Context
from twincast.usecases.figures import (
    DRAWS,
    REVENUE,
    STATISTICS,
    Figures,
    basis_of,
    drawn_of,
    owners_of,
    sampled,
    values_of,
)
from twincast.usecases.freefields import without_model
from twincast.usecases.labels import GROUPS, IDENTITY, SEGMENT, reasoning_of, segment_of
from twincast.usecases.results import Questions
from twincast.usecases.strategies import IMPACT, advice_of, tests_of
from twincast.usecases.worked_out import completed

TIMING, FOLLOWUP = "optimal_timing", "optimal_followup"


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What is to be worked out; see `usecases.extractions.ExtractionRequest`."""

    names: tuple[str, ...]
    groupby: tuple[str, ...]
    level: float
    statistics: bool
    min_cell: int
    economics: Economics | None
    plan: Planning
    hints: Mapping[str, str]

    def canonical(self) -> dict[str, str]:
        """Return asked name -> canonical field of the catalogue.

        A hint tells which of two times is meant where the name alone does not: that of this message, or that of the
        next contact after it, as in the document's own example.
        """
        found = {name: ALIASES[name] for name in self.names if name in ALIASES}
        if TIMING in found and "follow" in self.hints.get(TIMING, "").lower():
            found[TIMING] = FOLLOWUP
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """Results, their cells, and the segment of each one's customer."""

    results: Sequence[Result]
    askings: Sequence[Asking]
    segments: Sequence[Plain]

    @classmethod
    def of_session(
        cls,
        ctx: Context,
        unit: UnitOfWork,
        results: Sequence[Result],
        questions: Questions,
        names: Sequence[str],
        label: str | None,
    ) -> "Sources":
        """Gather what a session's results need. Raises UnknownSegment."""
        subjects = {place: questions.subject(result) for place, result in enumerate(results)}
        return cls(
            results=results,
            askings=asking_of(results, subjects),
            segments=placed(ctx, unit, results, names, label),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What came of the work."""

    rows: tuple[Row, ...]
    statistics: Statistics
    definitions: Mapping[str, Definition]
    unavailable: Mapping[str, str]
    drawn: int
    draws: int


def placed(
    ctx: Context, unit: UnitOfWork, results: Sequence[Result], names: Sequence[str], label: str | None
) -> list[Plain]:
    """Return the segment of each result's customer: the run's label, the first defined one that fits, or the record's.

    Raises:
        UnknownSegment: one of the names is not defined.
    """
    rules = [segments.find(unit, name) for name in names]
    if label is not None:
        return [label] * len(results)
    whom = {(it.twin_id, it.twin.version): it.twin for it in results}
    keys, found = list(whom), dict.fromkeys(whom, None)
    if rules:
        frame = frame_of([whom[key] for key in keys])
        for rule in reversed(rules):
            for place in np.flatnonzero(segments.belongs(rule, frame, ctx)).tolist():
                found[keys[place]] = rule.name
    else:
        found = {key: segment_of(twin) for key, twin in whom.items()}
    own = (None if rules else it.label for it in results)
    return [name or found[it.twin_id, it.twin.version] for name, it in zip(own, results, strict=True)]


def worked(engine: Engine, sources: Sources, work: Work) -> Done:
    """Work everything out."""
    results, names = sources.results, work.canonical()
    extra = (IMPACT,) if work.economics is not None else ()
    fields = list(dict.fromkeys((*names.values(), *STATISTICS, *extra)))
    known = completed(engine, results, sources.askings, fields)
    rows = tuple(
        _row(result, work, names, found, segment)
        for result, found, segment in zip(results, known, sources.segments, strict=True)
    )
    free = {name for result in results for name in result.free}
    figures = _figures(engine, sources, work, fields, known)
    adding = adding_of(figures, rows, work.min_cell)
    choice = choice_of(adding, adding.everything)
    used, words = used_of(adding, choice)
    differences, why = differences_of(adding)
    parts = segments_of(adding, rows, used)
    statistics = Statistics(
        totals=totals(adding, used, words),
        choice=choice,
        groups=groups_of(adding, rows, names) if work.statistics and work.groupby else None,
        segments=parts,
        differences=differences,
        tests=tests_of(adding, known, choice, work.plan),
        not_compared=why,
        advice=advice_of(adding, results, sources.askings, engine, used, parts, choice, work.economics),
    )
    return Done(
        rows=rows,
        statistics=statistics,
        definitions={name: _definition(name, it, known, work.hints.get(name) or None) for name, it in names.items()}
        | {name: _free_definition(name, work.hints.get(name) or None) for name in work.names if name in free},
        unavailable={
            name: without_model(name)
            for name in work.names
            if name not in names and name not in free and not _is_plain(name)
        },
        drawn=int((figures.drawn >= 0).sum()),
        draws=DRAWS if figures.draws else 0,
    )


def kept_of(row: Row) -> KeptRow:
    """Return a row as it is given away and kept."""
    predicted = {name: it for name, it in row.values.items() if isinstance(it, FieldPrediction)}
    values: dict[str, Bare] = {
        name: bare(it) if isinstance(it, FieldPrediction) else it for name, it in row.values.items()
    }
    numbers = {
        name: it.estimate
        for name, it in predicted.items()
        if it.estimate is not None and it.unavailable is None and isinstance(values[name], float)
    }
    return KeptRow(
        twin_id=row.result.twin_id,
        customer_id=row.result.customer_id,
        variant=row.result.variant,
        source=row.result.source,
        segment=row.segment,
        currency=row.result.currency,
        values=values,
        intervals={name: (it.low, it.high) for name, it in numbers.items()},
        level=next((it.level for it in numbers.values()), None),
        reasoning=reasoning_of(row.result) or next((it.reasoning for it in predicted.values() if it.reasoning), None),
    )


def _is_plain(name: str) -> bool:
    return name in IDENTITY or name == SEGMENT


def _row(
    result: Result, work: Work, names: Mapping[str, str], known: Mapping[str, FieldPrediction], segment: Plain
) -> Row:
    values: dict[str, FieldPrediction | Plain | float] = {}
    for name in work.names:
        if name in names:
            values[name] = known.get(names[name])
        else:
            plain = segment if name == SEGMENT else IDENTITY[name](result) if name in IDENTITY else None
            values[name] = plain if _is_plain(name) else result.free.get(name)
    group = {name: segment if name == SEGMENT else GROUPS[name](result) for name in work.groupby}
    return Row(result=result, values=values, group=group, segment=segment)


def _figures(
    engine: Engine,
    sources: Sources,
    work: Work,
    fields: Sequence[str],
    known: Sequence[Mapping[str, FieldPrediction]],
) -> Figures:
    owners = owners_of(sources.results)
    wanted = np.zeros(len(owners), dtype=np.bool_)
    drawable = [name for name in dict.fromkeys((*fields, REVENUE)) if name in TARGETS] if work.statistics else []
    if drawable:
        groups = [(it.variant, segment) for it, segment in zip(sources.results, sources.segments, strict=True)]
        wanted = sampled(owners, groups)
    drawn, draws = drawn_of(engine, sources.askings, wanted, drawable)
    return Figures(
        owners=owners,
        values=values_of(known, fields),
        drawn=drawn,
        draws=draws,
        level=work.level,
        basis=basis_of(known),
    )


def _free_definition(name: str, hint: str | None) -> Definition:
    return Definition(
        field=name,
        kind="free",
        unit="as it was asked",
        meaning="What a language model answered for the customer; nothing calibrates it.",
        horizon_days=None,
        level=None,
        basis="a language model: not calibrated",
        hint=hint,
    )


def _definition(name: str, field: str, known: Sequence[Mapping[str, FieldPrediction]], hint: str | None) -> Definition:
    spec = BY_NAME[field]
    found = [it[field] for it in known if field in it]
    horizons = {it.horizon_days for it in found}
    levels = {it.estimate.level for it in found if it.estimate is not None}
    units = {it.unit for it in found}
    return Definition(
        field=field,
        kind=spec.kind,
        unit=next(iter(units)) if len(units) == 1 else spec.unit,
        meaning=spec.meaning,
        horizon_days=next(iter(horizons)) if len(horizons) == 1 else None,
        level=next(iter(levels)) if len(levels) == 1 else None,
        basis=" and ".join(sorted({it.basis for it in found})) or None,
        hint=hint,
    )

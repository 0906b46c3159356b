"""A study as a value: everything that was answered in a batch, a comparison or a session, gathered for its sheet."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from twincast.domain.batches import UNKNOWN, Batch, BatchResults
from twincast.domain.comparisons import Comparison
from twincast.domain.errors import BatchUnderWay
from twincast.domain.homogeneity import Homogeneity
from twincast.domain.ids import SessionId, TwinId
from twincast.domain.interventions import Intervention
from twincast.domain.pages import MAX_PAGE, Page
from twincast.domain.predictions import FieldPrediction, Provenance
from twincast.domain.trials import Answered, Trial, Words
from twincast.domain.twins import Warning
from twincast.usecases import batches, comparisons
from twincast.usecases.batches import Ran
from twincast.usecases.context import Context
from twincast.usecases.sessions import find as find_session

MOST: Final = 2_000
"""Tests, and comparisons, of a session that are looked at."""
ROWS: Final = 200
"""Rows of a batch whose fields are looked at: of one batch they differ by channel only."""
MEMBERS: Final = 500
"""Customers of a batch whose records are looked at."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """One answer: about whom, what would be sent, what was predicted, and what made it."""

    twin: TwinId
    version: int
    intervention: Intervention
    channel: str | None
    predictions: tuple[FieldPrediction, ...]
    model: str
    prior: str
    reading: str
    software: str | None
    seed: int
    warnings: tuple[Warning, ...]
    level: float
    words: Words | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Study:
    """What a sheet is made of.

    Attributes:
        session: the session it stands in.
        told: answers that are looked at; answers: how many there are.
        twins: (twin, version) of the customers that are looked at.
        customers: each counted once in every batch, and once in all tests and comparisons together.
        left_out: reason -> customers without a result.
        worded, unworded: cells of batches with words of a language model, and without though they were asked for.
    """

    kind: str
    id: str
    created_at: datetime
    session: SessionId
    tests: int = 0
    comparisons: int = 0
    batches: int = 0
    customers: int = 0
    answers: int = 0
    told: tuple[Told, ...] = ()
    twins: tuple[tuple[TwinId, int], ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    homogeneity: Homogeneity | None = None
    worded: int = 0
    unworded: int = 0


def of_comparison(ctx: Context, comparison_id: str) -> Study:
    """Gather a comparison. Raises UnknownComparison."""
    found = comparisons.get(ctx, comparison_id)
    told = tuple(_of_comparison(found))
    return Study(
        kind="comparison", id=found.id, created_at=found.created_at, session=found.session_id, comparisons=1,
        customers=1, answers=len(told), told=told, twins=((found.twin_id, found.twin_version),),
    )  # fmt: skip


def of_batch(ctx: Context, batch_id: str) -> Study:
    """Gather a batch. Raises UnknownBatch, and BatchUnderWay before it is computed."""
    ran = batches.get(ctx, batch_id, limit=ROWS, detail="full")
    if ran.results is None:
        raise BatchUnderWay(f"The batch '{ran.batch.id}' is not computed yet.")
    batch, results = ran.batch, ran.results
    with ctx.store.reading(ctx.workspace) as unit:
        members = unit.batches.members(batch.id, 0, min(batch.members, MEMBERS))
    counted = {"opted out of profiling": results.refused, "no twin": results.unknown, "not computed": results.missing}
    words = results.words
    return Study(
        kind="batch",
        id=batch.id,
        created_at=batch.created_at,
        session=batch.session_id,
        batches=1,
        customers=results.tested,
        answers=results.tested * batch.width,
        told=tuple(_of_batch(ctx, ran, results)),
        twins=tuple((it.twin_id, it.version) for it in members if it.version != UNKNOWN),
        left_out={reason: count for reason, count in counted.items() if count},
        homogeneity=results.homogeneity,
        worded=0 if words is None else words.answered,
        unworded=0 if words is None else words.asked - words.answered,
    )


def of_session(ctx: Context, session_id: str) -> Study:
    """Gather a session: its tests, comparisons and batches. Raises UnknownSession."""
    with ctx.store.reading(ctx.workspace) as unit:
        session = find_session(unit, session_id)
        trials = list(islice(_all(lambda at: unit.trials.newest(at, MAX_PAGE, None, session.id)), MOST))
        compared = list(islice(_all(lambda at: unit.comparisons.newest(at, MAX_PAGE, None, session.id)), MOST))
        run = list(islice(_all(lambda at: unit.batches.newest(at, MAX_PAGE, session.id)), MOST))
    parts = [of_batch(ctx, it.id) for it in run if _is_computed(ctx, it)]
    told = [*map(_of_trial, trials), *(it for each in compared for it in _of_comparison(each))]
    seen = dict.fromkeys([(it.twin, it.version) for it in told] + [it for part in parts for it in part.twins])
    told += [it for part in parts for it in part.told]
    alone = {it.twin_id for it in trials} | {it.twin_id for it in compared}
    left_out: dict[str, int] = {}
    for part in parts:
        left_out = {name: left_out.get(name, 0) + part.left_out.get(name, 0) for name in {**left_out, **part.left_out}}
    return Study(
        kind="session",
        id=session.id,
        created_at=session.created_at,
        session=session.id,
        tests=len(trials),
        comparisons=len(compared),
        batches=len(run),
        customers=len(alone) + sum(it.customers for it in parts),
        answers=len(trials) + sum(len(it.rankings) for it in compared) + sum(it.answers for it in parts),
        told=tuple(told),
        twins=tuple(seen)[:MEMBERS],
        left_out=left_out,
        worded=sum(it.worded for it in parts),
        unworded=sum(it.unworded for it in parts),
    )


def _is_computed(ctx: Context, batch: Batch) -> bool:
    with ctx.store.reading(ctx.workspace) as unit:
        return unit.batches.results(batch.id) is not None


def _all(newest: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Yield everything of pages."""
    cursor = None
    while True:
        page = newest(cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def _of_trial(trial: Trial) -> Told:
    return _answer(trial, trial.answer, trial.answer.intervention.intervention, trial.provenance)


def _of_comparison(comparison: Comparison) -> Iterator[Told]:
    for it in comparison.rankings:
        sent = replace(it.answer.intervention.intervention, id=it.variant_id)
        yield _answer(comparison, it.answer, sent, comparison.provenance[it.variant_id])


def _answer(stored: Trial | Comparison, answer: Answered, sent: Intervention, by: Provenance) -> Told:
    return Told(
        twin=stored.twin_id, version=stored.twin_version, intervention=sent, channel=answer.channel,
        predictions=answer.predictions, model=by.model, prior=by.prior, reading=by.reading, software=by.software,
        seed=by.seed, warnings=answer.warnings, level=stored.settings.level, words=answer.words,
    )  # fmt: skip


def _of_batch(ctx: Context, ran: Ran, results: BatchResults) -> Iterator[Told]:
    """Yield the first rows of a batch."""
    sent = {it.id: replace(it.intervention, id=it.id) for it in ran.batch.variants}
    page = ran.page
    said: Sequence[Words | None] = page.words or [None] * len(page.twin_ids)
    for twin, variant, channel, found, words in zip(
        page.twin_ids, page.variant_ids, page.channels, page.predictions or (), said, strict=True
    ):
        yield Told(
            twin=twin, version=UNKNOWN, intervention=sent[variant], channel=channel,
            predictions=tuple(found.values()), model=results.model, prior=results.prior, reading=results.reading,
            software=None, seed=ran.batch.settings.seed, warnings=(*ran.batch.warnings, *results.warnings),
            level=ran.batch.settings.level, words=words,
        )  # fmt: skip

"""The calibration report: what was predicted beside what happened, on customers the fit had not seen."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.calibrations import (
    AnsweredQuality,
    CalibrationBin,
    CalibrationReport,
    Figure,
    Quality,
    ReliabilityCell,
    SegmentQuality,
    SurveyQuality,
)
from twincast.domain.channels import CHANNELS
from twincast.domain.errors import NothingToLearn
from twincast.domain.models import PRIOR_VERSION
from twincast.response.cells import Cells
from twincast.response.encoding import encode
from twincast.response.learning import learn
from twincast.response.notes import notes_of
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.probabilities import head_cells, point
from twincast.response.reliability import Reliability
from twincast.response.samples import OutcomeRows
from twincast.stats.reliability import reliability_bins, wilson
from twincast.stats.resampling import bootstrap
from twincast.stats.scoring import Score, auc_interval, calibration_line, log_losses
from twincast.usecases.context import Context
from twincast.usecases.forecasts import answered
from twincast.usecases.gathering import gather
from twincast.usecases.learning import why_nothing

Array = NDArray[np.float64]
Rows = NDArray[np.intp]

FOLDS: Final = 5
MANY: Final = 20_000
"""Contacts above which two folds are enough."""
LEAST: Final = 50
"""Contacts of a kind, or of a group, below which nothing is said of how right it is."""
LEVEL: Final = 0.95
DRAWS: Final = 200
CELLS: Final = 16_384


def report(ctx: Context) -> CalibrationReport:
    """Judge the workspace's numbers by its own outcomes.

    Customers are dealt into folds by a hash of their ids; the outcomes of each fold are foretold by a model that
    learned from the others (`after`) and by the prior (`before`). What stored tests had answered is laid beside what
    came of it (`answered`). Intervals are from resampled customers.

    Raises:
        NothingToLearn: there is no outcome to judge by.
    """
    now = ctx.clock.now()
    with ctx.store.reading(ctx.workspace) as unit:
        current = unit.models.current()
        blob = None if current is None else unit.models.blob(current.digest)
        gathered = gather(unit, now, ctx.currency)
        if gathered.rows is None:
            raise NothingToLearn(why_nothing(gathered.left_out))
        rows = gathered.rows
        used = _channels(rows)
        told = answered(unit, rows, gathered.twin_ids, gathered.sent_at, used.tolist())
    answers = shipped_model() if blob is None else ResponseModel.from_bytes(blob)
    fold, folds = _folds(gathered.twin_ids, rows)
    before = foretold(shipped_model(), rows)
    after = {kind: np.full(len(rows), np.nan) for kind in rows.outcomes}
    for number in range(folds):
        held = np.flatnonzero(fold == number)
        model = learn(shipped_model(), part(rows, np.flatnonzero(fold != number)))
        for kind, values in foretold(model, part(rows, held)).items():
            after[kind][held] = values
    groups = _groups(rows, used)
    judged = [kind for kind in rows.outcomes if len(_seen(rows, kind, before)) >= LEAST]
    return CalibrationReport(
        model=PRIOR_VERSION if current is None else current.version,
        made_at=now,
        contacts=len(rows),
        folds=folds,
        segments=tuple(part for kind in judged for part in _judged(kind, rows, before[kind], after[kind], groups)),
        answered=tuple(_beside(rows, told)),
        too_few={kind: len(_seen(rows, kind, before)) for kind in rows.outcomes if kind not in judged},
        left_out=gathered.left_out,
        gates={kind: own.gate for kind, own in answers.learned.items() if own.gate is not None},
        validated_on={kind: answers.checked(kind) for kind in answers.learned},
        confidence=tuple(
            cell
            for kind, own in answers.learned.items()
            if own.reliability is not None
            for cell in _cells(kind, own.reliability)
        ),
        surveys={
            scale: SurveyQuality(answers=own.count, missed=own.missed, missed_by_mean=own.missed_by_mean)
            for scale, own in answers.numbers.opinions.items()
            if own.missed is not None and own.missed_by_mean is not None
        },
        notes=notes_of(answers, rows),
    )


def _cells(kind: str, found: Reliability) -> Iterator[ReliabilityCell]:
    for place in np.flatnonzero(found.rows).tolist():
        contacts, _, foretold = found.rates(place)
        events = int(found.events[place])
        yield ReliabilityCell(
            kind=kind,
            contacts=contacts,
            events=events,
            foretold=foretold,
            observed=_figure(wilson(events, contacts, LEVEL)),
            missed=float(found.shift[place]),
        )


def _beside(rows: OutcomeRows, told: Mapping[str, Array]) -> Iterator[AnsweredQuality]:
    """Lay what stored tests had answered beside what happened."""
    for kind in rows.outcomes:
        places = _seen(rows, kind, told)
        happened = rows.outcomes[kind][places]
        if len(places) >= LEAST:
            yield AnsweredQuality(
                kind=kind,
                contacts=len(places),
                events=int(happened.sum()),
                quality=_quality(told[kind][places], happened, rows.customer[places]),
            )


def foretold(model: ResponseModel, rows: OutcomeRows) -> dict[str, Array]:
    """Return the probability that a model gives each kind in each contact's own window, (c,); NaN where it has none."""
    found = {kind: np.full(len(rows), np.nan) for kind in rows.outcomes}
    for days in np.unique(rows.window):
        same = np.flatnonzero(rows.window == days)
        for start in range(0, len(same), CELLS):
            places = same[start : start + CELLS]
            encoded = encode(part(rows, places).cells, model)
            for kind, cells in head_cells(encoded, list(found), model, float(days)).items():
                found[kind][places] = point(cells)[0]
    return found


def part(rows: OutcomeRows, places: Rows) -> OutcomeRows:
    """Return some of the contacts, with only their twins."""
    cells = rows.cells
    twins, twin = np.unique(cells.twin[places], return_inverse=True)
    return OutcomeRows(
        cells=Cells(
            twins=cells.twins.take(twins),
            interventions=cells.interventions,
            twin=twin,
            intervention=cells.intervention[places],
            now=cells.now,
            days=None if cells.days is None else cells.days[twins],
        ),
        outcomes={kind: seen[places] for kind, seen in rows.outcomes.items()},
        window=rows.window[places],
        randomised=rows.randomised[places],
        propensity=rows.propensity[places],
        customer=rows.customer[places],
        amounts=rows.amounts[places],
        items=rows.items[places],
        hours={head: hours[places] for head, hours in rows.hours.items()},
        answers={scale: told[places] for scale, told in rows.answers.items()},
    )


def _folds(twin_ids: Sequence[str], rows: OutcomeRows) -> tuple[Rows, int]:
    folds = FOLDS if len(rows) <= MANY else 2
    dealt = {
        it: int.from_bytes(sha256(it.encode("utf-8", "surrogatepass")).digest()[:4]) % folds for it in set(twin_ids)
    }
    return np.array([dealt[it] for it in twin_ids], dtype=np.intp), folds


def _groups(rows: OutcomeRows, used: Rows) -> dict[str, NDArray[np.bool_]]:
    """Return the contacts by what they have in common."""
    contact = np.array([item.is_contact for item in rows.cells.interventions])[rows.cells.intervention]
    channels = {f"channel: {name}": contact & (used == place) for place, name in enumerate(CHANNELS)}
    return {
        "all": np.ones(len(rows), dtype=np.bool_),
        "contacted: yes": contact,
        "contacted: no": ~contact,
        **channels,
        "assignment: randomised": rows.randomised,
        "assignment: observational": ~rows.randomised,
    }


def _channels(rows: OutcomeRows) -> Rows:
    """Return the channel of each contact."""
    pieces = [
        encode(part(rows, np.arange(start, min(start + CELLS, len(rows)))).cells, shipped_model()).matches.channel
        for start in range(0, len(rows), CELLS)
    ]
    return np.concatenate(pieces)


def _seen(rows: OutcomeRows, kind: str, before: Mapping[str, Array]) -> Rows:
    """Return the contacts in which a kind was seen, or surely was not, and which the model has a number for."""
    return np.flatnonzero(~np.isnan(rows.outcomes[kind]) & ~np.isnan(before[kind]))


def _judged(
    kind: str, rows: OutcomeRows, before: Array, after: Array, groups: Mapping[str, NDArray[np.bool_]]
) -> Iterator[SegmentQuality]:
    seen = _seen(rows, kind, {kind: before})
    told: set[bytes] = set()
    for name, members in groups.items():
        places = seen[members[seen]]
        if len(places) < LEAST or places.tobytes() in told:
            continue
        told.add(places.tobytes())
        happened, customer = rows.outcomes[kind][places], rows.customer[places]
        first, second = before[places], after[places]
        gain = _mean(log_losses(first, happened) - log_losses(second, happened), customer)
        yield SegmentQuality(
            kind=kind,
            segment=name,
            contacts=len(places),
            events=int(happened.sum()),
            before=_quality(first, happened, customer),
            after=_quality(second, happened, customer),
            gain=gain,
        )


def _quality(p: Array, happened: Array, customer: Rows) -> Quality:
    bins = reliability_bins(p, happened, level=LEVEL)
    member = np.searchsorted([it.highest for it in bins], p, side="left")
    line = calibration_line(p, happened)
    area = auc_interval(p, happened, LEVEL)

    def ece(weights: Array) -> float:
        predicted = np.bincount(member, weights * p, minlength=len(bins))
        observed = np.bincount(member, weights * happened, minlength=len(bins))
        return float(np.abs(predicted - observed).sum() / weights.sum())

    (error,) = bootstrap(ece, len(p), draws=DRAWS, level=LEVEL, clusters=customer)
    return Quality(
        log_loss=_mean(log_losses(p, happened), customer),
        brier=_mean((p - happened) ** 2, customer),
        ece=_figure(error),
        auc=_figure(area) if np.isfinite(area.value) else None,
        line=None
        if line is None
        else {
            "intercept": line.intercept,
            "intercept_se": line.intercept_se,
            "slope": line.slope,
            "slope_se": line.slope_se,
        },
        bins=tuple(
            CalibrationBin(count=it.count, events=it.events, predicted=it.predicted, observed=_figure(it.observed))
            for it in bins
        ),
    )


def _mean(values: Array, customer: Rows) -> Figure:
    def weighted(weights: Array) -> float:
        return float((weights * values).sum() / weights.sum())

    (found,) = bootstrap(weighted, len(values), draws=DRAWS, level=LEVEL, clusters=customer)
    return _figure(found)


def _figure(score: Score) -> Figure:
    value = float(score.value)
    low, high = (float(it) if np.isfinite(it) else value for it in (score.low, score.high))
    return Figure(value=value, low=min(low, value), high=max(high, value), level=score.level)

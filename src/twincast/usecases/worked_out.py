"""Fields that were not answered, worked out for many rows at once: the same values that a test of each would answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.fields import BY_NAME
from twincast.domain.predictions import Estimate, Explanation, FieldPrediction
from twincast.domain.results import Result
from twincast.domain.timings import Timing
from twincast.ports.engines import Backing, Engine
from twincast.response.cells import Remembered, grid
from twincast.response.columns import Column
from twincast.response.model import NUMERIC
from twincast.response.stated import EMOTIONS
from twincast.usecases.answers import channels_of
from twincast.usecases.askings import Asking, predicted
from twincast.usecases.fields import HORIZONS, confidence_basis, no_value
from twincast.usecases.scenes import ALWAYS, backing_of, validated_on
from twincast.usecases.wholes import Whole, best_timing, sendable_timings, whole_field

Mask = NDArray[np.bool_]
Known = list[dict[str, FieldPrediction]]
EMOTIONAL, CONCERNS = "emotional_response", "concerns"
PURCHASE_WINDOW: Final = "purchase_window"
TIMING: Final = "optimal_timing"
WINDOWS: Final = frozenset({TIMING, "optimal_followup"})
EXPLAINED_AT_ONCE: Final = 512


def completed(engine: Engine, results: Sequence[Result], askings: Sequence[Asking], fields: Sequence[str]) -> Known:
    """Return every field of each result by canonical name: as it was answered, else worked out.

    Args:
        engine: answers.
        results: r of them.
        askings: their cells; a row that is in none is left with what was answered.
        fields: canonical names.
    """
    known: Known = [dict(it.known) for it in results]
    missing = {
        field: mask
        for field in dict.fromkeys(fields)
        if (mask := np.array([field not in it for it in known], dtype=np.bool_)).any()
    }
    if not missing:
        return known
    plain = [field for field in missing if field in NUMERIC and BY_NAME[field].kind != "window"]
    any_plain = np.logical_or.reduce([missing[field] for field in plain] or [np.zeros(len(known), dtype=np.bool_)])
    columns = predicted(engine, askings, plain, any_plain)
    made = {field: mask for field, mask in missing.items() if field not in plain}
    for asking in askings:
        for field in plain:
            _put_numbers(engine, results, asking, known, field, columns[field], missing[field])
        if EMOTIONAL in missing:
            _put_emotions(engine, asking, known, missing[EMOTIONAL])
        if made:
            _put_wholes(engine, results, asking, known, made)
    return known


def answered(
    engine: Engine, results: Sequence[Result], askings: Sequence[Asking], columns: Mapping[str, Column]
) -> Known:
    """Return fields of results whose numbers are known, by canonical name.

    Args:
        engine: what answered.
        results: r of them; askings: their cells.
        columns: field -> its column of (r,).
    """
    known: Known = [{} for _ in results]
    everything = np.ones(len(results), dtype=np.bool_)
    for asking in askings:
        for field, column in columns.items():
            _put_numbers(engine, results, asking, known, field, column, everything)
        if EMOTIONAL in columns:
            _put_emotions(engine, asking, known, everything)
    return known


def explained(
    engine: Engine, results: Sequence[Result], asking: Asking, wanted: Mask
) -> dict[int, tuple[Explanation, ...]]:
    """Return the parts of P(engage) and P(purchase) by row: those that are kept, else taken apart anew."""
    found = {place: results[place].explanations for place in asking.places.tolist() if wanted[place]}
    lacking = np.zeros(len(results), dtype=np.bool_)
    lacking[[place for place, parts in found.items() if not parts]] = True
    for part in asking.only(lacking):
        for start in range(0, len(part.places), EXPLAINED_AT_ONCE):
            places = part.places[start : start + EXPLAINED_AT_ONCE]
            cells = part.cells.part(slice(start, start + len(places)))
            seen = engine.examine(
                cells, (), ALWAYS, shown=len(places), scored=ALWAYS[0], horizon_days=part.days, level=part.level
            )
            for cell, place in enumerate(places.tolist()):
                parts = (seen.explanations[field][cell] for field in ALWAYS)
                found[place] = tuple(it for it in parts if it is not None)
    return found


class _Definitions:
    """What fields are, and what stands behind them: the same for many results, so looked up once for each kind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._behind: dict[tuple[str, str, str, str | None], tuple[Backing, str]] = {}

    def behind(self, result: Result, field: str, channel: str) -> tuple[Backing, str]:
        """Return what stands behind a field of a result, and what it was checked on."""
        key = (field, result.response, channel, result.channel)
        if key not in self._behind:
            backing = backing_of(self._engine, field, result.response, channel)
            self._behind[key] = backing, validated_on(backing, field, result.channel)
        return self._behind[key]

    def described(self, result: Result, field: str, days: int, sent_on: str, **more: object) -> FieldPrediction:
        """Return a field of a result with its definition, and the parts of a prediction by name."""
        spec = BY_NAME[field]
        backing, checked = self.behind(result, field, sent_on)
        return FieldPrediction(
            field=field,
            asked_as=field,
            kind=spec.kind,
            unit=result.currency if spec.unit == "currency" else spec.unit,
            horizon_days=HORIZONS.get(field, days),
            basis=backing.basis,
            outcomes=backing.outcomes,
            validated_on=checked,
            **more,  # type: ignore[arg-type]  # the parts of a prediction by name
        )


def days_of(asking: Asking) -> list[int]:
    """Return the horizon of each message of an asking."""
    return [item.intervention.horizon_days or asking.days for item in asking.cells.interventions]


def _put_numbers(
    engine: Engine,
    results: Sequence[Result],
    asking: Asking,
    known: Known,
    field: str,
    column: Column,
    wanted: Mask,
) -> None:
    spec, days = BY_NAME[field], days_of(asking)
    mine = asking.places[wanted[asking.places]]
    sent = asking.cells.intervention[wanted[asking.places]].tolist()
    parts = (column.value, column.low, column.high, column.confidence, column.cell)
    numbers = (np.full(len(mine), np.nan) if it is None else it[mine] for it in parts)
    channels = np.array(channels_of(asking.cells), dtype=np.object_)[wanted[asking.places]].tolist()
    rows = zip(mine.tolist(), sent, channels, *(it.tolist() for it in numbers), strict=True)
    definitions = _Definitions(engine)
    for place, item, channel, value, low, high, confidence, cell in rows:
        result = results[place]
        backing, _ = definitions.behind(result, field, channel)
        if value != value:
            why = no_value(field, channel, asking.cells.interventions[item].is_contact)
            more: dict[str, object] = {"unavailable": why}
        else:
            unit = result.currency if spec.unit == "currency" else spec.unit
            more = {
                "estimate": Estimate(
                    value=value, low=low, high=high, level=asking.level, unit=unit, basis=backing.basis
                ),
                "confidence": confidence,
                "confidence_basis": confidence_basis(backing, spec.kind, cell),
                "response": result.response if field == "will_engage" else None,
            }
        known[place][field] = definitions.described(result, field, days[item], channel, **more)


def _put_emotions(engine: Engine, asking: Asking, known: Known, wanted: Mask) -> None:
    """Put label and distribution beside the number of the emotional response."""
    for part in asking.only(wanted):
        for place, shares in zip(part.places.tolist(), engine.emotions(part.cells).tolist(), strict=True):
            named = dict(zip(EMOTIONS, shares, strict=True))
            label = max(named, key=lambda name: named[name])
            known[place][EMOTIONAL] = replace(known[place][EMOTIONAL], distribution=named, label=label)


def _put_wholes(
    engine: Engine, results: Sequence[Result], asking: Asking, known: Known, wanted: Mapping[str, Mask]
) -> None:
    """Put rankings and windows, which are made row by row; what they have in common is computed for all rows first."""
    any_of = np.logical_or.reduce(list(wanted.values()))
    for part in asking.only(any_of):
        parts = explained(engine, results, part, wanted[CONCERNS]) if CONCERNS in wanted else {}
        engagement = _by_time(engine, part) if WINDOWS & wanted.keys() else None
        column = None
        if PURCHASE_WINDOW in wanted:
            column = engine.predict(part.cells, [PURCHASE_WINDOW], horizon_days=part.days, level=part.level)
        wholes = [
            _whole(
                engine,
                results[place],
                part,
                cell,
                parts.get(place, ()),
                {} if column is None else _numbers(column[PURCHASE_WINDOW], cell),
                None if engagement is None else engagement[cell],
            )
            for cell, place in enumerate(part.places.tolist())
        ]
        if TIMING in wanted and engagement is not None:
            wholes = _at_best(engine, part, wholes)
        definitions = _Definitions(engine)
        for place, whole in zip(part.places.tolist(), wholes, strict=True):
            result = results[place]
            for field, mask in wanted.items():
                if mask[place]:
                    more = whole_field(whole, field)
                    known[place][field] = definitions.described(result, field, whole.days, whole.channel, **more)


def _at_best(engine: Engine, part: Asking, wholes: Sequence[Whole]) -> list[Whole]:
    """Return cells with P(engage) at the time that is best for each: one prediction for all of them."""
    timings = sendable_timings(part.policy)
    best = [best_timing(whole, timings, whole.after)[0] if whole.item.is_contact else None for whole in wholes]
    tried: dict[tuple[int, Timing | None], int] = {}
    items = part.cells.intervention.tolist()
    chosen = [tried.setdefault(key, len(tried)) for key in zip(items, best, strict=True)]
    moved = (
        part.cells.interventions[item] if timing is None else replace(part.cells.interventions[item], timing=timing)
        for item, timing in tried
    )
    cells = replace(part.cells, interventions=tuple(moved), intervention=np.array(chosen, dtype=np.intp))
    column = engine.predict(cells, ["will_engage"], horizon_days=part.days, level=part.level)["will_engage"]
    ends = zip(column.value.tolist(), column.low.tolist(), column.high.tolist(), strict=True)
    return [replace(whole, at_best=found) for whole, found in zip(wholes, ends, strict=True)]


def _by_time(engine: Engine, part: Asking) -> list[list[float]] | None:
    """Return P(engage) of each cell at the given timing and at every window of a week, (k, 1 + windows)."""
    timings = sendable_timings(part.policy)
    items = part.cells.interventions
    wide = 1 + len(timings)
    tried = tuple(
        item if timing is None or not item.is_contact else replace(item, timing=timing)
        for item in items
        for timing in (None, *timings)
    )
    cells = replace(
        part.cells,
        interventions=tried,
        twin=np.repeat(part.cells.twin, wide),
        intervention=(part.cells.intervention[:, None] * wide + np.arange(wide)).ravel(),
    )
    found: list[list[float]] = (
        engine.points(cells, "will_engage", horizon_days=part.days).reshape(len(part.places), wide).tolist()
    )
    return found if timings else None


def _whole(
    engine: Engine,
    result: Result,
    part: Asking,
    cell: int,
    explanations: tuple[Explanation, ...],
    numbers: Mapping[str, tuple[float, float, float]],
    engagement: list[float] | None,
) -> Whole:
    twin, remembered = int(part.cells.twin[cell]), part.cells.remembered
    frame = part.cells.twins.take([twin])
    item = part.cells.interventions[int(part.cells.intervention[cell])]
    memory = None if remembered is None else remembered.memories[twin]
    channel = result.channel or channels_of(grid(frame, [item], part.cells.now))[0]
    return Whole(
        engine=engine,
        frame=frame,
        remembered=None if memory is None else Remembered(memories=(memory,), zone=part.zone),
        policy=part.policy,
        zone=frame.zones[0] or part.zone,
        now=part.cells.now,
        item=item,
        channel=channel,
        days=item.intervention.horizon_days or part.days,
        level=part.level,
        columns=numbers,
        explanations=tuple(it for it in explanations if it.field in ALWAYS),
        basis=backing_of(engine, "will_engage", result.response, channel).basis,
        engagement=engagement,
    )


def _numbers(column: Column, cell: int) -> dict[str, tuple[float, float, float]]:
    return {PURCHASE_WINDOW: (float(column.value[cell]), float(column.low[cell]), float(column.high[cell]))}

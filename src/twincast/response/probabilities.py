"""The binary heads for many cells: probability, no-contact twin and uplift, each with its interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from twincast.domain.channels import CHANNELS, OPENING
from twincast.response.beliefs import beliefs
from twincast.response.columns import Column, by_chunks
from twincast.response.encoding import Encoded, Logits
from twincast.response.heads import CONTACT_ONLY
from twincast.response.horizons import Horizon, horizon_of
from twincast.response.posteriors import ResponseModel
from twincast.response.reliability import NO_CELL, Checks, together, unchecked
from twincast.stats.intervals import effect_interval, probability_interval, reliability, two_sided

Array = NDArray[np.float64]

CHUNK = 32_768
"""Cells whose columns are made at a time, so that memory stays bounded."""

SOLVED, SOLVED_FINE = 1_024, 256
"""Cells whose intervals are solved at a time: keeps the points over the base logit in the cache."""

SATURATED = 8.0
"""Expected events within the horizon, 1.3 sd up, from which p0 bends so sharply that its interval needs more points."""

MOST_HAZARD = 700.0
"""Cumulative hazard above which a probability is 1 in every digit."""

TOLERANCE_POINTS, TOLERANCE_SHARE = 0.02, 0.25
"""A probability counts as right within 2 points or a quarter of itself, whichever is more."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeadCells:
    """One head over a batch: belief on the logit scale and its checks, conversion to the horizon, who is contacted."""

    head: str
    belief: Logits
    horizon: Horizon
    contact: NDArray[np.bool_]
    checks: Checks

    def part(self, where: slice | NDArray[np.intp]) -> "HeadCells":
        """Return some of the cells."""
        return HeadCells(
            head=self.head,
            belief=self.belief.part(where),
            horizon=Horizon(stretch=self.horizon.stretch, fade=self.horizon.fade[where]),
            contact=self.contact[where],
            checks=self.checks.part(where),
        )


def head_cells(encoded: Encoded, heads: Sequence[str], model: ResponseModel, days: float) -> dict[str, HeadCells]:
    """Return the belief about some heads for every cell, at a horizon; retention has a horizon of its own."""
    horizons = {head: model.prior.heads[head].horizon for head in heads}
    decay, contact = model.prior.decay_days[encoded.matches.channel], encoded.contact
    return {
        head: HeadCells(
            head=head,
            belief=belief,
            horizon=horizon_of(horizons[head] if head == "retained" else days, horizons[head], decay),
            contact=contact,
            checks=_checks(model, head, belief, contact),
        )
        for head, belief in beliefs(encoded, model, heads).items()
    }


def _checks(model: ResponseModel, head: str, belief: Logits, contact: NDArray[np.bool_]) -> Checks:
    cells = model.reliability(head)
    if cells is None:
        return unchecked(len(contact))
    mean = np.where(contact, belief.base + belief.effect, belief.base)
    return cells.checks(mean, np.where(contact, belief.contacted_sd, belief.base_sd))


def point(cells: HeadCells) -> tuple[Array, Array]:
    """Return p and p0 at the mode, (c,) each; without contact p is p0."""
    belief, horizon = cells.belief, cells.horizon
    if cells.head in CONTACT_ONLY:
        return np.where(cells.contact, horizon.only_contacted(belief.effect), 0.0), np.zeros(len(cells.contact))
    base = horizon.base(belief.base)
    return np.where(cells.contact, horizon.contacted(belief.base, belief.effect), base), base


def head_column(cells: HeadCells, level: float) -> Column:
    """Return value, interval, no-contact twin, uplift and confidence of a head for every cell."""
    return by_chunks(lambda where: _column(cells.part(where), level), len(cells.contact), CHUNK)


def head_columns(parts: Sequence[HeadCells], level: float) -> dict[str, Column]:
    """Return the columns of several heads over the same cells; heads of one kind and horizon are solved together.

    For a single customer the calls cost more than the numbers; an element's number is the same either way.
    """
    groups: dict[tuple[bool, float], list[HeadCells]] = {}
    for part in parts:
        groups.setdefault((part.head in CONTACT_ONLY, part.horizon.stretch), []).append(part)
    columns: dict[str, Column] = {}
    for group in groups.values():
        if len(group) == 1 or len(group[0].contact) > SOLVED:
            columns |= {part.head: head_column(part, level) for part in group}
        else:
            columns |= _apart(group, head_column(_together(group), level))
    return columns


def _together(group: Sequence[HeadCells]) -> HeadCells:
    parts = [part.belief for part in group]
    return HeadCells(
        head=group[0].head,
        belief=Logits(
            base=np.concatenate([belief.base for belief in parts]),
            base_sd=np.concatenate([belief.base_sd for belief in parts]),
            effect=np.concatenate([belief.effect for belief in parts]),
            effect_sd=np.concatenate([belief.effect_sd for belief in parts]),
            correlation=_correlations(parts),
        ),
        horizon=replace(group[0].horizon, fade=np.concatenate([part.horizon.fade for part in group])),
        contact=np.concatenate([part.contact for part in group]),
        checks=together([part.checks for part in group]),
    )


def _correlations(parts: Sequence[Logits]) -> Array | None:
    if all(belief.correlation is None for belief in parts):
        return None
    return np.concatenate(
        [np.zeros(len(belief.base)) if belief.correlation is None else belief.correlation for belief in parts]
    )


def _apart(group: Sequence[HeadCells], column: Column) -> dict[str, Column]:
    size = len(group[0].contact)
    arrays = column.parts()
    return {
        part.head: Column(**{name: values[place * size : (place + 1) * size] for name, values in arrays.items()})
        for place, part in enumerate(group)
    }


def _column(cells: HeadCells, level: float) -> Column:
    return _contact_only(cells, level) if cells.head in CONTACT_ONLY else _organic(cells, level)


def _contact_only(cells: HeadCells, level: float) -> Column:
    belief, contact = cells.belief, cells.contact
    z = two_sided(level)
    value, nothing = point(cells)
    low = np.where(contact, cells.horizon.only_contacted(belief.effect - z * belief.effect_sd), 0.0)
    high = np.where(contact, cells.horizon.only_contacted(belief.effect + z * belief.effect_sd), 0.0)
    low, high = np.minimum(low, value), np.maximum(high, value)
    return Column(
        value=value,
        low=low,
        high=high,
        confidence=np.where(contact, _confidence(value, low, high, z, cells.checks), 1.0),
        cell=np.where(contact, cells.checks.cell, NO_CELL),
        no_contact=nothing,
        no_contact_low=nothing,
        no_contact_high=nothing,
        uplift=value,
        uplift_low=low,
        uplift_high=high,
    )


def _organic(cells: HeadCells, level: float) -> Column:
    contact, z = cells.contact, two_sided(level)
    value, base = point(cells)
    base_low, base_high = _base_interval(cells, z)
    low, high = _contacted_interval(cells, level)
    low = np.minimum(np.where(contact, low, base_low), value)
    high = np.maximum(np.where(contact, high, base_high), value)
    uplift = np.where(contact, value - base, 0.0)
    gain_low, gain_high = _uplift_interval(cells, level)
    return Column(
        value=value,
        low=low,
        high=high,
        confidence=_confidence(value, low, high, z, cells.checks),
        cell=cells.checks.cell,
        no_contact=base,
        no_contact_low=np.minimum(base_low, base),
        no_contact_high=np.maximum(base_high, base),
        uplift=uplift,
        uplift_low=np.where(contact, np.minimum(gain_low, uplift), 0.0),
        uplift_high=np.where(contact, np.maximum(gain_high, uplift), 0.0),
    )


def _base_interval(cells: HeadCells, z: float) -> tuple[Array, Array]:
    belief = cells.belief
    return (
        cells.horizon.base(belief.base - z * belief.base_sd),
        cells.horizon.base(belief.base + z * belief.base_sd),
    )


def _contacted_interval(cells: HeadCells, level: float) -> tuple[Array, Array]:
    belief = cells.belief
    if cells.horizon.is_reference:
        return probability_interval(belief.base + belief.effect, belief.contacted_sd, level)

    def hazard(part: HeadCells, fine: bool) -> tuple[Array, Array]:
        base, effect, correlation = _parts(part.belief)
        bounds = (0.0, MOST_HAZARD)
        return effect_interval(
            base, effect, part.horizon.hazards, level, bounds=bounds, fine=fine, correlation=correlation
        )

    low, high = _solved(cells, hazard)
    return -np.expm1(-low), -np.expm1(-high)


def _uplift_interval(cells: HeadCells, level: float) -> tuple[Array, Array]:
    def gain(part: HeadCells, fine: bool) -> tuple[Array, Array]:
        base, effect, correlation = _parts(part.belief)
        return effect_interval(base, effect, part.horizon.gain, level, fine=fine, correlation=correlation)

    return _solved(cells, gain)


def _solved(cells: HeadCells, solve: Callable[[HeadCells, bool], tuple[Array, Array]]) -> tuple[Array, Array]:
    """Solve the intervals of the contacted cells, those with a saturated base apart; 0 and 0 where nothing is sent."""
    low, high = np.zeros(len(cells.contact)), np.zeros(len(cells.contact))
    belief, stretch = cells.belief, cells.horizon.stretch
    events = stretch * np.log1p(np.exp(belief.base + 1.3 * belief.base_sd))
    saturated = (events > SATURATED) & (stretch > 1.0)
    for fine in (False, True):
        places = np.flatnonzero(cells.contact & (saturated == fine))
        size = SOLVED_FINE if fine else SOLVED
        for start in range(0, len(places), size):
            mine = places[start : start + size]
            low[mine], high[mine] = solve(cells.part(mine), fine)
    return low, high


def _parts(belief: Logits) -> tuple[tuple[Array, Array], tuple[Array, Array], Array | None]:
    return (belief.base, belief.base_sd), (belief.effect, belief.effect_sd), belief.correlation


def _confidence(value: Array, low: Array, high: Array, z: float, checks: Checks) -> Array:
    """Return P(|p - value| <= tolerance) of a logit-normal with the same interval, moved by what its cell missed."""
    tolerance = np.maximum(TOLERANCE_POINTS, TOLERANCE_SHARE * value)
    spread = (_finite_logit(high) - _finite_logit(low)) / (2.0 * z)
    return reliability(_finite_logit(value), np.sqrt(spread**2 + checks.extra), tolerance, checks.shift)


def _finite_logit(p: Array) -> Array:
    return logit(np.minimum(np.maximum(p, 1e-12), 1.0 - 1e-12))


def gives_way(model: ResponseModel) -> tuple[str, str]:
    """Return which of clicks and opens gives way where a click were likelier than an open, and then the other.

    A human click needs a human open. The one with fewer outcomes gives way, the click where that tells nothing: what
    was seen often is not overruled by a belief about opens that nobody counted.
    """
    click_is_known = model.counts("click").outcomes > model.counts("open").outcomes
    return ("open", "click") if click_is_known else ("click", "open")


def within(value: Array, limit: Array, channel: NDArray[np.intp], giving: str) -> Array:
    """Return clicks at most at a limit, or opens at least, on channels that have opens."""
    meet = np.fmax if giving == "open" else np.fmin
    return np.where(_OPENS[channel], meet(value, limit), value)


def limited(column: Column, limit: Column, channel: NDArray[np.intp], giving: str) -> Column:
    """Return the column of `giving` within that of the other head."""
    value, low, high = (
        within(mine, other, channel, giving)
        for mine, other in ((column.value, limit.value), (column.low, limit.low), (column.high, limit.high))
    )
    return replace(column, value=value, low=low, high=high, uplift=value, uplift_low=low, uplift_high=high)


_OPENS: Final = np.array([name in OPENING for name in CHANNELS])

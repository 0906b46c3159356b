"""Are probabilities what they say: bins of equal count with intervals, and the expected calibration error."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twincast.stats.intervals import two_sided
from twincast.stats.scoring import Score

Array = NDArray[np.float64]
BINS = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class ReliabilityBin:
    """Cases of neighbouring predictions: what was predicted, and what happened, with its interval."""

    count: int
    events: int
    lowest: float
    highest: float
    predicted: float
    observed: Score


def wilson(events: float, count: float, level: float = 0.95) -> Score:
    """Return a share with Wilson's interval (1927); NaN without cases."""
    if count <= 0:
        return Score(value=float("nan"), low=float("nan"), high=float("nan"), level=level)
    z, share = two_sided(level), events / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return Score(
        value=share, low=max(0.0, min(share, middle - half)), high=min(1.0, max(share, middle + half)), level=level
    )


def reliability_bins(p: ArrayLike, events: ArrayLike, bins: int = BINS, level: float = 0.95) -> list[ReliabilityBin]:
    """Return bins of equal count by predicted value, lowest first; equal predictions share a bin.

    Args:
        p: (n,) probabilities.
        events: (n,) 0 or 1.
        bins: how many; fewer where predictions repeat or cases are few.
        level: of the intervals (Wilson).
    """
    values, happened = np.asarray(p, dtype=np.float64), np.asarray(events, dtype=np.float64)
    found = []
    for members in _equal_count(values, bins):
        mine, count = values[members], len(members)
        hits = int(happened[members].sum())
        found.append(
            ReliabilityBin(
                count=count,
                events=hits,
                lowest=float(mine.min()),
                highest=float(mine.max()),
                predicted=float(mine.mean()),
                observed=wilson(hits, count, level),
            )
        )
    return found


def expected_calibration_error(p: ArrayLike, events: ArrayLike, bins: int = BINS) -> float:
    """Return the mean distance of predicted and observed over bins of equal count, weighted by their cases.

    Perfect probabilities do not reach 0: with b bins of n cases in all its expectation is about
    sqrt(2 b p (1 - p) / (pi n)) for a base rate p.
    """
    found = reliability_bins(p, events, bins)
    total = sum(part.count for part in found)
    return (
        sum(part.count * abs(part.predicted - part.observed.value) for part in found) / total if total else float("nan")
    )


def _equal_count(values: Array, bins: int) -> list[NDArray[np.intp]]:
    """Return the members of each bin; a run of equal values goes whole to the bin in which it begins."""
    if len(values) == 0:
        return []
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    cuts = np.linspace(0, len(values), min(bins, len(values)) + 1).round().astype(np.intp)[1:-1]
    cuts = np.unique(np.searchsorted(ordered, ordered[cuts], side="left")) if len(cuts) else cuts
    return [part for part in np.split(order, cuts) if len(part)]

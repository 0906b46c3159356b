"""Arms of a randomised test: their means, differences to one of them, and what was known before that narrows them.

What customers were like before takes out of the outcome what the arms did not cause (CUPED: Deng, Xu, Kohavi and Walker
2013). Its coefficient is cross-fitted, so that no customer's own outcome goes into it and no bias comes in.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from twincast.stats.intervals import two_sided
from twincast.stats.streams import stream

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
FOLDS: Final = 10
RIDGE: Final = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ArmMeans:
    """Means of k arms over n customers.

    Attributes:
        mean: (k,) mean outcome, by inverse propensity where that differs within an arm.
        influence: (n, k) each customer's part in the error of each mean: `mean` is off by their average.
        count: (k,) customers.
    """

    mean: Array
    influence: Array
    count: NDArray[np.intp]

    def difference(self, arm: int, control: int) -> tuple[float, float]:
        """Return the difference of two arms and its standard error."""
        gap = self.influence[:, arm] - self.influence[:, control]
        rows = len(gap)
        return float(self.mean[arm] - self.mean[control]), float(np.sqrt(gap @ gap) / rows)


def arm_means(outcome: ArrayLike, arm: ArrayLike, arms: int, propensity: ArrayLike | None = None) -> ArmMeans:
    """Return the means of the arms (Hajek 1971: weights are normalised within each arm).

    Args:
        outcome: (n,) numbers.
        arm: (n,) 0 .. arms - 1.
        arms: how many there are; each has two customers or more.
        propensity: (n,) probability with which each was to be where it is; None: the same within an arm.
    """
    y, code = np.asarray(outcome, dtype=np.float64), np.asarray(arm, dtype=np.intp)
    weight = np.ones(len(y)) if propensity is None else 1.0 / np.asarray(propensity, dtype=np.float64)
    count = np.bincount(code, minlength=arms)
    total = np.bincount(code, weight, minlength=arms)
    mean = np.bincount(code, weight * y, minlength=arms) / total
    freedom = np.sqrt(count / np.maximum(count - 1.0, 1.0))
    influence = np.zeros((len(y), arms))
    influence[np.arange(len(y)), code] = (weight * len(y) / total[code]) * (y - mean[code]) * freedom[code]
    return ArmMeans(mean=mean, influence=influence, count=count)


def adjusted(outcome: ArrayLike, before: ArrayLike, arm: ArrayLike, *, folds: int = FOLDS, seed: int = 0) -> Array:
    """Return outcomes less what was foreseeable from before the test, (n,); differences of arms keep their meaning.

    y - (x - mean of x) b with b from the other folds alone: a regression within arms, so that no effect of an arm goes
    into it. Given b, x has the same mean in every arm, so what is taken off differs between arms by chance alone.

    Args:
        outcome: (n,) numbers.
        before: (n,) or (n, m) what was known of each before it was assigned; NaN where nothing was, which gets a
            column of its own.
        arm: (n,) arm of each.
        folds: parts that are adjusted with what the others say.
        seed: of the parting.
    """
    y, code = np.asarray(outcome, dtype=np.float64), np.asarray(arm, dtype=np.intp)
    x = _columns(np.asarray(before, dtype=np.float64))
    if x.shape[1] == 0 or len(y) < 2 * folds:
        return y.copy()
    fold = stream(seed, "cuped", len(y)).permutation(len(y)) % folds
    found = np.empty(len(y))
    for part in range(folds):
        own, others = fold == part, fold != part
        found[own] = y[own] - x[own] @ _slopes(y[others], x[others], code[others])
    return found


def _columns(before: Array) -> Array:
    """Return centred columns that vary, gaps filled with the mean and marked."""
    x = before.reshape(len(before), -1)
    known = np.isfinite(x)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, x, 0.0).sum(axis=0) / count
    filled = np.concatenate([np.where(known, x - centre, 0.0), (~known) - (~known).mean(axis=0)], axis=1)
    sd = filled.std(axis=0)
    moving = sd > 1e-12 * (1.0 + np.abs(filled).max(axis=0, initial=0.0))
    scaled: Array = filled[:, moving] / sd[moving]
    return scaled


def _slopes(y: Array, x: Array, arm: Codes) -> Array:
    """Return least-squares slopes within arms."""
    count = np.maximum(np.bincount(arm), 1)
    centred_y = y - (np.bincount(arm, y) / count)[arm]
    means = np.stack([np.bincount(arm, column) / count for column in x.T], axis=1)
    centred_x = x - means[arm]
    products = centred_x.T @ centred_x
    steady = products + RIDGE * len(y) * np.eye(len(products))
    return np.asarray(np.linalg.solve(steady, centred_x.T @ centred_y), dtype=np.float64)


def share_difference(events: tuple[int, int], counts: tuple[int, int], level: float) -> tuple[float, float]:
    """Return the interval of a difference of two shares that holds for few events too (Newcombe 1998, method 10).

    Args:
        events: of the first and of the second; counts: customers.
        level: of the interval.
    """
    z = two_sided(level)
    ends = []
    for hits, count in zip(events, counts, strict=True):
        share, widen = hits / count, z * z / count
        centre = (share + widen / 2.0) / (1.0 + widen)
        half = z * np.sqrt(share * (1.0 - share) / count + widen / (4.0 * count)) / (1.0 + widen)
        ends.append((share, max(centre - half, 0.0), min(centre + half, 1.0)))
    (p, low, high), (q, low_q, high_q) = ends
    below, above = np.hypot(p - low, high_q - q), np.hypot(high - p, q - low_q)
    return float(p - q - below), float(p - q + above)


def same_everywhere(differences: ArrayLike, errors: ArrayLike) -> float:
    """Return the p-value of all differences being one (Cochran 1954): small where groups truly differ.

    Args:
        differences: (g,) of independent groups, two or more.
        errors: (g,) their standard errors, above 0.
    """
    gap, weight = np.asarray(differences, dtype=np.float64), np.asarray(errors, dtype=np.float64) ** -2.0
    pooled = (weight * gap).sum() / weight.sum()
    return float(chdtrc(len(gap) - 1, (weight * (gap - pooled) ** 2).sum()))

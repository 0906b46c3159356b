"""What a rule for whom to send which message would have brought, judged on randomised data.

Inverse propensity weighting (self-normalised, Swaminathan and Joachims 2015) and the doubly robust estimate (Dudik,
Langford and Li 2011). Refused where the data can not carry it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twincast.stats.resampling import DRAWS, bootstrap
from twincast.stats.scoring import Score

Array = NDArray[np.float64]
CLIP = 0.01
"""Propensities below are taken for this one, and counted."""
LEAST = 200.0
"""Effective sample below which no value is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyValue:
    """Mean outcome per person had the policy decided.

    Attributes:
        ipw: by inverse propensity weights; None if refused.
        doubly_robust: with predicted outcomes for variance reduction; None without them, or if refused.
        effective: effective number of people that the policy agrees with: (sum w)^2 / sum w^2.
        clipped: number of propensities below the clip.
        refused: why there is no value; empty if there is one.
    """

    ipw: Score | None
    doubly_robust: Score | None
    effective: float
    clipped: int
    refused: str = ""


def policy_value(  # noqa: PLR0913 - what was chosen, drawn, seen and believed are four things
    chosen: ArrayLike,
    taken: ArrayLike,
    outcomes: ArrayLike,
    propensity: ArrayLike | None,
    expected: ArrayLike | None = None,
    *,
    draws: int = DRAWS,
    level: float = 0.95,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> PolicyValue:
    """Return the value of a policy.

    Args:
        chosen: (n,) arm that the policy would choose, as 0 .. k - 1.
        taken: (n,) arm that was drawn.
        outcomes: (n,) what happened.
        propensity: (n,) probability with which the taken arm was drawn; None refuses.
        expected: (n, k) predicted outcome under each arm, from a model that has not seen these rows.
        draws, level, seed, clusters: see `resampling.bootstrap`.
    """
    if propensity is None:
        return PolicyValue(
            ipw=None, doubly_robust=None, effective=0.0, clipped=0, refused="the rows state no propensities"
        )
    arm, y = np.asarray(taken), np.asarray(outcomes, dtype=np.float64)
    agree, chance = np.asarray(chosen) == arm, np.asarray(propensity, dtype=np.float64)
    weight = np.where(agree, 1.0 / np.maximum(chance, CLIP), 0.0)
    effective, clipped = effective_sample(weight), int((chance < CLIP).sum())
    if effective < LEAST:
        words = f"the policy agrees with an effective sample of {effective:.0f}; {LEAST:.0f} are needed"
        return PolicyValue(ipw=None, doubly_robust=None, effective=effective, clipped=clipped, refused=words)
    robust = np.zeros(len(y)) if expected is None else robust_values(chosen, taken, outcomes, propensity, expected)

    def value(times: Array) -> Array:
        agreed = (times * weight).sum()
        ratio = (times * weight * y).sum() / agreed if agreed > 0 else np.nan
        return np.array([ratio, (times * robust).sum() / times.sum()])

    ipw, dr = bootstrap(value, len(y), draws=draws, level=level, seed=seed, clusters=clusters)
    return PolicyValue(ipw=ipw, doubly_robust=None if expected is None else dr, effective=effective, clipped=clipped)


def robust_values(
    chosen: ArrayLike, taken: ArrayLike, outcomes: ArrayLike, propensity: ArrayLike, expected: ArrayLike
) -> Array:
    """Return each row's doubly robust value of a policy, (n,): the mean is the policy's, a difference that of two.

    Args:
        chosen, taken, outcomes, propensity, expected: as in `policy_value`.
    """
    arm, model = np.asarray(taken), np.asarray(expected, dtype=np.float64)
    rows, picked = np.arange(len(arm)), np.asarray(chosen)
    weight = np.where(picked == arm, 1.0 / np.maximum(np.asarray(propensity, dtype=np.float64), CLIP), 0.0)
    found: Array = model[rows, picked] + weight * (np.asarray(outcomes, dtype=np.float64) - model[rows, arm])
    return found


def effective_sample(weights: ArrayLike) -> float:
    """Return (sum w)^2 / sum w^2 (Kish 1965); 0 where all weights are 0."""
    w = np.asarray(weights, dtype=np.float64)
    squares = float((w * w).sum())
    return float(w.sum()) ** 2 / squares if squares > 0 else 0.0

"""How well probabilities foretold what happened: discrimination with interval, calibration, log loss, deciles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import rankdata

from twincast.stats.intervals import two_sided

Array = NDArray[np.float64]

SMALLEST = 1e-9
"""Probabilities are kept this far from 0 and 1 where a logarithm is taken."""
STEPS = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A figure with its interval at `level`."""

    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, kw_only=True, slots=True)
class CalibrationLine:
    """logit P(event) = intercept + slope * logit(p): 0 and 1 if they are right; with standard errors."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A share of the cases, by predicted value: how many, how many events, what was predicted and what happened."""

    count: int
    events: int
    predicted: float
    observed: float


def auc(scores: ArrayLike, events: ArrayLike) -> float:
    """Return P(an event scores above a non-event), ties counting half; NaN without both kinds.

    Args:
        scores: (n,) numbers, larger for likelier.
        events: (n,) 0 or 1.
    """
    values, happened = np.asarray(scores, dtype=np.float64), np.asarray(events, dtype=np.bool_)
    positives = int(happened.sum())
    negatives = len(happened) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    ranks = rankdata(values)
    return float((ranks[happened].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(scores: ArrayLike, events: ArrayLike, level: float = 0.95) -> Score:
    """Return the AUC with DeLong's interval (1988, by midranks: Sun and Xu 2014); NaN without two of both kinds."""
    values, happened = np.asarray(scores, dtype=np.float64), np.asarray(events, dtype=np.bool_)
    value = auc(values, happened)
    above, below = values[happened], values[~happened]
    if len(above) < 2 or len(below) < 2:
        return Score(value=value, low=float("nan"), high=float("nan"), level=level)
    ranks = rankdata(np.concatenate([above, below]))
    of_events = (ranks[: len(above)] - rankdata(above)) / len(below)
    of_others = 1.0 - (ranks[len(above) :] - rankdata(below)) / len(above)
    sd = float(np.sqrt(np.var(of_events, ddof=1) / len(above) + np.var(of_others, ddof=1) / len(below)))
    z = two_sided(level)
    return Score(value=value, low=max(0.0, value - z * sd), high=min(1.0, value + z * sd), level=level)


def log_loss(p: ArrayLike, events: ArrayLike) -> float:
    """Return the mean of -log P(what happened), in nats."""
    return float(np.mean(log_losses(p, events)))


def log_losses(p: ArrayLike, events: ArrayLike) -> Array:
    """Return -log P(what happened) case by case, (n,), in nats: `log_loss` is their mean."""
    values = np.clip(np.asarray(p, dtype=np.float64), SMALLEST, 1.0 - SMALLEST)
    return -np.where(np.asarray(events, dtype=np.bool_), np.log(values), np.log1p(-values))


def brier(p: ArrayLike, events: ArrayLike) -> float:
    """Return the mean squared distance of probability and event (Brier 1950)."""
    return float(np.mean((np.asarray(p, dtype=np.float64) - np.asarray(events, dtype=np.float64)) ** 2))


def calibration_line(p: ArrayLike, events: ArrayLike) -> CalibrationLine | None:
    """Fit the calibration line by maximum likelihood (Cox 1958); None where the events do not determine it.

    Args:
        p: (n,) probabilities.
        events: (n,) 0 or 1.
    """
    x = logit(np.clip(np.asarray(p, dtype=np.float64), SMALLEST, 1.0 - SMALLEST))
    happened = np.asarray(events, dtype=np.float64)
    if len(x) < 3 or not 0.0 < happened.mean() < 1.0 or np.ptp(x) == 0.0:
        return None
    design = np.stack([np.ones_like(x), x], axis=1)
    beta = np.array([logit(happened.mean()) - x.mean(), 1.0])
    for _ in range(STEPS):
        fitted = expit(design @ beta)
        information = (design * (fitted * (1.0 - fitted))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (happened - fitted))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            se = np.sqrt(np.diag(np.linalg.inv(information)))
            return CalibrationLine(
                intercept=float(beta[0]), intercept_se=float(se[0]), slope=float(beta[1]), slope_se=float(se[1])
            )
    return None


def by_quantile(p: ArrayLike, events: ArrayLike, groups: int = 10) -> list[Group]:
    """Return equal shares of the cases, those with the highest predictions first; equals stay in their order.

    Args:
        p: (n,) predictions.
        events: (n,) 0 or 1.
        groups: how many shares; fewer where there are fewer cases.
    """
    values, happened = np.asarray(p, dtype=np.float64), np.asarray(events, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    parts = np.array_split(order, min(groups, len(order))) if len(order) else []
    return [
        Group(
            count=len(part),
            events=int(happened[part].sum()),
            predicted=float(values[part].mean()),
            observed=float(happened[part].mean()),
        )
        for part in parts
    ]

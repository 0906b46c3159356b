"""Was the test sound: did chance alone decide who was in which arm, and are all arms looked at alike?

All of it may be looked at as often as one likes: p-values and intervals hold at every look.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.readouts import Check
from twincast.stats.experiments import arm_means
from twincast.stats.sequences import sample_ratio, sequence_factor
from twincast.usecases.proving.rows import Rows

Array = NDArray[np.float64]
ALPHA: Final = 0.001
"""False alarms of each check: an alarm takes every effect away, so it is to be sure."""
CROSSED: Final = 0.01
"""Share of customers in several arms from which the assignment is broken."""
LEAST: Final = 2
SAME: Final = 1e-6


def checks_of(rows: Rows, shares: Mapping[str, float] | None, tuned_for: float) -> tuple[Check, ...]:
    """Return the checks of a test.

    Args:
        rows: its customers.
        shares: planned share of each arm; None: told by the propensities.
        tuned_for: customers at which sequences are narrowest.

    Raises:
        InvalidInput: nobody says how large the arms were to be, or an arm has too few customers.
    """
    return (_crossing(rows), _ratio(rows, shares, tuned_for), *_known(rows, tuned_for), *_alike(rows, tuned_for))


def _crossing(rows: Rows) -> Check:
    every = len(rows) + rows.crossed
    share = rows.crossed / every if every else 0.0
    words = f"{rows.crossed:,} of {every:,} customers were seen in several arms"
    return Check(name="one arm each", passed=share <= CROSSED, p=None, words=words)


def _ratio(rows: Rows, shares: Mapping[str, float] | None, tuned_for: float) -> Check:
    planned = _planned(rows, shares)
    if planned is None:
        return _weighted(rows, tuned_for)
    p = float(sample_ratio(_counts(rows), planned)[-1])
    seen = np.bincount(rows.arm, minlength=len(rows.arms))
    told = ", ".join(
        f"{name} {count:,} (planned {share * len(rows):,.0f})"
        for name, count, share in zip(rows.arms, seen.tolist(), planned.tolist(), strict=True)
    )
    return Check(name="sample ratio", passed=p >= ALPHA, p=p, words=f"customers in each arm: {told}")


def _planned(rows: Rows, shares: Mapping[str, float] | None) -> Array | None:
    """Return the planned share of each arm; None where each customer has chances of their own."""
    if shares is not None:
        return np.array([shares[name] for name in rows.arms])
    if np.isnan(rows.propensity).any():
        message = "is missing: how large the arms were to be, or each row's propensity"
        raise InvalidInput.of([FieldProblem(field="shares", message=message, allowed="arm -> share, summing to 1")])
    chances = [rows.propensity[rows.arm == arm] for arm in range(len(rows.arms))]
    if any(len(it) == 0 or np.ptp(it) > SAME for it in chances):
        return None
    found = np.array([it[0] for it in chances])
    if found.sum() > 1.0 + 1e-3:
        message = f"of the arms sum to {found.sum():.3f}"
        raise InvalidInput.of([FieldProblem(field="propensity", message=message, allowed="at most 1 over all arms")])
    among: Array = found / found.sum()  # arms that are not read take the rest: among these it is still chance
    return among


def _counts(rows: Rows) -> Array:
    """Return how many customers were in each arm at the end of each day, (days, arms)."""
    _, code = np.unique(rows.day, return_inverse=True)
    daily = np.zeros((int(code.max(initial=0)) + 1, len(rows.arms)))
    np.add.at(daily, (code, rows.arm), 1.0)
    return daily.cumsum(axis=0)


def _weighted(rows: Rows, tuned_for: float) -> Check:
    """Check chances that differ: one over each customer's own adds up to the same in every arm, to everybody.

    Compared with the control, since customers of arms that are not read are not among these.
    """
    count, others = len(rows), len(rows.arms) - 1
    factor = float(sequence_factor(count, alpha=ALPHA / others, tuned_for=tuned_for))
    worst, name = 0.0, rows.arms[0]
    for arm, label in enumerate(rows.arms):
        if arm != rows.control:
            parts = np.select([rows.arm == arm, rows.arm == rows.control], [1.0, -1.0], 0.0) / rows.propensity
            away = abs(parts.mean()) / max(parts.std(ddof=1) / np.sqrt(count), 1e-12)
            worst, name = max((worst, name), (float(away), label))
    words = (
        f"by each customer's own chance, the arm {name!a} is {worst:.1f} standard errors off; {factor:.1f} are allowed"
    )
    return Check(name="sample ratio", passed=worst <= factor, p=None, words=words)


def _known(rows: Rows, tuned_for: float) -> Iterator[Check]:
    """Check that outcomes are known as often in every arm: else those that are known are no longer alike."""
    known = np.isfinite(rows.outcome)
    if known.all():
        yield Check(name="outcomes known", passed=True, p=None, words="of all customers")
        return
    shares = [float(known[rows.arm == arm].mean()) if (rows.arm == arm).any() else 0.0 for arm in range(len(rows.arms))]
    told = ", ".join(f"{name} {share:.1%}" for name, share in zip(rows.arms, shares, strict=True))
    yield _same_mean("outcomes known", known.astype(np.float64), rows, tuned_for, f"share of customers: {told}")


def _alike(rows: Rows, tuned_for: float) -> Iterator[Check]:
    """Check that customers were alike before: what was known before can not be an effect."""
    for place, name in enumerate(rows.names):
        values = rows.before[:, place]
        told = np.isfinite(values)
        if told.sum() > LEAST:
            filled = np.where(told, values, values[told].mean())
            yield _same_mean("alike before", filled, rows, tuned_for, f"{name}: the arms' means")


def _same_mean(check: str, values: Array, rows: Rows, tuned_for: float, words: str) -> Check:
    others = [arm for arm in range(len(rows.arms)) if arm != rows.control]
    means = arm_means(values, rows.arm, len(rows.arms), _weights(rows))
    alpha = ALPHA / (len(others) * max(len(rows.names), 1))
    factor = float(sequence_factor(len(rows), alpha=alpha, tuned_for=tuned_for))
    worst = 0.0
    for arm in others:
        gap, se = means.difference(arm, rows.control)
        worst = max(worst, abs(gap) / se if se > 0.0 else 0.0)
    seen = f"{words}; at most {worst:.1f} standard errors apart, {factor:.1f} are allowed"
    return Check(name=check, passed=worst <= factor, p=None, words=seen)


def _weights(rows: Rows) -> Array | None:
    return None if np.isnan(rows.propensity).any() else rows.propensity


def require_both(rows: Rows) -> None:
    """Raise InvalidInput where an arm has too few customers whose outcome is known."""
    known = np.bincount(rows.arm[np.isfinite(rows.outcome)], minlength=len(rows.arms))
    few = [name for name, count in zip(rows.arms, known.tolist(), strict=True) if count < LEAST]
    if few:
        message = f"the arm {few[0][:60]!a} has no two customers whose outcome is known"
        allowed = f"at least {LEAST} customers an arm"
        raise InvalidInput.of([FieldProblem(field="arms", message=message, allowed=allowed)])

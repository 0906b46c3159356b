"""What randomised rows tell of cause: uplift of each message against no contact, and the value of policies."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import SEGMENT_MEAN, TWIN, Decile, Measured, Policy, Uplift, UpliftScore
from twincast.stats.policies import PolicyValue, policy_value, robust_values
from twincast.stats.resampling import bootstrap
from twincast.stats.uplift import uplift_areas, uplift_by_group, uplift_curve
from twincast.usecases.backtesting.baselines import Predictor
from twincast.usecases.backtesting.cases import Cases
from twincast.usecases.backtesting.requests import BacktestRequest
from twincast.usecases.backtesting.scores import measured

Array = NDArray[np.float64]
Index = NDArray[np.intp]
LEAST_ARM: Final = 50
"""People of each arm from which uplift is measured."""
CURVE_POINTS: Final = 50
BY_SEGMENT, FOR_ALL, NOBODY = "best message of each segment", "best message for all", "nobody is contacted"
BY_TWIN: Final = f"{TWIN}: best for each customer"


def uplifts_of(by_arm: Mapping[str, Array], test: Cases, request: BacktestRequest) -> tuple[Uplift, ...]:
    """Return the uplift of each message in the randomised test rows; empty without an arm of no contact.

    Args:
        by_arm: contender -> predicted outcome of each test row under each arm, (n, arms); the twin first.
        test: the test rows.
        request: level, seed and draws.
    """
    nothing = test.nothing
    if nothing is None:
        return ()
    found = []
    for arm in np.flatnonzero(test.contact).tolist():
        rows = test.randomised & np.isin(test.arm, [arm, nothing])
        contacted = test.arm[rows] == arm
        if min(int(contacted.sum()), int((~contacted).sum())) >= LEAST_ARM:
            gains = {name: (values[:, arm] - values[:, nothing])[rows] for name, values in by_arm.items()}
            found.append(_uplift(test.arms[arm], gains, test.take(rows), contacted, request))
    return tuple(found)


def _uplift(
    name: str, gains: Mapping[str, Array], rows: Cases, contacted: NDArray[np.bool_], request: BacktestRequest
) -> Uplift:
    # rows are weighted by the inverse of the probability of what they got
    chance = np.where(contacted, rows.propensity, 1.0 - rows.propensity)
    known = None if np.isnan(chance).any() or np.ptp(rows.propensity) < 1e-9 else chance
    areas = {
        model: uplift_areas(
            gain, rows.outcome, contacted, known,
            draws=request.draws, level=request.level, seed=request.seed, clusters=rows.customer,
        )
        for model, gain in gains.items()
    }  # fmt: skip
    curve = uplift_curve(gains[TWIN], rows.outcome, contacted, known)
    kept = np.unique(np.linspace(0, len(curve.share) - 1, CURVE_POINTS).round().astype(np.intp))
    return Uplift(
        intervention=name,
        count=len(rows),
        contacted=int(contacted.sum()),
        average=measured(areas[TWIN].ate),
        scores=tuple(
            UpliftScore(name=model, auuc=measured(it.auuc), qini=measured(it.qini)) for model, it in areas.items()
        ),
        deciles=tuple(
            Decile(
                count=it.count,
                contacted=it.contacted,
                predicted=it.predicted,
                observed=measured(it.observed) if np.isfinite(it.observed.value) else None,
            )
            for it in uplift_by_group(gains[TWIN], rows.outcome, contacted, level=request.level)
        ),
        curve={key: getattr(curve, key)[kept].tolist() for key in ("share", "gain", "qini")},
    )


def policies_of(
    by_arm: Mapping[str, Array],
    confidence: Array,
    segment_mean: Predictor,
    non_personal: Predictor,
    test: Cases,
    request: BacktestRequest,
) -> tuple[Policy, ...]:
    """Return what the twin's choice of arm would have brought, beside choices that know no individual (R202).

    Args:
        by_arm: contender -> predicted outcome of each test row under each arm, (n, arms).
        confidence: (n,) the twin's confidence in each test row.
        segment_mean, non_personal: the baselines of those names.
        test, request: the rows, and how they are judged.
    """
    rows = test.take(test.randomised)
    if not len(rows) or np.isnan(rows.propensity).any():
        return ()
    expected = by_arm[TWIN][test.randomised]
    chosen: dict[str, Index] = {
        BY_SEGMENT: _best(segment_mean, rows),
        BY_TWIN: expected.argmax(axis=1),
        FOR_ALL: _best(non_personal, rows),
    }
    for name, values in by_arm.items():
        if name not in (TWIN, SEGMENT_MEAN):
            chosen[f"{name}: best for each customer"] = values[test.randomised].argmax(axis=1)
    if rows.nothing is not None:
        chosen[NOBODY] = np.full(len(rows), rows.nothing, dtype=np.intp)
        if request.act_above is not None:
            sure = confidence[test.randomised] >= request.act_above
            name = f"{TWIN}: only where its confidence is {request.act_above:g} or more"
            chosen[name] = np.where(sure, chosen[BY_TWIN], rows.nothing)
    return tuple(_policy(name, choice, chosen[BY_SEGMENT], rows, expected, request) for name, choice in chosen.items())


def _best(predictor: Predictor, rows: Cases) -> Index:
    every = [predictor(rows, np.full(len(rows), arm, dtype=np.intp)) for arm in range(len(rows.arms))]
    best: Index = np.stack(every, axis=1).argmax(axis=1)
    return best


def _policy(
    name: str, choice: Index, reference: Index, rows: Cases, expected: Array, request: BacktestRequest
) -> Policy:
    found = policy_value(
        choice, rows.arm, rows.outcome, rows.propensity, expected,
        draws=request.draws, level=request.level, seed=request.seed, clusters=rows.customer,
    )  # fmt: skip
    ipw, robust = found.ipw, found.doubly_robust
    return Policy(
        name=name,
        ipw=None if ipw is None else measured(ipw),
        doubly_robust=None if robust is None else measured(robust),
        gain=None if name == BY_SEGMENT else _gain(found, choice, reference, rows, expected, request),
        effective=found.effective,
        clipped=found.clipped,
        refused=found.refused,
    )


def _gain(
    found: PolicyValue, choice: Index, reference: Index, rows: Cases, expected: Array, request: BacktestRequest
) -> Measured | None:
    if found.doubly_robust is None:
        return None
    ours, theirs = (robust_values(it, rows.arm, rows.outcome, rows.propensity, expected) for it in (choice, reference))
    gap = ours - theirs
    (score,) = bootstrap(
        lambda weights: float(weights @ gap / weights.sum()), len(gap),
        draws=request.draws, level=request.level, seed=request.seed, clusters=rows.customer,
    )  # fmt: skip
    return measured(score)

"""What is gained by acting only on the surest predictions: the risk-coverage curve."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class RiskCoverage:
    """Mean loss of the share of cases with the highest confidence (El-Yaniv and Wiener 2010).

    Attributes:
        coverage: (k,) share of cases answered, rising to 1; cases of equal confidence come in together.
        threshold: (k,) least confidence among them.
        risk: (k,) their mean loss.
        area: area under the curve over (0, 1]; the mean loss of all cases if confidence says nothing.
    """

    coverage: Array
    threshold: Array
    risk: Array
    area: float


def risk_coverage(confidence: ArrayLike, losses: ArrayLike, points: int = 20) -> RiskCoverage:
    """Return the curve at about evenly spaced coverages.

    Args:
        confidence: (n,) larger for surer.
        losses: (n,) loss of each case.
        points: how many coverages to report; the area is taken over all.
    """
    sure, loss = np.asarray(confidence, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    order = np.argsort(-sure, kind="stable")
    ordered = sure[order]
    last = np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) if len(ordered) else np.zeros(0, dtype=np.intp)
    coverage = (last + 1.0) / max(len(ordered), 1)
    risk = np.cumsum(loss[order])[last] / (last + 1.0)
    area = float((risk * np.diff(coverage, prepend=0.0)).sum()) if len(last) else float("nan")
    wanted = np.unique(np.searchsorted(coverage, np.arange(1, points + 1) / points - 1e-12))
    kept = wanted[wanted < len(last)]
    return RiskCoverage(coverage=coverage[kept], threshold=ordered[last][kept], risk=risk[kept], area=area)

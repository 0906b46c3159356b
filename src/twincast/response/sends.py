"""How much messages differ beyond their texts: the sd of the effect that each send has, learned from those seen.

sigma is half-normal with the prior's sd, and what the messages did says which sigma is likely: their marginal
likelihood, everything else integrated out (Gelman 2006, "Prior distributions for variance parameters in hierarchical
models"). Prior and evidence are joined with the mean variance it leaves.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twincast.response.evidence import Evidence
from twincast.response.terms import Terms
from twincast.stats.linear import inverse

Array = NDArray[np.float64]

POINTS: Final = 200
"""Values of sigma that are weighed, equally likely beforehand."""
_HALF_NORMAL: Final = ndtri(0.5 + (np.arange(POINTS) + 0.5) / (2.0 * POINTS))
VARIANCES: Final = _HALF_NORMAL**2 / np.mean(_HALF_NORMAL**2)
"""Their squares over the prior's variance; the mean is 1, so that without evidence nothing changes."""


def send_variance(terms: Terms, direct: Evidence) -> float:
    """Return the mean variance of the effects of sends, after what the randomised rows say of those seen.

    Args:
        terms: P terms; direct: evidence over them.
    """
    mine = np.array([name.startswith("send:") for name in terms.names], dtype=np.bool_)
    if not mine.any() or direct.is_empty or not terms.send_variance > 0.0:
        return terms.send_variance
    rest = ~mine
    seen, across = direct.precision[np.ix_(mine, mine)], direct.precision[np.ix_(mine, rest)]
    others = inverse(terms.precision[np.ix_(rest, rest)] + direct.precision[np.ix_(rest, rest)])
    pull = terms.precision[np.ix_(rest, rest)] @ terms.mean[rest] + direct.shift[rest]
    known, directions = np.linalg.eigh(seen - across @ others @ across.T)
    shift = directions.T @ (direct.shift[mine] - across @ others @ pull)
    variances = terms.send_variance * VARIANCES
    grown = 1.0 + variances[:, None] * np.maximum(known, 0.0)
    log_likelihood = 0.5 * (variances[:, None] * shift**2 / grown - np.log(grown)).sum(axis=1)
    weight = np.exp(log_likelihood - log_likelihood.max())
    return float(weight @ variances / weight.sum())

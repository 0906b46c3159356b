"""What the next group will be like, from groups that differ: a random-effects model with its between-group spread open.

Group j shows y_j ~ N(theta_j, v_j), theta_j ~ N(mu, tau^2), mu ~ N(mean, sd^2), tau half-normal. The spread tau is
integrated over a grid, so that few groups leave it open and many settle it (Gelman et al. 2013, Bayesian Data Analysis,
section 5.4: the normal model with unknown between-group variance).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NODES: Final = 40
REACH: Final = 4.0
"""Times its scale up to which the spread is looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What is thought before any group was seen.

    Attributes:
        mean, sd: of the centre of groups; spread: scale of the half-normal of their standard deviation.
    """

    mean: float
    sd: float
    spread: float


def next_group(values: Array, variances: Array, before: Before, *, draws: int, source: np.random.Generator) -> Array:
    """Return draws (draws,) of the next group's true value.

    Args:
        values: (j,) what each group showed; none at all leaves what was thought before.
        variances: (j,) of each as a measure of its own group.
        before: what is thought before.
        draws, source: how many, and of which random numbers.
    """
    tau = np.linspace(0.0, REACH * before.spread, NODES + 1)[1:]
    total = variances[None, :] + tau[:, None] ** 2
    precision = before.sd**-2 + (1.0 / total).sum(axis=1)
    centre = (before.mean * before.sd**-2 + (values[None, :] / total).sum(axis=1)) / precision
    spread_out = (values[None, :] - before.mean) ** 2 / total
    # the likelihood of all groups: p(y) = p(y | mu) p(mu) / p(mu | y) whatever mu, here at `before.mean`
    fit = -0.5 * (np.log(total) + spread_out).sum(axis=1) - 0.5 * np.log(precision)
    fit += 0.5 * precision * (centre - before.mean) ** 2 - 0.5 * (tau / before.spread) ** 2
    weights = np.exp(fit - fit.max())
    chosen = source.choice(NODES, size=draws, p=weights / weights.sum())
    sd = np.sqrt(1.0 / precision + tau**2)
    drawn: Array = centre[chosen] + sd[chosen] * source.standard_normal(draws)
    return drawn

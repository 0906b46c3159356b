"""The line of calibration: p = expit(a + b logit), found on outcomes that each fit has not seen."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from twincast.response.designs import Design
from twincast.response.evidence import Evidence, posterior
from twincast.response.horizons import hazard_slopes, only_contacted_slopes
from twincast.response.samples import MOST, Sample, evidence_at

Array = NDArray[np.float64]

FOLDS: Final = 5
FEWEST: Final = 20
"""Events, or non-events, under which no line is drawn."""
WIDTHS: Final = (0.1, 0.1)
"""Prior sd of a around 0 and of b around 1: the model is calibrated by construction, if its form is right."""
ROUNDS: Final = 12
LEAST_SLOPE: Final = 0.05
"""b is kept above 0: an order of customers is never turned round."""
SMALLEST: Final = 1e-9


def calibration_of(sample: Sample, base: Array, effect: Array) -> tuple[float, float]:
    """Return a and b, one line for p0 and p1 alike, so that an effect stays an effect: the mode by Fisher scoring.

    The line turns around the mean logit, so that a slope other than 1 leaves the level where it is.

    Args:
        sample: r rows, and what was believed of each before it was seen: `base` and `effect`, (r,) logits.
    """
    if min(sample.happened.sum(), len(sample) - sample.happened.sum()) < FEWEST:
        return 0.0, 1.0
    whole = base + effect * sample.contact
    centre = float(np.average(whole, weights=expit(whole) * expit(-whole) + SMALLEST))
    prior, precision = np.array([0.0, 1.0]), np.diag(1.0 / np.array(WIDTHS) ** 2)
    line = prior.copy()
    for _ in range(ROUNDS):
        _, slopes, missed = _scores(sample, base, effect, centre, line)
        step = np.linalg.solve(precision + slopes.T @ slopes, slopes.T @ missed - precision @ (line - prior))
        line = line + np.clip(step, -0.5, 0.5)
    shift, b = float(line[0]), float(max(line[1], LEAST_SLOPE))
    return shift + (1.0 - b) * centre, b


def _scores(sample: Sample, base: Array, effect: Array, centre: float, line: Array) -> tuple[Array, Array, Array]:
    """Return sqrt(p / (1 - p)); and over the sd of the outcome: slopes of p in shift and slope, and what p missed."""
    shift, b = line
    if sample.organic:
        moved = centre + shift + b * (base - centre)
        hazard, by_base, by_effect = hazard_slopes(moved, b * effect, sample.stretch, sample.fade)
        slopes = np.stack([by_base, by_base * (base - centre) + by_effect * effect], axis=1)
    else:
        hazard, by_effect = only_contacted_slopes(centre + shift + b * (effect - centre), sample.fade)
        slopes = np.stack([by_effect, by_effect * (effect - centre)], axis=1)
    spread = np.sqrt(np.expm1(np.minimum(np.maximum(hazard, 1e-300), MOST)))
    root = np.sqrt(sample.weight)
    missed = np.where(sample.happened > 0.0, 1.0 / spread, -spread)
    return spread, slopes * (root / spread)[:, None], missed * root


def shift_scores(sample: Sample, base: Array, effect: Array, line: tuple[float, float]) -> tuple[Array, Array, Array]:
    """Return each row's probability, and what it says of a shift of the calibrated logit: score and information."""
    a, b = line
    spread, slopes, missed = _scores(sample, base, effect, 0.0, np.array([a, b]))
    return spread**2 / (1.0 + spread**2), slopes[:, 0] * missed, slopes[:, 0] ** 2


def unseen_logits(
    design: Design, sample: Sample, mean: Array, direct: Evidence, logged: Evidence
) -> tuple[Array, Array]:
    """Return base and effect of each row as believed without its customer's fifth of the rows, (r,) each.

    Their evidence is taken away from the whole: one Newton step instead of a new fit.

    Args:
        design, sample: the outcomes; `mean`, `direct`, `logged`: the fit to all of them.
    """
    base, effect = np.zeros(len(sample)), np.zeros(len(sample))
    for fold in range(FOLDS):
        mine = sample.customer % FOLDS == fold
        if mine.any():
            fair, chosen = (
                evidence_at(design, sample.part(mine & kind), mean) for kind in (~sample.logged, sample.logged)
            )
            others = posterior(design.terms, _without(direct, fair), _without(logged, chosen))[0]
            base[mine], effect[mine] = _logits(design, sample.part(mine), others)
    return base, effect


def _without(whole: Evidence, part: Evidence) -> Evidence:
    return Evidence(names=whole.names, precision=whole.precision - part.precision, shift=whole.shift - part.shift)


def _logits(design: Design, sample: Sample, weights: Array) -> tuple[Array, Array]:
    """Return base and effect of each row at some weights, (r,) each."""
    effect = design.terms.effect
    found = [design.rows(part.places, part.chosen) for part in sample.chunks()]
    base = [rows[:, ~effect] @ weights[~effect] for rows in found]
    added = [rows[:, effect] @ weights[effect] for rows in found]
    return np.concatenate([np.zeros(0), *base]), np.concatenate([np.zeros(0), *added])

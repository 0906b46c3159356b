"""Stated scales learned from answers to surveys: a conjugate normal regression around the prior's own terms.

Only those who answer are heard, and they are not everybody: what is learned here never touches behaviour.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.response.encoding import Encoded, stated_scale
from twincast.response.evidence import Evidence
from twincast.response.features import CUSTOMER_NAMES, FATIGUE_NAMES, MATCH_NAMES, MESSAGE_NAMES
from twincast.response.opinions import Opinion
from twincast.response.prior import StatedPrior
from twincast.stats.linear import inverse, quadratic, weighted_sum

Array = NDArray[np.float64]
Index = NDArray[np.intp]

AS_BEFORE: Final = 20.0
"""Answers at which the scatter is half the prior's and half their own."""
FOLDS: Final = 5
FEWEST: Final = 20
"""Answers from which what is foretold is checked."""
ROUNDS: Final = 5


def names_of(prior: StatedPrior) -> tuple[str, ...]:
    """Return the names of a scale's P terms: its level, and every feature with a width."""
    blocks = (
        ("customer", prior.customer, CUSTOMER_NAMES),
        ("message", prior.message, MESSAGE_NAMES),
        ("match", prior.match, MATCH_NAMES),
        ("fatigue", prior.fatigue, FATIGUE_NAMES),
    )
    named = [f"{block}:{names[k]}" for block, own, names in blocks for k in np.flatnonzero(own.width > 0.0)]
    return ("level", *named)


def weights_of(prior: StatedPrior) -> tuple[Array, Array]:
    """Return mean and sd of a scale's terms as the prior has them, (P,) each."""
    blocks = (prior.customer, prior.message, prior.match, prior.fatigue)
    kept = [own.width > 0.0 for own in blocks]
    return (
        np.concatenate([[prior.level[0]], *(own.mean[here] for own, here in zip(blocks, kept, strict=True))]),
        np.concatenate([[prior.level[1]], *(own.width[here] for own, here in zip(blocks, kept, strict=True))]),
    )


def values_of(encoded: Encoded, prior: StatedPrior) -> Array:
    """Return the values of the terms for every cell, (c, P)."""
    cells = encoded.cells
    tired = encoded.fatigue if encoded.fatigue is not None else np.zeros((len(cells), len(FATIGUE_NAMES)))
    parts = (
        (encoded.customers.features[cells.twin], prior.customer),
        (encoded.messages.features[cells.intervention], prior.message),
        (encoded.matches.features, prior.match),
        (tired, prior.fatigue),
    )
    return np.concatenate([np.ones((len(cells), 1)), *(part[:, own.width > 0.0] for part, own in parts)], axis=1)


def learn_opinion(
    prior: StatedPrior, encoded: Encoded, answers: Array, customer: Index, usual: float
) -> Opinion | None:
    """Learn a scale from the answers of contacted customers; None without any.

    Args:
        prior: what is believed of the scale.
        encoded: c cells; answers: (c,) on the scale, NaN where nobody answered; customer: (c,) code.
        usual: sd of single answers that is believed beforehand.
    """
    some = np.flatnonzero(~np.isnan(answers) & encoded.contact)
    if not len(some):
        return None
    rows, told, whose = values_of(encoded, prior)[some], answers[some], customer[some]
    rows, told, whose = _one_each(rows, told, whose)
    names, before = names_of(prior), weights_of(prior)
    scatter = usual
    for _ in range(ROUNDS):
        evidence = _evidence(names, rows, told, scatter)
        missed = told - rows @ _after(before, evidence)[0]
        scatter = float(np.sqrt((AS_BEFORE * usual**2 + (missed**2).sum()) / (AS_BEFORE + len(told))))
    checked = _checked(before, names, rows, told, scatter) if len(told) >= FEWEST else (None, None)
    return Opinion(
        evidence=_evidence(names, rows, told, scatter),
        scatter=scatter,
        count=len(some),
        missed=checked[0],
        missed_by_mean=checked[1],
    )


def _one_each(rows: Array, told: Array, whose: Index) -> tuple[Array, Array, Index]:
    """Return one row a customer, the mean of theirs: answers of one person are not independent."""
    people, code, number = np.unique(whose, return_inverse=True, return_counts=True)
    sums = np.zeros((len(people), rows.shape[1]))
    np.add.at(sums, code, rows)
    return sums / number[:, None], np.bincount(code, told) / number, people


def _evidence(names: tuple[str, ...], rows: Array, told: Array, scatter: float) -> Evidence:
    return Evidence(names=names, precision=rows.T @ rows / scatter**2, shift=rows.T @ told / scatter**2)


def _after(before: tuple[Array, Array], evidence: Evidence) -> tuple[Array, Array]:
    """Return mean and covariance of the terms, (P,) and (P, P)."""
    mean, width = before
    covariance = inverse(np.diag(1.0 / width**2) + evidence.precision)
    return covariance @ (mean / width**2 + evidence.shift), covariance


def _checked(
    before: tuple[Array, Array], names: tuple[str, ...], rows: Array, told: Array, scatter: float
) -> tuple[float, float]:
    fold, own, mean = np.arange(len(told)) % FOLDS, np.empty(len(told)), np.empty(len(told))
    for number in range(FOLDS):
        mine = fold == number
        own[mine] = rows[mine] @ _after(before, _evidence(names, rows[~mine], told[~mine], scatter))[0]
        mean[mine] = told[~mine].mean()
    missed, missed_by_mean = (float(np.sqrt(np.mean((told - foretold) ** 2))) for foretold in (own, mean))
    return missed, missed_by_mean


def scale_of(encoded: Encoded, prior: StatedPrior, opinion: Opinion | None) -> tuple[Array, Array]:
    """Return mean and sd of a stated scale for every cell, (c,); exactly 0 and 0 where nothing is sent."""
    if opinion is None:
        return stated_scale(encoded, prior)
    mean, covariance = _after(weights_of(prior), opinion.evidence.over(names_of(prior)))
    rows = values_of(encoded, prior)
    sent = encoded.contact
    spread = np.sqrt(np.maximum(quadratic(rows, np.ascontiguousarray(covariance)), 0.0))
    return np.where(sent, weighted_sum(rows, mean), 0.0), np.where(sent, spread, 0.0)

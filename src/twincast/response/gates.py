"""The twin-value gate of a head: does what is known of individuals foretell more than what was sent to them?

Judged on outcomes that each fit has not seen. Where it is closed, everybody is foretold as the average customer, and
the numbers say so.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.backtests import BASE_RATE, NON_PERSONAL, Gate, Measured, gate_of
from twincast.response.calibrating import FEWEST, FOLDS
from twincast.response.encoding import Encoded
from twincast.response.horizons import hazard_slopes, only_contacted_slopes
from twincast.response.learned import Typical
from twincast.response.samples import Sample
from twincast.stats.intervals import two_sided
from twincast.stats.scoring import log_losses

Array = NDArray[np.float64]
Index = NDArray[np.intp]

LEVEL: Final = 0.95
SHRUNKEN: Final = 20.0
"""Rows' worth of the base rate that the rate of a message with few rows is drawn towards."""


def worth_of(sample: Sample, base: Array, effect: Array, line: tuple[float, float], message: Index) -> Gate | None:
    """Return the verdict on one head; None with too few events to say anything.

    Args:
        sample: r rows; base, effect: (r,) logits of each, foretold from other customers.
        line: a and b of the calibration.
        message: (r,) code of what was sent.
    """
    events = float(sample.happened.sum())
    if min(events, len(sample) - events) < FEWEST:
        return None
    own = log_losses(_probabilities(sample, base, effect, line), sample.happened)
    everybody = np.zeros(len(sample), dtype=np.intp)
    losses = {
        name: log_losses(_rates(sample, codes), sample.happened)
        for name, codes in ((BASE_RATE, everybody), (NON_PERSONAL, message))
    }
    gains = {name: _mean(loss - own, sample.customer) for name, loss in losses.items()}
    return gate_of(gains, float(losses[BASE_RATE].mean()))


def typical_of(encoded: Encoded, sample: Sample) -> Typical:
    """Return the average customer of a sample, and the average match of those who were contacted."""
    twin = encoded.cells.twin[sample.places]
    contacted = sample.places[sample.contact]
    wide = 0 if encoded.fatigue is None else encoded.fatigue.shape[1]
    tired = np.zeros((0, wide)) if encoded.fatigue is None else encoded.fatigue[contacted]
    return Typical(
        customer=_average(encoded.customers.features[twin]),
        further=_average(encoded.further[twin]),
        match=_average(encoded.matches.features[contacted]),
        fatigue=_average(tired),
    )


def levelled(encoded: Encoded, typical: Typical) -> Encoded:
    """Return a batch in which everybody is the average customer; what is sent stays."""
    customers, matches = encoded.customers, encoded.matches
    tired = None
    if encoded.fatigue is not None:
        row = typical.fatigue if len(typical.fatigue) else np.zeros(encoded.fatigue.shape[1])
        tired = np.tile(row, (len(encoded.fatigue), 1))
    return replace(
        encoded,
        customers=replace(customers, features=np.tile(typical.customer, (len(customers.features), 1))),
        matches=replace(matches, features=np.tile(typical.match, (len(matches.features), 1))),
        further=np.tile(typical.further, (len(encoded.further), 1)),
        fatigue=tired,
        heard=None,
        said=None,
    )


def _average(rows: Array) -> Array:
    return rows.mean(axis=0) if len(rows) else np.zeros(rows.shape[1])


def _probabilities(sample: Sample, base: Array, effect: Array, line: tuple[float, float]) -> Array:
    a, b = line
    if sample.organic:
        hazard = hazard_slopes(a + b * base, b * effect, sample.stretch, sample.fade)[0]
    else:
        hazard = only_contacted_slopes(a + b * effect, sample.fade)[0]
    return -np.expm1(-hazard)


def _rates(sample: Sample, codes: Index) -> Array:
    """Return the rate of each row's group among the customers of the other folds."""
    found = np.zeros(len(sample))
    wide = int(codes.max(initial=0)) + 1
    for fold in range(FOLDS):
        mine = sample.customer % FOLDS == fold
        rows = np.bincount(codes[~mine], minlength=wide)
        hits = np.bincount(codes[~mine], weights=sample.happened[~mine], minlength=wide)
        whole = (hits.sum() + 0.5) / (rows.sum() + 1.0)
        found[mine] = ((hits + SHRUNKEN * whole) / (rows + SHRUNKEN))[codes[mine]]
    return found


def _mean(values: Array, customer: Index) -> Measured:
    """Return a mean with its interval; rows of one customer vary together."""
    mean = float(values.mean())
    by_customer = np.bincount(np.unique(customer, return_inverse=True)[1], weights=values - mean)
    half = two_sided(LEVEL) * float(np.sqrt((by_customer**2).sum())) / len(values)
    return Measured(value=mean, low=mean - half, high=mean + half, level=LEVEL)

"""Checking a head on outcomes that each fit had not seen: into which cells they fall, and how far each cell missed."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.calibrating import FEWEST, shift_scores
from twincast.response.designs import Design
from twincast.response.encoding import Encoded
from twincast.response.learned import UNCONTACTED
from twincast.response.reliability import Reliability
from twincast.response.samples import Sample

Array = NDArray[np.float64]

DECILES, TERCILES = 10, 3
ROWS_EACH: Final = 40
"""Rows of a cell at least; with fewer outcomes there are fewer cells."""
USUAL: Final = 0.2
"""Sd of the logit by which a cell may miss without surprise: each counts as much as outcomes that tell that much, and
show none. Judgement: without it a handful of events would make a large miss out of chance."""


def reliability_of(
    sample: Sample, base: Array, effect: Array, line: tuple[float, float], width: Array, *, alike: bool
) -> Reliability | None:
    """Return the cells of one head; None with too few events to say anything.

    Args:
        sample: r rows; base, effect: (r,) logits of each, foretold from other customers.
        line: a and b of the calibration; width: (r,) sd of the calibrated logit.
        alike: whether everybody is foretold the same (the gate is closed): there is one cell then.
    """
    events = float(sample.happened.sum())
    if min(events, len(sample) - events) < FEWEST:
        return None
    a, b = line
    logit = a + b * (base + effect * sample.contact)
    grid = (1, 1) if alike else (int(np.clip(len(sample) // (TERCILES * ROWS_EACH), 1, DECILES)), TERCILES)
    logits, widths = _edges(logit, width, *grid)
    empty = np.zeros(0)
    cells = Reliability(
        logits=logits, widths=widths, rows=empty, events=empty, expected=empty, shift=empty, extra=empty
    )
    code, size = cells.cell_of(logit, width), grid[0] * grid[1]
    p, pull, weight = shift_scores(sample, base, effect, line)
    rows, hits, foretold, score, information = (
        np.bincount(code, weights=values, minlength=size).astype(np.float64)
        for values in (np.ones(len(sample)), sample.happened, p, pull, weight)
    )
    shift, extra = _missed(score, information)
    return Reliability(
        logits=logits, widths=widths, rows=rows, events=hits, expected=foretold, shift=shift, extra=extra
    )


def _edges(logit: Array, width: Array, deciles: int, terciles: int) -> tuple[Array, Array]:
    logits = np.quantile(logit, np.arange(1, deciles) / deciles)
    row = np.searchsorted(logits, logit, side="right")
    shares = np.arange(1, terciles) / terciles
    widths = [np.quantile(width[row == place], shares) if (row == place).any() else shares for place in range(deciles)]
    return logits, np.array(widths).reshape(deciles, terciles - 1)


def _missed(score: Array, information: Array) -> tuple[Array, Array]:
    """Return how far each cell missed, drawn towards 0 as far as chance alone makes cells miss, and what is left open.

    The variance between cells is that of DerSimonian and Laird (1986), around 0 and drawn towards it (`USUAL`).
    """
    there = information > 0.0
    beyond = float((score[there] ** 2 / information[there]).sum()) - there.sum()
    between = max(beyond, 0.0) / (float(information.sum()) + there.sum() / USUAL**2)
    kept = between / (1.0 + between * information)
    return kept * score, kept


def checked_on(encoded: Encoded, sample: Sample) -> tuple[str, ...]:
    """Return the channels, and `UNCONTACTED`, on which there were events enough to check what was foretold."""
    channel = np.where(sample.contact, encoded.matches.channel[sample.places], len(CHANNELS))
    rows = np.bincount(channel, minlength=len(CHANNELS) + 1)
    events = np.bincount(channel, weights=sample.happened, minlength=len(CHANNELS) + 1)
    enough = np.minimum(events, rows - events) >= FEWEST
    return tuple(name for name, told in zip((*CHANNELS, UNCONTACTED), enough.tolist(), strict=True) if told)


def widths_of(design: Design, sample: Sample, covariance: Array, stretch: float) -> Array:
    """Return the sd of each row's calibrated logit under a posterior, (r,)."""
    nobody = np.zeros_like(sample.chosen)
    found = [
        np.einsum("rp,rp->r", rows @ covariance, rows)
        for rows in (design.rows(part.places, nobody) for part in sample.chunks())
    ]
    variance: Array = np.maximum(np.concatenate([np.zeros(0), *found]), 0.0)
    return stretch * np.sqrt(variance)

"""Stated fields: what only a survey could confirm. Prior only until answers to surveys come, and marked so."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from twincast.response.columns import Column
from twincast.response.encoding import Encoded, stated_scale
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import Prior
from twincast.response.probabilities import TOLERANCE_POINTS, TOLERANCE_SHARE
from twincast.response.surveys import scale_of
from twincast.stats.intervals import reliability, two_sided

Array = NDArray[np.float64]

EMOTIONS = ("negative", "neutral", "positive")
POINT_TOLERANCE = 0.1


def satisfaction_change(encoded: Encoded, model: ResponseModel, level: float) -> Column:
    """Return the change in points, clipped so that the score stays within 1 to 5."""
    mean, sd = _scale(encoded, model, "satisfaction")
    score = encoded.cells.twins.column("satisfaction_mean")[encoded.cells.twin]
    bottom = np.where(np.isnan(score), -4.0, 1.0 - score)
    top = np.where(np.isnan(score), 4.0, 5.0 - score)
    return _clipped(mean, sd, bottom, top, level)


def brand_perception_change(encoded: Encoded, model: ResponseModel, level: float) -> Column:
    """Return the change on -1..1."""
    mean, sd = _scale(encoded, model, "brand")
    return _clipped(mean, sd, np.full(len(mean), -1.0), np.full(len(mean), 1.0), level)


def _scale(encoded: Encoded, model: ResponseModel, scale: str) -> tuple[Array, Array]:
    return scale_of(encoded, model.prior.stated[scale], model.numbers.opinions.get(scale))


def _clipped(mean: Array, sd: Array, bottom: Array, top: Array, level: float) -> Column:
    z = two_sided(level)
    near = np.where(sd > 0.0, 2.0 * ndtr(POINT_TOLERANCE / np.maximum(sd, 1e-12)) - 1.0, 1.0)
    value, low, high = (np.clip(end, bottom, top) for end in (mean, mean - z * sd, mean + z * sd))
    return Column(value=value, low=low, high=high, confidence=near)


def emotions(encoded: Encoded, prior: Prior) -> Array:
    """Return P(negative), P(neutral), P(positive) of every cell, (c, 3), rows summing to 1: an ordered logit.

    A customer who is not contacted feels nothing about it: neutral with probability 1.
    """
    valence, _ = stated_scale(encoded, prior.stated["valence"])
    negative = np.where(encoded.contact, expit(prior.cuts[0] - valence), 0.0)
    positive = np.where(encoded.contact, expit(valence - prior.cuts[1]), 0.0)
    return np.stack([negative, 1.0 - negative - positive, positive], axis=1)


def emotional_response(encoded: Encoded, prior: Prior, level: float) -> Column:
    """Return P(positive) with its interval: the number behind the label."""
    valence, sd = stated_scale(encoded, prior.stated["valence"])
    z, cut, sent = two_sided(level), prior.cuts[1], encoded.contact
    value, low, high = (np.where(sent, expit(v - cut), 0.0) for v in (valence, valence - z * sd, valence + z * sd))
    near = reliability(valence - cut, sd, np.maximum(TOLERANCE_POINTS, TOLERANCE_SHARE * value))
    return Column(value=value, low=low, high=high, confidence=np.where(sent, near, 1.0))

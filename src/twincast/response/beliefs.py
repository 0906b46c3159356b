"""What is believed of each cell's logit, head by head: sums of the prior, or of the posterior with its covariance."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twincast.response.designs import Design, lay_out
from twincast.response.encoding import Encoded, Logits, logits
from twincast.response.gates import levelled
from twincast.response.posteriors import Posterior, ResponseModel
from twincast.response.ranges import beyond, within
from twincast.stats.linear import quadratic, weighted_sum, weighted_sums

Array = NDArray[np.float64]


def beliefs(encoded: Encoded, model: ResponseModel, heads: Sequence[str]) -> dict[str, Logits]:
    """Return the belief about some heads for every cell."""
    untouched = [head for head in heads if head not in model.posteriors]
    found = dict(zip(untouched, logits(encoded, [model.prior.heads[head] for head in untouched]), strict=True))
    return found | {head: learned(encoded, model.posteriors[head]) for head in heads if head in model.posteriors}


def learned(encoded: Encoded, posterior: Posterior) -> Logits:
    """Return the belief about one head after outcomes; base and effect are correlated then.

    Sums run block by block over fixed columns, never over the batch, so that a cell's number does not depend on its
    neighbours. Calibration stretches the whole logit, so the effect and every width by the same factor.
    """
    design = lay_out(seen_by(encoded, posterior), posterior.terms)
    mean = _means(design, posterior.mean)
    base, effect, shared = _variances(design, posterior.covariance)
    if posterior.ranges:
        effect = effect + beyond(encoded.matches.features, posterior.ranges, posterior.terms)
    a, b = posterior.calibration
    organic = posterior.head.organic
    missing = np.isnan(posterior.head.level.mean)[encoded.matches.channel]
    base_sd, effect_sd = b * np.sqrt(base), b * np.sqrt(effect)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = np.where(base * effect > 0.0, shared / np.sqrt(base * effect), 0.0)
    return Logits(
        base=a + b * mean[0] if organic else mean[0],
        base_sd=base_sd,
        effect=b * mean[1] if organic else np.where(missing, np.nan, a + b * mean[1]),
        effect_sd=np.where(missing, np.nan, effect_sd),
        correlation=np.minimum(np.maximum(correlation, -1.0), 1.0) if organic else None,
    )


def seen_by(encoded: Encoded, posterior: Posterior) -> Encoded:
    """Return a batch as a head takes it: everybody as the average customer where its gate is closed; no match beyond
    what it has seen.
    """
    if posterior.typical is not None:
        return levelled(encoded, posterior.typical)
    return within(encoded, posterior.ranges)


def _means(design: Design, mean: Array) -> tuple[Array, Array]:
    places = design.terms.places
    still = weighted_sum(design.still, mean[places["still"]])
    reach = weighted_sum(design.reach, mean[places["reach"]])
    item = weighted_sum(design.items, mean[places["item"]])
    match = weighted_sum(design.match, mean[places["match"]])
    return still[design.twin], reach[design.twin] + item[design.pair] + match


def _variances(design: Design, covariance: Array) -> tuple[Array, Array, Array]:
    """Return the variance of base and of effect, and their covariance, (c,) each."""
    places, twin, pair = design.terms.places, design.twin, design.pair

    def block(rows: str, columns: str) -> Array:
        return np.ascontiguousarray(covariance[places[rows], places[columns]])

    still, reach, items, match = design.still, design.reach, design.items, design.match
    base = quadratic(still, block("still", "still"))
    # what each customer, and each message, has to do with the rest, once for all of their cells
    reached = weighted_sums(reach, block("reach", "match"))
    based = weighted_sums(still, block("still", "match"))
    towards = {name: weighted_sums(items, block("item", name)) for name in ("still", "reach", "match")}
    effect = (
        (quadratic(reach, block("reach", "reach"))[twin] + quadratic(match, block("match", "match")))
        + (quadratic(items, block("item", "item")) + design.unseen)[pair]
        + 2.0 * _dot(match, towards["match"][pair] + reached[twin])
        + 2.0 * _dot(reach[twin], towards["reach"][pair])
    )
    both = np.add.reduce(still * weighted_sums(reach, block("reach", "still")), axis=-1)
    shared = both[twin] + _dot(still[twin], towards["still"][pair]) + _dot(match, based[twin])
    return np.maximum(base, 0.0)[twin], np.maximum(effect, 0.0), shared


def _dot(first: Array, second: Array) -> Array:
    total: Array = np.add.reduce(np.multiply(first, second, order="C"), axis=-1)
    return total

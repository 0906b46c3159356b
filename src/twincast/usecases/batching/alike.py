"""Homogeneity: whether a batch's twins differ as customers do, agree on one variant, and keep its rank over draws."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from twincast.domain.batches import MIN_CELL, Batch
from twincast.domain.homogeneity import UNDER, Homogeneity, Spread
from twincast.ports.engines import Engine
from twincast.response.heads import EXPLAINED_HEADS, RESPONSE_HEADS
from twincast.usecases.batching.parts import ENGAGEMENT, PURCHASE, REVENUE
from twincast.usecases.batching.rows import Everything

Array = NDArray[np.float64]

ABOUT: Final = (
    "Variance between customers of the logit of a prediction, beside the variance that the model's weights give to "
    "customers who differ in all that it looks at. Under a quarter of it the twins are more alike than customers are: "
    "their records tell too little apart."
)
TOO_FEW: Final = f"Fewer than {MIN_CELL} customers: whether they are too much alike can not be told."
SURE: Final = 1e-9


def homogeneity_of(
    engine: Engine, batch: Batch, everybody: Everything, response: str, leading: int, means: Array | None
) -> Homogeneity:
    """Say how alike the customers of a batch are.

    Args:
        engine: whose weights.
        batch, everybody: the rows.
        response: what engaging means for the variant at `leading`, whose predictions are looked at.
        means: (variants, draws) what each variant reaches, where they were compared.
    """
    column = leading if batch.width > 1 else 0
    heads = {ENGAGEMENT: RESPONSE_HEADS[response], PURCHASE: EXPLAINED_HEADS[PURCHASE]}
    spreads = tuple(spread_of(engine, field, head, everybody.values[field][:, column]) for field, head in heads.items())
    enough = all(it.customers >= MIN_CELL for it in spreads)
    ratios = [it.ratio for it in spreads if it.ratio is not None]
    values = everybody.values[REVENUE]
    several = batch.width > 1 and len(values) > 0
    firsts = np.bincount(np.nan_to_num(values, nan=-np.inf).argmax(axis=1)) if several else None
    return Homogeneity(
        spreads=spreads,
        alike=bool(max(ratios) < UNDER) if enough and ratios else None,
        agreeing=None if firsts is None else float(firsts.max() / firsts.sum()),
        stable=None if means is None else _stable(means),
        about=ABOUT if enough else TOO_FEW,
    )


def spread_of(engine: Engine, field: str, head: str, values: Array) -> Spread:
    """Return how far the values of a probability field, (n,), differ beside what the engine's weights expect."""
    known = values[~np.isnan(values)]
    observed = float(np.var(logit(np.clip(known, SURE, 1.0 - SURE)), ddof=1)) if len(known) > 1 else 0.0
    expected = engine.customer_variance(head)
    return Spread(
        field=field,
        observed=observed,
        expected=expected,
        ratio=observed / expected if expected > 0.0 and len(known) > 1 else None,
        customers=len(known),
        basis=engine.backing(head).basis,
    )


def _stable(means: Array) -> float:
    """Return the share of draws that rank the variants as the mean over draws does; equal means are in any order."""
    order = np.argsort(-means.mean(axis=1), kind="stable")
    ranked = means[order]
    return float((np.diff(ranked, axis=0) <= 0.0).all(axis=0).mean())

"""Outcomes of a process that is known: customers, messages, weights drawn from the prior, and what then happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.engines.batches import NOW, TODAY, message, nothing
from twincast.domain.preferences import PREFERENCES
from twincast.reading.twins import POSITION, STATE, TwinFrame
from twincast.response.cells import Cells
from twincast.response.designs import lay_out
from twincast.response.encoding import encode
from twincast.response.posteriors import ResponseModel, shipped_model
from twincast.response.samples import OutcomeRows, hazards, messages_of, sample_of
from twincast.response.terms import Terms, terms_of

Array = NDArray[np.float64]
TEXTS = ("20% off all coffee this weekend", "New: our autumn teas. Early access for members.")


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """Outcomes of one head, and the truth behind them: weights by term, and each row's probability and uplift."""

    rows: OutcomeRows
    terms: Terms
    weights: Array
    p: Array
    uplift: Array


def customers(rng: np.random.Generator, count: int) -> TwinFrame:
    """Customers with orders, money, tastes and a category each."""
    values = np.full((count, len(STATE)), np.nan)
    days, orders = rng.uniform(100.0, 900.0, count), 1.0 + rng.poisson(3.0, count)
    known = {
        "as_of_day": np.full(count, TODAY),
        "since_day": TODAY - days,
        "first_order_day": TODAY - days,
        "last_order_day": TODAY - days * rng.uniform(0.0, 1.0, count),
        "orders": orders,
        "orders_days": days,
        "orders_basis": np.ones(count),
        "spend_365": orders * rng.lognormal(4.0, 0.5, count),
        "is_new": (days < 365.0) * 1.0,
    }
    known |= {f"pref_{name}": rng.normal(0.0, 0.5, count) for name in PREFERENCES}
    known |= {f"prefsd_{name}": np.ones(count) for name in PREFERENCES}
    for name, column in known.items():
        values[:, POSITION[name]] = column
    interests = tuple(("coffee",) if pick else ("tea",) for pick in rng.random(count) < 0.5)
    return TwinFrame(values=values, zones=(None,) * count, currencies=("USD",) * count, interests=interests)


def blank(
    rng: np.random.Generator,
    count: int,
    head: str,
    *,
    texts: Sequence[str] = TEXTS,
    still: bool = True,
    window: float = 7.0,
    **fields: Any,
) -> OutcomeRows:
    """Randomised contacts of as many customers, of which nothing is known yet; with or without an arm of no contact."""
    items = ([nothing()] if still else []) + [message(text, **fields) for text in texts]
    batch = Cells(
        twins=customers(rng, count),
        interventions=tuple(items),
        twin=np.arange(count),
        intervention=rng.integers(0, len(items), count),
        now=NOW,
    )
    return OutcomeRows(
        cells=batch,
        outcomes={head: np.zeros(count)},
        window=np.full(count, window),
        randomised=np.ones(count, dtype=np.bool_),
        propensity=np.full(count, 1.0 / len(items)),
        customer=np.arange(count),
        amounts=np.full(count, np.nan),
        items=np.full(count, np.nan),
        hours={},
    )


def happened(
    rng: np.random.Generator,
    rows: OutcomeRows,
    head: str,
    fixed: Mapping[str, float] | None = None,
    shift: Array | float = 0.0,
    model: ResponseModel | None = None,
) -> World:
    """What comes of the contacts when the weights are drawn from the prior, but for those that are fixed.

    Args:
        shift: (c,) added to each row's base logit (contact-only heads: to the whole): what no record tells.
        model: whose prior the weights are drawn from; the shipped one's if not given.
    """
    model = model or shipped_model()
    encoded = encode(rows.cells, model)
    everyone = replace(rows, randomised=np.ones(len(rows), dtype=np.bool_))
    sample = sample_of(model, head, encoded, everyone, 0.0)
    terms = terms_of(model.prior.heads[head], (), *messages_of(encoded, sample), 0.0)
    weights = rng.multivariate_normal(terms.mean, terms.covariance, method="cholesky") if len(terms) else terms.mean
    for name, value in (fixed or {}).items():
        place = terms.place(name)
        assert place is not None, name
        weights[place] = value
    design = lay_out(encoded, terms)
    values = design.rows(sample.places, sample.chosen)
    level = terms.place("level") if model.prior.heads[head].organic else terms.place("level:email")
    moved = np.broadcast_to(np.asarray(shift, dtype=np.float64), (len(rows),))[sample.places]
    wide, stretched = np.append(values, moved[:, None], axis=1), np.append(weights, 1.0)
    assert level is not None
    p = _probability(terms, wide, stretched, sample)
    without = _probability(terms, wide, stretched, replace(sample, fade=np.zeros(len(sample))))
    whole, gain = np.zeros(len(rows)), np.zeros(len(rows))
    whole[sample.places], gain[sample.places] = p, p - without
    drawn = (rng.random(len(rows)) < whole).astype(np.float64)
    return World(
        rows=replace(rows, outcomes={**rows.outcomes, head: drawn}), terms=terms, weights=weights, p=whole, uplift=gain
    )


def _probability(terms: Terms, values: Array, weights: Array, sample: Any) -> Array:
    wide = replace(terms, effect=np.append(terms.effect, not sample.organic))
    return -np.expm1(-hazards(wide, values, sample, weights)[0])


def parts(rows: OutcomeRows, where: Any) -> OutcomeRows:
    """Some of the rows, over the same twins."""
    batch = rows.cells
    return replace(
        rows,
        cells=batch.part(where),
        outcomes={head: seen[where] for head, seen in rows.outcomes.items()},
        window=rows.window[where],
        randomised=rows.randomised[where],
        propensity=rows.propensity[where],
        customer=rows.customer[where],
        amounts=rows.amounts[where],
        items=rows.items[where],
        hours={head: hours[where] for head, hours in rows.hours.items()},
    )


def on_days(rows: OutcomeRows, days: Array) -> OutcomeRows:
    """The same rows, each on its day; customers were then as they are now."""
    return replace(rows, cells=replace(rows.cells, days=days[np.argsort(rows.cells.twin)]))


def sds(model: ResponseModel, head: str) -> Array:
    """Posterior standard deviations of the terms."""
    return np.sqrt(np.diag(model.posteriors[head].covariance))

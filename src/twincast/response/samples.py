"""Outcomes as rows to learn from, and the sample that each head makes of them: what was seen, of whom, and how long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.channels import CHANNELS
from twincast.response.cells import Cells
from twincast.response.designs import Design, kind_of
from twincast.response.encoding import Encoded
from twincast.response.evidence import Evidence
from twincast.response.horizons import hazard_slopes, horizon_of, only_contacted_slopes
from twincast.response.learned import Counts
from twincast.response.posteriors import ResponseModel
from twincast.response.prior import HeadPrior
from twincast.response.terms import Terms

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

CHUNK: Final = 4_096
"""Rows laid out at a time: a million outcomes need no more memory than that many."""
MOST: Final = 600.0
"""Cumulative hazard above which an event is certain in every digit."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class OutcomeRows:
    """c contacts, and no-contacts, and what came of them.

    Attributes:
        cells: who met what; `cells.days` holds the day of each contact (a twin may stand in several rows, one a day).
        outcomes: head (`response.heads.HEADS`) -> (c,) 1 happened, 0 did not within the window, NaN not seen or not yet
            known.
        window: (c,) days within which outcomes were counted.
        randomised: (c,) whether chance decided who was contacted.
        propensity: (c,) with what probability, NaN where not known. For evaluation; learning does not weigh by it.
        customer: (c,) code of the customer; rows of one customer are not independent.
        amounts, items: (c,) money and number of items of the orders within the window, NaN where not known.
        hours: head -> (c,) from sending to the first event within the window, NaN where there was none or its moment is
            not known.
        answers: stated scale (`response.opinions.SCATTER`) -> (c,) the answer to a survey, NaN without one.
    """

    cells: Cells
    outcomes: Mapping[str, Array]
    window: Array
    randomised: Mask
    propensity: Array
    customer: Index
    amounts: Array
    items: Array
    hours: Mapping[str, Array]
    answers: Mapping[str, Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.cells)

    def days(self) -> Array:
        """Return the day of each row, days since 1970-01-01."""
        if self.cells.days is None:
            return np.full(len(self), float(self.cells.now.toordinal() - EPOCH))
        return self.cells.days[self.cells.twin]


EPOCH: Final = 719_163
"""1970-01-01 as an ordinal."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """The r rows that inform one head.

    Attributes:
        organic: whether the head also happens without contact.
        places: (r,) rows of the outcomes.
        happened: (r,) 0 or 1.
        contact, logged: (r,) whether contacted, and whether the company itself chose so.
        stretch, fade: (r,) the window over the head's own horizon, and the share of a contact's effect within it.
        age: (r,) days before the last row.
        customer: (r,) codes.
        weight: (r,) what a row counts: less than 1 where its customer has several.
        chosen: (c,) `logged`, for all rows of the outcomes.
    """

    organic: bool
    places: Index
    happened: Array
    contact: Mask
    logged: Mask
    stretch: Array
    fade: Array
    age: Array
    customer: Index
    weight: Array
    chosen: Mask

    def __len__(self) -> int:
        return len(self.places)

    def part(self, where: Mask | Index) -> "Sample":
        """Return some of the rows."""
        named = ("places", "happened", "contact", "logged", "stretch", "fade", "age", "customer", "weight")
        return Sample(organic=self.organic, chosen=self.chosen, **{name: getattr(self, name)[where] for name in named})

    def chunks(self) -> Iterator["Sample"]:
        """Yield the rows in pieces of bounded size."""
        for start in range(0, len(self), CHUNK):
            yield self.part(np.arange(start, min(start + CHUNK, len(self))))


def sample_of(model: ResponseModel, head: str, encoded: Encoded, rows: OutcomeRows, last: float) -> Sample:
    """Return the rows that inform a head: those seen, where the head exists, that tell something of it.

    Whom the company chose not to contact tells nothing of a customer's base rate: they were left out for a reason.
    """
    own, seen = model.prior.heads[head], rows.outcomes[head]
    contact, channel = encoded.contact, encoded.matches.channel
    kept = ~np.isnan(seen)
    kept &= (contact | rows.randomised) if own.organic else contact & ~np.isnan(own.level.mean[channel])
    places = np.flatnonzero(kept)
    stretch, fade = _windows(model, own, head, rows.window[places], channel[places])
    chosen = ~rows.randomised if own.organic else np.zeros(len(rows), dtype=np.bool_)
    return Sample(
        organic=own.organic,
        places=places,
        happened=seen[places],
        contact=contact[places],
        logged=chosen[places],
        stretch=stretch,
        fade=np.where(contact[places], fade, 0.0),
        age=np.maximum(last - rows.days()[places], 0.0),
        customer=rows.customer[places],
        weight=np.ones(len(places)),
        chosen=chosen,
    )


def _windows(model: ResponseModel, own: HeadPrior, head: str, window: Array, channel: Index) -> tuple[Array, Array]:
    decay = model.prior.decay_days[channel]
    stretch, fade = np.ones(len(window)), np.ones(len(window))
    for days in np.unique(window) if head != "retained" else ():
        mine = window == days
        horizon = horizon_of(float(days), own.horizon, decay[mine])
        stretch[mine], fade[mine] = horizon.stretch, horizon.fade
    return stretch, fade


def counts_of(sample: Sample, seen: int) -> Counts:
    """Count a sample made of so many rows in which the head was seen."""
    direct = ~sample.chosen[sample.places] if sample.organic else np.ones(len(sample), dtype=np.bool_)
    return Counts(
        outcomes=len(sample),
        events=int(sample.happened.sum()),
        contacted=int((direct & sample.contact).sum()),
        held_out=int((direct & ~sample.contact).sum()),
        logged=int((~direct).sum()),
        set_aside=seen - len(sample),
    )


def messages_of(encoded: Encoded, sample: Sample) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the types, by channel, and the digests of the messages that a sample saw, sorted."""
    sent = sample.places[sample.contact]
    codes = np.unique(encoded.cells.intervention[sent] * len(CHANNELS) + encoded.matches.channel[sent])
    pairs = [divmod(code, len(CHANNELS)) for code in codes.tolist()]
    kinds = {kind_of(encoded, item, channel) for item, channel in pairs}
    return tuple(sorted(kinds)), tuple(sorted({encoded.messages.digests[item] for item, _ in pairs}))


def hazards(terms: Terms, rows: Array, sample: Sample, weights: Array) -> tuple[Array, Array]:
    """Return each row's cumulative hazard, (r,), and its slopes in the weights, (r, P).

    Args:
        rows: (r, P) values of the terms.
        weights: (P,) where to take them.
    """
    tau = rows[:, terms.effect] @ weights[terms.effect]
    if not sample.organic:
        hazard, slope = only_contacted_slopes(tau, sample.fade)
        return hazard, rows * slope[:, None]
    eta = rows[:, ~terms.effect] @ weights[~terms.effect]
    hazard, by_base, by_effect = hazard_slopes(eta, tau, sample.stretch, sample.fade)
    return hazard, rows * np.where(terms.effect, by_effect[:, None], by_base[:, None])


def evidence_at(design: Design, sample: Sample, weights: Array) -> Evidence:
    """Return what a sample says of the weights, as a normal likelihood around some weights (Fisher scoring).

    Args:
        design: the outcomes' cells laid out.
        sample: r rows of them.
        weights: (P,).
    """
    terms = design.terms
    precision, pull = np.zeros((len(terms), len(terms))), np.zeros(len(terms))
    for part in sample.chunks():
        slopes, missed = _scores(design, part, weights)
        precision += slopes.T @ slopes
        pull += slopes.T @ missed
    return Evidence(names=terms.names, precision=precision, shift=precision @ weights + pull)


def _scores(design: Design, part: Sample, weights: Array) -> tuple[Array, Array]:
    """Return slopes of p and what p missed, both over the sd of the outcome: (r, P) and (r,)."""
    hazard, slopes = hazards(design.terms, design.rows(part.places, part.chosen), part, weights)
    spread = np.sqrt(np.expm1(np.minimum(np.maximum(hazard, 1e-300), MOST)))  # sqrt(p / (1 - p))
    root = np.sqrt(part.weight)
    missed = np.where(part.happened > 0.0, 1.0 / spread, -spread)
    return slopes * (root / spread)[:, None], missed * root


def residuals(design: Design, sample: Sample, weights: Array) -> Array:
    """Return what p missed of each row, over the sd of the outcome, (r,)."""
    found = [_scores(design, part, weights)[1] for part in sample.chunks()]
    return np.concatenate(found) if found else np.zeros(0)

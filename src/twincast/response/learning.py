"""Learning from outcomes: the exact refit, and the sequential update that agrees with it. Each gives a new model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from twincast.domain.backtests import CLOSED
from twincast.domain.fields import DEFAULT_LEVEL
from twincast.response.amounts import OF_ITEMS, OF_MONEY, SEGMENTS, features_of, segments_of
from twincast.response.answering import engaged_heads
from twincast.response.attributes import columns_of
from twincast.response.calibrating import calibration_of, unseen_logits
from twincast.response.checking import checked_on, reliability_of, widths_of
from twincast.response.delays import Delay, learn_delays
from twincast.response.designs import Design, lay_out
from twincast.response.encoding import Encoded, encode
from twincast.response.evidence import Evidence, drifted, nothing, posterior
from twincast.response.gates import typical_of, worth_of
from twincast.response.heads import HEADS
from twincast.response.items import usual_items, within_of
from twincast.response.learned import Counts, Learned
from twincast.response.model import Batch, purchase_shares
from twincast.response.money import orders_of
from twincast.response.numbers import Numbers
from twincast.response.opinions import SCATTER
from twincast.response.posteriors import ResponseModel, terms_for
from twincast.response.ranges import ranges_of, within
from twincast.response.samples import (
    OutcomeRows,
    Sample,
    counts_of,
    evidence_at,
    messages_of,
    residuals,
    sample_of,
)
from twincast.response.signals import hearing_of
from twincast.response.sizes import Seen, Size, learn_size
from twincast.response.surveys import learn_opinion
from twincast.response.terms import Terms
from twincast.stats.tails import LEAST, tails_of

__all__ = ["OutcomeRows", "learn", "update"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ROUNDS: Final = 40
SETTLED: Final = 1e-7
"""Steps in prior standard deviations below which a fit stands still."""
LONGEST: Final = 3.0
"""Longest step of a fit, in prior standard deviations."""
CLOSER: Final = 0.9
"""What a step is to be shorter by than the one before, for the next one to be taken whole."""

HALF_LIFE, LEVEL_HALF_LIFE = 1_460.0, 365.0
"""Days in which half of what outcomes told is forgotten, and in which a level has gone half of its way back to the
prior. Judgement: levels move with seasons and offers, slopes with people."""
SPAN: Final = 45.0
"""Days of rows that are taken as of one time."""

SURELY: Final = 1e-6
"""Share of a horizon's purchases that is taken for none, or all of them."""
LEAST_PAID: Final = 0.05
"""Share of an order's worth that is paid at least."""

PAIRS: Final = 1_000.0
"""Pairs of rows of one customer from which their correlation is taken as it was found; shrunken to 0 below."""


def learn(model: ResponseModel, rows: OutcomeRows) -> ResponseModel:
    """Fit all outcomes at once: the exact refit. What the model had learned before is left behind.

    The mode by Fisher scoring and the covariance at it (Laplace), one joint model of all arms: logit p1 = logit p0 +
    tau, with the informative prior of the model.

    Args:
        model: whose prior to start from.
        rows: every outcome there is.
    """
    last = float(rows.days().max()) if len(rows) else 0.0
    blank = _listening(ResponseModel(prior=model.prior), rows)
    encoded = encode(rows.cells, blank)
    found = {head: _refit(blank, head, encoded, rows, last) for head in _heads(rows)}
    whole = replace(_joined(blank, {}, found, last), numbers=_numbers(blank, encoded, rows))
    window = _window(whole, encoded, rows)
    return whole if window is None else replace(whole, numbers=replace(whole.numbers, window=window))


def update(model: ResponseModel, rows: OutcomeRows) -> ResponseModel:
    """Add new outcomes to what the model has learned; it agrees with the refit, and costs only the new rows.

    What was learned fades first, by the days since. The line of calibration, what was checked, and what is believed of
    money, counts, time and opinions, stay as the last refit found them.

    Args:
        model: what is believed.
        rows: outcomes that it has not seen.
    """
    if not len(rows):
        return model
    last = max(float(rows.days().max()), model.day if model.day is not None else -np.inf)
    if not model.learned:
        model = _listening(model, rows)
    encoded = encode(rows.cells, model)
    faded = {head: _faded(model, head, last - (model.day or last)) for head in model.learned}
    found = {head: _add(model, faded.get(head), head, encoded, rows, last) for head in _heads(rows)}
    return _joined(model, faded, found, last)


def _listening(model: ResponseModel, rows: OutcomeRows) -> ResponseModel:
    """Return a model that takes further attributes, and what was heard, as these outcomes have them."""
    cells = rows.cells
    sent = np.array([item.is_contact for item in cells.interventions], dtype=np.bool_)[cells.intervention]
    return replace(model, attributes=columns_of(cells.twins), hearing=hearing_of(cells.signals, sent))


def _numbers(model: ResponseModel, encoded: Encoded, rows: OutcomeRows) -> Numbers:
    """Fit money and items of the purchases, and the hours to the responses that were asked for."""
    orders, figures = orders_of(encoded, model.prior), model.prior.constants["order_value"]
    typical, items = np.exp(orders.log_mean), usual_items(encoded, model.prior)
    paid = np.maximum(typical * orders.kept - orders.off, LEAST_PAID * typical)
    money = features_of(OF_MONEY, encoded, typical, rows.window)
    counts = features_of(OF_ITEMS, encoded, items, rows.window)
    return Numbers(
        spending=_size(encoded, rows, rows.amounts, money, paid, figures["within"]),
        items=_size(encoded, rows, rows.items, counts, items, within_of(model.prior)),
        delays=_delays(model, encoded, rows),
        opinions={
            scale: found
            for scale, answers in rows.answers.items()
            if (found := learn_opinion(model.prior.stated[scale], encoded, answers, rows.customer, SCATTER[scale]))
        },
    )


def _size(
    encoded: Encoded, rows: OutcomeRows, sizes: Array, features: Array, usual: Array, within: float
) -> Size | None:
    some = np.flatnonzero(sizes > 0.0)
    seen = Seen(
        features=features[some],
        sizes=sizes[some],
        usual=usual[some],
        customer=rows.customer[some],
        segment=segments_of(encoded, rows.window)[some],
    )
    return learn_size(seen, within, SEGMENTS)


def _delays(model: ResponseModel, encoded: Encoded, rows: OutcomeRows) -> Mapping[str, Delay]:
    head, hours = engaged_heads(encoded), np.full(len(rows), np.nan)
    for name, seen in rows.hours.items():
        mine = encoded.contact & (head == HEADS.index(name))
        hours[mine] = seen[mine]
    some = np.flatnonzero(hours >= 0.0)
    return learn_delays(hours[some], encoded.matches.channel[some], model.prior.response_hours)


def _joined(
    model: ResponseModel, before: Mapping[str, Learned], found: Mapping[str, Learned | None], day: float
) -> ResponseModel:
    learned = {**before, **{head: own for head, own in found.items() if own is not None}}
    return replace(model, learned=learned, day=day) if learned else ResponseModel(prior=model.prior)


def _window(model: ResponseModel, encoded: Encoded, rows: OutcomeRows) -> Delay | None:
    """Return where purchases fell in the time that the hazard gives them; None with few. It rests on the fit through
    P(purchase) alone.
    """
    taken = rows.hours.get("purchase", np.zeros(0)) / 24.0
    some = np.flatnonzero(taken >= 0.0)
    if len(some) < LEAST:
        return None
    share = np.empty(len(some))
    for days in np.unique(rows.window[some]).tolist():
        mine = rows.window[some] == days
        batch = Batch(encoded.part(some[mine]), model, days, DEFAULT_LEVEL)
        share[mine] = purchase_shares(batch, taken[some[mine]])
    residuals = ndtri(np.minimum(np.maximum(share, SURELY), 1.0 - SURELY))
    tails = tails_of(residuals, segments_of(encoded, rows.window)[some], SEGMENTS)
    return Delay(middle=0.0, spread=1.0, count=len(some), tails=tails)


def _heads(rows: OutcomeRows) -> list[str]:
    return [head for head, seen in rows.outcomes.items() if not np.isnan(seen).all()]


def _refit(model: ResponseModel, head: str, encoded: Encoded, rows: OutcomeRows, last: float) -> Learned | None:
    sample = sample_of(model, head, encoded, rows, last)
    if not len(sample):
        return None
    counts = counts_of(sample, int((~np.isnan(rows.outcomes[head])).sum()))
    kinds, sends = messages_of(encoded, sample)
    ranges = ranges_of(encoded, sample)
    terms = terms_for(model, head, kinds, sends, counts)
    design = lay_out(within(encoded, ranges), terms)
    found = _followed(design, sample)
    repeats = _repeats(sample, found.missed)
    if repeats > 0.0:
        sample = _thinned(sample, repeats)
        found = _followed(design, sample)
    line = calibration_of(sample, found.base, found.effect)
    gate = worth_of(sample, found.base, found.effect, line, encoded.cells.intervention[sample.places])
    is_closed = gate is not None and gate.verdict == CLOSED
    width = widths_of(design, sample, posterior(design.terms, found.direct, found.logged)[1], line[1])
    return Learned(
        direct=found.direct,
        logged=found.logged,
        counts=counts,
        kinds=kinds,
        sends=sends,
        calibration=line,
        repeats=repeats,
        gate=gate,
        typical=typical_of(encoded, sample) if is_closed else None,
        ranges=ranges,
        reliability=reliability_of(sample, found.base, found.effect, line, width, alike=is_closed),
        checked=checked_on(encoded, sample),
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Fit:
    """What a pass through the outcomes found.

    Attributes:
        direct, logged: evidence at the end.
        missed: (r,) standardised residual of each row.
        base, effect: (r,) logits of each row, foretold from other customers.
    """

    direct: Evidence
    logged: Evidence
    missed: Array
    base: Array
    effect: Array


def _followed(design: Design, sample: Sample) -> _Fit:
    """Fit the outcomes from the oldest to the newest, span by span, while the weights move on in between."""
    direct = logged = nothing(design.terms.names)
    missed, base, effect = np.zeros(len(sample)), np.zeros(len(sample)), np.zeros(len(sample))
    before = float(sample.age.max())
    for span in _spans(sample):
        part = sample.part(span)
        age = float(part.age.min())
        direct, logged = _moved_on(design.terms, direct, logged, before - age)
        mean, direct, logged = _fit(design, part, direct, logged)
        missed[span], before = residuals(design, part, mean), age
        base[span], effect[span] = unseen_logits(design, part, mean, direct, logged)
    return _Fit(direct=direct, logged=logged, missed=missed, base=base, effect=effect)


def _spans(sample: Sample) -> list[Index]:
    """Return the rows of each span of time, the oldest first; short beside the half-life of a level."""
    span = np.floor(sample.age / SPAN)
    return [np.flatnonzero(span == number) for number in np.unique(span)[::-1]]


def _moved_on(terms: Terms, direct: Evidence, logged: Evidence, days: float) -> tuple[Evidence, Evidence]:
    """Return both kinds of evidence after a time; what was logged is what it adds to the rest."""
    if not days > 0.0:
        return direct, logged
    kept, followed = 0.5 ** (days / HALF_LIFE), 0.5 ** (days / LEVEL_HALF_LIFE)
    first = drifted(terms, direct, kept, followed)
    if logged.is_empty:
        return first, logged
    both = drifted(terms, direct.plus(logged), kept, followed)
    return first, Evidence(
        names=terms.names, precision=both.precision - first.precision, shift=both.shift - first.shift
    )


def _add(
    model: ResponseModel, before: Learned | None, head: str, encoded: Encoded, rows: OutcomeRows, last: float
) -> Learned | None:
    sample = sample_of(model, head, encoded, rows, last)
    if not len(sample):
        return before
    kinds, sends = messages_of(encoded, sample)
    counts = counts_of(sample, int((~np.isnan(rows.outcomes[head])).sum()))
    if before is None:
        blank = nothing(())
        ranges = ranges_of(encoded, sample)
        before = Learned(direct=blank, logged=blank, counts=Counts(), kinds=(), sends=(), ranges=ranges)
    counts = before.counts.plus(counts)
    kinds, sends = _both(before.kinds, kinds), _both(before.sends, sends)
    terms = terms_for(model, head, kinds, sends, counts)
    sample = _thinned(sample, before.repeats)
    old = before.direct.over(terms.names), before.logged.over(terms.names)
    _, direct, logged = _fit(lay_out(within(encoded, before.ranges), terms), sample, *old)
    return replace(before, direct=direct, logged=logged, counts=counts, kinds=kinds, sends=sends)


def _both(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({*first, *second}))


def _fit(
    design: Design, sample: Sample, direct: Evidence, logged: Evidence, start: Array | None = None
) -> tuple[Array, Evidence, Evidence]:
    """Return the mode, and the evidence of both kinds with that of the sample added, taken at the mode.

    Randomised rows first; what the company chose itself then moves the base alone.
    """
    terms, none = design.terms, nothing(design.terms.names)
    fair, chosen = sample.part(~sample.logged), sample.part(sample.logged)
    mean = posterior(terms, direct, none)[0] if start is None or logged.precision.any() else start
    mean, found = _settle(design, fair, mean, lambda new: posterior(terms, direct.plus(new), none)[0])
    direct = direct.plus(found)
    if not len(chosen):
        return (posterior(terms, direct, logged)[0] if not logged.is_empty else mean), direct, logged
    mean = posterior(terms, direct, logged)[0]
    mean, found = _settle(design, chosen, mean, lambda new: posterior(terms, direct, logged.plus(new))[0])
    return mean, direct, logged.plus(found)


def _settle(design: Design, sample: Sample, mean: Array, joined: Callable[[Evidence], Array]) -> tuple[Array, Evidence]:
    """Repeat: take the sample's evidence at the mean, join it; until the mean stands still."""
    width = np.sqrt(np.diag(design.terms.covariance))
    found, share, before = evidence_at(design, sample, mean), 1.0, np.inf
    for _ in range(ROUNDS if len(sample) else 0):
        step = joined(found) - mean
        longest = float(np.max(np.abs(step) / width, initial=0.0))
        # a step that leads to one as long swings round the mode, for ever where outcomes are far from the prior
        share = min(2.0 * share, 1.0) if longest < CLOSER * before else 0.5 * share
        before = longest
        mean = mean + step * min(share, share * LONGEST / max(longest, 1e-12))
        found = evidence_at(design, sample, mean)
        if longest < SETTLED:
            break
    return mean, found


def _faded(model: ResponseModel, head: str, days: float) -> Learned:
    own = model.learned[head]
    terms = terms_for(model, head, own.kinds, own.sends, own.counts)
    direct, logged = _moved_on(terms, own.direct.over(terms.names), own.logged.over(terms.names), days)
    return replace(own, direct=direct, logged=logged)


def _repeats(sample: Sample, missed: Array) -> float:
    """Return the correlation of the residuals of one customer's rows, shrunken to 0 where there are few pairs."""
    _, code, number = np.unique(sample.customer, return_inverse=True, return_counts=True)
    pairs = float((number * (number - 1)).sum())
    if pairs == 0.0:
        return 0.0
    together = np.bincount(code, missed) ** 2 - np.bincount(code, missed**2)
    return min(max(float(together.sum()) / (pairs + PAIRS), 0.0), 0.9)


def _thinned(sample: Sample, repeats: float) -> Sample:
    """Return the sample with rows weighed by the design effect: k rows of one customer count k / (1 + (k - 1) rho)."""
    _, code, number = np.unique(sample.customer, return_inverse=True, return_counts=True)
    weight = 1.0 / (1.0 + (number[code] - 1.0).astype(np.float64) * repeats)
    return replace(sample, weight=weight)

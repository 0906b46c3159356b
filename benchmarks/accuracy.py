"""How well the prior that ships foretells real outcomes, through `Twincast.predict`, beside simple rules.

Nothing is fitted and nothing may be changed for what is seen here: the prior was committed before it was first scored.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure
from benchmarks.outcomes import Array, Contacts, hillstrom, journey, past_rate, recency_money
from twincast import Twincast
from twincast.stats.scoring import auc, calibration_line, log_loss
from twincast.stats.streams import stream

DRAWS, LEVEL = 400, 0.95
Scored = Sequence[tuple[Array, NDArray[np.bool_]]]
"""Scores and outcomes, group by group: an AUC is taken within each, and the mean of the groups reported."""


def measure() -> list[Figure]:
    """Return the figures of both data sets."""
    return [*_hillstrom(), *_journey()]


def _hillstrom() -> list[Figure]:
    arms = hillstrom()
    figures = []
    for field, outcome, bar in (("will_engage", "visit", 0.60), ("will_purchase", "conversion", 0.62)):
        predicted = _predicted(arms, field)
        events = [arm.outcomes[outcome] for arm in arms]
        rule = list(zip([recency_money(arm.records) for arm in arms], events, strict=True))
        scored = list(zip(predicted, events, strict=True))
        name = f"Hillstrom: {field} against {outcome}"
        figures.append(_mean_auc(f"{name}, mean AUC of three arms", scored, bar=(">=", bar)))
        figures += [_one_auc(f"  arm {arm.name}", *pair) for arm, pair in zip(arms, scored, strict=True)]
        figures.append(_mean_auc("  recency and money alone", rule))
        figures += _levels(scored)
    return figures


def _journey() -> list[Figure]:
    campaigns = journey()
    events = [campaign.outcomes["redeemed"] for campaign in campaigns]
    scored = list(zip(_predicted(campaigns, "will_engage"), events, strict=True))
    rules: Mapping[str, Callable[[list[dict[str, object]]], Array]] = {
        "own past redemption rate alone": past_rate,
        "recency and money alone": recency_money,
    }
    figures = [_mean_auc("Complete Journey: will_engage against redeemed, mean AUC within campaigns", scored)]
    for words, rule in rules.items():
        simple = list(zip([rule(campaign.records) for campaign in campaigns], events, strict=True))
        figures.append(_mean_auc(f"  {words}", simple))
        figures.append(_difference(f"  above {words}", scored, simple))
    figures += [
        _one_auc(f"  campaign {campaign.name} ({len(campaign.records):,} households)", *pair)
        for campaign, pair in zip(campaigns, scored, strict=True)
    ]
    return [*figures, *_levels(scored)]


def _predicted(contacts: Sequence[Contacts], field: str) -> list[Array]:
    """Return the predictions of each group for its own message, as a user would get them."""
    with Twincast() as tc:
        return [
            tc.predict(it.records, {it.name: it.intervention}, fields=[field], as_of=it.as_of, horizon_days=it.days)[
                field
            ]
            for it in contacts
        ]


def _levels(scored: Scored) -> list[Figure]:
    p, events = np.concatenate([p for p, _ in scored]), np.concatenate([events for _, events in scored])
    line = calibration_line(p, events)
    share = events.mean()
    return [
        Figure(name="  mean predicted", value=float(p.mean())),
        Figure(name="  observed", value=float(share), note=f"{int(events.sum()):,} of {len(events):,}"),
        Figure(name="  calibration slope", value=line.slope if line else float("nan"), note="1 is right"),
        Figure(name="  log loss", value=log_loss(p, events), unit="nats"),
        Figure(
            name="  log loss of the observed share for all", value=log_loss(np.full(len(p), share), events), unit="nats"
        ),
    ]


def _one_auc(name: str, scores: Array, events: NDArray[np.bool_]) -> Figure:
    return _mean_auc(name, [(scores, events)])


def _mean_auc(name: str, scored: Scored, bar: tuple[str, float] | None = None) -> Figure:
    low, high = _interval(scored, _mean)
    return Figure(name=name, value=_mean(scored), low=low, high=high, level=LEVEL, bar=bar)


def _difference(name: str, scored: Scored, rule: Scored) -> Figure:
    """Return how far the mean AUC lies above a rule's, with the interval of the difference on the same people."""
    paired = [(np.stack([ours, theirs]), events) for (ours, events), (theirs, _) in zip(scored, rule, strict=True)]

    def gain(drawn: Scored) -> float:
        ours = _mean([(scores[0], events) for scores, events in drawn])
        return ours - _mean([(scores[1], events) for scores, events in drawn])

    low, high = _interval(paired, gain)
    return Figure(name=name, value=gain(paired), low=low, high=high, level=LEVEL, bar=(">", 0.0))


def _mean(scored: Scored) -> float:
    return float(np.mean([auc(scores, events) for scores, events in scored]))


def _interval(scored: Scored, statistic: Callable[[Scored], float]) -> tuple[float, float]:
    """Return a bootstrap interval: people drawn with replacement within each group, keyed by the draw."""
    found = [statistic([_resampled(pair, draw, place) for place, pair in enumerate(scored)]) for draw in range(DRAWS)]
    low, high = np.nanquantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def _resampled(pair: tuple[Array, NDArray[np.bool_]], draw: int, place: int) -> tuple[Array, NDArray[np.bool_]]:
    scores, events = pair
    picked = stream(draw, "bootstrap", place).integers(0, len(events), len(events))
    return scores[..., picked], events[picked]

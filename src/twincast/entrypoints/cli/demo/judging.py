"""What was predicted laid beside what happened, and beside what two simple rules would have said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.stats.scoring import CalibrationLine, Group, Score, auc_interval, by_quantile, calibration_line

LEVEL: Final = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """How well the predictions did.

    Attributes:
        households, redeemed: how many there were, and how many of them redeemed.
        predicted, observed: mean prediction and share that redeemed.
        auc: with DeLong's 95 % interval.
        rules: the same for simple rules, by what they are in words.
        line: the calibration line; None where the outcomes do not determine one.
        deciles: highest predictions first.
    """

    households: int
    redeemed: int
    predicted: float
    observed: float
    auc: Score
    rules: Mapping[str, Score]
    line: CalibrationLine | None
    deciles: Sequence[Group]


def judge(
    predicted: NDArray[np.float64], redeemed: NDArray[np.bool_], records: Sequence[Mapping[str, Any]]
) -> Judgement:
    """Lay predictions beside outcomes.

    Args:
        predicted: P(redemption) of each household.
        redeemed: whether it did.
        records: what was known of each, for the simple rules.
    """
    rules = {
        "its own past redemption rate alone": past_rate(records),
        "recency and money alone": recency_money(records),
    }
    return Judgement(
        households=len(predicted),
        redeemed=int(redeemed.sum()),
        predicted=float(predicted.mean()),
        observed=float(redeemed.mean()),
        auc=auc_interval(predicted, redeemed, LEVEL),
        rules={words: auc_interval(scores, redeemed, LEVEL) for words, scores in rules.items()},
        line=calibration_line(predicted, redeemed),
        deciles=by_quantile(predicted, redeemed),
    )


def past_rate(records: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Return the share of earlier campaigns that each household redeemed; 0 where there were none."""
    counts = [(it["history"]["campaigns_redeemed"], it["history"]["campaigns_received"]) for it in records]
    return np.array([redeemed / received if received else 0.0 for redeemed, received in counts])


def recency_money(records: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Return the sum of two ranks in [0, 1]: later last purchase, more spent in all."""
    days = np.array([_or(it["history"]["days_since_last_purchase"], np.inf) for it in records])
    money = np.array([_or(it["behavioral_data"]["lifetime_value"], 0.0) for it in records])
    return _rank(-days) + _rank(money)


def _or(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)


def _rank(values: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(values) / max(len(values), 1)
    return ranks

"""Ranking the variants of a comparison: who stands where and why, and whether one can be recommended."""

from collections.abc import Sequence
from dataclasses import dataclass

from twincast.domain.comparisons import Ranking, Recommendation
from twincast.domain.predictions import Explanation
from twincast.domain.trials import Answered
from twincast.response.ranking import MONEY_TARGETS
from twincast.response.reasons import main_difference, reasoning


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One variant before it is ranked.

    Attributes:
        p_best: share of draws in which it is best.
        order_value: what an order with it is worth, where money ranks; else None.
    """

    variant_id: str
    answer: Answered
    p_best: float
    order_value: float | None


def ranked(rows: Sequence[Row], target: str) -> tuple[Ranking, ...]:
    """Return the places of all variants, best first; equals in the order of their ids, each naming the others."""
    value = {row.variant_id: _standing(row.answer, target) for row in rows}
    order = sorted(rows, key=lambda row: (-value[row.variant_id], row.variant_id))
    return tuple(
        Ranking(
            variant_id=row.variant_id,
            rank=place,
            tied_with=tuple(
                other.variant_id
                for other in order
                if other is not row and value[other.variant_id] == value[row.variant_id]
            ),
            p_best=row.p_best,
            answer=row.answer,
            reasoning=_place_reason(row.answer, target),
        )
        for place, row in enumerate(order, start=1)
    )


def sign_of(target: str) -> float:
    """Return -1.0 for the one field of which less is better."""
    return -1.0 if target == "will_unsubscribe" else 1.0


def _standing(answered: Answered, target: str) -> float:
    """Return by how much a variant is good: the more the better; one without a value stands last."""
    found = next((part.estimate for part in answered.predictions if part.field == target), None)
    return sign_of(target) * found.value if found is not None else float("-inf")


def _place_reason(answered: Answered, target: str) -> str:
    nothing = "There is no such response on its channel."
    if not answered.intervention.is_contact:
        nothing = "Nothing is sent, so nothing can come of it."
    return reasoning(_explained(answered, target), if_none=nothing)


def _explained(answered: Answered, target: str) -> Explanation | None:
    """Return the parts of the target; money is explained by the purchase it takes."""
    field = "will_purchase" if target in MONEY_TARGETS else target
    return next((part for part in answered.explanations if part.field == field), None)


def recommended(rankings: Sequence[Ranking], rows: Sequence[Row], target: str, threshold: float) -> Recommendation:
    """Recommend the first of the ranking where it is likely enough to be the best, else say why there is none."""
    first, second = rankings[0], rankings[1]
    sure = first.p_best >= threshold and not first.tied_with
    reason = None
    if first.tied_with:
        reason = f"too close to call: {first.variant_id} and {', '.join(first.tied_with)} are exactly equal"
    elif not sure:
        reason = f"too close to call: P({first.variant_id} is best) is {first.p_best:.2f}, below {threshold:.2f}"
    by_id = {row.variant_id: row for row in rows}
    return Recommendation(
        best_variant=first.variant_id if sure else None,
        leading_variant=first.variant_id,
        confidence=first.p_best,
        threshold=threshold,
        reason=reason,
        explanation=f"{first.variant_id} and {second.variant_id} differ in nothing that moves {target}."
        if first.tied_with
        else f"{first.variant_id} stands before {second.variant_id} by {target}, "
        + _through(by_id[first.variant_id], by_id[second.variant_id], target),
    )


def _through(better: Row, other: Row, target: str) -> str:
    """Say in what two variants differ most, in favour of the better one."""
    mine, theirs = _explained(better.answer, target), _explained(other.answer, target)
    if mine is None or theirs is None:
        sent = all(row.answer.intervention.is_contact for row in (better, other))
        return "which the channel of the other does not have." if sent else "since one of them sends nothing."
    if better.order_value is not None and other.order_value is not None:
        by_value = (better.order_value - other.order_value) * (mine.probability + theirs.probability)
        by_purchase = (mine.probability - theirs.probability) * (better.order_value + other.order_value)
        if by_value >= by_purchase:
            return "most of all because less is taken off an order."
    driver = main_difference(mine, theirs, sign_of(target))
    return f"most of all through {driver}." if driver else "through small differences that add up."

"""What a batch says about whom a message works for, when, and what would help."""

from pydantic import Field

from twincast.domain.insights import GroupEffect as GroupEffectValue
from twincast.domain.insights import Insights
from twincast.domain.predictions import Estimate
from twincast.wire.predictions import Quantity
from twincast.wire.shapes import Answer, Plain


class GroupEffect(Answer):
    """A group for whom a message does more, or less, than for the others."""

    customers: int
    difference: Quantity = Field(description="Effect in the group less that among the others.")

    @staticmethod
    def plain(found: GroupEffectValue | None) -> Plain | None:
        """Render it, where there is one."""
        return None if found is None else {"customers": found.customers, "difference": _quantity(found.difference)}


class TriedChange(Answer):
    """A change of the message that was tried on some of these customers."""

    text: str
    change: str
    value: float = Field(description="Mean P(engage) with it.")
    gain: Quantity
    customers: int


class SegmentInsights(Answer):
    """What the evidence carries; null where it does not, and `reasons` says why."""

    variant_id: str
    most_effective_for: str | None
    least_effective_for: str | None
    optimal_timing: str | None
    suggested_improvements: list[str] = Field(description="Best first.")
    most_effective: GroupEffect | None
    least_effective: GroupEffect | None
    timing_gain: Quantity | None
    improvements: list[TriedChange]
    measured_by: str = Field(description="What `difference` means.")
    groups_compared: int = Field(description="Their intervals hold all at once.")
    reasons: dict[str, str]

    @staticmethod
    def plain(found: Insights) -> Plain:
        """Render insights."""
        return {
            "variant_id": found.variant_id,
            "most_effective_for": None if found.most is None else found.most.name,
            "least_effective_for": None if found.least is None else found.least.name,
            "optimal_timing": None if found.timing is None else found.timing.token,
            "suggested_improvements": [it.text for it in found.improvements],
            "most_effective": GroupEffect.plain(found.most),
            "least_effective": GroupEffect.plain(found.least),
            "timing_gain": None if found.timing is None else _quantity(found.timing.gain),
            "improvements": [
                {
                    "text": it.text,
                    "change": it.change,
                    "value": it.value,
                    "gain": _quantity(it.gain),
                    "customers": it.customers,
                }
                for it in found.improvements
            ],
            "measured_by": found.measured_by,
            "groups_compared": found.compared,
            "reasons": dict(found.reasons),
        }


def _quantity(estimate: Estimate) -> Plain:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "level": estimate.level}

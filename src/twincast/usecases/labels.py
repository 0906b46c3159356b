"""What says of a result which one it is: whose, of which message, in which words; and what results are grouped by."""

from collections.abc import Callable
from typing import Final

import msgspec

from twincast.domain.extractions import Plain, Result


def _segment(result: Result) -> str | None:
    """Return the segment that the record states, at the top or in one of its sections."""
    record = msgspec.json.decode(result.twin.record, type=dict[str, object])
    for section in (record, *(it for it in record.values() if isinstance(it, dict))):
        for key in ("customer_segment", "segment"):
            if isinstance(section.get(key), str):
                return str(section[key])
    return None


def _reasoning(result: Result) -> str | None:
    return next((it.reasoning for it in result.answer.predictions if it.reasoning), None)


GROUPS: Final[dict[str, Callable[[Result], Plain]]] = {
    "intervention_variant": lambda it: it.variant,
    "intervention_type": lambda it: it.answer.intervention.type,
    "channel": lambda it: it.answer.channel,
    "customer_segment": _segment,
}
"""What rows can be put together by."""
IDENTITY: Final[dict[str, Callable[[Result], Plain]]] = {
    **GROUPS,
    "customer_id": lambda it: it.customer_id,
    "digital_twin_id": lambda it: it.twin_id,
    "persona_id": lambda it: it.twin_id,
    "test_id": lambda it: it.source,
    "reasoning": _reasoning,
    "predicted_response": lambda it: it.answer.predicted_response,
}
"""Fields that say which row it is, or hold its words."""

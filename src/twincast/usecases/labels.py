"""What says of a result which one it is: whose, of which message, in which words; and what results are grouped by."""

from collections.abc import Callable
from typing import Final

import msgspec

from twincast.domain.results import Plain, Result
from twincast.domain.twins import Twin
from twincast.response.reasons import reasoning

SEGMENT: Final = "customer_segment"


def segment_of(twin: Twin) -> str | None:
    """Return the segment that a record states, at the top or in one of its sections."""
    record = msgspec.json.decode(twin.record, type=dict[str, object])
    for section in (record, *(it for it in record.values() if isinstance(it, dict))):
        for key in ("customer_segment", "segment"):
            if isinstance(section.get(key), str):
                return str(section[key])
    return None


def reasoning_of(result: Result) -> str | None:
    """Return the sentence on what moves a result's numbers most."""
    said = next((it.reasoning for it in result.known.values() if it.reasoning), None)
    if said is None and result.explanations:
        return reasoning(result.explanations[0], if_none="")
    return said


GROUPS: Final[dict[str, Callable[[Result], Plain]]] = {
    "intervention_variant": lambda it: it.variant,
    "intervention_type": lambda it: it.type,
    "channel": lambda it: it.channel,
}
"""What rows can be put together by, beside the customer's segment."""
IDENTITY: Final[dict[str, Callable[[Result], Plain]]] = {
    **GROUPS,
    "customer_id": lambda it: it.customer_id,
    "digital_twin_id": lambda it: it.twin_id,
    "persona_id": lambda it: it.twin_id,
    "test_id": lambda it: it.source,
    "reasoning": reasoning_of,
    "predicted_response": lambda it: it.reply,
}
"""Fields that say which row it is, or hold its words, beside the customer's segment."""

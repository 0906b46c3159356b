"""Segments to store."""

from typing import Any

from tests.storage.records import NOON, ODD
from twincast.domain.segments import Condition, Operator, Segment


def a_segment(name: str = "gold", **changes: Any) -> Segment:
    """A segment with every kind of value in it."""
    rules = (
        Condition(field="orders", operator=Operator.AT_LEAST, value=ODD),
        Condition(field="profile.stadt", operator=Operator.IN, value=("日本", 7.0, 'a"b')),
        Condition(field="profile.member", operator=Operator.IS, value=True),
    )
    values: dict[str, Any] = {
        "name": name,
        "description": "who buys often",
        "every": rules,
        "some": rules[:1],
        "created_at": NOON,
        "updated_at": NOON,
    }
    return Segment(**(values | changes))

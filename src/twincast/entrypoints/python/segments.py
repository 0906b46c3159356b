"""Segments in a notebook: rules as texts, tuples or dicts, and who belongs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from twincast.usecases import segments
from twincast.usecases.segments import SegmentRequest

if TYPE_CHECKING:
    from twincast.domain.segments import Condition, Segment, SegmentSize
    from twincast.usecases.context import Context

Rule = str | tuple[str, str, Any] | Mapping[str, Any]
"""`"orders >= 3"`, `("orders", ">=", 3)`, or a dict as in the API."""


class Segmenting:
    """What `Twincast` offers for groups of customers."""

    _ctx: "Context"

    def define_segment(
        self, name: str, *, every: Sequence[Rule] = (), some: Sequence[Rule] = (), description: str = ""
    ) -> "Segment":
        """Define a segment, in place of the one of that name if there is one. Who belongs is counted when it is asked.

        >>> from twincast import Twincast
        >>> tc = Twincast()
        >>> _ = tc.add_customers([{"customer_id": "ann", "history": {"total_purchases": 12}}], as_of="2026-05-04")
        >>> _ = tc.define_segment("loyal", every=["history.total_purchases >= 10"])
        >>> tc.segment_members("loyal")
        ['twin_ann']

        Args:
            name: its name; letters, digits, spaces and a few signs.
            every: rules that all must hold.
            some: rules of which one must hold, where there are any.
            description: what it is for.

        Raises:
            InvalidInput: naming each rule that is not right.
        """
        request = SegmentRequest(
            name=name,
            description=description,
            every=tuple(_conditions("every", every)),
            some=tuple(_conditions("some", some)),
        )
        return segments.define(self._ctx, request).segment

    def segments(self) -> "tuple[Segment, ...]":
        """Return all segments, by name."""
        return segments.listing(self._ctx)

    def segment_members(self, name: str) -> list[str]:
        """Return the ids of the twins that belong to a segment now. Raises UnknownSegment."""
        return [str(it) for it in segments.members(self._ctx, name)]

    def segment_size(self, name: str) -> "SegmentSize":
        """Count who belongs to a segment now. Raises UnknownSegment."""
        return segments.size(self._ctx, name)

    def delete_segment(self, name: str) -> None:
        """Delete a segment's rules; nobody is touched who belonged to it. Raises UnknownSegment."""
        segments.delete(self._ctx, name)


def _conditions(part: str, given: Sequence[Rule]) -> "Iterator[Condition]":
    from twincast.wire.segments import SegmentCondition, condition_in
    from twincast.wire.shapes import parsed

    for place, rule in enumerate([given] if isinstance(given, str) else given):
        if isinstance(rule, str):
            yield condition_in(rule, f"{part}[{place}]")
        elif isinstance(rule, Mapping):
            yield parsed(SegmentCondition, dict(rule)).to_domain()
        else:
            named = dict(zip(("field", "operator", "value"), rule, strict=False))
            yield parsed(SegmentCondition, named).to_domain()

"""Segments: named rules over what is known of customers. Who belongs is counted when it is asked, never stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from twincast.domain.ids import CustomerId, TwinId

MOST_SEGMENTS: Final = 500
MOST_CONDITIONS: Final = 20
MOST_VALUES: Final = 200
MAX_SEGMENT_NAME: Final = 100

Scalar = bool | float | str
Wanted = Scalar | tuple[float | str, ...]
"""What a field is compared with; several only for `in`."""


class Operator(StrEnum):
    """How a field is compared."""

    IS = "="
    IS_NOT = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    IN = "in"
    KNOWN = "known"


ORDERED: Final = frozenset({Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST})


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """One comparison. Of a customer whose field is not known, only `known false` holds.

    Attributes:
        field: a column of what is read from records (`orders`, `days_since_last_order`), or a path in the record
            (`profile.location`; without a dot it is looked for at the top, then in the sections).
        value: a number, a text (without regard to case), yes or no, or a day in ISO 8601 to compare a date with.
    """

    field: str
    operator: Operator
    value: Wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """Customers of whom every condition of `every` holds, and at least one of `some` where there are any."""

    name: str
    description: str
    every: tuple[Condition, ...]
    some: tuple[Condition, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A customer who belongs to a segment."""

    twin_id: TwinId
    customer_id: CustomerId


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentSize:
    """How many belong to a segment at a moment.

    Attributes:
        twins: all that were looked at; `opted_out` of them objected to profiling and belong to no segment.
        unknown: fields of its conditions of which no twin knows anything: mostly misspelt.
    """

    members: int
    twins: int
    opted_out: int
    unknown: tuple[str, ...]
    counted_at: datetime

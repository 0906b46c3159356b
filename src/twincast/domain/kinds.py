"""What sorts of failures there are, and what is wrong with one field of an input."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of failure it is; each door owns one small table from kind to its own code."""

    INVALID = "invalid"
    TOO_LARGE = "too_large"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    PRECONDITION = "precondition"
    MISCONFIGURED = "misconfigured"
    UNAVAILABLE = "unavailable"
    FULL = "full"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProblem:
    """What is wrong with one field of an input, and what would be right.

    Attributes:
        field: dotted path of the field, as the caller wrote it (`history.returns`, `variants[1].id`).
        message: what is wrong, quoting the offending value where it is short.
        allowed: what is allowed, in words; empty where the message says it all.
        row: 0-based row of a table, where the input was a table.
    """

    field: str
    message: str
    allowed: str = ""
    row: int | None = None

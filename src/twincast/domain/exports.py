"""Results as a table to take away: its columns with their types, and the formats it is written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FORMATS: Final[tuple[str, ...]] = ("json", "jsonl", "csv", "parquet")


class Kind(StrEnum):
    """What a column holds; null where there is nothing to say."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole number"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of an export."""

    name: str
    kind: Kind


Chunk = Mapping[str, Sequence[object]]
"""Some rows of an export: for each column its values."""

"""Bringing customers in bulk: which column means which field, what a table holds, and what became of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.domain.outcomes import Outcome

MAX_PROBLEMS: Final = 100
"""At most so many problems of one table are listed; their full number is always told."""

PREVIEW_ROWS: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownColumn:
    """A field of the record as a column of a table may hold it.

    Attributes:
        path: dotted path in the record.
        kind: how its cells are read (`number`, `day`, `words`, ...), as the reading names it.
        names: spellings of its last key in snake case, its own name first.
    """

    path: str
    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMatch:
    """What becomes of one column of a table.

    Attributes:
        column: its name in the table.
        field: dotted path in the customer record, or None: the column is left out.
        confidence: how sure the proposal is, in [0, 1]; 1 where the caller said so.
        reason: why, in a few words.
    """

    column: str
    field: str | None
    confidence: float
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMapping:
    """What becomes of all columns of a table, in its order.

    Attributes:
        source: whose export it looks like (`klaviyo`, `braze`, `shopify`), `records` for the API's own shape, or
            `generic`.
        matches: one per column.
    """

    source: str
    matches: tuple[ColumnMatch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRows:
    """A table as customer records, or as what was observed.

    Attributes:
        records: customer records in the shape of the API, or fields of outcomes by name.
        rows: for each record, its 0-based row in the table.
        problems: what could not be read, each with its row.
        total: number of rows in the table, unreadable ones included.
    """

    records: Sequence[Mapping[str, object]]
    rows: Sequence[int]
    problems: tuple[FieldProblem, ...]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ImportColumns:
    """A table of customers as columns.

    Attributes:
        columns: dotted path in the record -> a cell for each of `rows`, None where the record has none.
        rows: for each cell, its 0-based row in the table.
        problems: what could not be read, each with its row.
        total: number of rows in the table, unreadable ones included.
    """

    columns: Mapping[str, Sequence[object]]
    rows: Sequence[int]
    problems: tuple[FieldProblem, ...]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPreview:
    """What an import would do; nothing was stored.

    Attributes:
        format: `csv`, `jsonl`, `parquet` or `frame`.
        rows: number of rows; `valid` of them can be stored: `new`, `changed` and `unchanged` ones.
        first: the first valid rows as customer records.
        problems: the first `MAX_PROBLEMS` of `problem_count`, by row.
    """

    format: str
    mapping: ColumnMapping
    rows: int
    valid: int
    new: int
    changed: int
    unchanged: int
    first: tuple[Mapping[str, object], ...]
    problems: tuple[FieldProblem, ...]
    problem_count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What an import did: each row of the table was created, changed, unchanged or skipped.

    Attributes:
        skipped: rows left out for a problem.
        problems: the first `MAX_PROBLEMS` of `problem_count`, by row.
    """

    format: str
    mapping: ColumnMapping
    rows: int
    created: int
    changed: int
    unchanged: int
    skipped: int
    problems: tuple[FieldProblem, ...]
    problem_count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomePreview:
    """What an upload of outcomes would do; nothing was stored.

    Attributes:
        rows: number of rows; nothing is wrong with `valid` of them.
        new, repeated: outcomes in those, a row holding one or several.
        first: the first of them.
        problems: the first `MAX_PROBLEMS` of `problem_count`, by row.
    """

    format: str
    mapping: ColumnMapping
    rows: int
    valid: int
    new: int
    repeated: int
    first: tuple[Outcome, ...]
    problems: tuple[FieldProblem, ...]
    problem_count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OutcomeReport:
    """What an upload of outcomes did.

    Attributes:
        created, repeated: outcomes that were new, or stored already, saying the same.
        skipped: rows left out for a problem.
        problems: the first `MAX_PROBLEMS` of `problem_count`, by row.
    """

    format: str
    mapping: ColumnMapping
    rows: int
    created: int
    repeated: int
    skipped: int
    problems: tuple[FieldProblem, ...]
    problem_count: int

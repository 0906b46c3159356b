"""A batch from file to file: where its customers come from, in which parts, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from twincast.domain.errors import FieldProblem
from twincast.domain.imports import MAX_PROBLEMS, ColumnMapping
from twincast.domain.twins import Warning

CUSTOMERS: Final = 50_000
"""Customers of a part, at most."""
CELLS: Final = 250_000
"""Customers x variants of a part, at most, so that memory stays bounded however many variants there are."""
FEWEST: Final = 500
"""Customers of a part, at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """A part of a file.

    Attributes:
        part: its place, from 0.
        start, stop: bytes of the file, or rows where the file is read by rows.
        row: 0-based number of its first row in the file.
        line: 1-based number of its first line; 0 where the file has none.
        rows: how many rows it holds.
    """

    part: int
    start: int
    stop: int
    row: int
    line: int
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PartReport:
    """What became of one part.

    Attributes:
        rows: rows of the file in it; `customers` of them were predicted or refused, `bad` ones could not be read.
        refused: customers who opted out of profiling.
        problems: the first `MAX_PROBLEMS` of `problem_count`, with their rows in the file.
        warnings: what was not understood.
    """

    rows: int
    customers: int
    refused: int
    bad: int
    problems: tuple[FieldProblem, ...]
    problem_count: int
    warnings: tuple[Warning, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """What became of a file.

    Attributes:
        cells: rows written: customers x variants.
        parts: how many there were; `kept` of them had been computed by an earlier run that did not end.
        others: leftovers of other runs beside the output: of other inputs, variants, options or models.
        fields: asked name -> canonical field.
        bases: asked name -> what its numbers rest on, `prior` or `fitted`.
        level, horizon_days, as_of: how it was predicted.
        model, prior: what the numbers come from.
    """

    rows: int
    customers: int
    cells: int
    refused: int
    bad: int
    parts: int
    kept: int
    others: int
    mapping: ColumnMapping
    variants: tuple[str, ...]
    fields: Mapping[str, str]
    bases: Mapping[str, str]
    as_of: date
    horizon_days: int
    level: float
    model: str
    prior: str
    problems: tuple[FieldProblem, ...]
    problem_count: int
    warnings: tuple[Warning, ...]


def customers_of_part(variants: int) -> int:
    """Return how many customers a part holds, for a number of variants."""
    return max(FEWEST, min(CUSTOMERS, CELLS // max(variants, 1)))


def united(reports: list[PartReport]) -> PartReport:
    """Return what became of several parts together, in their order."""
    problems = tuple(problem for report in reports for problem in report.problems)
    return PartReport(
        rows=sum(report.rows for report in reports),
        customers=sum(report.customers for report in reports),
        refused=sum(report.refused for report in reports),
        bad=sum(report.bad for report in reports),
        problems=problems[:MAX_PROBLEMS],
        problem_count=sum(report.problem_count for report in reports),
        warnings=tuple(dict.fromkeys(warning for report in reports for warning in report.warnings)),
    )

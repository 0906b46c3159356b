"""Columns of cells into customer records, after a mapping said what each column means."""

from collections.abc import Mapping, Sequence
from typing import Any

from twincast.domain.imports import ColumnMapping, ColumnMatch, KnownColumn
from twincast.files.cells import ABSENT, READERS, anything
from twincast.files.exports import PLACES
from twincast.files.mapping import plain_name

Values = Sequence[object]
Problem = tuple[int, str, str]
"""Position of the row, field, and what is wrong there."""


def records_of(
    columns: Mapping[str, Values], count: int, mapping: ColumnMapping, known: Sequence[KnownColumn]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the rows as records in the shape of the API, and the cells that could not be read, by row.

    A cell that is absent or can not be read is left out of its record. Cost: one pass over each mapped column.
    """
    kinds = {column.path: column.kind for column in known}
    records: list[dict[str, Any]] = [{} for _ in range(count)]
    problems: list[Problem] = []
    for field, matches in _by_field(mapping).items():
        values, wrong = _values(columns, matches, kinds.get(field, ""))
        if field == "customer_id":
            values = _without_mark(values)
        problems.extend((row, field, f"{message} (column '{matches[0].column[:40]}')") for row, message in wrong)
        _place(records, field, values)
    problems.sort(key=lambda problem: problem[0])
    return records, problems


def _by_field(mapping: ColumnMapping) -> dict[str, list[ColumnMatch]]:
    fields: dict[str, list[ColumnMatch]] = {}
    for match in mapping.matches:
        if match.field is not None:
            fields.setdefault(match.field, []).append(match)
    return fields


def _values(
    columns: Mapping[str, Values], matches: Sequence[ColumnMatch], kind: str
) -> tuple[Values, list[tuple[int, str]]]:
    if len(matches) > 1:
        return _joined(columns, matches), []
    return READERS.get(kind, anything)(columns[matches[0].column])


def _joined(columns: Mapping[str, Values], matches: Sequence[ColumnMatch]) -> list[object]:
    """Join the parts of an address, town first; other texts in the order of their columns."""
    ordered = sorted(matches, key=lambda match: PLACES.get(plain_name(match.column), 0))
    parts = zip(*(columns[match.column] for match in ordered), strict=True)
    return [", ".join(str(part) for part in row if part is not ABSENT and part is not None) or ABSENT for row in parts]


def _without_mark(ids: Values) -> Values:
    """Take away the apostrophe that some exports put before every id, so that spreadsheets leave it alone."""
    written = [cell for cell in ids if isinstance(cell, str)]
    if written and all(cell.startswith("'") and cell[1:2].isdigit() for cell in written):
        return [cell[1:] if isinstance(cell, str) else cell for cell in ids]
    return ids


def _place(records: list[dict[str, Any]], field: str, values: Values) -> None:
    """Put the values of one field into the records; a section that was given as something else is left as it is."""
    section, _, name = field.partition(".")
    for record, value in zip(records, values, strict=True):
        if value is ABSENT:
            continue
        if not name:
            record.setdefault(section, value)
        elif isinstance(inside := record.setdefault(section, {}), dict):
            inside[name] = value

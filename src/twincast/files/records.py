"""Columns of cells into customer records, after a mapping said what each column means."""

from collections.abc import Mapping, Sequence
from typing import Any

from twincast.domain.imports import ColumnMapping, ColumnMatch, KnownColumn
from twincast.files.cells import ABSENT, NO_SIGNS, Signs, needs_signs, read_cells, signs_of
from twincast.files.exports import PLACES
from twincast.files.mapping import plain_name

Values = Sequence[object]
Problem = tuple[int, str, str]
"""Position of the row, field, and what is wrong there."""


def records_of(
    columns: Mapping[str, Values],
    count: int,
    mapping: ColumnMapping,
    known: Sequence[KnownColumn],
    signs: Mapping[str, Signs] | None = None,
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Return the rows as records in the shape of the API, and the cells that could not be read, by row.

    A cell that is absent or can not be read is left out of its record. Cost: one pass over each mapped column.

    Args:
        columns: name -> cells.
        count: number of rows.
        mapping: what each column means.
        known: the fields that have a meaning.
        signs: column -> how the whole of it writes, where these rows are a part of a table; None where they are all.
    """
    values, problems = fields_of(columns, count, mapping, known, signs)
    records: list[dict[str, Any]] = [{} for _ in range(count)]
    for field, cells in values.items():
        _place(records, field, cells)
    return records, problems


def fields_of(
    columns: Mapping[str, Values],
    count: int,
    mapping: ColumnMapping,
    known: Sequence[KnownColumn],
    signs: Mapping[str, Signs] | None = None,
) -> tuple[dict[str, Values], list[Problem]]:
    """Return the same as columns, by the path of their field; see `records_of`."""
    kinds = {column.path: column.kind for column in known}
    missing = {it.column: [ABSENT] * count for it in mapping.matches if it.field and it.column not in columns}
    columns = {**columns, **missing} if missing else columns
    found: dict[str, Values] = {}
    problems: list[Problem] = []
    for field, matches in _by_field(mapping).items():
        values, wrong = _values(columns, matches, kinds.get(field, ""), signs)
        problems.extend((row, field, f"{message} (column '{matches[0].column[:40]}')") for row, message in wrong)
        found[field] = values
    problems.sort(key=lambda problem: problem[0])
    return found, problems


def columns_with_signs(mapping: ColumnMapping, known: Sequence[KnownColumn]) -> dict[str, str]:
    """Return the columns whose cells are read by what else stands in them -> the kind of their field."""
    kinds = {column.path: column.kind for column in known}
    alone = [(field, matches[0].column) for field, matches in _by_field(mapping).items() if len(matches) == 1]
    return {column: kind for field, column in alone if needs_signs(kind := kinds.get(field, ""))}


def signs_in(columns: Mapping[str, Values], mapping: ColumnMapping, known: Sequence[KnownColumn]) -> dict[str, Signs]:
    """Return what in these cells decides how their columns are read."""
    asked = columns_with_signs(mapping, known)
    return {column: signs_of(kind, columns[column]) for column, kind in asked.items() if column in columns}


def _by_field(mapping: ColumnMapping) -> dict[str, list[ColumnMatch]]:
    fields: dict[str, list[ColumnMatch]] = {}
    for match in mapping.matches:
        if match.field is not None:
            fields.setdefault(match.field, []).append(match)
    return fields


def _values(
    columns: Mapping[str, Values], matches: Sequence[ColumnMatch], kind: str, signs: Mapping[str, Signs] | None
) -> tuple[Values, list[tuple[int, str]]]:
    if len(matches) > 1:
        return _joined(columns, matches), []
    name = matches[0].column
    return read_cells(kind, columns[name], None if signs is None else signs.get(name, NO_SIGNS))


def _joined(columns: Mapping[str, Values], matches: Sequence[ColumnMatch]) -> list[object]:
    """Join the parts of an address, town first; other texts in the order of their columns."""
    ordered = sorted(matches, key=lambda match: PLACES.get(plain_name(match.column), 0))
    parts = zip(*(columns[match.column] for match in ordered), strict=True)
    return [", ".join(str(part) for part in row if part is not ABSENT and part is not None) or ABSENT for row in parts]


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

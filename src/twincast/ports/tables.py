"""The Table socket: rows that someone brings, with names of columns, to be read as customer records or outcomes."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from twincast.domain.imports import ColumnMapping, ImportColumns, ImportRows, KnownColumn


class Table(Protocol):
    """A table that was parsed, but not yet understood."""

    @property
    def format(self) -> str:
        """Return `csv`, `jsonl`, `parquet` or `frame`."""
        ...

    @property
    def columns(self) -> Mapping[str, Sequence[object]]:
        """Return the cells by column; a cell that is not there is a mark of its own, no text, number or None."""
        ...

    def mapping(self, known: Sequence[KnownColumn], overrides: Mapping[str, str | None] | None = None) -> ColumnMapping:
        """Say what becomes of each column: as `overrides` say (None leaves a column out), proposed for the others.

        Args:
            known: the fields that have a meaning.
            overrides: column -> dotted path in the record, or None to leave the column out.

        Raises:
            InvalidInput: an override names no column or no field, or no column holds the customer's id.
        """
        ...

    def mapped(self, mapping: ColumnMapping, known: Sequence[KnownColumn]) -> ImportRows:
        """Read the rows as customer records; what can not be read is a problem of its row."""
        ...

    def fields(
        self, mapping: ColumnMapping, known: Sequence[KnownColumn], signs: Mapping[str, frozenset[str]] | None = None
    ) -> ImportColumns:
        """Read the rows as `mapped` does, but as columns.

        Args:
            mapping: what each column means.
            known: the fields that have a meaning.
            signs: column -> how the whole of it writes, where this table is a part of another.
        """
        ...

    def signs(self, mapping: ColumnMapping, known: Sequence[KnownColumn]) -> Mapping[str, frozenset[str]]:
        """Return how columns write, where that decides how their cells are read: of parts of a table to be united."""
        ...

    def outcome_mapping(self, overrides: Mapping[str, str | None] | None = None) -> ColumnMapping:
        """Say what becomes of each column of a table of outcomes, as `mapping` does for customers.

        Raises:
            InvalidInput: an override names no column or no field.
        """
        ...

    def outcome_rows(self, mapping: ColumnMapping) -> ImportRows:
        """Read the rows as what was observed, by field; what can not be read is a problem of its row."""
        ...

"""Statements that every request runs, turned into text once: for one row SQLAlchemy takes longer than SQLite."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Insert, Select, Update, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

DIALECT: Final = sqlite.dialect(paramstyle="qmark")
Convert = Callable[[Any], Any]


class Prepared:
    """A SELECT, INSERT or UPDATE as the driver takes it, with SQLAlchemy's own conversions of the columns' types.

    Every value in it is a named parameter.

    Attributes:
        text: the SQL.
    """

    __slots__ = ("_given", "_read", "text")

    def __init__(self, statement: Select[Any] | Insert | Update, columns: tuple[str, ...] | None = None) -> None:
        """Compile a statement; an INSERT or UPDATE needs the columns that it is given."""
        compiled: Any = statement.compile(dialect=DIALECT, column_keys=columns)
        self.text = str(compiled)
        self._given = [(name, _written(compiled.binds[name].type)) for name in compiled.positiontup]
        selected = statement.selected_columns if isinstance(statement, Select) else ()
        self._read = [(place, convert) for place, column in enumerate(selected) if (convert := _read(column.type))]

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return parameters in the order of the text."""
        return [parameters[name] if convert is None else convert(parameters[name]) for name, convert in self._given]

    def row(self, raw: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        """Return a row of the driver as SQLAlchemy would."""
        if raw is None or not self._read:
            return raw
        row = list(raw)
        for place, convert in self._read:
            row[place] = convert(row[place])
        return tuple(row)


def first_row(statement: Select[Any]) -> Select[Any]:
    """Return a SELECT of the first row alone, with nothing in it that is no named parameter."""
    return statement.limit(literal_column("1")).offset(literal_column("0"))


def _written(kind: TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(DIALECT).bind_processor(DIALECT)


def _read(kind: TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(DIALECT).result_processor(DIALECT, None)

"""Statements that every request runs, turned into text once: for one row SQLAlchemy takes longer than SQLite."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from sqlalchemy import Dialect, Insert, Select, Update, literal_column
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update


class Prepared:
    """A SELECT, INSERT or UPDATE for the drivers; every value in it is a named parameter.

    Attributes:
        forms: how each kind of database takes it, by its name.
    """

    __slots__ = ("forms",)

    def __init__(self, statement: Statement, columns: tuple[str, ...] | None = None) -> None:
        """Take a statement; an INSERT or UPDATE needs the columns that it is given."""
        self.forms: Final = Forms(statement, columns)


class Form:
    """A statement as one driver takes it, with SQLAlchemy's own conversions of the columns' types.

    Attributes:
        text: the SQL.
    """

    __slots__ = ("_given", "_read", "text")

    def __init__(self, statement: Statement, columns: tuple[str, ...] | None, dialect: Dialect) -> None:
        """Compile a statement."""
        compiled: Any = statement.compile(dialect=dialect, column_keys=columns)
        self.text = str(compiled)
        self._given = [(name, _written(compiled.binds[name].type, dialect)) for name in compiled.positiontup]
        selected = statement.selected_columns if isinstance(statement, Select) else ()
        read = ((place, _read(column.type, dialect)) for place, column in enumerate(selected))
        self._read = [(place, convert) for place, convert in read if convert]

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


class Forms(dict[str, Form]):
    """The forms of a statement, each made when it is first asked for."""

    def __init__(self, statement: Statement, columns: tuple[str, ...] | None) -> None:
        super().__init__()
        self._statement = statement
        self._columns = columns

    def __missing__(self, name: str) -> Form:
        return self.setdefault(name, Form(self._statement, self._columns, dialect_of(name)))


@cache
def dialect_of(name: str) -> Dialect:
    """Return SQLAlchemy's dialect of a kind of database, with parameters by place as its driver takes them."""
    if name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    return PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped


def first_row(statement: Select[Any]) -> Select[Any]:
    """Return a SELECT of the first row alone, with nothing in it that is no named parameter."""
    return statement.limit(literal_column("1")).offset(literal_column("0"))


def _written(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _read(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if dialect.name == "postgresql":
        return None  # its driver gives each type as Python has it
    return kind.dialect_impl(dialect).result_processor(dialect, None)

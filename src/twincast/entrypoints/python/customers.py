"""Customers as callers hold them: ids, records or frames, made into what the use cases take."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.imports import MAX_PROBLEMS
from twincast.files.frames import is_frame, table_of
from twincast.usecases.audiences import Customers
from twincast.usecases.imports import rows_of

WANTED = "ids, records (dicts), or a frame of pandas, polars or Arrow"


def customers_in(customers: Any) -> Customers:
    """Return ids as a list of text, anything else as records.

    Args:
        customers: one id or many (a list, or a column of a frame); one record or many; a frame with a row a customer.

    Raises:
        InvalidInput: it is none of these, or a row of a frame can not be read.
    """
    if isinstance(customers, str):
        return [customers]
    plain = customers if is_frame(customers) else _plain(customers)
    if isinstance(plain, Sequence) and plain and all(isinstance(it, str | int) for it in plain):
        return [it if isinstance(it, str) else str(it) for it in plain]
    return records_in(plain)


def records_in(
    customers: Any, columns: Mapping[str, str | None] | None = None
) -> Sequence[Mapping[str, object]] | Mapping[str, Sequence[object]]:
    """Return records of customers: a list of them, one alone, columns by dotted name, or the rows of a frame.

    Args:
        customers: what was given.
        columns: of a frame: column -> dotted path, None to leave it out; others are recognised by their names.

    Raises:
        InvalidInput: it is none of these, or a row of a frame can not be read.
    """
    if is_frame(customers):
        rows = rows_of(table_of(customers), columns)
        if rows.problems:
            raise InvalidInput.of(rows.problems[:MAX_PROBLEMS])
        return rows.records
    plain = _plain(customers)
    if isinstance(plain, Mapping):
        is_table = all(isinstance(cells, list | tuple) for cells in plain.values()) and bool(plain)
        return plain if is_table else [plain]
    if isinstance(plain, str | bytes) or not isinstance(plain, Sequence):
        problem = FieldProblem(field="customers", message=f"is a {type(customers).__name__}", allowed=WANTED)
        raise InvalidInput.of([problem])
    return plain


@contextmanager
def placed() -> Iterator[None]:
    """Name records in problems as Python does: `customers[3].history.returns`."""
    try:
        yield
    except InvalidInput as error:
        if all(problem.row is None for problem in error.problems):
            raise
        raise type(error).of(
            problem if problem.row is None else replace(problem, field=_path(problem.row, problem.field))
            for problem in error.problems
        ) from None


def _path(row: int, field: str) -> str:
    if field.startswith("customers["):
        return field
    return f"customers[{row}].{field}" if field else f"customers[{row}]"


def _plain(customers: Any) -> Any:
    """Return columns of frames, arrays and iterators as lists; what is a list or mapping as it is."""
    for convert in ("to_list", "tolist", "to_pylist"):
        if not isinstance(customers, list | tuple | Mapping) and hasattr(customers, convert):
            return getattr(customers, convert)()
    if isinstance(customers, list | tuple | Mapping | str | bytes) or not hasattr(customers, "__iter__"):
        return customers
    return list(customers)

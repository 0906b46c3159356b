"""Reading JSON lines: an object a line, flat or in the shape of the API; a line that is none is its own problem."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from twincast.domain.errors import FieldProblem
from twincast.files.cells import ABSENT
from twincast.files.tables import MAX_COLUMNS, Table, check_size, decoded, unreadable

SECTIONS: Final = frozenset({"profile", "behavioral_data", "history"})
WRAPPER: Final = "customer"


def read_lines(content: bytes) -> Table:
    """Read JSON lines, one JSON array of objects, or one object over several lines.

    Raises:
        InvalidInput: it is not UTF-8, or an array that can not be read.
        TooLarge: too many rows or columns.
    """
    return table_of_text(decoded(content))


def table_of_text(text: str) -> Table:
    """Read the text of a file of JSON lines; see `read_lines`."""
    if text.lstrip()[:1] == "[":
        return table_of_documents(_array(text), format="jsonl")
    decoder: msgspec.json.Decoder[object] = msgspec.json.Decoder()
    first, _, more = text.lstrip().partition("\n")
    if more.strip() and isinstance(_object(decoder, first), str):
        whole = _object(decoder, text)
        if isinstance(whole, Mapping):
            return table_of_documents([whole], format="jsonl")
    return table_of_lines(text)


def table_of_lines(text: str) -> Table:
    """Read an object a line, whatever the first one is."""
    lines = [line for line in text.split("\n") if line.strip()]
    check_size(0, len(lines))
    decoder: msgspec.json.Decoder[object] = msgspec.json.Decoder()
    return table_of_documents([_object(decoder, line) for line in lines], format="jsonl")


def table_of_documents(documents: Iterable[object], *, format: str) -> Table:
    """Return a table of objects: the keys of their sections are columns with dotted names.

    A string in the place of an object says why there is none.
    """
    columns: dict[str, list[object]] = {}
    rows: list[int] = []
    problems: list[FieldProblem] = []
    number = -1
    for number, document in enumerate(documents):
        if not isinstance(document, Mapping):
            message = document if isinstance(document, str) else f"an object is needed, not {_kind(document)}"
            problems.append(FieldProblem(field="row", message=message, row=number))
            continue
        _spread(document, columns, len(rows), "")
        rows.append(number)
        if len(columns) > MAX_COLUMNS:
            check_size(len(columns), 0)
    for cells in columns.values():
        cells.extend([ABSENT] * (len(rows) - len(cells)))
    return Table(format=format, columns=columns, rows=rows, total=number + 1, problems=tuple(problems))


def _spread(document: Mapping[object, object], columns: dict[str, list[object]], place: int, prefix: str) -> None:
    """Put the values of one object at their place in the columns, one level deeper for a record's sections."""
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and (key in SECTIONS or (key == WRAPPER and not prefix)):
            _spread(value, columns, place, f"{name}.")
            continue
        cells = columns.setdefault(name, [])
        cells.extend([ABSENT] * (place - len(cells)))
        cells.append(value)


def _object(decoder: "msgspec.json.Decoder[object]", line: str) -> object:
    """Return the value of a line; in place of an object that can not be read, what is wrong with it."""
    try:
        value = decoder.decode(line)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return f"the line is not JSON: {error}"
    except RecursionError:
        return "the line is nested too deeply"
    return None if isinstance(value, str) else value


def _array(text: str) -> list[object]:
    try:
        values = msgspec.json.decode(text, type=list[object])
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable(f"the file is not a JSON array: {str(error) or 'nested too deeply'}") from None
    return [None if isinstance(value, str) else value for value in values]


def _kind(value: object) -> str:
    return {list: "a list", bool: "true or false", int: "a number", float: "a number"}.get(type(value), "text or null")

"""Cells of a text table as values: numbers, dates and lists as people write them, decided column by column.

How a column writes is told by its `signs`: what was seen in its cells. The signs of parts of a column, put together,
are those of the whole, so that a table read in parts is read like one read at once.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from typing import Final

import msgspec


class Absent(Enum):
    """The one value that stands for a cell that is not there."""

    CELL = "absent"


ABSENT: Final = Absent.CELL

Problems = list[tuple[int, str]]
"""Position in the column and what is wrong there."""
Signs = frozenset[str]
"""What was seen in a column that decides how it is read."""
NO_SIGNS: Final[Signs] = frozenset()

_PLAIN: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?")
_POINTED: Final = re.compile(r"[-+]?\d{1,3}(?:[,' \u00a0]\d{3})*(?:\.\d+)?")
_COMMAED: Final = re.compile(r"[-+]?(?:\d{1,3}(?:[.' \u00a0]\d{3})+|\d+)(?:,\d+)?")
_CURRENCY: Final = re.compile(r"^(?:[$€£¥₹]|[A-Z]{3}\s)\s*|\s*(?:[$€£¥₹]|\s[A-Z]{3})$")
_DAY: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ T].*)?")
_YES: Final = frozenset({"true", "yes", "y"})
_NO: Final = frozenset({"false", "no", "n"})
_AGREED: Final = _YES | {"1", "t", "x", "subscribed", "opted_in", "opted-in", "opt-in", "granted", "active"}
_REFUSED: Final = _NO | {
    "0", "f", "unsubscribed", "opted_out", "opted-out", "opt-out", "never_subscribed", "not_subscribed", "denied",
}  # fmt: skip


def texts(cells: Sequence[object], signs: Signs = NO_SIGNS) -> tuple[list[object], Problems]:
    """Return the cells as text; a whole number keeps no decimal point."""
    return [cell if cell is ABSENT or cell is None else as_text(cell) for cell in cells], []


def as_text(cell: object) -> str:
    """Return one value as the text that its owner would write: 12.0 is `12`, a date is ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def ids(cells: Sequence[object], signs: Signs) -> tuple[list[object], Problems]:
    """Return ids as text, without the apostrophe that some exports put before every one for spreadsheets' sake."""
    values, problems = texts(cells)
    if "marked" in signs and "unmarked" not in signs:
        values = [cell[1:] if isinstance(cell, str) else cell for cell in values]
    return values, problems


def id_signs(cells: Sequence[object]) -> Signs:
    """Tell whether ids have an apostrophe in front, and whether any has none."""
    marked = {cell.startswith("'") and cell[1:2].isdigit() for cell in cells if isinstance(cell, str)}
    return frozenset({True: "marked", False: "unmarked"}[it] for it in marked)


def numbers(cells: Sequence[object], signs: Signs) -> tuple[list[object], Problems]:
    """Return the cells as numbers; a text that is none is a problem, and that cell is left out."""
    if str not in set(map(type, cells)):
        return list(cells), []
    read = _number_reader(signs)
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        value = read(cell) if isinstance(cell, str) else cell
        if value is None and cell is not None:
            problems.append((position, f"{_quote(cell)} is not a number"))
            value = ABSENT
        values.append(value)
    return values, problems


def numbers_or_texts(cells: Sequence[object], signs: Signs) -> tuple[list[object], Problems]:
    """Return each cell as a number where it is one, else as the text it is (`monthly`, `65+`)."""
    read = _number_reader(signs)
    values = [read(cell) if isinstance(cell, str) else cell for cell in cells]
    return [cell if value is None else value for cell, value in zip(cells, values, strict=True)], []


def lists(cells: Sequence[object], signs: Signs = NO_SIGNS) -> tuple[list[object], Problems]:
    """Return each cell as a list: a JSON array, or parts divided by `;`, `|` or else `,`."""
    return [_list(cell) for cell in cells], []


def number_lists(cells: Sequence[object], signs: Signs = NO_SIGNS) -> tuple[list[object], Problems]:
    """Return each cell as a list of numbers; a part that is none is a problem."""
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        parts = _list(cell)
        if isinstance(parts, list):
            parsed, wrong = numbers(parts, number_signs(parts))
            problems.extend((position, message) for _, message in wrong)
            parts = ABSENT if wrong else parsed
        values.append(parts)
    return values, problems


def json_values(cells: Sequence[object], signs: Signs = NO_SIGNS) -> tuple[list[object], Problems]:
    """Return each cell as the JSON value that it spells (transactions travel so); else it is a problem."""
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        value = _json(cell) if isinstance(cell, str) else cell
        if value is ABSENT and cell is not ABSENT:
            problems.append((position, f"{_quote(cell)} is not JSON"))
        values.append(value)
    return values, problems


def dates(cells: Sequence[object], signs: Signs) -> tuple[list[object], Problems]:
    """Return days as ISO text. Slashed days are turned only where the whole column tells which part is the month."""
    values = [as_text(cell) if hasattr(cell, "isoformat") else cell for cell in cells]
    if len(signs) == 1:
        for position, cell in enumerate(cells):
            if match := _day(cell):
                values[position] = _iso(match, "day first" in signs) or cell
    return values, []


def date_signs(cells: Sequence[object]) -> Signs:
    """Tell which part of slashed days must be the day and which the month."""
    found: set[str] = set()
    for cell in _written(cells):
        if match := _day(cell):
            if int(match[1]) > 12 or match[2] == ".":
                found.add("day first")
            if int(match[3]) > 12:
                found.add("month first")
    return frozenset(found)


def flags(cells: Sequence[object], signs: Signs = NO_SIGNS) -> tuple[list[object], Problems]:
    """Return yes and no as booleans, in the words of mailing tools too; other text stays as it is."""
    return [_flag(cell) for cell in cells], []


def anything(cells: Sequence[object], signs: Signs) -> tuple[list[object], Problems]:
    """Return a column without a known kind: numbers, yes and no, or JSON lists where all its cells are; else text."""
    if "text" not in signs:
        return [as_text(cell) if hasattr(cell, "isoformat") else cell for cell in cells], []
    is_number = "not with comma" if _has_commas(signs) else "not with point"
    if "code" not in signs and is_number not in signs:
        read: Callable[[str], object] = _number_reader(signs)
    elif "no flag" not in signs:
        read = _is_yes
    elif "no list" not in signs:
        read = _json
    else:
        return list(cells), []
    return [read(cell) if isinstance(cell, str) else cell for cell in cells], []


def signs_of_anything(cells: Sequence[object]) -> Signs:
    """Tell what the texts of a column without a known kind are not."""
    written = _written(cells)
    if not written:
        return NO_SIGNS
    found = {"text", *number_signs(cells)}
    found |= {sign for sign, is_so in _NOT.items() if not all(map(is_so, written))}
    return frozenset(found)


def _is_yes(cell: str) -> bool:
    return cell.strip().lower() in _YES


def _flag(cell: object) -> object:
    if not isinstance(cell, str):
        return bool(cell) if cell in (0, 1) else cell
    word = cell.strip().lower().replace(" ", "_")
    return True if word in _AGREED else False if word in _REFUSED else cell


def _keeps_zeros(cell: str) -> bool:
    """Tell a code such as a postcode or an article number (`01234`) from a number."""
    text = cell.strip()
    return len(text) > 1 and text[0] == "0" and text.isdigit()


def number_signs(cells: Sequence[object]) -> Signs:
    """Tell whether a number needs a decimal comma to be read, and whether any can not have one."""
    found: set[str] = set()
    for cell in _written(cells):
        if "," in cell and not _POINTED.fullmatch(bare := _bare(cell)) and _COMMAED.fullmatch(bare):
            found.add("comma")
        if "." in cell and not _COMMAED.fullmatch(_bare(cell)):
            found.add("point")
    return frozenset(found)


def _written(cells: Sequence[object]) -> set[str]:
    """Return the texts of a column, each once."""
    return {cell for cell in cells if isinstance(cell, str)}


def _has_commas(signs: Signs) -> bool:
    """Tell how a column writes numbers: with a decimal comma if only that reads it, else with a point."""
    return "comma" in signs and "point" not in signs


def _number_reader(signs: Signs) -> Callable[[str], object]:
    return _with_comma if _has_commas(signs) else _with_point


def _bare(cell: str) -> str:
    return _CURRENCY.sub("", cell.strip())


def _with_point(cell: str) -> object:
    if cell.isdecimal() and cell.isascii():
        return _number(cell)
    text = _bare(cell)
    if _PLAIN.fullmatch(text):
        return _number(text)
    if _POINTED.fullmatch(text):
        return _number(re.sub(r"[,' \u00a0]", "", text))
    return None


def _with_comma(cell: str) -> object:
    text = _bare(cell)
    if not _COMMAED.fullmatch(text):
        return None
    return _number(re.sub(r"[.' \u00a0]", "", text).replace(",", "."))


def _number(text: str) -> int | float:
    """Return a number from a text that is one; digits beyond a float's are not money or counts any more."""
    return int(text) if text.lstrip("+-").isdecimal() and len(text) < 19 else float(text)


def _list(cell: object) -> object:
    if not isinstance(cell, str):
        return list(cell) if isinstance(cell, tuple) else cell
    if cell.lstrip().startswith("["):
        value = _json(cell)
        if isinstance(value, list):
            return value
    divider = next((sign for sign in (";", "|", ",") if sign in cell), ",")
    return [part.strip() for part in cell.split(divider) if part.strip()]


def _json(cell: str) -> object:
    try:
        return msgspec.json.decode(cell.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, RecursionError):
        return ABSENT


def _day(cell: object) -> re.Match[str] | None:
    return _DAY.fullmatch(cell.strip()) if isinstance(cell, str) and len(cell) < 40 else None


def _iso(match: re.Match[str], day_first: bool) -> str | None:
    day, month = (int(match[1]), int(match[3])) if day_first else (int(match[3]), int(match[1]))
    try:
        return date(int(match[4]), month, day).isoformat()
    except ValueError:
        return None


def _quote(cell: object) -> str:
    text = str(cell)
    return repr(text if len(text) <= 40 else text[:37] + "...")


_NOT: Final[dict[str, Callable[[str], bool]]] = {
    "code": lambda cell: not _keeps_zeros(cell),
    "not with point": lambda cell: _with_point(cell) is not None,
    "not with comma": lambda cell: _with_comma(cell) is not None,
    "no flag": lambda cell: cell.strip().lower() in _YES | _NO,
    "no list": lambda cell: cell.lstrip().startswith("[") and isinstance(_json(cell), list),
}
"""A sign that a column without a known kind has -> what all its texts are where it has it not."""

Reader = Callable[[Sequence[object], Signs], tuple[list[object], Problems]]

READERS: Final[dict[str, Reader]] = {
    "id": ids,
    "number": numbers,
    "rate": numbers_or_texts,
    "age": numbers_or_texts,
    "income": numbers_or_texts,
    "frequency": numbers_or_texts,
    "day": dates,
    "flag": flags,
    "channels": lists,
    "words": lists,
    "traits": lists,
    "scores": number_lists,
    "transactions": json_values,
    "location": texts,
    "text": texts,
    "prose": texts,
    "zone": texts,
    "currency": texts,
}
"""How the cells of a known kind of field are read; every other kind is read as `anything`."""

_SIGNS: Final[dict[Reader, Callable[[Sequence[object]], Signs]]] = {
    ids: id_signs,
    numbers: number_signs,
    numbers_or_texts: number_signs,
    dates: date_signs,
    anything: signs_of_anything,
}
"""Readers that need to know how the whole column writes, and what tells it."""


def signs_of(kind: str, cells: Sequence[object]) -> Signs:
    """Return what in a column, or a part of one, decides how a kind of field is read."""
    tell = _SIGNS.get(READERS.get(kind, anything))
    return NO_SIGNS if tell is None else tell(cells)


def needs_signs(kind: str) -> bool:
    """Tell whether cells of a kind are read by what else stands in their column."""
    return READERS.get(kind, anything) in _SIGNS


def read_cells(kind: str, cells: Sequence[object], signs: Signs | None = None) -> tuple[list[object], Problems]:
    """Return the cells of a column as values of a kind, and what could not be read.

    Args:
        kind: of the field.
        cells: a column, or a part of one.
        signs: of the whole column; None where these cells are all of it.
    """
    return READERS.get(kind, anything)(cells, signs_of(kind, cells) if signs is None else signs)

"""Cells of a text table as values: numbers, dates and lists as people write them, decided column by column."""

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


def texts(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return the cells as text; a whole number keeps no decimal point."""
    return [cell if cell is ABSENT or cell is None else as_text(cell) for cell in cells], []


def as_text(cell: object) -> str:
    """Return one value as the text that its owner would write: 12.0 is `12`, a date is ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def numbers(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return the cells as numbers; a text that is none is a problem, and that cell is left out."""
    read = _number_reader(cells)
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        value = read(cell) if isinstance(cell, str) else cell
        if value is None and cell is not None:
            problems.append((position, f"{_quote(cell)} is not a number"))
            value = ABSENT
        values.append(value)
    return values, problems


def numbers_or_texts(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return each cell as a number where it is one, else as the text it is (`monthly`, `65+`)."""
    read = _number_reader(cells)
    values = [read(cell) if isinstance(cell, str) else cell for cell in cells]
    return [cell if value is None else value for cell, value in zip(cells, values, strict=True)], []


def lists(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return each cell as a list: a JSON array, or parts divided by `;`, `|` or else `,`."""
    return [_list(cell) for cell in cells], []


def number_lists(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return each cell as a list of numbers; a part that is none is a problem."""
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        parts = _list(cell)
        if isinstance(parts, list):
            parsed, wrong = numbers(parts)
            problems.extend((position, message) for _, message in wrong)
            parts = ABSENT if wrong else parsed
        values.append(parts)
    return values, problems


def json_values(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return each cell as the JSON value that it spells (transactions travel so); else it is a problem."""
    values: list[object] = []
    problems: Problems = []
    for position, cell in enumerate(cells):
        value = _json(cell) if isinstance(cell, str) else cell
        if value is ABSENT and cell is not ABSENT:
            problems.append((position, f"{_quote(cell)} is not JSON"))
        values.append(value)
    return values, problems


def dates(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return days as ISO text. Slashed days are turned only where the whole column tells which part is the month."""
    found = {position: match for position, cell in enumerate(cells) if (match := _day(cell))}
    day_first = any(int(match[1]) > 12 or match[2] == "." for match in found.values())
    month_first = any(int(match[3]) > 12 for match in found.values())
    values = [as_text(cell) if hasattr(cell, "isoformat") else cell for cell in cells]
    if day_first != month_first:
        for position, match in found.items():
            values[position] = _iso(match, day_first) or cells[position]
    return values, []


def flags(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return yes and no as booleans, in the words of mailing tools too; other text stays as it is."""
    return [_flag(cell) for cell in cells], []


def anything(cells: Sequence[object]) -> tuple[list[object], Problems]:
    """Return a column without a known kind: numbers, yes and no, or JSON lists where all its cells are; else text."""
    written = [cell for cell in cells if isinstance(cell, str)]
    if not written:
        return [as_text(cell) if hasattr(cell, "isoformat") else cell for cell in cells], []
    if not any(_keeps_zeros(cell) for cell in written):
        read = _number_reader(cells)
        if all(read(cell) is not None for cell in written):
            return [read(cell) if isinstance(cell, str) else cell for cell in cells], []
    if all(cell.strip().lower() in _YES | _NO for cell in written):
        return [cell.strip().lower() in _YES if isinstance(cell, str) else cell for cell in cells], []
    if all(cell.lstrip().startswith("[") and isinstance(_json(cell), list) for cell in written):
        return [_json(cell) if isinstance(cell, str) else cell for cell in cells], []
    return list(cells), []


def _flag(cell: object) -> object:
    if not isinstance(cell, str):
        return bool(cell) if cell in (0, 1) else cell
    word = cell.strip().lower().replace(" ", "_")
    return True if word in _AGREED else False if word in _REFUSED else cell


def _keeps_zeros(cell: str) -> bool:
    """Tell a code such as a postcode or an article number (`01234`) from a number."""
    text = cell.strip()
    return len(text) > 1 and text[0] == "0" and text.isdigit()


def _number_reader(cells: Sequence[object]) -> Callable[[str], object]:
    """Return how this column writes numbers: with a decimal comma if only that reads it, else with a point."""
    commas = (_bare(cell) for cell in cells if isinstance(cell, str) and "," in cell)
    if not any(not _POINTED.fullmatch(cell) and _COMMAED.fullmatch(cell) for cell in commas):
        return _with_point
    points = (_bare(cell) for cell in cells if isinstance(cell, str) and "." in cell)
    return _with_comma if all(_COMMAED.fullmatch(cell) for cell in points) else _with_point


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


READERS: Final[dict[str, Callable[[Sequence[object]], tuple[list[object], Problems]]]] = {
    "id": texts,
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

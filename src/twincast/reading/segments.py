"""Who belongs to a segment: its conditions over a frame of twins, each a column of yes and no."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from twincast.domain.segments import ORDERED, Condition, Operator, Scalar, Segment
from twincast.reading.fields import PROTECTED, SECTIONS, plain_word
from twincast.reading.states import POSITION, SINGLES, TwinFrame
from twincast.reading.values import day_of, flag_of, is_unknown, number_of

Mask = NDArray[np.bool_]

AGO: Final = "days_since_"
DEEPEST: Final = 4
LONGEST_PART: Final = 100
ORDER: Final[dict[Operator, Callable[[Any, Any], Any]]] = {
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
}
REFUSED: Final = PROTECTED - {"age", "gender", "sex", "title", "salutation", "marital", "marital_status"}
"""Nobody is picked out by name or contact address, nor by a special category of personal data (GDPR, article 9)."""


def members(segment: Segment, frame: TwinFrame, day: float) -> Mask:
    """Tell, twin by twin, who belongs, (n,); who objected to profiling belongs nowhere.

    Args:
        segment: its rules.
        frame: n twins, with their records.
        day: today, days since 1970-01-01: what `days_since_...` counts from.
    """
    fields = _Fields(frame, day)
    belongs: Mask = frame.column("profiling_opt_out") != 1.0
    for condition in segment.every:
        belongs &= _holds(condition, fields)
    if segment.some:
        belongs &= np.logical_or.reduce([_holds(condition, fields) for condition in segment.some])
    return belongs


def known(field: str, frame: TwinFrame, day: float) -> Mask:
    """Tell, twin by twin, whether a field is known, (n,)."""
    return _Fields(frame, day).known(field)


def field_problem(field: str) -> str | None:
    """Return why customers can not be picked out by a field, or None."""
    parts = field.split(".")
    if any(plain_word(part) in REFUSED for part in parts):
        return "names a person, or is a special category of personal data: nobody is picked out by it"
    if len(parts) > DEEPEST or not all(0 < len(part) <= LONGEST_PART and part.isprintable() for part in parts):
        return "is no field: a column such as orders, or a path in the record such as profile.location"
    return None


def value_problem(condition: Condition) -> str | None:
    """Return why a field can not be compared with a value, or None."""
    operator, value = condition.operator, condition.value
    if operator is Operator.KNOWN:
        return None if isinstance(value, bool) else "known takes true or false"
    if operator is Operator.IN:
        return None if isinstance(value, tuple) and value else "in takes a list with at least one entry"
    if isinstance(value, tuple):
        return f"'{operator}' takes one value; use in for several"
    if operator in ORDERED and _in_order(value) is None:
        return f"'{operator}' takes a number, or a day such as 2026-05-04"
    if _column(condition.field) is not None and _in_order(value) is None and not isinstance(value, bool):
        return "is compared with a column of numbers: it takes a number, true or false, or a day such as 2026-05-04"
    return None


class _Fields:
    """The fields of a frame, read when they are asked for; records are opened once."""

    def __init__(self, frame: TwinFrame, day: float) -> None:
        self._frame = frame
        self._day = day
        self._records: list[dict[str, Any]] | None = None
        self._values: dict[str, list[Any]] = {}

    def numbers(self, field: str) -> NDArray[np.float64] | None:
        """Return a column of what is read from records, (n,); None where the field is none of them."""
        column = _column(field)
        if column is None:
            return None
        numbers = self._frame.column(column)
        return self._day - numbers if field != column else numbers

    def values(self, field: str) -> list[Any]:
        """Return what the records hold at a path, None where nothing is known."""
        if field not in self._values:
            if self._records is None:
                decode = msgspec.json.Decoder(dict[str, Any]).decode
                self._records = [decode(text) if text else {} for text in self._frame.documents]
            parts = tuple(field.split("."))
            self._values[field] = [_at(record, parts) for record in self._records]
        return self._values[field]

    def known(self, field: str) -> Mask:
        """Tell whether a field is known, (n,)."""
        numbers = self.numbers(field)
        if numbers is not None:
            return ~np.isnan(numbers)
        return np.array([value is not None for value in self.values(field)], dtype=np.bool_)


def _column(field: str) -> str | None:
    """Return the column that a field is, or counts the days from."""
    if field.startswith(AGO):
        field = f"{field.removeprefix(AGO)}_day"
    return field if field in _COLUMNS else None


_COLUMNS: Final = frozenset(SINGLES) | {name for name in POSITION if name.startswith("pref_")}


def _at(record: dict[str, Any], parts: tuple[str, ...]) -> Any:
    """Return what stands at a path of a record; a single key is looked for in the sections too."""
    found = _down(record, parts)
    if found is None and len(parts) == 1:
        for section in SECTIONS:
            found = _down(record, (section, *parts))
            if found is not None:
                return found
    return found


def _down(value: Any, parts: Iterable[str]) -> Any:
    for part in parts:
        value = value.get(part) if isinstance(value, dict) else None
    return None if value is None or isinstance(value, dict) or is_unknown(value) or value == [] else value


def _holds(condition: Condition, fields: _Fields) -> Mask:
    if condition.operator is Operator.KNOWN:
        return fields.known(condition.field) if condition.value else ~fields.known(condition.field)
    numbers = fields.numbers(condition.field)
    return _numeric(condition, numbers) if numbers is not None else _recorded(condition, fields.values(condition.field))


def _numeric(condition: Condition, numbers: NDArray[np.float64]) -> Mask:
    operator, value = condition.operator, condition.value
    given = value if isinstance(value, tuple) else (value,)
    wanted = [number for it in given if (number := _in_order(it)) is not None]
    if operator in ORDER:
        found: Mask = ORDER[operator](numbers, wanted[0])  # NaN is in no order
        return found
    inside = np.isin(numbers, wanted)
    return ~inside & ~np.isnan(numbers) if operator is Operator.IS_NOT else inside


def _recorded(condition: Condition, values: Sequence[Any]) -> Mask:
    test = _TESTS.get(condition.operator) or _ordered
    return np.array([value is not None and test(value, condition) for value in values], dtype=np.bool_)


def _ordered(value: Any, condition: Condition) -> bool:
    wanted = _in_order(condition.value)
    found = _in_order(value)
    if isinstance(condition.value, str):  # a day is compared with days alone
        found = day_of(value) if isinstance(value, str) else None
    return found is not None and wanted is not None and bool(ORDER[condition.operator](found, wanted))


def _among(value: Any, condition: Condition) -> bool:
    """Whether a value, or an entry of a list, is one of those that are wanted."""
    wanted = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    entries = value if isinstance(value, list) else [value]
    return any(_same(entry, it) for entry in entries for it in wanted)


def _not(value: Any, condition: Condition) -> bool:
    return not _among(value, condition)


_TESTS: Final[dict[Operator, Callable[[Any, Condition], bool]]] = {
    Operator.IS: _among,
    Operator.IN: _among,
    Operator.IS_NOT: _not,
}


def _same(value: Any, wanted: Scalar) -> bool:
    if isinstance(wanted, bool):
        return flag_of(value) == float(wanted)
    if isinstance(wanted, str):
        return _word(_text(value) or "") == _word(wanted)
    return number_of(value) == wanted


def _in_order(value: Any) -> float | None:
    """Return a value as a number that can be put in order: a number itself, yes or no, or a day."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return day_of(value[:40])
    return number_of(value) if isinstance(value, int | float) else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, list):
        return None if not value else ", ".join(sorted({str(entry) for entry in value}))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=16_384)
def _word(value: str) -> str:
    return plain_word(value)

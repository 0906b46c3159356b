"""Days as callers write them: dates, moments, ISO text, and the timestamps of frames."""

from datetime import date, datetime
from typing import TypeAlias

from twincast.domain.errors import FieldProblem, InvalidInput

Day: TypeAlias = date | str
"""A date (a moment stands for its day), or ISO 8601 text such as `2026-05-04`."""


def day_of(value: Day | None) -> date | None:
    """Return a day; None stays None.

    Raises:
        InvalidInput: it is no day.
    """
    if value is None or type(value) is date:
        return value
    if isinstance(value, datetime):  # pandas' timestamps are datetimes too
        return value.date()
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        problem = FieldProblem(
            field="as_of", message=f"{str(value)[:40]!r} is not a day", allowed="a date, or text such as '2026-05-04'"
        )
        raise InvalidInput.of([problem]) from None

"""What is wrong with a request before anything is read: lengths, choices and values."""

from collections.abc import Iterator, Sequence
from typing import Any

from twincast.domain.backtests import BY_TIME, ON_LEAK, SPLITS
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.imports import MAX_PROBLEMS
from twincast.usecases.backtesting.requests import FIELDS, BacktestRequest


def check(request: BacktestRequest) -> None:
    """Refuse a request that can not be judged by. Raises InvalidInput with every problem."""
    problems = [*_length_problems(request), *_choice_problems(request), *_value_problems(request)]
    if problems:
        raise InvalidInput.of(problems[:MAX_PROBLEMS])


def _length_problems(request: BacktestRequest) -> Iterator[FieldProblem]:
    n = len(request.outcome)
    given: dict[str, Sequence[Any] | None] = {
        "intervention": request.intervention,
        "time": request.time,
        "propensity": request.propensity,
        "randomised": request.randomised,
        "segment": request.segment,
        **request.columns,
    }
    for name, cells in given.items():
        if cells is not None and len(cells) != n:
            yield FieldProblem(field=name, message=f"has {len(cells):,} entries; the outcome has {n:,}")
    if n == 0:
        yield FieldProblem(field="rows", message="the table holds no rows")


def _choice_problems(request: BacktestRequest) -> Iterator[FieldProblem]:
    for field, value, allowed in (
        ("kind", request.kind, tuple(FIELDS)),
        ("split", request.parted_by(), SPLITS),
        ("leaks", request.leaks, ON_LEAK),
    ):
        if value not in allowed:
            yield FieldProblem(field=field, message=f"'{value[:40]}' is not known", allowed=", ".join(allowed))
    if request.parted_by() == BY_TIME and request.time is None:
        yield FieldProblem(field="split", message="by time needs the day of each contact", allowed="a time column")
    for field, number, low, high in (
        ("test_share", request.test_share, 0.05, 0.95),
        ("level", request.level, 0.5, 0.99),
        ("window_days", float(request.window_days), 1.0, 365.0),
        ("act_above", 0.0 if request.act_above is None else request.act_above, 0.0, 1.0),
    ):
        if not low <= number <= high:
            yield FieldProblem(field=field, message=f"{number:g} is out of range", allowed=f"{low:g} to {high:g}")
    unknown = dict.fromkeys(name for name in request.intervention if name not in request.interventions)
    for name in list(unknown)[:5]:
        yield FieldProblem(
            field="intervention",
            message=f"'{str(name)[:80]}' is sent in the table, but nothing says what it is",
            allowed="a name among the interventions: " + ", ".join(list(request.interventions)[:20]),
        )


def _value_problems(request: BacktestRequest) -> Iterator[FieldProblem]:
    for row, value in enumerate(request.outcome):
        if value is None:
            continue
        right = 0.0 <= value <= 1e9 if request.is_money else value in (0.0, 1.0)
        if not right:
            allowed = "an amount of 0 or more" if request.is_money else "0, 1, true or false"
            yield FieldProblem(field=request.name, message=f"{value!r} can not be", allowed=allowed, row=row)
    for row, day in enumerate(request.time or ()):
        if day is None:
            yield FieldProblem(field="time", message="is missing", allowed="the day of the contact", row=row)
    for row, value in enumerate(request.propensity or ()):
        if value is not None and not 0.0 < value <= 1.0:
            yield FieldProblem(
                field="propensity", message=f"{value:g} is no probability", allowed="above 0, up to 1", row=row
            )

"""A measured figure with its bar, and how figures are shown."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

TESTS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: what was measured.
        value, unit: the figure.
        low, high: its interval at `level`; None for a figure that was measured once.
        bar: what it must reach, as (comparison, value); None for what is only reported.
        note: what one must know to read it.
    """

    name: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    level: float | None = None
    bar: tuple[str, float] | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without a bar."""
        return None if self.bar is None else TESTS[self.bar[0]](self.value, self.bar[1])

    def document(self) -> dict[str, Any]:
        """Return the figure as plain data."""
        return {**asdict(self), "met": self.met}


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures as a table."""
    print(f"\n{title}\n{'-' * len(title)}")
    wide = max((len(figure.name) for figure in figures), default=0)
    for figure in figures:
        bar = "" if figure.bar is None else f"  {figure.bar[0]} {figure.bar[1]:g}: {'met' if figure.met else 'MISSED'}"
        held = "" if figure.low is None else f"  [{figure.low:.3f}, {figure.high:.3f}]"
        note = f"  ({figure.note})" if figure.note else ""
        print(f"{figure.name:<{wide}}  {_number(figure.value):>9} {figure.unit:<4}{held}{bar}{note}".rstrip())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4f}" if abs(value) < 1 else f"{value:.3f}"

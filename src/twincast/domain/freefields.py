"""Free fields: questions outside the catalogue that a language model alone answers. Nothing calibrates what it says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Value = bool | float | str
"""What a free field can hold."""

MOST_FREE: Final = 12
"""Free fields of one request: each is asked in every call."""
MOST_OPTIONS: Final = 20
MOST_OPTION: Final = 60
"""Characters of an option."""
MOST_STEPS: Final = 100
"""A scale is answered in whole steps, at most so many: more is no finer in a model that guesses."""


class Scale(StrEnum):
    """How a free field is answered."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """What a caller says of a field to extract; None: nothing, and it is read off the text where that says it.

    Attributes:
        text: in words; scale: one of `Scale`.
        low, high: ends of the scale of a number.
        options: what may be chosen.
    """

    text: str | None = None
    scale: str | None = None
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] | None = None

    @property
    def is_scaled(self) -> bool:
        """Tell whether it says how the field is to be answered."""
        return any(it is not None for it in (self.scale, self.low, self.high, self.options))


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeField:
    """One free field, as it is asked.

    Attributes:
        name: as the caller wrote it; hint: in the caller's words.
        low, high: ends of the scale of a number, low < high.
        options: what may be chosen, at least two.
    """

    name: str
    hint: str | None = None
    scale: Scale = Scale.TEXT
    low: float = 0.0
    high: float = 1.0
    options: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[int, int]:
        """Return the whole numbers between which a number is answered: its own ends where they do, else 0 and 100."""
        if self.low.is_integer() and self.high.is_integer() and 2 <= self.high - self.low <= MOST_STEPS:
            return int(self.low), int(self.high)
        return 0, MOST_STEPS

    def value_at(self, step: int) -> float:
        """Return the number that a step stands for."""
        first, last = self.steps
        return self.low + (self.high - self.low) * (step - first) / (last - first)

    @property
    def is_number(self) -> bool:
        """Tell whether it is a number on a scale."""
        return self.scale is Scale.NUMBER

    @property
    def described(self) -> str:
        """Return how it is answered, in words."""
        if self.scale is Scale.NUMBER:
            return f"{self.low:g} to {self.high:g}"
        if self.scale is Scale.CHOICE:
            return f"one of: {', '.join(self.options)}"
        return "yes or no" if self.scale is Scale.YES_NO else "text"

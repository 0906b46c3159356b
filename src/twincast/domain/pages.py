"""A page of a long list, and the cursor that leads to the next."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from twincast.domain.errors import FieldProblem, InvalidInput

T = TypeVar("T")

DEFAULT_PAGE: Final = 50
MAX_PAGE: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """Items in a stable order; `next_cursor` is opaque, None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


def check_limit(limit: int) -> None:
    """Refuse a number of items that no page has.

    Raises:
        InvalidInput: naming `limit`.
    """
    if not 1 <= limit <= MAX_PAGE:
        problem = FieldProblem(field="limit", message=f"{limit} is out of range", allowed=f"1 to {MAX_PAGE}")
        raise InvalidInput.of([problem])

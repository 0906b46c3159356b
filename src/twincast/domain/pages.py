"""A page of a long list, and the cursor that leads to the next."""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

DEFAULT_PAGE: Final = 50
MAX_PAGE: Final = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """Items in a stable order; `next_cursor` is opaque, None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None

"""Cursors: where a page ended, as opaque text. They name the last row, so rows inserted meanwhile move nothing."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.pages import Page

T = TypeVar("T")
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A whole number that every database can hold."""


def cursor_of(kind: str, *place: str | int) -> str:
    """Return the cursor behind a row: `kind` says of which list, `place` is the row's sort key."""
    return urlsafe_b64encode(msgspec.json.encode([kind, list(place)])).rstrip(b"=").decode()


def place_of(cursor: str, kind: str, shape: type[T]) -> T:
    """Return the sort key in a cursor.

    Args:
        cursor: text from `cursor_of`, or whatever a caller sent.
        kind: of which list it must be.
        shape: type of the sort key, a tuple.

    Raises:
        InvalidInput: naming `cursor`, when it is no cursor of this list.
    """
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, place = msgspec.json.decode(raw, type=tuple[str, msgspec.Raw])
        if found != kind:
            raise garbage()
        return msgspec.json.decode(place, type=shape)
    except (ValueError, binascii.Error) as error:
        raise garbage() from error


def garbage() -> InvalidInput:
    """Return the error for a cursor that was not given by this list."""
    problem = FieldProblem(
        field="cursor",
        message="is not a cursor of this list",
        allowed="the next_cursor of an earlier page of the same list, or none for the first page",
    )
    return InvalidInput.of([problem])


def page_of(rows: Sequence[Any], limit: int, value: Callable[[Any], T], cursor: Callable[[Any], str]) -> Page[T]:
    """Return a page of at most `limit` rows; `rows` holds one more than that where the list goes on."""
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(items=tuple(value(row) for row in shown), next_cursor=cursor(shown[-1]) if more else None)

"""JSON bodies: read strictly, so that what is stored is what was meant."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from starlette.requests import Request

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.http.problems import MalformedBody, UnsupportedMediaType
from twincast.wire.shapes import path_of

MAX_DEPTH: Final = 32
_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
# Bytes without which no text can be wrong in itself; most bodies hold none of them, and need no second look.
_ESCAPE: Final = b"\\u"
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")


async def json_body(request: Request) -> Any:
    """Return the body of a request as plain data.

    Raises:
        UnsupportedMediaType: its content type is not JSON.
        MalformedBody: it is no JSON.
        InvalidInput: a key stands twice in an object, a number is NaN or infinite, a text holds NUL or half a
            surrogate pair, or it is nested too deep.
    """
    given = request.headers.get("content-type", "")
    if not _JSON.fullmatch(given):
        shown = ascii(given[:80]) if given else "none"
        raise UnsupportedMediaType(f"The content type is {shown}; send the body as application/json.")
    return read_json(await request.body())


def read_json(body: bytes) -> Any:
    """Return JSON as plain data; raises as `json_body` does."""
    try:
        found, finite = _decoded(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MalformedBody(f"The body is not UTF-8 (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise MalformedBody(f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno}).") from None
    except RecursionError:
        raise _too_deep("body") from None
    except ValueError as error:  # a whole number of thousands of digits
        raise MalformedBody(f"The body is not JSON: {error}.") from None
    if not finite or _ESCAPE in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        problems = [problem for _, problem in zip(range(20), _wrong(found, ()), strict=False)]
        if problems:
            raise InvalidInput.of(problems)
    return found


def _decoded(text: str) -> tuple[Any, bool]:
    """Return JSON as plain data, and whether all of its numbers are finite."""
    try:
        return _STRICT.decode(text), True
    except _NotFinite:
        return _LENIENT.decode(text), False


class _NotFinite(Exception):
    """A number is NaN or infinite: who sent it will be told where."""


def _refused(_constant: str) -> float:
    raise _NotFinite


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0.0:
        raise _NotFinite
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]  # add gives None, which is false
        problem = FieldProblem(field=ascii(twice)[1:-1][:80], message="stands twice in one object", allowed="once")
        raise InvalidInput.of([problem])
    return found


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_constant=_refused)
_LENIENT: Final = json.JSONDecoder(object_pairs_hook=_object)


def _too_deep(field: str) -> InvalidInput:
    problem = FieldProblem(field=field, message="is nested too deep", allowed=f"at most {MAX_DEPTH} levels")
    return InvalidInput.of([problem])


def _wrong(value: Any, path: tuple[int | str, ...]) -> Iterator[FieldProblem]:
    """Yield what no field may hold, wherever it stands."""
    if len(path) > MAX_DEPTH:
        raise _too_deep(_shown(path[:4]))
    if isinstance(value, dict):
        for key, inner in value.items():
            if _NO_TEXT.search(key):
                yield FieldProblem(field=_shown((*path, key)), message="holds a character that is no text")
            yield from _wrong(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _wrong(inner, (*path, place))
    elif isinstance(value, float) and value - value != 0.0:
        message = f"{value} is not a number that JSON knows"
        yield FieldProblem(
            field=_shown(path), message=message, allowed="a finite number, or null where it is not known"
        )
    elif isinstance(value, str) and _NO_TEXT.search(value):
        allowed = "text without NUL and without lone surrogates"
        yield FieldProblem(field=_shown(path), message="holds a character that is no text", allowed=allowed)


def _shown(path: tuple[int | str, ...]) -> str:
    return ascii(path_of(path))[1:-1] or "body"

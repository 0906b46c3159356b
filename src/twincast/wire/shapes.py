"""What all public shapes share: strict requests, answers without defaults, and named problems for a wrong body."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.fields import nearest

M = TypeVar("M", bound="Request")
T = TypeVar("T")

MAX_NOTE: Final = 2_000
"""Longest free text of a request that is no message: objective, hint."""
MAX_NAMES: Final = 100
"""Most names of fields in one request."""


class Request(BaseModel):
    """A body as callers send it. Keys that are not known are refused, since they are mostly misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def problems(self) -> Iterable[FieldProblem]:
        """Return what is wrong with the fields taken together."""
        return ()


Plain = dict[str, Any]
"""A part of an answer before it is checked: all of an answer is checked at once, which takes a third of the time that
its parts would take one by one."""


class Answer(BaseModel):
    """A body as callers get it: every field is always there, null where it has nothing to say."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def rendered(self) -> bytes:
        """Return the answer as JSON; equal answers give equal bytes."""
        return self.model_dump_json().encode()


class Listed(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


def _day(value: object) -> object:
    """Read a day in ISO 8601; a moment stands for its day."""
    if not isinstance(value, str):
        raise ValueError("must be a day in ISO 8601, such as '2026-05-04'")
    try:
        return datetime.fromisoformat(value.strip()).date()
    except ValueError:
        raise ValueError(f"{shown(value)} is not a day in ISO 8601, such as '2026-05-04'") from None


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a moment in ISO 8601, such as '2026-05-04T09:30:00+02:00'")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError(f"{shown(value)} is not a moment in ISO 8601, such as '2026-05-04T09:30:00+02:00'") from None


Day = Annotated[date, BeforeValidator(_day, json_schema_input_type=date)]
Moment = Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=datetime)]
Whole = Annotated[int, Field(strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Switch = Annotated[bool, Field(strict=True)]
Note = Annotated[str, StringConstraints(max_length=MAX_NOTE)]
Name = Annotated[str, StringConstraints(max_length=200)]
Names = Annotated[list[Name], Field(max_length=MAX_NAMES)]


def parsed(model: type[M], body: object) -> M:
    """Return a body in its shape.

    Raises:
        InvalidInput: naming each field that is missing, unknown, of the wrong type or out of range.
    """
    try:
        request = model.model_validate(body)
    except ValidationError as error:
        found = [_problem(model, dict(part)) for part in error.errors(include_url=False)]
        raise InvalidInput.of(found) from None
    problems = tuple(request.problems())
    if problems:
        raise InvalidInput.of(problems)
    return request


def shown(value: object) -> str:
    """Return a value as a message may quote it: short, and in ASCII."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def path_of(location: Iterable[int | str]) -> str:
    """Return a place in a body as callers write it: `variants[1].id`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{str(part)[:80]}"
    return path.removeprefix(".")


_WANTED: Final[dict[str, str]] = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "finite_number": "a finite number",
}
_BOUNDS: Final[dict[str, str]] = {
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
}


def _problem(model: type[BaseModel], error: dict[str, Any]) -> FieldProblem:
    kind, given, location, context = error["type"], error["input"], error["loc"], error.get("ctx", {})
    field = path_of(location) or "body"
    if kind == "missing":
        return FieldProblem(field=field, message="is missing")
    if kind == "extra_forbidden":
        return _unknown_key(model, location, field)
    if kind in _WANTED:
        return FieldProblem(field=field, message=f"must be {_WANTED[kind]}, not {shown(given)}", allowed=_WANTED[kind])
    if kind in _BOUNDS:
        allowed = _BOUNDS[kind].format_map(context)
        return FieldProblem(field=field, message=f"{shown(given)} is out of range", allowed=allowed)
    if kind in {"too_long", "too_short"}:
        allowed = f"at {'most' if kind == 'too_long' else 'least'} {context.get('max_length') or context['min_length']}"
        return FieldProblem(field=field, message=f"has {context['actual_length']} entries", allowed=allowed)
    if kind in {"string_too_long", "string_too_short"}:
        limit = context.get("max_length") or context.get("min_length")
        allowed = f"at {'most' if kind == 'string_too_long' else 'least'} {limit} characters"
        return FieldProblem(field=field, message=f"has {len(given)} characters", allowed=allowed)
    if kind == "value_error":
        return FieldProblem(field=field, message=str(context["error"]))
    return FieldProblem(field=field, message=str(error["msg"]))


def _unknown_key(model: type[BaseModel], location: tuple[int | str, ...], field: str) -> FieldProblem:
    known = sorted(_keys_at(model, location))
    close = nearest(str(location[-1])[:80], known)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return FieldProblem(
        field=field, message=f"is not a key of this request{hint}", allowed="one of: " + ", ".join(known)
    )


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> set[str]:
    """Return the keys that are known in the object in which a place lies."""
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _inner(model.model_fields[part].annotation) or model
    return set(model.model_fields)


def _inner(annotation: object) -> type[BaseModel] | None:
    """Return the model inside an annotation such as `list[Variant] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)

"""Failures at the HTTP door: the table from kind to status, and every failure as problem details (RFC 9457)."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from twincast.domain.errors import FieldProblem, InvalidInput, Kind, TwincastError
from twincast.wire.problems import Problem
from twincast.wire.shapes import path_of

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[dict[Kind, int]] = {
    Kind.INVALID: 422,
    Kind.TOO_LARGE: 413,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.PRECONDITION: 412,
    Kind.MISCONFIGURED: 503,
    Kind.UNAVAILABLE: 503,
    Kind.FULL: 507,
}


class MalformedBody(TwincastError):
    """The body is not what its content type says."""

    code = "malformed-body"
    title = "The body can not be read"


class UnsupportedMediaType(TwincastError):
    """The content type is none that this address takes."""

    code = "unsupported-media-type"
    title = "This content type is not taken here"


OWN_STATUSES: Final[dict[type[TwincastError], int]] = {MalformedBody: 400, UnsupportedMediaType: 415}
"""Failures that only this door knows."""

_DETAILS: Final[dict[int, str]] = {
    404: "There is nothing at this address. /docs lists all addresses.",
    405: "This address does not take that method. `Allow` says which ones it takes.",
}


def status_of(error: TwincastError) -> int:
    """Return the status of a named failure."""
    return OWN_STATUSES.get(type(error)) or STATUSES[error.kind]


def instance_of(request: Request) -> str:
    """Return the name of one request, as the log and `X-Request-Id` have it."""
    return f"urn:twincast:request:{request.scope.get('twincast.request', 'unknown')}"


def install(app: FastAPI) -> None:
    """Give an app its handlers; what is unexpected is caught by `watch.Watch`."""
    app.add_exception_handler(TwincastError, _named)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _plain)


async def _named(request: Request, error: Exception) -> Response:
    assert isinstance(error, TwincastError)
    headers = {"WWW-Authenticate": "Bearer"} if error.kind is Kind.UNAUTHENTICATED else {}
    return rendered(Problem.of(error, status_of(error), instance_of(request)), headers)


async def _parameters(request: Request, error: Exception) -> Response:
    """Render what is wrong with a parameter of the path or the query."""
    assert isinstance(error, RequestValidationError)
    problems = [
        FieldProblem(field=path_of(part["loc"][1:]) or "body", message=_words(str(part["msg"])))
        for part in error.errors()
    ]
    return await _named(request, InvalidInput.of(problems))


def _words(message: str) -> str:
    return message.removeprefix("Input ").removeprefix("Value error, ")


async def _plain(request: Request, error: Exception) -> Response:
    """Render a failure of the framework: no such address, no such method, a form that can not be read."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "-")
    detail = _DETAILS.get(status, str(error.detail))
    return rendered(Problem.plain(code, phrase, status, detail, instance_of(request)), dict(error.headers or {}))


def rendered(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return problem details as a response."""
    return Response(problem.rendered(), status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def unexpected(instance: str) -> Problem:
    """Return the problem for a failure of our own; it says nothing about the request or the data."""
    detail = "Something went wrong on our side; nothing is known to be stored. The log has it under this request's id."
    return Problem.plain("internal-error", "Internal error", 500, detail, instance)

"""What all commands share: `--json`, `--database`, and turning a named failure into one line and an exit code."""

import functools
import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from twincast.domain.errors import FieldProblem, InvalidInput, Kind, TwincastError

F = TypeVar("F", bound=Callable[..., Any])

EXIT_CODES: Final[dict[Kind, int]] = {
    Kind.INVALID: 3,
    Kind.TOO_LARGE: 3,
    Kind.NOT_FOUND: 4,
    Kind.CONFLICT: 5,
    Kind.PRECONDITION: 5,
    Kind.UNAUTHENTICATED: 6,
    Kind.FORBIDDEN: 6,
    Kind.MISCONFIGURED: 7,
    Kind.UNAVAILABLE: 8,
    Kind.FULL: 8,
}
"""The command line's own table from kind of error to exit code; 0 is done, 1 unexpected, 2 wrong usage."""

DATABASE_HELP = (
    "SQLite file, or a URL: sqlite:///FILE, postgresql://USER@HOST/NAME. Default: TWINCAST_DATABASE, else the file "
    "twincast.db in the current directory."
)
MAX_BODY: Final = 10 * 1024 * 1024
MAX_FILE: Final = 1024 * 1024 * 1024
MAX_SHOWN: Final = 20
"""Problems that are printed in words; with --json all that there are."""


def common(command: F) -> F:
    """Give a command the options `--json` (as `as_json`) and `--database`, and render the failures it names."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, in the shape of the API.")
    @click.option("--database", metavar="URL", help=DATABASE_HELP)
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, **kwargs: Any) -> None:
        try:
            command(*args, as_json=as_json, **kwargs)
        except TwincastError as error:
            report(error, as_json=as_json)
            sys.exit(EXIT_CODES[error.kind])

    return wrapped  # type: ignore[return-value]  # click wraps it anyway


workspace_option = click.option("--workspace", metavar="ID", default="default", show_default=True, help="Whose data.")
"""Gives a command the option `--workspace` (as `workspace`)."""


LLM_HELP: Final = (
    "Language model for the customers' words: local, openai:MODEL, anthropic:MODEL, google:MODEL, or URL#MODEL. Repeat "
    "it for others to be asked where one has no answer. Default: TWINCAST_LLM, else none."
)
llm_option = click.option("--llm", "models", multiple=True, metavar="MODEL", help=LLM_HELP)
"""Gives a command the option `--llm` (as `models`)."""


def report(error: TwincastError, *, as_json: bool) -> None:
    """Say what went wrong: problem details on stdout with `--json`, else one line and the problems on stderr."""
    if as_json:
        from twincast.entrypoints.cli.documents import problem_document

        print_json(problem_document(error))
        return
    if len(error.problems) == 1:
        click.echo(clean(f"Error: {line_of(error.problems[0])}"), err=True)
        return
    click.echo(clean(f"Error: {error.detail}"), err=True)
    for problem in error.problems[:MAX_SHOWN]:
        click.echo(clean(f"  {line_of(problem)}"), err=True)
    if len(error.problems) > MAX_SHOWN:
        click.echo(f"  and {len(error.problems) - MAX_SHOWN} more: --json lists them all", err=True)


def line_of(problem: FieldProblem) -> str:
    """Return one problem as a line; rows are counted from 1, the header not among them."""
    row = "" if problem.row is None else f"row {problem.row + 1}: "
    field = f"{problem.field}: " if problem.field else ""
    allowed = f" (allowed: {problem.allowed[:200]})" if problem.allowed else ""
    return f"{row}{field}{problem.message}{allowed}"


def print_json(document: object) -> None:
    """Write the one JSON document of this command to stdout."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    click.echo(text.encode("utf-8", "replace"))


def clean(text: str) -> str:
    """Return text as a terminal may show it: without the control characters that could steer it."""
    return "".join(char if char.isprintable() or char == "\n" else "\ufffd" for char in text)


def day(context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """Read an option that is a day (click's callback)."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"'{value[:40]}' is not a day such as 2026-05-04") from None


def body_of(path: str, what: str) -> dict[str, Any]:
    """Return the JSON object in a file, or on stdin for `-`.

    Raises:
        InvalidInput: it can not be opened, is too large, or is no JSON object.
    """
    text = _text_of(path, what)
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _bad(what, f"is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise _bad(what, "is not a JSON object")
    return document


def text_of(value: str) -> str:
    """Return the text of an option: what is written, or the content of a file for `@file`."""
    return _text_of(value[1:], "content") if value.startswith("@") else value


def bytes_of(path: str, what: str, most: int = MAX_BODY) -> bytes:
    """Return the content of a file, or of stdin for `-`.

    Raises:
        InvalidInput: it can not be opened, or is longer than `most` bytes.
    """
    try:
        content = sys.stdin.buffer.read(most + 1) if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise _bad(what, f"'{path}' can not be opened: {error.strerror or error}") from None
    if len(content) > most:
        raise _bad(what, f"is larger than {most:,} bytes")
    return content


def write_bytes(path: str, content: bytes) -> None:
    """Write a file. Raises InvalidInput where that can not be done."""
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise _bad("file", f"'{path}' can not be written: {error.strerror or error}") from None


def _text_of(path: str, what: str) -> str:
    try:
        return bytes_of(path, what).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _bad(what, f"'{path}' is not UTF-8") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _bad(what: str, message: str) -> InvalidInput:
    return InvalidInput.of([FieldProblem(field=what, message=message)])

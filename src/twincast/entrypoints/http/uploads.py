"""Tables that are uploaded: taken in through a form or as a body, with the options that say how they are read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, Generic, Protocol, TypeVar, cast

from fastapi import Request
from starlette.datastructures import UploadFile

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.http.bodies import read_json
from twincast.entrypoints.http.problems import UnsupportedMediaType
from twincast.files.tables import Table, read_table
from twincast.wire.shapes import parsed

IN_MEMORY: Final = 2 * 1024 * 1024
"""What comes in goes to a temporary file beyond so many bytes."""

FORM: Final = "multipart/form-data"
FORMATS: Final[dict[str, str | None]] = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/octet-stream": None,
}
"""Content type -> format; None is told by the first bytes."""

OPTIONS: Final = frozenset({"mapping", "interventions", "defaults", "request"})
"""Options that are JSON inside a form's field or a query."""


class Options(Protocol):
    """What is asked of the options of an upload."""

    @property
    def format(self) -> str | None: ...
    def model_dump_json(self) -> str: ...


O = TypeVar("O", bound=Options)  # noqa: E741 - the options


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload(Generic[O]):
    """A file that came in, and how it is to be read."""

    content: BinaryIO
    options: O
    format: str | None

    def digest(self) -> bytes:
        """Return what tells two uploads apart: the file's bytes and the options, not how they were sent."""
        self.content.seek(0)
        digest = sha256()
        while piece := self.content.read(IN_MEMORY):
            digest.update(piece)
        return digest.digest() + self.options.model_dump_json().encode()

    def table(self) -> Table:
        """Return the table in the file."""
        self.content.seek(0)
        return read_table(self.content.read(), self.options.format or self.format)


def parameters(words: dict[str, str]) -> list[dict[str, Any]]:
    """Return the description of options as parameters of the query."""
    return [
        {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in words.items()
    ]


def body(words: dict[str, str]) -> dict[str, Any]:
    """Return the description of an upload's body: a form with the file and the options, or the table itself."""
    fields: dict[str, Any] = {"file": {"type": "string", "contentMediaType": "application/octet-stream"}}
    form = {"type": "object", "required": ["file"], "properties": fields | {name: {"type": "string"} for name in words}}
    tables = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FORMATS}
    return {"required": True, "content": {FORM: {"schema": form}, **tables}}


@asynccontextmanager
async def received(request: Request, shape: type[O]) -> AsyncIterator[Upload[O]]:
    """Take the file in, to a temporary one where it is long; it is gone at the end of the block.

    Raises:
        UnsupportedMediaType: the content type is neither a form nor that of a table.
        InvalidInput: there is no file, or an option is not right.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    options: dict[str, Any] = dict(request.query_params)
    if kind == FORM:
        async with request.form(max_files=1, max_fields=40) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                problem = FieldProblem(field="file", message="is missing", allowed="the table, as a file of the form")
                raise InvalidInput.of([problem])
            options |= {name: value for name, value in form.items() if isinstance(value, str)}
            yield Upload(content=file.file, options=_options(options, shape), format=None)
    elif kind in FORMATS:
        with SpooledTemporaryFile(max_size=IN_MEMORY) as content:
            async for piece in request.stream():
                content.write(piece)
            yield Upload(content=cast("BinaryIO", content), options=_options(options, shape), format=FORMATS[kind])
    else:
        shown = ascii(kind[:80]) if kind else "none"
        allowed = ", ".join((FORM, *FORMATS))
        raise UnsupportedMediaType(f"The content type is {shown}; a table is sent as one of {allowed}.")


def _options(given: dict[str, Any], shape: type[O]) -> O:
    read = {
        name: read_json(value.encode("utf-8", "surrogatepass")) if name in OPTIONS and isinstance(value, str) else value
        for name, value in given.items()
    }
    found: O = parsed(shape, read)  # type: ignore[type-var]  # every shape of options is a request
    return found

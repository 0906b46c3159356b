"""Addresses for customers in bulk: a table is looked at first, then stored, all of it or nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.ids import CustomerId, twin_id_of
from twincast.domain.imports import ImportReport
from twincast.entrypoints.http.bodies import read_json
from twincast.entrypoints.http.describing import API, address
from twincast.entrypoints.http.door import door_of, entered
from twincast.entrypoints.http.idempotency import claim_of, response_of
from twincast.entrypoints.http.parameters import rendered
from twincast.entrypoints.http.problems import UnsupportedMediaType
from twincast.entrypoints.http.twins import PATH
from twincast.files.tables import Table, read_table
from twincast.usecases import imports
from twincast.usecases.replies import Reply, once
from twincast.wire.imports import BulkOptions, BulkPreview, BulkReport
from twincast.wire.shapes import parsed

router = APIRouter(prefix=f"{PATH}/bulk", tags=["twins"])
UPLOADS: Final = (f"{API}{PATH}/bulk", f"{API}{PATH}/bulk/preview")
"""Addresses that take more than a body's usual limit."""
IN_MEMORY: Final = 2 * 1024 * 1024
"""What comes in goes to a temporary file beyond so many bytes."""

_FORM: Final = "multipart/form-data"
_FORMATS: Final[dict[str, str | None]] = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
    "application/octet-stream": None,
}
"""Content type -> format; None is told by the first bytes."""

_PARAMETERS: Final = [
    {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": words}
    for name, words in {
        "mapping": 'JSON: `{"column": "profile.age", "other": null}`; columns left out are proposed.',
        "as_of": "Day on which the table was true. Default: today.",
        "on_error": "`refuse` (default) stores nothing if any row has a problem; `skip` leaves such rows out.",
        "format": "csv, jsonl or parquet, where the content type does not say.",
    }.items()
]
_BODY: Final = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "contentMediaType": "application/octet-stream"},
                    "mapping": {"type": "string"},
                    "as_of": {"type": "string"},
                    "on_error": {"type": "string"},
                    "format": {"type": "string"},
                },
            }
        },
        **{kind: {"schema": {"type": "string", "format": "binary"}} for kind in _FORMATS},
    },
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file that came in, and how it is to be read."""

    content: BinaryIO
    options: BulkOptions
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

    @property
    def mapping(self) -> Mapping[str, str | None] | None:
        """Return what the caller said of the columns."""
        return self.options.mapping

    @property
    def as_of(self) -> date | None:
        """Return the day on which the table was true."""
        return self.options.as_of


@router.post(
    "",
    **address(
        "Store customers in bulk",
        BulkReport,
        scope="write",
        problems=(400, 413, 415, 422),
        creates=True,
        parameters=_PARAMETERS,
        requestBody=_BODY,
    ),
)
async def run(request: Request) -> Response:
    """Make or change twins from a table (CSV, JSON lines, Parquet) in one transaction: all of its rows, or none."""
    ctx, door = entered(request, "write"), door_of(request)
    async with received(request) as upload:
        claim = claim_of(request, await run_in_threadpool(upload.digest))

        def answer(report: ImportReport, _made: bool) -> Reply:
            subjects = _spoken_of(upload, report)
            return Reply(status=200, body=BulkReport.of(report).rendered(), headers={}, subjects=subjects)

        def work() -> Reply:
            return once(
                ctx,
                claim,
                lambda within: imports.run(
                    within, upload.table(), upload.mapping, as_of=upload.as_of, on_error=upload.options.on_error
                ),
                answer,
            )

        async with door.queue.turn(ctx.workspace, claim):
            return response_of(await door.do_long(work))


@router.post(
    "/preview",
    **address(
        "Look at a table first",
        BulkPreview,
        scope="write",
        problems=(400, 413, 415, 422),
        parameters=_PARAMETERS,
        requestBody=_BODY,
    ),
)
async def preview(request: Request) -> Response:
    """Say what an import would do: what becomes of each column, the first records, the problems. Nothing is stored."""
    ctx = entered(request, "write")
    async with received(request) as upload:
        found = await run_in_threadpool(
            lambda: imports.preview(ctx, upload.table(), upload.mapping, as_of=upload.as_of)
        )
    return rendered(BulkPreview.of(found))


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Upload]:
    """Take the file in, to a temporary one where it is long; it is gone at the end of the block.

    Raises:
        UnsupportedMediaType: the content type is neither a form nor that of a table.
        InvalidInput: there is no file, or an option is not right.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    options: dict[str, Any] = dict(request.query_params)
    if kind == _FORM:
        async with request.form(max_files=1, max_fields=10) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile):
                problem = FieldProblem(field="file", message="is missing", allowed="the table, as a file of the form")
                raise InvalidInput.of([problem])
            options |= {name: value for name, value in form.items() if isinstance(value, str)}
            yield Upload(content=file.file, options=_options(options), format=None)
    elif kind in _FORMATS:
        with SpooledTemporaryFile(max_size=IN_MEMORY) as content:
            async for piece in request.stream():
                content.write(piece)
            yield Upload(content=cast("BinaryIO", content), options=_options(options), format=_FORMATS[kind])
    else:
        shown = ascii(kind[:80]) if kind else "none"
        allowed = ", ".join((_FORM, *_FORMATS))
        raise UnsupportedMediaType(f"The content type is {shown}; a table is sent as one of {allowed}.")


def _options(given: dict[str, Any]) -> BulkOptions:
    if isinstance(given.get("mapping"), str):
        given = given | {"mapping": read_json(given["mapping"].encode("utf-8", "surrogatepass"))}
    return parsed(BulkOptions, given)


def _spoken_of(upload: Upload, report: ImportReport) -> tuple[str, ...]:
    """Return the twins that a report names: only its problems do, and erasing one of them erases the kept report."""
    rows = {problem.row for problem in report.problems}
    if not rows:
        return ()
    read = imports.rows_of(upload.table(), upload.mapping)
    named = {
        str(record.get("customer_id", "")) for record, row in zip(read.records, read.rows, strict=True) if row in rows
    }
    return tuple(sorted(twin_id_of(CustomerId(name)) for name in named if name))

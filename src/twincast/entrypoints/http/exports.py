"""Results as files: the whole table as a stream, or a page of it, in the format that was asked for."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from twincast.domain.exports import FORMATS
from twincast.entrypoints.http.comparisons import PATH
from twincast.entrypoints.http.describing import address
from twincast.entrypoints.http.door import entered
from twincast.entrypoints.http.parameters import Cursor, in_path
from twincast.files.tables_out import MEDIA_TYPES, known_format, written
from twincast.usecases import exports
from twincast.usecases.batching.exports import of_batch
from twincast.usecases.exports import MOST_ROWS, Export
from twincast.usecases.extracted_exports import of_extraction

router = APIRouter(prefix=PATH, tags=["comparisons"])

NEXT: Final = "X-Next-Cursor"
Format = Annotated[str, Query(description=f"One of {', '.join(FORMATS)}.")]
Rows = Annotated[
    int | None, Query(ge=1, le=MOST_ROWS, description=f"Rows of a page; without it all. `{NEXT}` leads to the next.")
]
FILES: Final = {
    "200": {
        "description": "The table: its columns are documented, and the same on every page.",
        "headers": {
            NEXT: {"schema": {"type": "string"}, "description": "Cursor of the next page, where there is one."}
        },
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()},
    }
}


async def file_of(make: Callable[[], Export], format: str, cursor: str | None, limit: int | None) -> Response:
    """Return an export as a response: a stream of bounded memory, however long it is."""
    kind = known_format(format)

    def prepared() -> tuple[str, Iterator[bytes], str | None]:
        export = make()
        chunks, after = exports.page(export, cursor, limit)
        return export.name, written(export.columns, chunks, kind), after

    name, content, after = await run_in_threadpool(prepared)
    headers = {"Content-Disposition": f'attachment; filename="{in_path(name)}.{kind}"'}
    if after is not None:
        headers[NEXT] = after
    return StreamingResponse(content, media_type=MEDIA_TYPES[kind], headers=headers)


@router.get(
    "/batches/{batch_id}/export",
    **address("Export a batch", None, scope="read", problems=(404, 409, 422), responses=FILES, tags=["batches"]),
)
async def batch(
    request: Request, batch_id: str, format: Format = "json", cursor: Cursor = None, limit: Rows = None
) -> Response:
    """Return the rows of a batch as a table, customer by customer; once it is computed, however many they are."""
    ctx = entered(request, "read")
    return await file_of(lambda: of_batch(ctx, batch_id), format, cursor, limit)


@router.get(
    "/comparisons/{comparison_id}/export",
    **address("Export a comparison", None, scope="read", problems=(404, 422), responses=FILES),
)
async def comparison(
    request: Request, comparison_id: str, format: Format = "json", cursor: Cursor = None, limit: Rows = None
) -> Response:
    """Return the variants of a comparison as a table: a row each, with all asked fields and their intervals."""
    ctx = entered(request, "read")
    return await file_of(lambda: exports.of_comparison(ctx, comparison_id), format, cursor, limit)


@router.get(
    "/extractions/{extraction_id}/export",
    **address("Export an extraction", None, scope="read", problems=(404, 422), responses=FILES, tags=["extraction"]),
)
async def extraction(
    request: Request, extraction_id: str, format: Format = "json", cursor: Cursor = None, limit: Rows = None
) -> Response:
    """Return the rows of a stored extraction as a table: a row each, with the asked fields and their intervals."""
    ctx = entered(request, "read")
    return await file_of(lambda: of_extraction(ctx, extraction_id), format, cursor, limit)

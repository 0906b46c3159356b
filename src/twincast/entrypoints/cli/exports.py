"""`twincast export`: results as a table in a file: CSV, JSON, JSON lines or Parquet."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.exports import FORMATS
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.usecases.context import Context
    from twincast.usecases.exports import Export

ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@click.group("export")
def command() -> None:
    """Take results away as a table: a row a customer and message, all fields with their intervals."""


def _with_file(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a file to write."""
    kind = click.Choice(FORMATS)
    format_ = click.option("--format", "format_", type=kind, help="Default: told by --out, else csv.")
    return click.option("--out", type=click.Path(path_type=Path), help="File to write. Default: stdout.")(
        format_(function)
    )


@command.command("session")
@click.argument("session_id")
@click.option("--checkpoint", metavar="NAME", help="As it was at a checkpoint, by name or id.")
@_with_file
@common
def session(session_id: str, checkpoint: str | None, database: str | None, as_json: bool, **how: Any) -> None:
    """Export the results of a session, oldest first."""
    from twincast.usecases import exports

    _write(lambda ctx: exports.of_session(ctx, session_id, checkpoint), database, as_json, how)


@command.command("comparison")
@click.argument("comparison_id")
@_with_file
@common
def comparison(comparison_id: str, database: str | None, as_json: bool, **how: Any) -> None:
    """Export the variants of a comparison, best first."""
    from twincast.usecases import exports

    _write(lambda ctx: exports.of_comparison(ctx, comparison_id), database, as_json, how)


@command.command("batch")
@click.argument("batch_id")
@_with_file
@common
def batch(batch_id: str, database: str | None, as_json: bool, **how: Any) -> None:
    """Export the rows of a batch, customer by customer."""
    from twincast.usecases.batching.exports import of_batch

    _write(lambda ctx: of_batch(ctx, batch_id), database, as_json, how)


@command.command("allocation")
@click.argument("allocation_id")
@click.option("--tool", default="plain", show_default=True, help="Whose columns: plain, klaviyo, braze, braze-cloud.")
@_with_file
@common
def allocation(allocation_id: str, tool: str, database: str | None, as_json: bool, **how: Any) -> None:
    """Export the send list of an allocation: who gets what, for the tool that sends."""
    from twincast.usecases.allocating.sendlists import of_allocation

    _write(lambda ctx: of_allocation(ctx, allocation_id, tool), database, as_json, how)


@command.command("extraction")
@click.argument("extraction_id")
@_with_file
@common
def extraction(extraction_id: str, database: str | None, as_json: bool, **how: Any) -> None:
    """Export the rows of a stored extraction."""
    from twincast.usecases.extracted_exports import of_extraction

    _write(lambda ctx: of_extraction(ctx, extraction_id), database, as_json, how)


def _write(make: "Callable[[Context], Export]", database: str | None, as_json: bool, how: dict[str, Any]) -> None:
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.tables_out import save, written

    out: Path | None = how["out"]
    format = how["format_"] or (ENDINGS.get(out.suffix.lower(), "csv") if out is not None else "csv")
    with opened(database) as ctx:
        export = make(ctx)
        pieces: Iterator[bytes] = written(export.columns, export.rows(), format)
        if out is None:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            return
        save(pieces, out)
    if as_json:
        print_json({"file": str(out), "format": format, "columns": [column.name for column in export.columns]})
    else:
        click.echo(f"{out}: {format}, {len(export.columns)} columns")

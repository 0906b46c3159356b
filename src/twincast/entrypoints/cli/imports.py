"""`twincast import`: customers in bulk from a file; previewed first if you like, all of it stored or nothing."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.cli.options import MAX_SHOWN, body_of, clean, common, day, line_of, print_json

if TYPE_CHECKING:
    from twincast.domain.imports import ColumnMapping, ImportPreview, ImportReport


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", "mapping_file", metavar="FILE", help='JSON: {"column": "profile.age", "other": null}.')
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="One column; empty FIELD leaves it out.")
@click.option("--format", "format_", type=click.Choice(["csv", "jsonl", "parquet"]), help="Default: told by the file.")
@click.option("--preview", is_flag=True, help="Show the mapping, first rows and problems; store nothing.")
@click.option("--skip-errors", is_flag=True, help="Leave rows with a problem out instead of refusing the file.")
@click.option("--as-of", callback=day, metavar="DATE", help="Day on which the file was true. Default: today.")
@click.option("--problems", "problems_file", type=click.Path(path_type=Path), help="Write the problems to this CSV.")
@common
def command(
    file: Path,
    preview: bool,
    skip_errors: bool,
    as_of: date | None,
    problems_file: Path | None,
    database: str | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Bring customers in bulk from CSV, JSON lines or Parquet.

    Columns are recognised by name (Klaviyo, Braze and Shopify exports, and your own); --preview shows how.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.tables import read_table
    from twincast.usecases import imports

    mapping = overrides(how["mapping_file"], how["pairs"])
    table = read_table(file, how["format_"])
    try:
        with opened(database) as ctx:
            if preview:
                seen = imports.preview(ctx, table, mapping, as_of=as_of)
                keep_problems(problems_file, seen.problems)
                _show_preview(seen, as_json)
            else:
                done = _run(ctx, table, mapping, as_of, "skip" if skip_errors else "refuse")
                keep_problems(problems_file, done.problems)
                _show_report(done, as_json)
    except InvalidInput as error:
        keep_problems(problems_file, error.problems)
        raise


def _run(ctx: Any, table: Any, mapping: Mapping[str, str | None], as_of: date | None, on_error: str) -> "ImportReport":
    from twincast.entrypoints.cli.pages import progress
    from twincast.usecases import imports

    with progress("Storing customers") as told:
        return imports.run(ctx, table, mapping, as_of=as_of, on_error=on_error, progress=told)


def overrides(path: str | None, pairs: tuple[str, ...]) -> dict[str, str | None]:
    """Return the caller's mapping of columns: the file's, then the single ones of the command line."""
    mapping: dict[str, str | None] = {}
    for column, field in (body_of(path, "mapping") if path else {}).items():
        if field is not None and not isinstance(field, str):
            problem = FieldProblem(field=f"mapping.{column}", message="is no text", allowed="a dotted path, or null")
            raise InvalidInput.of([problem])
        mapping[column] = field
    for pair in pairs:
        column, sign, field = pair.rpartition("=")
        if not sign:
            raise click.BadParameter(f"'{pair[:60]}' is not COLUMN=FIELD", param_hint="--map")
        mapping[column] = field or None
    return mapping


def _show_preview(seen: "ImportPreview", as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import preview_document
    from twincast.entrypoints.cli.pages import say, table

    if as_json:
        print_json(preview_document(seen))
        return
    show_mapping(seen.mapping)
    say(
        f"\n{seen.rows:,} rows: {seen.valid:,} can be stored ({seen.new:,} new, {seen.changed:,} changed, "
        f"{seen.unchanged:,} as they are), {seen.problem_count:,} problems. Nothing was stored."
    )
    if seen.first:
        table(["first rows", ""], [(str(record["customer_id"]), _short(record)) for record in seen.first])
    show_problems(seen.problems, seen.problem_count)


def _show_report(done: "ImportReport", as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import report_document
    from twincast.entrypoints.cli.pages import say

    if as_json:
        print_json(report_document(done))
        return
    say(
        f"{done.rows:,} rows: {done.created:,} new, {done.changed:,} changed, {done.unchanged:,} as they were, "
        f"{done.skipped:,} left out."
    )
    show_problems(done.problems, done.problem_count)


def show_mapping(mapping: "ColumnMapping") -> None:
    """Print what becomes of each column."""
    from twincast.entrypoints.cli.pages import table

    words = {"generic": "These columns", "records": "Records in the API's shape"}
    table(
        ["column", "field", "sure", "why"],
        [(it.column, it.field or "(left out)", f"{it.confidence:.2f}", it.reason) for it in mapping.matches],
        right=["sure"],
        title=words.get(mapping.source, f"An export of {mapping.source.title()}") + ":",
    )


def show_problems(problems: tuple[FieldProblem, ...], count: int) -> None:
    """Print the first problems on stderr."""
    for problem in problems[:MAX_SHOWN]:
        click.echo(clean(line_of(problem)), err=True)
    if count > MAX_SHOWN:
        click.echo(f"and {count - MAX_SHOWN:,} more: --problems FILE.csv lists the first hundred", err=True)


def _short(record: Mapping[str, Any]) -> str:
    """Return a record as `field value` pairs, cut to what a line of the preview holds."""
    pairs: list[str] = []
    for key, value in record.items():
        if isinstance(value, Mapping):
            pairs += [f"{name} {inner}" for name, inner in value.items()]
        elif key != "customer_id":
            pairs.append(f"{key} {value}")
    text = "; ".join(pairs)
    return text if len(text) <= 160 else text[:157] + "..."


def keep_problems(path: Path | None, problems: tuple[FieldProblem, ...]) -> None:
    """Write the problems to a CSV file, where one was asked for; rows are counted from 1."""
    if path is None:
        return
    from twincast.files.csv_out import write_csv

    rows = [
        {"row": None if it.row is None else it.row + 1, "field": it.field, "problem": it.message, "allowed": it.allowed}
        for it in problems
    ]
    try:
        path.write_bytes(write_csv(rows, ["row", "field", "problem", "allowed"]))
    except OSError as error:
        problem = FieldProblem(field="problems", message=f"'{path.name}' can not be written: {error.strerror or error}")
        raise InvalidInput.of([problem]) from None

"""`twincast batch`: a file of customers x variants into a file of predictions, without a server, storing nobody."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.fields import DEFAULT_HORIZON_DAYS, DEFAULT_LEVEL
from twincast.entrypoints.cli.imports import overrides, show_problems
from twincast.entrypoints.cli.options import common, day, print_json

if TYPE_CHECKING:
    from twincast.bootstrap.filebatches import FileBatch
    from twincast.bootstrap.settings import Settings
    from twincast.domain.filebatches import FileReport


@click.command("batch")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--variants", required=True, type=click.Path(path_type=Path), help="YAML or JSON: what would be sent.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="FILE.parquet, .csv or .jsonl to write.")
@click.option(
    "--fields", metavar="NAMES", help="Fields of the catalogue, with commas between. Default: the usual ones."
)
@click.option("--as-of", callback=day, metavar="DATE", help="Day the file was true on. Default: today.")
@click.option("--horizon", type=int, default=DEFAULT_HORIZON_DAYS, show_default=True, help="Days to look ahead.")
@click.option("--level", type=float, default=DEFAULT_LEVEL, show_default=True, help="Share that intervals are to hold.")
@click.option("--mapping", "mapping_file", metavar="FILE", help='JSON: {"column": "profile.age", "other": null}.')
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="One column; empty FIELD leaves it out.")
@click.option("--format", "format_", type=click.Choice(["csv", "jsonl", "parquet"]), help="Default: told by the file.")
@click.option("--rejects", type=click.Path(path_type=Path), help="Write the rows that can not be read to this CSV.")
@click.option("--processes", type=click.IntRange(1, 64), help="How many work at it. Default: the processors, up to 4.")
@click.option("--spread", is_flag=True, help="Let all workers on --database do it; TWINCAST_FILES names their folder.")
@common
def command(
    file: Path, variants: Path, out: Path, fields: str | None, as_of: date | None, database: str | None, as_json: bool,
    **how: Any,
) -> None:  # fmt: skip
    """Predict customers in bulk: CSV, JSON lines or Parquet in, a row a customer and variant out.

    Nobody is stored. Without --database the prior that ships predicts, with it what that workspace has learned. A run
    that was stopped goes on where it was when it is started again.
    """
    from twincast.bootstrap.filebatches import FileBatch
    from twincast.bootstrap.settings import IN_MEMORY, read_settings
    from twincast.files.variants import read_variants

    batch = FileBatch(
        source=file,
        out=out,
        variants=read_variants(variants),
        format=how["format_"],
        columns=overrides(how["mapping_file"], how["pairs"]),
        as_of=as_of,
        horizon_days=how["horizon"],
        level=how["level"],
        rejects=how["rejects"],
        processes=how["processes"],
    )
    if fields is not None:
        batch = replace(batch, fields=_names(fields))
    report = _run(read_settings(database=database or IN_MEMORY), batch, spread=how["spread"])
    if as_json:
        from twincast.entrypoints.cli.documents import file_document

        print_json(file_document(report))
    else:
        show(report, out)


def _names(fields: str) -> Sequence[str]:
    return tuple(name.strip() for name in fields.split(",") if name.strip())


def _run(settings: "Settings", batch: "FileBatch", *, spread: bool) -> "FileReport":
    if spread:
        from twincast.bootstrap.spreading import spread as run
    else:
        from twincast.bootstrap.filebatches import run
    from twincast.entrypoints.cli.pages import progress

    try:
        with progress("Customers") as told:
            return run(settings, batch, told)
    except KeyboardInterrupt:
        click.echo("Stopped. What was finished is kept: the same command goes on from there.", err=True)
        raise click.exceptions.Exit(130) from None


def show(report: "FileReport", out: Path) -> None:
    """Print what became of a file."""
    from twincast.entrypoints.cli.pages import bullets, say

    say(
        f"{out}: {report.cells:,} rows, {report.customers:,} customers x {len(report.variants)} variants, as of "
        f"{report.as_of}, within {report.horizon_days} days, intervals at {report.level:.0%}."
    )
    rests = ", ".join(f"{name}: {basis}" for name, basis in report.bases.items())
    say(f"Model {report.model}, prior {report.prior}. What the numbers rest on: {rests}.")
    if report.kept:
        say(f"{report.kept} of {report.parts} parts were there from an earlier run.")
    if report.refused:
        say(f"{report.refused:,} customers opted out of profiling: no number about them.")
    if report.others:
        say(f"{out.name}.parts holds what {report.others} other runs left; remove it if nobody will go on with them.")
    bullets("What to know", [warning.message for warning in report.warnings])
    if report.bad:
        say(f"\n{report.bad:,} of {report.rows:,} rows could not be read and were left out:")
        show_problems(report.problems, report.problem_count)

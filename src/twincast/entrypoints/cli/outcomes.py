"""`twincast outcomes`: what customers really did, from a file, all of it stored or nothing; and looked at again."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.errors import InvalidInput
from twincast.entrypoints.cli.imports import keep_problems, overrides, show_mapping, show_problems
from twincast.entrypoints.cli.options import body_of, common, print_json

if TYPE_CHECKING:
    from twincast.domain.imports import OutcomePreview, OutcomeReport
    from twincast.usecases.uploads import Reading


@click.group("outcomes")
def command() -> None:
    """Bring in what really happened, and look at it."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mapping", "mapping_file", metavar="FILE", help='JSON: {"visited": "responses.visit", "other": null}.')
@click.option("--map", "pairs", multiple=True, metavar="COLUMN=FIELD", help="One column; empty FIELD leaves it out.")
@click.option("--interventions", metavar="FILE", help='JSON: {"mens": {"content": "..."}, "control": null}, by id.')
@click.option("--defaults", metavar="FILE", help="JSON: what holds for every row that does not say otherwise.")
@click.option("--sent-at", metavar="MOMENT", help="When all of it was sent, where no column says.")
@click.option("--window", "window_days", type=float, metavar="DAYS", help="Days within which it counts.")
@click.option("--observed-until", metavar="MOMENT", help="Everything up to here is known.")
@click.option("--format", "format_", type=click.Choice(["csv", "jsonl", "parquet"]), help="Default: told by the file.")
@click.option("--preview", is_flag=True, help="Show the mapping, first outcomes and problems; store nothing.")
@click.option("--skip-errors", is_flag=True, help="Leave rows with a problem out instead of refusing the file.")
@click.option("--problems", "problems_file", type=click.Path(path_type=Path), help="Write the problems to this CSV.")
@common
def bring(
    file: Path,
    preview: bool,
    skip_errors: bool,
    problems_file: Path | None,
    database: str | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Bring in outcomes from CSV, JSON lines or Parquet: customer, intervention, sent_at, and what was seen.

    Columns named like a kind (visit, click, purchase, ...) are read as 1 or 0 of it; docs/outcomes.md says all.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.tables import read_table
    from twincast.usecases import uploads

    reading = _reading(how)
    table = read_table(file, how["format_"])
    try:
        with opened(database) as ctx:
            if preview:
                seen = uploads.preview(ctx, table, reading)
                keep_problems(problems_file, seen.problems)
                _show_preview(seen, as_json)
            else:
                done = _run(ctx, table, reading, "skip" if skip_errors else "refuse")
                keep_problems(problems_file, done.problems)
                _show_report(done, as_json)
    except InvalidInput as error:
        keep_problems(problems_file, error.problems)
        raise


@command.command("list")
@click.option("--twin", metavar="ID", help="Only those of this twin, or customer, as they happened.")
@click.option("--limit", default=50, show_default=True, type=int)
@click.option("--cursor", help="next_cursor of the page before.")
@common
def show(twin: str | None, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List outcomes, newest first."""
    from twincast.entrypoints.cli.documents import outcomes_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import outcomes

    with opened(database) as ctx:
        page = outcomes.listing(ctx, cursor, limit, twin)
    if as_json:
        print_json(outcomes_document(page))
        return
    table(
        ["at", "twin", "kind", "value", "amount", "sent"],
        [
            (
                f"{it.at:%Y-%m-%d %H:%M}",
                it.twin_id,
                it.kind,
                f"{it.value:g}",
                "" if it.amount is None else f"{it.amount:,.2f}",
                "nothing" if it.intervention is None else it.intervention.id or it.intervention.type,
            )
            for it in page.items
        ],
        right=["value", "amount"],
    )
    if page.next_cursor:
        say(f"more: --cursor {page.next_cursor}")


def _reading(how: Mapping[str, Any]) -> "Reading":
    from twincast.usecases.uploads import Reading
    from twincast.wire.outcomes import OutcomeOptions, reading_of
    from twincast.wire.shapes import parsed

    defaults = body_of(how["defaults"], "defaults") if how["defaults"] else {}
    defaults |= {
        name: value for name in ("sent_at", "window_days", "observed_until") if (value := how[name]) is not None
    }
    options = {
        "mapping": overrides(how["mapping_file"], how["pairs"]),
        "interventions": body_of(how["interventions"], "interventions") if how["interventions"] else None,
        "defaults": defaults or None,
    }
    return Reading(**reading_of(parsed(OutcomeOptions, options)))


def _run(ctx: Any, table: Any, reading: "Reading", on_error: str) -> "OutcomeReport":
    from twincast.entrypoints.cli.pages import progress
    from twincast.usecases import uploads

    with progress("Storing outcomes") as told:
        return uploads.run(ctx, table, reading, on_error=on_error, progress=told)


def _show_preview(seen: "OutcomePreview", as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import outcome_preview_document
    from twincast.entrypoints.cli.pages import say

    if as_json:
        print_json(outcome_preview_document(seen))
        return
    show_mapping(seen.mapping)
    say(
        f"\n{seen.rows:,} rows: {seen.valid:,} can be stored ({seen.new:,} new outcomes, {seen.repeated:,} stored "
        f"already), {seen.problem_count:,} problems. Nothing was stored."
    )
    show_problems(seen.problems, seen.problem_count)


def _show_report(done: "OutcomeReport", as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import outcome_report_document
    from twincast.entrypoints.cli.pages import say

    if as_json:
        print_json(outcome_report_document(done))
        return
    say(
        f"{done.rows:,} rows: {done.created:,} new outcomes, {done.repeated:,} stored already, "
        f"{done.skipped:,} rows left out."
    )
    show_problems(done.problems, done.problem_count)

"""`twincast batches`: one message or several for many stored twins; looked at, listed, deleted."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.batches import Mode
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.costs import dry_option, print_cost
from twincast.entrypoints.cli.options import body_of, common, llm_option, print_json

if TYPE_CHECKING:
    from twincast.domain.batches import Batch, BatchResults, Summary
    from twincast.usecases.batches import Ran


@click.group("batches")
def command() -> None:
    """Test messages on many stored twins. Small batches are computed at once, larger ones by workers, as jobs."""


@command.command("run")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twins", "twins_file", metavar="FILE", help="Ids of twins or customers, one a line; - is stdin.")
@click.option("--segment", help="A label, or without --twins the name of a segment that is defined.")
@click.option("--variants", type=click.Path(path_type=Path), help="YAML or JSON: what would be sent.")
@click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="How variants meet twins.")
@click.option("--session", help="Id of the session it is run in.")
@click.option("--seed", type=int, help="For draws and for assignment.")
@click.option("--words", is_flag=True, help="Ask the language model for each reply, one call a row.")
@dry_option
@click.option("--job", "as_job", is_flag=True, help="Leave it to a worker, however small it is.")
@llm_option
@common
def run(
    body: str | None, twins_file: str | None, variants: Path | None, mode: str | None, as_job: bool,
    database: str | None, as_json: bool, **flags: Any,
) -> None:  # fmt: skip
    """Test one message or several on many twins.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/intervention-testing/batch; flags win.
    """
    from dataclasses import replace

    from twincast.bootstrap.settings import read_settings
    from twincast.entrypoints.cli.bodies import batch_request
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import batches

    request = body_of(body, "body") if body else {}
    if twins_file is not None:
        request["digital_twin_ids"] = _ids(twins_file)
    models = flags.pop("models")
    dry_run = flags.pop("dry_run")
    if flags.pop("words"):
        request["words"] = True
    names = {"segment": "customer_segment", "session": "session_id", "seed": "seed"}
    request |= {names[flag]: value for flag, value in flags.items() if value is not None}
    if mode is not None:
        request["test_config"] = {**request.get("test_config", {}), "mode": mode}
    wanted = batch_request(request, given=variants is not None)
    if variants is not None:
        wanted = replace(wanted, variants=_variants(variants))
    if dry_run:
        print_cost(database, models, wanted, as_json=as_json)
        return
    inline = 0 if as_job else read_settings(database=database).batch_inline
    with opened(database, models=models) as ctx:
        ran = batches.run(ctx, wanted, inline=inline)
        software = ctx.software
    _print(ran, software, as_json=as_json)


@command.command("show")
@click.argument("batch")
@click.option("--rows", type=int, help="Rows to show with --json, at least those of one customer.")
@click.option("--cursor", help="`next_cursor` of the rows before.")
@common
def show(batch: str, rows: int | None, cursor: str | None, database: str | None, as_json: bool) -> None:
    """Show what a batch adds up to; with --json its rows too, page by page."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import batches

    with opened(database) as ctx:
        ran = batches.get(ctx, batch, cursor, rows)
        software = ctx.software
    _print(ran, software, as_json=as_json)


@command.command("list")
@click.option("--session", help="Only those of this session.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Batches on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def list_batches(session: str | None, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List batches, newest first."""
    from twincast.entrypoints.cli.documents import batches_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import batches

    with opened(database) as ctx:
        page = batches.listing(ctx, cursor, limit, session)
    if as_json:
        print_json(batches_document(page))
        return
    rows = [
        (it.id, it.settings.mode.value, str(len(it.variants)), f"{it.members:,}", f"{it.created_at:%Y-%m-%d %H:%M}")
        for it in page.items
    ]
    table(["batch", "mode", "variants", "customers", "accepted (UTC)"], rows, right=["variants", "customers"])
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("delete")
@click.argument("batch")
@common
def delete(batch: str, database: str | None, as_json: bool) -> None:
    """Delete a batch with its rows and results, for good."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import batches

    with opened(database) as ctx:
        batches.delete(ctx, batch)
    if as_json:
        print_json({"batch_id": batch, "deleted": True})
    else:
        say(f"Deleted {batch}.")


def _ids(path: str) -> list[str]:
    with click.open_file(path, encoding="utf-8-sig", errors="surrogateescape") as file:
        return [line.strip() for line in file if line.strip()]


def _variants(path: Path) -> Any:
    from twincast.domain.interventions import NO_CONTACT, Intervention
    from twincast.files.variants import read_variants
    from twincast.usecases.batching.requests import variant_of

    return tuple(variant_of(name, item or Intervention(type=NO_CONTACT)) for name, item in read_variants(path).items())


def _print(ran: "Ran", software: str, *, as_json: bool) -> None:
    if as_json:
        from twincast.entrypoints.cli.documents import batch_document

        print_json(batch_document(ran, software))
        return
    from twincast.entrypoints.cli.pages import say

    if ran.results is None:
        job = "" if ran.job is None else ran.job.id
        say(f"Batch {ran.batch.id}: {ran.batch.cells:,} cells. See how far it is: twincast jobs watch {job}")
    else:
        _print_results(ran.batch, ran.results)


def _print_results(batch: "Batch", results: "BatchResults") -> None:
    from twincast.entrypoints.cli.pages import bullets, say, table

    left_out = results.refused + results.unknown + results.missing
    without = f"; {left_out:,} without numbers" if left_out else ""
    say(f"Batch {batch.id}: {results.tested:,} customers, within {batch.settings.horizon_days} days{without}.")
    say(f"In brackets: where the mean lies in {batch.settings.level:.0%} of cases.\n")
    rows = [
        (
            it.variant_id,
            _shown(it.summary, "engagement"),
            _shown(it.summary, "conversion"),
            _money(it.summary),
            "" if it.p_best is None else f"{it.p_best:.0%}",
        )
        for it in results.variants
    ]
    table(["variant", "engage", "buy", "revenue", "P(best)"], rows, right=["P(best)"])
    choice = results.choice
    if choice.best is not None:
        say(f"\nSend {choice.best}.")
    elif len(rows) > 1 and choice.reason:
        say(f"\n{choice.reason[:1].upper()}{choice.reason[1:]}.")
    insights = results.insights
    if insights is not None:
        found = [(insights.most, "Does most for"), (insights.least, "Does least for")]
        bullets("Who", [f"{words} {it.name.replace('_', ' ')}" for it, words in found if it is not None])
        bullets("Would help", [it.text for it in insights.improvements])
    bullets("Mind", [it.message for it in (*batch.warnings, *results.warnings)])


def _shown(summary: "Summary", name: str) -> str:
    added = getattr(summary, name)
    if added.value is None:
        return "-"
    interval = added.interval
    return f"{added.value:.1%}" + ("" if interval is None else f" ({interval.low:.1%} to {interval.high:.1%})")


def _money(summary: "Summary") -> str:
    added = summary.revenue
    if added.value is None:
        return "-"
    interval = added.interval
    around = "" if interval is None else f" ({interval.low:,.0f} to {interval.high:,.0f})"
    return f"{added.value:,.0f} {summary.currency}{around}"

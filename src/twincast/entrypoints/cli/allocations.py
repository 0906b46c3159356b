"""`twincast allocations`: one offer or none for each of many stored twins; looked at, listed, deleted."""

from typing import TYPE_CHECKING, Any

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import body_of, common, print_json

if TYPE_CHECKING:
    from twincast.usecases.allocations import Allotted


@click.group("allocations")
def command() -> None:
    """Allot offers to customers within a budget. `twincast export allocation` gives the list for the sending tool."""


@command.command("run")
@click.argument("body", metavar="FILE")
@click.option("--twins", "twins_file", metavar="FILE", help="Ids of twins or customers, one a line; - is stdin.")
@click.option("--segment", help="Name of a segment that is defined.")
@click.option("--batch", help="Id of a batch whose variants are the offers.")
@click.option("--objective", help="What is maximised. Default: incremental_profit.")
@click.option("--budget", type=float, help="Expected cost, at most.")
@click.option("--holdout", type=float, help="Share held out by chance.")
@click.option("--seed", type=int, help="Decides who is held out.")
@click.option("--job", "as_job", is_flag=True, help="Leave the predictions to a worker, however few they are.")
@common
def run(body: str, twins_file: str | None, as_job: bool, database: str | None, as_json: bool, **flags: Any) -> None:
    """Choose one offer or none for each customer: FILE (JSON; - is stdin) is a body of POST /api/v1/allocations."""
    from twincast.bootstrap.settings import read_settings
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import allocations
    from twincast.usecases.allocating.requests import AllocationRequest
    from twincast.wire import allocations as wire
    from twincast.wire.shapes import parsed

    request = body_of(body, "body")
    if twins_file is not None:
        with click.open_file(twins_file, encoding="utf-8-sig", errors="surrogateescape") as file:
            request["digital_twin_ids"] = [line.strip() for line in file if line.strip()]
    names = {"segment": "customer_segment", "batch": "batch_id"}
    request |= {names.get(flag, flag): value for flag, value in flags.items() if value is not None}
    asked = AllocationRequest(**parsed(wire.AllocationRequest, request).parts())
    inline = 0 if as_job else read_settings(database=database).batch_inline
    with opened(database) as ctx:
        found = allocations.run(ctx, asked, inline=inline)
        software = ctx.software
    _print(found, software, as_json=as_json)


@command.command("show")
@click.argument("allocation")
@click.option("--rows", type=int, default=100, show_default=True, help="Customers to show with --json.")
@click.option("--cursor", help="`next_cursor` of the customers before.")
@common
def show(allocation: str, rows: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """Show what an allocation adds up to; with --json its customers too, page by page."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import allocations

    with opened(database) as ctx:
        found = allocations.get(ctx, allocation, cursor, rows)
        software = ctx.software
    _print(found, software, as_json=as_json)


@command.command("list")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Allocations on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def list_allocations(limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List allocations, newest first."""
    from twincast.entrypoints.cli.documents import allocations_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import allocations

    with opened(database) as ctx:
        page = allocations.listing(ctx, cursor, limit)
    if as_json:
        print_json(allocations_document(page))
        return
    rows = [
        (it.id, it.plan.objective, str(len(it.offers)), _budget(it.plan.budget), f"{it.created_at:%Y-%m-%d %H:%M}")
        for it in page.items
    ]
    table(["allocation", "objective", "offers", "budget", "accepted (UTC)"], rows, right=["offers", "budget"])
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("delete")
@click.argument("allocation")
@common
def delete(allocation: str, database: str | None, as_json: bool) -> None:
    """Delete an allocation, for good; the batch with its predictions stays."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import allocations

    with opened(database) as ctx:
        allocations.delete(ctx, allocation)
    if as_json:
        print_json({"allocation_id": allocation, "deleted": True})
    else:
        say(f"Deleted {allocation}.")


def _budget(budget: float | None) -> str:
    return "-" if budget is None else f"{budget:,.2f}"


def _print(found: "Allotted", software: str, *, as_json: bool) -> None:
    from twincast.entrypoints.cli.pages import bullets, say, table

    if as_json:
        from twincast.entrypoints.cli.documents import allocation_document

        print_json(allocation_document(found, software))
        return
    results, name = found.results, found.allocation.id
    if results is None:
        job = "" if found.job is None else f" See how far it is: twincast jobs watch {found.job.id}"
        say(f"Allocation {name}: {found.problem or 'its predictions are being computed.'}{job}")
        return
    gain = results.gain
    sent = sum(it.customers for it in results.offers)
    say(f"Allocation {name}: {sent:,} of {results.customers:,} customers get an offer.")
    say(f"Expected gain: {gain.value:,.2f} {gain.unit} ({gain.low:,.2f} to {gain.high:,.2f} in {gain.level:.0%}).\n")
    rows = [(it.offer, f"{it.customers:,}", f"{it.cost:,.2f}", f"{it.gain:,.2f}") for it in results.offers]
    table(["offer", "customers", "cost", "gain"], rows, right=["customers", "cost", "gain"])
    bullets(
        "Who gets nothing, and why", [f"{reason}: {n:,}" for reason, n in results.reasons.items() if reason != "chosen"]
    )
    bullets(
        "One unit more would bring",
        [
            f"{it.kind}{'' if it.name is None else f' {it.name}'}: {it.price.value:,.3f} {it.price.unit} "
            f"({it.price.low:,.3f} to {it.price.high:,.3f})"
            for it in results.limits
            if it.price is not None
        ],
    )
    bullets(
        "More than",
        [
            f"{it.name.replace('_', ' ')}{'' if it.offer is None else f' ({it.offer})'}: {it.difference.value:,.2f} "
            f"({it.difference.low:,.2f} to {it.difference.high:,.2f}), better in {it.better:.0%} of draws"
            for it in results.against
        ],
    )
    bullets("Mind", [it.message for it in (*found.allocation.warnings, *results.warnings)])

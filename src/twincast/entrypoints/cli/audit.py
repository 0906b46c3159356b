"""`twincast audit`: what was done, by whom and when; never any contents."""

from datetime import UTC, date, datetime, time

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import common, day, print_json


@click.command("audit")
@click.option("--action", help="Only this verb (twin.erased) or all of a noun (twin).")
@click.option("--since", callback=day, metavar="DATE", help="Only entries of this day or later (UTC).")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Entries on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def command(
    action: str | None, since: date | None, limit: int, cursor: str | None, database: str | None, as_json: bool
) -> None:
    """See what was done, newest first."""
    from twincast.entrypoints.cli.documents import audit_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import audit

    moment = None if since is None else datetime.combine(since, time(0), UTC)
    with opened(database) as ctx:
        page = audit.entries(ctx, cursor, limit, action, moment)
    if as_json:
        print_json(audit_document(page))
        return
    table(
        ["when (UTC)", "who", "what", "of", "details"],
        [
            (
                f"{entry.at:%Y-%m-%d %H:%M:%S}",
                entry.actor,
                entry.action,
                entry.subject,
                ", ".join(f"{name} {value}" for name, value in entry.details.items()),
            )
            for entry in page.items
        ],
    )
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")

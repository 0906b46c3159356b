"""`twincast webhooks`: let addresses be told when jobs end; see what they were told, and tell it once more."""

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.webhooks import EVENTS
from twincast.entrypoints.cli.options import common, print_json


@click.group("webhooks")
def command() -> None:
    """Let addresses be told, with a signature, when jobs end. A worker delivers."""


@command.command("add")
@click.argument("url")
@click.option("--event", "events", multiple=True, type=click.Choice(list(EVENTS.values())), help="May be repeated.")
@common
def add(url: str, events: tuple[str, ...], database: str | None, as_json: bool) -> None:
    """Register an address and show the secret of its signatures, this once."""
    from twincast.entrypoints.cli.documents import webhook_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import webhooks

    with opened(database) as ctx:
        document = webhook_document(webhooks.register(ctx, url, events), new=True)
    if as_json:
        print_json(document)
        return
    click.echo(document["secret"])
    click.echo(f"Webhook {document['webhook_id']} is told of {', '.join(document['events'])}.", err=True)
    click.echo("Keep the secret: it can not be shown again.", err=True)


@command.command("list")
@common
def list_webhooks(database: str | None, as_json: bool) -> None:
    """List all webhooks, oldest first."""
    from twincast.entrypoints.cli.documents import webhook_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import table
    from twincast.usecases import webhooks

    with opened(database) as ctx:
        found = webhooks.listing(ctx)
    if as_json:
        print_json({"items": [webhook_document(it) for it in found]})
        return
    table(["webhook", "url", "told of"], [(it.id, it.url, ", ".join(it.events)) for it in found])


@command.command("remove")
@click.argument("webhook")
@common
def remove(webhook: str, database: str | None, as_json: bool) -> None:
    """Take a webhook away, with what it was told."""
    from twincast.entrypoints.cli.documents import webhook_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import webhooks

    with opened(database) as ctx:
        gone = webhooks.remove(ctx, webhook)
    if as_json:
        print_json(webhook_document(gone))
    else:
        say(f"Removed {gone.id}.")


@command.command("deliveries")
@click.argument("webhook")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Deliveries on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def deliveries(webhook: str, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List what a webhook was told, newest first, with every attempt."""
    from twincast.entrypoints.cli.documents import deliveries_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import webhooks

    with opened(database) as ctx:
        page = webhooks.deliveries(ctx, webhook, cursor, limit)
    if as_json:
        print_json(deliveries_document(page))
        return
    rows = [
        (it.delivery.id, it.delivery.event, it.delivery.status.value, str(it.delivery.attempts)) for it in page.items
    ]
    table(["delivery", "event", "status", "attempts"], rows, right=["attempts"])
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("replay")
@click.argument("webhook")
@click.argument("delivery")
@common
def replay(webhook: str, delivery: str, database: str | None, as_json: bool) -> None:
    """Send a delivery once more, with the same id."""
    from twincast.entrypoints.cli.documents import delivery_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import webhooks

    with opened(database) as ctx:
        told = webhooks.replay(ctx, webhook, delivery)
    if as_json:
        print_json(delivery_document(told))
    else:
        say(f"{told.delivery.id} is sent once more by the next worker that looks.")

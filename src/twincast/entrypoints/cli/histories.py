"""`twincast history`: what happened to a twin, and adding to what really did."""

import click

from twincast.domain.events import Event
from twincast.domain.histories import History
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import body_of, common, print_json


@click.command("history", epilog="REFERENCE is a twin's id (twin_cust_12345) or the customer's (cust_12345).")
@click.argument("reference")
@click.option("--session", metavar="ID", help="What was simulated there. Default: what really happened.")
@click.option("--add", metavar="FILE", help='First add what really happened (JSON: {"events": [...]}; - is stdin).')
@click.option("--cursor", help="Where the page before ended.")
@click.option("--limit", type=int, default=DEFAULT_PAGE, show_default=True, help="Events on a page.")
@common
def command(
    reference: str,
    session: str | None,
    add: str | None,
    cursor: str | None,
    limit: int,
    database: str | None,
    as_json: bool,
) -> None:
    """Read what happened to a twin, oldest first: messages, replies, outcomes, notes.

    With --add the file is a body of POST /api/v1/customers/digital-twin/{id}/events.
    """
    from twincast.entrypoints.cli.documents import history_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import histories
    from twincast.wire.histories import EventsIn
    from twincast.wire.shapes import parsed

    told = None if add is None else [it.to_domain() for it in parsed(EventsIn, body_of(add, "events")).events]
    with opened(database) as ctx:
        if told is not None:
            histories.append(ctx, reference, told)
        found = histories.history(ctx, reference, session, cursor, limit)
    if as_json:
        print_json(history_document(found))
        return
    _print(found)


def _print(found: History) -> None:
    from twincast.entrypoints.cli.pages import say, table

    where = "really" if found.session_id is None else f"in {found.session_id}"
    nothing = "" if found.events.items else ": nothing"
    say(f"{found.twin.id}: what happened {where}{nothing}")
    if found.events.items:
        table(["when", "what", "by", "words"], [_row(event) for event in found.events.items])
    if found.memory is not None:
        memory = found.memory
        fresh = f"{memory.contacts:.2f} of them still fresh"
        say(f"Remembers {memory.exposures} messages, {fresh}, and {memory.replies} replies.")
    if found.events.next_cursor:
        say(f"More: --cursor {found.events.next_cursor}")


def _row(event: Event) -> tuple[str, str, str, str]:
    held = event.payload
    what = str(held.get("kind") or event.kind.value)
    amount = held.get("amount")
    words = str(held.get("words") or "") if amount is None else f"{amount:,.2f}"
    return f"{event.at:%Y-%m-%d %H:%M}", what, str(held.get("channel") or ""), words[:50]

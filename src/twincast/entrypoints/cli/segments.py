"""`twincast segments`: rules over what is known of customers, and who belongs."""

from typing import TYPE_CHECKING

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.segments import Condition, Segment


@click.group("segments")
def command() -> None:
    """Define segments of customers by rules, and see who belongs."""


@command.command("define")
@click.argument("name")
@click.option("--all", "every", multiple=True, metavar="RULE", help="Must hold; may be repeated: 'orders >= 3'.")
@click.option("--any", "some", multiple=True, metavar="RULE", help="One of these must hold; may be repeated.")
@click.option("--description", default="", help="What it is for, in your words.")
@common
def define(
    name: str, every: tuple[str, ...], some: tuple[str, ...], description: str, database: str | None, as_json: bool
) -> None:
    """Define the segment NAME, in place of the one of that name if there is one.

    A RULE is FIELD OPERATOR VALUE. Fields: a column of what is read (orders, lifetime_value, days_since_last_order) or
    a path in the record (profile.location). Operators: = != < <= > >= in known.
    """
    from twincast.entrypoints.cli.documents import segment_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import segments
    from twincast.wire.segments import condition_in

    request = segments.SegmentRequest(
        name=name,
        description=description,
        every=tuple(condition_in(it, "--all") for it in every),
        some=tuple(condition_in(it, "--any") for it in some),
    )
    with opened(database) as ctx:
        defined = segments.define(ctx, request)
        size = segments.size(ctx, name)
    if as_json:
        print_json(segment_document(defined.segment, size))
        return
    say(f"{'Defined' if defined.created else 'Changed'} '{name}': {size.members:,} of {size.twins:,} twins belong now.")
    _misspelt(size.unknown)


@command.command("list")
@common
def list_segments(database: str | None, as_json: bool) -> None:
    """List all segments."""
    from twincast.entrypoints.cli.documents import segments_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import segments

    with opened(database) as ctx:
        found = segments.listing(ctx)
    if as_json:
        print_json(segments_document(found))
    elif not found:
        say("There are no segments yet: `twincast segments define NAME --all RULE` makes one.")
    else:
        table(["segment", "who belongs"], [(it.name, _words(it)) for it in found])


@command.command("show")
@click.argument("name")
@common
def show(name: str, database: str | None, as_json: bool) -> None:
    """Show the rules of the segment NAME, and count who belongs now."""
    from twincast.entrypoints.cli.documents import segment_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import segments

    with opened(database) as ctx:
        segment, size = segments.get(ctx, name), segments.size(ctx, name)
    if as_json:
        print_json(segment_document(segment, size))
        return
    say(f"{segment.name}: {_words(segment)}" + (f"\n{segment.description}" if segment.description else ""))
    say(f"{size.members:,} of {size.twins:,} twins belong now; {size.opted_out:,} have opted out of profiling.")
    _misspelt(size.unknown)


@command.command("members")
@click.argument("name")
@click.option("--cursor", help="From where to go on: `next_cursor` of the page before.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Members on a page.")
@common
def members(name: str, cursor: str | None, limit: int, database: str | None, as_json: bool) -> None:
    """List who belongs to the segment NAME now."""
    from twincast.entrypoints.cli.documents import members_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import segments

    with opened(database) as ctx:
        page = segments.member_page(ctx, name, cursor, limit)
    if as_json:
        print_json(members_document(page))
        return
    table(["twin", "customer"], [(it.twin_id, it.customer_id) for it in page.items])
    if page.next_cursor:
        say(f"More: --cursor {page.next_cursor}")


@command.command("delete")
@click.argument("name")
@common
def delete(name: str, database: str | None, as_json: bool) -> None:
    """Delete the segment NAME: its rules, and nobody who belonged to it."""
    from twincast.entrypoints.cli.documents import segments_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import segments

    with opened(database) as ctx:
        gone = segments.delete(ctx, name)
    if as_json:
        print_json(segments_document((gone,))["items"][0])
    else:
        say(f"Deleted '{gone.name}'.")


def _misspelt(fields: tuple[str, ...]) -> None:
    from twincast.entrypoints.cli.pages import bullets

    bullets("Look at", [f"No twin has anything under '{field}': is it spelt right?" for field in fields])


def _words(segment: "Segment") -> str:
    every = " and ".join(_rule(it) for it in segment.every)
    some = " or ".join(_rule(it) for it in segment.some)
    return " and ".join(part for part in (every, f"({some})" if every and some else some) if part)


def _rule(condition: "Condition") -> str:
    value = condition.value
    if isinstance(value, tuple):
        return f"{condition.field} in {', '.join(_plain(it) for it in value)}"
    return f"{condition.field} {condition.operator} {_plain(value)}"


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)

"""`twincast twins`: create, ground, get, list, versions, diff, validate, erase and export."""

from datetime import date
from typing import TYPE_CHECKING

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import body_of, common, day, print_json

if TYPE_CHECKING:
    from twincast.domain.twins import Twin, TwinProfile
    from twincast.usecases.twins import Saved

REFERENCE_HELP = "REFERENCE is a twin's id (twin_cust_12345) or the customer's (cust_12345)."


@click.group("twins")
def command() -> None:
    """Create, look at, compare, export and erase twins."""


@command.command("create")
@click.argument("file", default="-")
@click.option("--as-of", callback=day, metavar="DATE", help="Day on which the record was true. Default: today.")
@click.option("--if-absent", is_flag=True, help="Refuse to change a twin that is there already.")
@common
def create(file: str, as_of: date | None, if_absent: bool, database: str | None, as_json: bool) -> None:
    """Create a twin from a customer's record in FILE (JSON; - is stdin), or bring it up to date."""
    from twincast.entrypoints.cli.documents import saved_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import twins
    from twincast.wire.twins import record_and_day

    record, stated = record_and_day(body_of(file, "record"))
    with opened(database) as ctx:
        saved = twins.save(ctx, record, as_of=as_of or stated, only_if_absent=if_absent)
    if as_json:
        print_json(saved_document(saved))
        return
    _print_saved(saved)


@command.command("ground")
@click.argument("file", default="-")
@common
def ground(file: str, database: str | None, as_json: bool) -> None:
    """Create a twin from what several sources say about one customer, or bring it up to date.

    FILE (JSON; - is stdin) is a body of POST /api/v1/content/grounding/create-grounded-persona.
    """
    from twincast.entrypoints.cli.bodies import persona_request
    from twincast.entrypoints.cli.documents import persona_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import bullets
    from twincast.usecases import personas

    request = persona_request(body_of(file, "body"))
    persona = personas.read(request)
    with opened(database) as ctx:
        saved = personas.save(ctx, persona)
    if as_json:
        print_json(persona_document(saved, request.name, persona.warnings))
        return
    _print_saved(saved)
    bullets("Sources", [f"{it.field}: {it.message}" for it in persona.warnings])


@command.command("get", epilog=REFERENCE_HELP)
@click.argument("reference")
@click.option("--version", type=int, help="Which version. Default: the newest.")
@common
def get(reference: str, version: int | None, database: str | None, as_json: bool) -> None:
    """Show a twin: what its record supports, and how well it is known."""
    from twincast.entrypoints.cli.documents import twin_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import twins

    with opened(database) as ctx:
        twin = twins.get(ctx, reference, version)
        profile = twins.profile(ctx, twin)
    if as_json:
        print_json(twin_document(twin, profile))
        return
    say(f"{twin.id}, version {twin.version}, as of {twin.as_of}")
    _describe(twin, profile)


@command.command("list")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Twins on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def list_twins(limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List twins by id."""
    from twincast.entrypoints.cli.documents import page_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import twins

    with opened(database) as ctx:
        page = twins.listing(ctx, cursor, limit)
    if as_json:
        print_json(page_document(page))
        return
    _table(page.items)
    if not page.items:
        say("There are no twins yet: `twincast import FILE` brings customers.")
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("versions", epilog=REFERENCE_HELP)
@click.argument("reference")
@common
def versions(reference: str, database: str | None, as_json: bool) -> None:
    """List every version of a twin, oldest first."""
    from twincast.entrypoints.cli.documents import versions_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import twins

    with opened(database) as ctx:
        found = twins.versions(ctx, reference)
    if as_json:
        print_json(versions_document(found))
    else:
        _table(found)


@command.command("diff", epilog=REFERENCE_HELP)
@click.argument("reference")
@click.option("--before", type=int, help="Version to compare with. Default: the one in front of the other.")
@click.option("--after", type=int, help="Version to look at. Default: the newest.")
@common
def diff(reference: str, before: int | None, after: int | None, database: str | None, as_json: bool) -> None:
    """Show what changed in the record between two versions."""
    from twincast.entrypoints.cli.documents import diff_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import twins

    with opened(database) as ctx:
        newer = twins.get(ctx, reference, after)
        older = twins.get(ctx, newer.id, newer.version - 1 if before is None else before)
        changes = twins.diff(ctx, newer.id, older.version, newer.version)
    if as_json:
        print_json(diff_document(older, newer, changes))
        return
    say(f"{newer.id}: version {older.version} to {newer.version}")
    table(["field", "before", "after"], [(it.field, _shown(it.before), _shown(it.after)) for it in changes])


@command.command("validate", epilog=REFERENCE_HELP)
@click.argument("reference")
@click.argument("file", required=False)
@common
def validate(reference: str, file: str | None, database: str | None, as_json: bool) -> None:
    """Check a twin against what is expected of it, for contradictions, and whether its past foretells itself.

    FILE (JSON; - is stdin) is a body of POST /api/v1/customers/digital-twin/{id}/validate; without one only the other
    two are looked at.
    """
    from twincast.domain.fields import DEFAULT_LEVEL
    from twincast.entrypoints.cli.documents import validation_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import bullets, say, table
    from twincast.usecases import validations
    from twincast.wire.shapes import parsed
    from twincast.wire.validations import TwinValidationRequest

    body = parsed(TwinValidationRequest, body_of(file, "body") if file else {})
    with opened(database) as ctx:
        found = validations.validate(
            ctx,
            reference,
            body.expectations,
            tolerance=validations.TOLERANCE if body.tolerance is None else body.tolerance,
            level=DEFAULT_LEVEL if body.level is None else body.level,
        )
    if as_json:
        print_json(validation_document(found))
        return
    say(f"{found.twin_id}, version {found.version}")
    if found.score is not None:
        say(f"Expectations met: {found.score:.0%} of {len(found.checks)}\n")
        rows = [(it.field, _shown(it.expected), _shown(it.actual), f"{it.score:.0%}", it.note) for it in found.checks]
        table(["field", "expected", "twin", "met", ""], rows, right=["met"])
    bullets("Contradictions in the record", [f"{it.field}: {it.message}" for it in found.contradictions])
    bullets("Not understood", [f"{it.field}: {it.message}" for it in found.unread])
    say(f"\nIts own past: {found.backcast.verdict}. {found.backcast.words}")


@command.command("erase", epilog=REFERENCE_HELP)
@click.argument("reference")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def erase(reference: str, yes: bool, database: str | None, as_json: bool) -> None:
    """Delete everything about a person for good: versions, tests, comparisons and kept replies."""
    from twincast.entrypoints.cli.documents import tombstone_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import twins

    if not yes:
        click.confirm(f"Erase everything about '{reference[:80]}' for good?", abort=True, err=True)
    with opened(database) as ctx:
        tombstone = twins.erase(ctx, reference)
    if as_json:
        print_json(tombstone_document(tombstone))
        return
    removed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in tombstone.removed.items())
    say(f"Erased at {tombstone.erased_at:%Y-%m-%d %H:%M:%S} UTC: {removed}.")
    say(f"Certificate: {tombstone.subject} (a salted digest of the id; the id itself is not kept).")


@command.command("export", epilog=REFERENCE_HELP)
@click.argument("reference")
@common
def export(reference: str, database: str | None, as_json: bool) -> None:
    """Print everything that is kept about a person, as JSON."""
    from twincast.entrypoints.cli.documents import export_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import twins

    with opened(database) as ctx:
        print_json(export_document(twins.export(ctx, reference)))


def _print_saved(saved: "Saved") -> None:
    """Say what a save did, and what the twin is now."""
    from twincast.entrypoints.cli.pages import say

    done = "Created" if saved.created else "Changed" if saved.changed else "Nothing changed:"
    say(f"{done} {saved.twin.id}, version {saved.twin.version}.")
    _describe(saved.twin, saved.profile)


def _describe(twin: "Twin", profile: "TwinProfile") -> None:
    """Print a twin in words, with the evidence behind each of them."""
    from twincast.entrypoints.cli.figures import spoken
    from twincast.entrypoints.cli.pages import bullets, say

    speak = profile.communication
    say(profile.personality_summary)
    say(f"Known to {profile.model_confidence:.0%} (share of what could be known that the record settles)")
    say(f"Drivers: {spoken(profile.key_drivers)}")
    say(f"Speak: {speak.tone}, detail {speak.detail_level}, {speak.persuasion_style}")
    bullets("Evidence", [f"{it.preference} {it.shift:+.2f}: {it.field} says '{it.says}'" for it in profile.evidence])
    bullets("Look at", [f"{it.field}: {it.message}" for it in profile.warnings])
    if profile.further_attributes:
        say(f"\nKept with the record: {spoken(profile.further_attributes)}")


def _table(twins: "tuple[Twin, ...]") -> None:
    from twincast.entrypoints.cli.pages import table

    table(
        ["twin", "customer", "version", "as of", "stored (UTC)"],
        [
            (it.id, it.customer_id, str(it.version), it.as_of.isoformat(), f"{it.created_at:%Y-%m-%d %H:%M}")
            for it in twins
        ],
        right=["version"],
    )


def _shown(value: object) -> str:
    text = "(absent)" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."

"""`twincast sessions`: begin, list, show, checkpoint, restore, pause, resume, end, history, export, import, erase."""

from typing import TYPE_CHECKING, Any

import click

from twincast.domain.pages import DEFAULT_PAGE
from twincast.domain.sessions import Phase
from twincast.entrypoints.cli.options import MAX_FILE, bytes_of, common, print_json, write_bytes

if TYPE_CHECKING:
    from twincast.domain.sessions import Session


@click.group("sessions")
def command() -> None:
    """Begin, mark, restore, end, export and import sessions of simulation."""


@command.command("begin")
@click.argument("name", default="")
@click.option("--description", default="", help="What it is for.")
@click.option("--cache-file", metavar="NAME", help="An opaque name, never a path.")
@click.option("--seed", default=0, show_default=True, help="For random draws within it.")
@common
def begin(name: str, description: str, cache_file: str | None, seed: int, database: str | None, as_json: bool) -> None:
    """Begin a session; `test` and `compare` run in it with --session ID."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import sessions
    from twincast.usecases.sessions import SessionRequest

    asked = SessionRequest(name=name, description=description, cache_file=cache_file, seed=seed)
    with opened(database) as ctx:
        made = sessions.begin(ctx, asked)
    _print(made, "Begun", as_json=as_json)


@command.command("list")
@click.option("--status", type=click.Choice([phase.value for phase in Phase]), help="Only those in this phase.")
@click.option("--ephemeral", is_flag=True, help="Those opened by requests that named none.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Sessions on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def list_sessions(
    status: str | None, ephemeral: bool, limit: int, cursor: str | None, database: str | None, as_json: bool
) -> None:
    """List sessions, newest first."""
    from twincast.entrypoints.cli.documents import sessions_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import sessions

    with opened(database) as ctx:
        page = sessions.listing(ctx, cursor, limit, None if status is None else Phase(status), ephemeral)
    if as_json:
        print_json(sessions_document(page))
        return
    rows = [
        (it.id, it.name, it.phase.value, str(it.head.position), f"{it.created_at:%Y-%m-%d %H:%M}") for it in page.items
    ]
    table(["session", "name", "status", "events", "begun (UTC)"], rows, right=["events"])
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("show")
@click.argument("session")
@common
def show(session: str, database: str | None, as_json: bool) -> None:
    """Show where a session stands and count what happened in it."""
    from twincast.entrypoints.cli.documents import session_stats_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import sessions

    with opened(database) as ctx:
        found, kinds = sessions.content(ctx, session), sessions.kinds(ctx, session)
    if as_json:
        print_json(session_stats_document(found, kinds))
        return
    _print(found.session, "Session", as_json=False)
    say(f"{found.tests} tests, {found.comparisons} comparisons, {found.checkpoints} checkpoints")
    say(", ".join(f"{count} {kind.value}" for kind, count in kinds.items()) or "nothing happened yet")


@command.command("checkpoint")
@click.argument("session")
@click.argument("name")
@click.option("--description", default="", help="What was reached.")
@common
def mark(session: str, name: str, description: str, database: str | None, as_json: bool) -> None:
    """Give a name to where the session stands."""
    from twincast.entrypoints.cli.documents import checkpoint_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import checkpoints

    with opened(database) as ctx:
        made = checkpoints.mark(ctx, session, name, description)
    if as_json:
        print_json(checkpoint_document(made))
    else:
        say(f"Checkpoint '{made.name}', version {made.version}, after {made.head.position} events.")


@command.command("checkpoints")
@click.argument("session")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Checkpoints on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def marks(session: str, limit: int, cursor: str | None, database: str | None, as_json: bool) -> None:
    """List a session's checkpoints, newest first."""
    from twincast.entrypoints.cli.documents import checkpoints_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import table
    from twincast.usecases import checkpoints

    with opened(database) as ctx:
        page = checkpoints.listing(ctx, session, cursor, limit)
    if as_json:
        print_json(checkpoints_document(page))
        return
    rows = [
        (it.name, str(it.version), str(it.head.position), f"{it.created_at:%Y-%m-%d %H:%M}", it.id) for it in page.items
    ]
    table(["checkpoint", "version", "events", "made (UTC)", "id"], rows, right=["version", "events"])


@command.command("restore")
@click.argument("session")
@click.argument("checkpoint")
@click.option("--version", type=int, help="Of the name. Default: the last.")
@click.option("--new", is_flag=True, help="Go on in a new session.")
@click.option("--name", help="Of the new session.")
@common
def restore(
    session: str, checkpoint: str, version: int | None, new: bool, name: str | None, database: str | None, as_json: bool
) -> None:
    """Go on from a checkpoint (name or id): in the session, or in a new one."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import checkpoints
    from twincast.usecases.checkpoints import Restoring

    if name is not None and not new:
        raise click.UsageError("--name is for a new session: add --new")
    asked = Restoring(checkpoint=checkpoint, version=version, elsewhere=new, name=name)
    with opened(database) as ctx:
        restored = checkpoints.restore(ctx, session, asked)
    _print(restored, "Restored", as_json=as_json)


@command.command("pause")
@click.argument("session")
@common
def pause(session: str, database: str | None, as_json: bool) -> None:
    """Let nothing be run in a session until it is resumed."""
    _move("pause", "Paused", session, database, as_json=as_json)


@command.command("resume")
@click.argument("session")
@common
def resume(session: str, database: str | None, as_json: bool) -> None:
    """Go on with a paused session."""
    _move("resume", "Resumed", session, database, as_json=as_json)


@command.command("end")
@click.argument("session")
@common
def end(session: str, database: str | None, as_json: bool) -> None:
    """End a session for good; what it holds stays readable."""
    _move("end", "Ended", session, database, as_json=as_json)


@command.command("history")
@click.argument("session")
@click.option("--twin", metavar="REFERENCE", help="Only what happened to this twin, or customer.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Events on a page, 1 to 500.")
@click.option("--cursor", help="`next_cursor` of the page before.")
@common
def history(
    session: str, twin: str | None, limit: int, cursor: str | None, database: str | None, as_json: bool
) -> None:
    """List what happened in a session, oldest first."""
    from twincast.entrypoints.cli.documents import session_history_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import sessions

    with opened(database) as ctx:
        page = sessions.history(ctx, session, cursor, limit, twin)
    if as_json:
        print_json(session_history_document(page))
        return
    rows = [
        (str(it.position), f"{it.at:%Y-%m-%d %H:%M}", it.twin_id, it.kind.value, str(it.payload.get("words", "")))
        for it in page.items
    ]
    table(["", "when (UTC)", "twin", "what", ""], rows)
    if page.next_cursor:
        say(f"\nMore: --cursor {page.next_cursor}")


@command.command("export")
@click.argument("session")
@click.argument("file", default="-")
@click.option("--twins", is_flag=True, help="Put the pinned versions of the twins in: another workspace needs them.")
@common
def export(session: str, file: str, twins: bool, database: str | None, as_json: bool) -> None:
    """Write a session to FILE (stdout without one); `sessions import` brings it back."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.files.archives import write_archive
    from twincast.usecases import archives

    with opened(database) as ctx:
        content = write_archive(archives.export(ctx, session, twins=twins))
    if file == "-":
        click.echo(content, nl=False)
        return
    write_bytes(file, content)
    if as_json:
        print_json({"session_id": session, "file": file, "bytes": len(content)})
    else:
        say(f"Wrote {len(content):,} bytes to {file}.")


@command.command("import")
@click.argument("file", default="-")
@common
def load(file: str, database: str | None, as_json: bool) -> None:
    """Store a session from a FILE that `sessions export` wrote (- is stdin)."""
    from twincast.entrypoints.cli.documents import loaded_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.files.archives import read_archive
    from twincast.usecases import archives

    archive = read_archive(bytes_of(file, "file", MAX_FILE))
    with opened(database) as ctx:
        loaded = archives.load(ctx, archive)
    if as_json:
        print_json(loaded_document(loaded))
        return
    _print(loaded.session, "Copied to" if loaded.copied else "Imported", as_json=False)
    say(", ".join(f"{count} {name}" for name, count in loaded.counts.items()))
    if loaded.left_out:
        say(f"{loaded.left_out} persons were erased since it was exported: nothing about them came back.")


@command.command("erase")
@click.argument("session")
@click.option("--yes", is_flag=True, help="Do not ask.")
@common
def erase(session: str, yes: bool, database: str | None, as_json: bool) -> None:
    """Delete a session for good, with everything that was run and kept in it."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import sessions

    if not yes:
        click.confirm(f"Erase the session '{session[:80]}' and all that is in it for good?", abort=True, err=True)
    with opened(database) as ctx:
        removed = sessions.erase(ctx, session)
    if as_json:
        print_json({"session_id": session, "removed": removed})
        return
    say("Erased: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in removed.items()) + ".")


@command.command("replay")
@click.argument("test")
@common
def replay(test: str, database: str | None, as_json: bool) -> None:
    """Ask a stored test again, as it was asked then: the same bytes, or what changed."""
    from twincast.entrypoints.cli.documents import replay_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import bullets, say
    from twincast.usecases import replays

    with opened(database) as ctx:
        found = replays.replay(ctx, test)
    if as_json:
        print_json(replay_document(found))
        return
    say(f"Identical: {found.after}" if found.identical else f"Another answer: {found.before} is now {found.after}")
    bullets("Changed behind it", [f"{it.name}: {it.before} is now {it.after}" for it in found.causes])
    bullets("Differs", [f"{it.path}: {it.before} is now {it.after}" for it in found.differences])


def _move(verb: str, done: str, session: str, database: str | None, *, as_json: bool) -> None:
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import sessions

    moves: dict[str, Any] = {"pause": sessions.pause, "resume": sessions.resume, "end": sessions.end}
    with opened(database) as ctx:
        moved = moves[verb](ctx, session)
    _print(moved, done, as_json=as_json)


def _print(session: "Session", done: str, *, as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import session_document
    from twincast.entrypoints.cli.pages import say

    if as_json:
        print_json(session_document(session))
        return
    named = f" '{session.name}'" if session.name else ""
    say(f"{done} {session.id}{named}: {session.phase.value}, {session.head.position} events.")

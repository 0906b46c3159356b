"""`twincast keys`: create, list and revoke the API keys that the HTTP service asks for."""

import click

from twincast.domain.ids import DEFAULT_WORKSPACE, KeyId, WorkspaceId
from twincast.domain.workspaces import SCOPES
from twincast.entrypoints.cli.options import common, print_json


@click.group("keys")
def command() -> None:
    """Create, list and revoke API keys."""


@command.command("create")
@click.option("--name", required=True, help="What the key is for, in your words.")
@click.option("--scope", "scopes", multiple=True, metavar="SCOPE", help=f"One of {', '.join(SCOPES)}; may be repeated.")
@click.option("--workspace", default=DEFAULT_WORKSPACE, show_default=True, help="Whose data the key opens.")
@common
def create(name: str, scopes: tuple[str, ...], workspace: str, database: str | None, as_json: bool) -> None:
    """Create a key and show its secret, this once. Without --scope it may read and write."""
    from twincast.entrypoints.cli.documents import key_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import keys

    with opened(database) as ctx:
        key, secret = keys.create(
            ctx.store, ctx.clock, ctx.ids, WorkspaceId(workspace), name, scopes or ("read", "write")
        )
    if as_json:
        print_json({**key_document(key), "secret": secret})
        return
    click.echo(secret)
    click.echo(f"Key {key.id} for the workspace '{key.workspace}' may {', '.join(key.scopes)}.", err=True)
    click.echo("Keep the secret: it is not stored and can not be shown again.", err=True)
    click.echo("Send it as the header 'Authorization: Bearer <secret>'.", err=True)


@command.command("list")
@common
def list_keys(database: str | None, as_json: bool) -> None:
    """List all keys, oldest first. Their secrets are not known any more."""
    from twincast.entrypoints.cli.documents import key_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import keys

    with opened(database) as ctx:
        found = keys.list_keys(ctx.store)
    if as_json:
        print_json({"items": [key_document(key) for key in found]})
    elif not found:
        say("There are no keys yet: `twincast keys create --name NAME` makes one.")
    else:
        table(
            ["key", "name", "workspace", "may", "created", "revoked"],
            [
                (
                    key.id,
                    key.name,
                    key.workspace,
                    ", ".join(key.scopes),
                    f"{key.created_at:%Y-%m-%d}",
                    f"{key.revoked_at:%Y-%m-%d}" if key.revoked_at else "",
                )
                for key in found
            ],
        )


@command.command("revoke")
@click.argument("key_id")
@common
def revoke(key_id: str, database: str | None, as_json: bool) -> None:
    """Revoke a key: it opens nothing any more."""
    from twincast.entrypoints.cli.documents import key_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import keys

    with opened(database) as ctx:
        key = keys.revoke(ctx.store, ctx.clock, KeyId(key_id))
    if as_json:
        print_json(key_document(key))
    else:
        say(f"Revoked {key.id}.")

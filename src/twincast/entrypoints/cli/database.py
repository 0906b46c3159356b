"""`twincast database`: what is done with a whole database."""

import click

from twincast.entrypoints.cli.options import common, print_json


@click.group("database")
def command() -> None:
    """Copy a whole database, as from SQLite to PostgreSQL."""


@command.command("copy")
@click.option("--from", "source", metavar="URL", help="Database to copy. Default: --database and what it defaults to.")
@click.option("--to", "target", metavar="URL", required=True, help="Empty database; an SQLite file is made.")
@common
def copy(source: str | None, target: str, database: str | None, as_json: bool) -> None:
    """Copy every workspace to an empty database of any kind: all of it or nothing, each table checked by its digest.

    Stop the service and its workers first: what they write meanwhile is not copied.
    """
    from twincast.bootstrap.databases import copy_database
    from twincast.bootstrap.settings import read_settings
    from twincast.entrypoints.cli.pages import progress, say, table

    with progress("Copying rows") as told:
        copied = copy_database(source or read_settings(database=database).database, target, told)
    if as_json:
        print_json({"tables": [{"name": it.name, "rows": it.rows, "sha256": it.digest} for it in copied]})
        return
    filled = [it for it in copied if it.rows]
    table(["table", "rows", "sha256"], [(it.name, f"{it.rows:,}", it.digest[:12]) for it in filled], right=["rows"])
    say(f"{sum(it.rows for it in copied):,} rows were copied and read again: both databases hold the same.")

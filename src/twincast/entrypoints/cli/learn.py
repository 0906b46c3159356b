"""`twincast learn`: refit on what really happened; also what a nightly timer calls."""

from typing import TYPE_CHECKING

import click

from twincast.entrypoints.cli.calibration import counts
from twincast.entrypoints.cli.options import common, print_json, workspace_option

if TYPE_CHECKING:
    from twincast.domain.models import ModelVersion


@click.command("learn")
@workspace_option
@click.option("--at-least", type=click.IntRange(min=1), metavar="N", help="Only where N outcomes came in since.")
@click.option("--exact", is_flag=True, help="Refit on everything, also where adding what is new would do.")
@click.option("--every", type=click.FloatRange(min=0.0001), metavar="HOURS", help="All workspaces, again and again.")
@common
def command(
    workspace: str, at_least: int | None, exact: bool, every: float | None, database: str | None, as_json: bool
) -> None:
    """Learn from every outcome there is: a new version of the model answers from then on."""
    from twincast.domain.ids import WorkspaceId
    from twincast.entrypoints.cli.documents import model_document, models_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import learning

    if every is not None:
        _again_and_again(database, at_least or 1, every)
        return
    with opened(database, WorkspaceId(workspace)) as ctx:
        fresh = learning.unlearned(ctx)
        if at_least is not None and fresh < at_least:
            found = learning.models(ctx)
            if as_json:
                print_json(models_document(found.current, found.versions))
            else:
                say(f"{fresh:,} outcomes came in since the model learned, fewer than {at_least:,}: it stays as it is.")
            return
        version = learning.learn(ctx, exact=exact)
    if as_json:
        print_json(model_document(version))
    else:
        say(_words(version))


def _again_and_again(database: str | None, at_least: int, hours: float) -> None:
    """Refit whatever workspace has enough to learn from, until stopped or left alone."""
    import os

    from twincast.bootstrap.container import open_parts
    from twincast.bootstrap.settings import read_settings
    from twincast.entrypoints.cli.refits import NICER, refit_due, while_parent_lives

    os.nice(NICER)
    parts = open_parts(read_settings(database=database))
    try:
        for _ in while_parent_lives(hours * 3600.0):
            for workspace, version in refit_due(parts, at_least):
                click.echo(f"{workspace}: {_words(version)}", err=True)
    finally:
        parts.close()


def _words(version: "ModelVersion") -> str:
    left = "; ".join(f"{count:,} {reason}" for reason, count in version.left_out.items())
    return (
        f"Version {version.version} answers from now on. It learned from {counts(version)}."
        + (f" Left out: {left}." if left else "")
        + "".join(f"\nNote: {note}." for note in version.notes)
    )

"""`twincast disclose`: what a study rests on, as Markdown or JSON."""

import json
from pathlib import Path

import click

from twincast.entrypoints.cli.options import common, print_json, write_bytes


@click.command("disclose")
@click.argument("study")
@click.option("--out", type=click.Path(path_type=Path), help="File to write the Markdown to. Default: stdout.")
@common
def command(study: str, out: Path | None, database: str | None, as_json: bool) -> None:
    """Say what STUDY simulated, from which data, by which model, how far that was checked, and its limits.

    STUDY is the id of a batch, a comparison or a session.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.disclosures import markdown
    from twincast.usecases import disclosures
    from twincast.wire.disclosures import DisclosureSheet

    with opened(database) as ctx:
        found = disclosures.of_study(ctx, study)
    if as_json:
        print_json(json.loads(DisclosureSheet.of(found).rendered()))
    elif out is not None:
        write_bytes(str(out), markdown(found).encode())
    else:
        click.echo(markdown(found), nl=False)

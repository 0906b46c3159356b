"""`twincast world`: synthetic customers with a known truth, as files to try everything on."""

from pathlib import Path
from typing import Any

import click

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.cli.options import common, print_json

KINDS = ("planted", "no-effect", "no-signal", "nothing")


@click.command("world")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder to write to.")
@click.option("--customers", type=click.IntRange(10, 1_000_000), default=5_000, show_default=True)
@click.option("--kind", type=click.Choice(KINDS), default="planted", show_default=True, help="What there is to find.")
@click.option("--drift", type=click.FloatRange(-5, 5), default=0.0, help="Jump of log order rates half way through.")
@click.option("--confounding", type=click.FloatRange(0, 5), default=0.0, help="Send more to the active; 0: at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same bytes.")
@common
def command(out: Path, as_json: bool, database: str | None, **options: Any) -> None:
    """Make up customers, messages and what happened, with the truth beside it.

    Everything in it is synthetic and says so. Then: twincast backtest OUT/contacts.csv
    --outcome purchased
    """
    from twincast.files.worlds import README, world_files
    from twincast.world.making import Options, make

    world = make(Options(**options))
    made = " ".join(f"--{name} {value}" for name, value in options.items())
    readme = README.format(days=world.window_days, outcomes=", ".join(world.outcomes), made=f"twincast world {made}")
    truth = {name: [round(value, 9) for value in values.tolist()] for name, values in world.truth.items()}
    files = world_files(world.columns, truth, world.records(), world.interventions, readme=readme)
    _write(out, files)
    if as_json:
        print_json({"synthetic": True, "contacts": len(world), "folder": str(out), "files": list(files)})
        return
    click.echo(f"{len(world):,} synthetic contacts in {out}: {', '.join(files)}")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        problem = FieldProblem(field="out", message=f"'{folder}' can not be written: {error.strerror or error}")
        raise InvalidInput.of([problem]) from None

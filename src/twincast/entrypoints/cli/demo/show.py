"""The command `twincast demo`."""

import click

from twincast.entrypoints.cli.options import common, print_json

IN_MEMORY = "memory://"


@click.command("demo")
@click.option(
    "--households", "count", type=click.IntRange(min=20), metavar="N", help="So many households. Default: all."
)
@click.option("--campaign", "number", type=int, metavar="ID", help="Another campaign that began before September 2017.")
@common
def command(count: int | None, number: int | None, database: str | None, as_json: bool) -> None:
    """Show it on a real shop: predictions beside what really happened.

    Real households get twins of what was known the day before a real coupon campaign; the campaign is tested on all
    of them against sending nothing; then what they did is laid beside it. Kept in memory unless --database is given.
    """
    from twincast.entrypoints.cli.demo.run import run
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import progress

    with opened(database or IN_MEMORY) as ctx, progress("Predicting a real campaign") as told:
        shown = run(ctx, number, count, told)
    if as_json:
        from twincast.entrypoints.cli.demo.documents import document

        print_json(document(shown, number is not None))
        return
    from twincast.entrypoints.cli.demo.pages import print_demonstration

    print_demonstration(shown, number is not None, database)

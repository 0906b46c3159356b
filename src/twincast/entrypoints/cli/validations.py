"""`twincast judge`: which predicted fields may be relied on."""

import click

from twincast.entrypoints.cli.options import common, print_json


@click.command("judge")
@click.argument("tests", nargs=-1, required=True, metavar="TEST...")
@click.option("--threshold", type=float, default=0.7, show_default=True, help="Least confidence that passes.")
@common
def command(tests: tuple[str, ...], threshold: float, database: str | None, as_json: bool) -> None:
    """Say which fields of stored tests may be relied on: sure enough, and checked against outcomes."""
    from twincast.entrypoints.cli.documents import quality_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import bullets, say
    from twincast.usecases import validations

    with opened(database) as ctx:
        found = validations.judge_tests(ctx, tests, threshold)
    if as_json:
        print_json(quality_document(found))
        return
    say("All pass." if found.passed else "Not all pass.")
    for test in dict.fromkeys(it.test_id or "" for it in found.fields):
        rows = [it for it in found.fields if it.test_id == test]
        bullets(test, [f"{it.field}: {'; '.join(it.reasons) or 'passes'}" for it in rows], most=len(rows))

"""`twincast sensitivity`: on what a ranking hangs."""

import json
from typing import TYPE_CHECKING

import click

from twincast.entrypoints.cli.options import body_of, common, print_json

if TYPE_CHECKING:
    from twincast.domain.sensitivity import Sensitivity


@click.command("sensitivity")
@click.argument("body", metavar="FILE")
@common
def command(body: str, database: str | None, as_json: bool) -> None:
    """Rank variants for many twins again: with other draws, other wordings, other models.

    FILE (JSON; - is stdin) is a body of POST /api/v1/intervention-testing/sensitivity. Nothing is stored.
    """
    from twincast.entrypoints.cli.bodies import sensitivity_request
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import sensitivity
    from twincast.wire.sensitivity import SensitivityPanel

    asked = sensitivity_request(body_of(body, "body"))
    with opened(database) as ctx:
        found = sensitivity.run(ctx, asked)
    if as_json:
        print_json(json.loads(SensitivityPanel.of(found).rendered()))
    else:
        _show(found)


def _show(found: "Sensitivity") -> None:
    from twincast.entrypoints.cli.pages import bullets, say, table

    say(f"{found.customers:,} customers, ranked by {found.field.replace('_', ' ')}; {found.leading} leads.")
    numbers = ("mean", "from", "to", "wordings", "least", "most")
    rows = [
        [it.variant, *(f"{x:.4g}" for x in (it.value, it.low, it.high)), f"{it.wordings}", f"{it.lowest:.4g}",
         f"{it.highest:.4g}"]
        for it in found.variants
    ]  # fmt: skip
    table(["variant", *numbers], rows, right=numbers)
    if found.agreeing is not None:
        say(f"\nOne variant is best for {found.agreeing:.0%} of the customers.")
    for spread in found.spreads:
        ratio = "-" if spread.ratio is None else f"{spread.ratio:.2f}"
        say(f"They differ by {ratio} of the variance that was to be expected ({spread.basis}).")
    held = [*found.stabilities, *(found.spoken.stabilities if found.spoken else ())]
    shares = ("rankings", "same leader", "same order", "tau")
    lines = [[it.over, f"{it.rankings:,}", f"{it.first:.0%}", f"{it.order:.0%}", f"{it.tau:.2f}"] for it in held]
    table(["over", *shares], lines, right=shares)
    if found.spoken is not None:
        say(f"\n{found.spoken.replies:,} replies of {', '.join(found.spoken.models)} for {found.spoken.twins} twins.")
    bullets("Look at", [it.message for it in found.warnings])

"""`--dry-run`: what a command would cost, instead of running it."""

from typing import TYPE_CHECKING, Final

import click

from twincast.entrypoints.cli.options import print_json

if TYPE_CHECKING:
    from twincast.domain.costs import CostForecast
    from twincast.usecases.estimates import Request

dry_option: Final = click.option("--dry-run", is_flag=True, help="Say what it will cost; nothing is run or stored.")
"""Gives a command the option `--dry-run`."""
WORDS: Final = {
    "calls": "{:,.0f}",
    "tokens_in": "{:,.0f}",
    "tokens_out": "{:,.0f}",
    "usd": "{:,.4f}",
    "seconds": "{:,.1f}",
}
"""How each range is written."""


def print_cost(database: str | None, models: tuple[str, ...], request: "Request", *, as_json: bool) -> None:
    """Print what a run would cost."""
    from twincast.entrypoints.cli.documents import estimate_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases.estimates import estimate

    with opened(database, models=models) as ctx:
        found = estimate(ctx, request)
    if as_json:
        print_json(estimate_document(found))
    else:
        _print(found)


def _print(found: "CostForecast") -> None:
    from twincast.entrypoints.cli.pages import say, table

    rows = [
        (name.replace("_", " "), *(WORDS[name].format(end) for end in (it.low, it.value, it.high)))
        for name, it in found.ranges.items()
        if it is not None
    ]
    table(["", "low", "middle", "high"], rows, right=["low", "middle", "high"])
    learned = f"learned from {found.past_calls:,} calls" if found.past_calls else "no call was made before"
    say(f"\nRanges of {found.calls.level:.0%}, {learned}. {found.kept:,} answers are kept and cost nothing.")
    if found.unpriced:
        say(f"The price of {', '.join(found.unpriced)} is not known: so is the money.")
    say(f"Budget: {found.allowed.value}.")

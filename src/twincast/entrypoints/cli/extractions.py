"""`twincast extract`: what a session's results are, and what they add up to."""

from typing import TYPE_CHECKING

import click

from twincast.domain.extractions import EXTRACTION_LEVEL, HIGH_ENGAGEMENT
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.extractions import Aggregate, Extraction

MOST_ROWS = 20


@click.command("extract")
@click.argument("session")
@click.option("--checkpoint", metavar="NAME", help="As it was there. Default: where the session stands.")
@click.option("--field", "fields", multiple=True, metavar="FIELD", help="What to extract; may be repeated.")
@click.option(
    "--by", "groupby", multiple=True, metavar="WHAT", help="intervention_variant, channel, customer_segment, ..."
)
@click.option("--level", default=EXTRACTION_LEVEL, show_default=True, help="Share of cases that intervals are to hold.")
@common
def command(
    session: str,
    checkpoint: str | None,
    fields: tuple[str, ...],
    groupby: tuple[str, ...],
    level: float,
    database: str | None,
    as_json: bool,
) -> None:
    """Read the results of SESSION: a row for each customer and message, and what they add up to."""
    from twincast.entrypoints.cli.documents import extraction_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import extractions

    request = extractions.ExtractionRequest(
        session=session, checkpoint=checkpoint, fields=fields or None, groupby=groupby, level=level
    )
    with opened(database) as ctx:
        found = extractions.extract(ctx, request)
    if as_json:
        print_json(extraction_document(found))
        return
    _print(found)


def _print(found: "Extraction") -> None:
    from twincast.domain.predictions import FieldPrediction
    from twincast.entrypoints.cli.figures import value_of
    from twincast.entrypoints.cli.pages import bullets, say, table

    totals, money = found.totals, found.totals.currency or ""
    say(f"Session {found.session_id}" + (f" at '{found.checkpoint.name}'" if found.checkpoint else ""))
    rows = [
        [
            value_of(it, row.result.currency) if isinstance(it, FieldPrediction) else it or "-"
            for it in row.values.values()
        ]
        for row in found.rows[:MOST_ROWS]
    ]
    table([name.replace("_", " ") for name in found.fields], rows)
    if len(found.rows) > MOST_ROWS:
        say(f"and {len(found.rows) - MOST_ROWS} more rows: --json has them all")
    say(f"\nOf {totals.customers} customers, each counted once (in brackets {found.level:.0%} intervals of the model):")
    say(f"  engagement {_share(totals.engagement)}, purchase {_share(totals.purchase)}")
    say(f"  expected revenue {_money(totals.revenue)} {money}".rstrip())
    say(f"  {totals.high} with an engagement of {HIGH_ENGAGEMENT:.0%} or more")
    for group in found.groups or ():
        said = ", ".join(f"{name}: {value}" for name, value in group.by.items())
        metrics = ", ".join(f"{name} {it.value:.4g}" for name, it in group.metrics.items())
        say(f"\n{said} ({group.customers} customers): {metrics}")
    bullets("Look at", [it.message for it in found.warnings])


def _share(found: "Aggregate") -> str:
    if found.value is None:
        return "-"
    inside = found.interval
    return f"{found.value:.1%}" + (f" ({inside.low:.1%} to {inside.high:.1%})" if inside else "")


def _money(found: "Aggregate") -> str:
    if found.value is None:
        return "-"
    inside = found.interval
    return f"{found.value:,.2f}" + (f" ({inside.low:,.2f} to {inside.high:,.2f})" if inside else "")

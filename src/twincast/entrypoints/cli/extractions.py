"""`twincast extract`: what a session's results are, what they add up to, and what to do by them."""

from typing import TYPE_CHECKING

import click

from twincast.domain.extractions import EXTRACTION_LEVEL, HIGH_ENGAGEMENT, MIN_CELL
from twincast.entrypoints.cli.options import common, print_json

if TYPE_CHECKING:
    from twincast.domain.extractions import Aggregate, Extraction, Statistics
    from twincast.usecases.extractions import Extracted

MOST_ROWS = 20
BATCH = "batch_"
"""What the id of a batch begins with."""


@click.command("extract")
@click.argument("session")
@click.option("--checkpoint", metavar="NAME", help="As it was there. Default: where the session stands.")
@click.option("--field", "fields", multiple=True, metavar="FIELD", help="What to extract; may be repeated.")
@click.option(
    "--by", "groupby", multiple=True, metavar="WHAT", help="intervention_variant, channel, customer_segment, ..."
)
@click.option("--segment", "segments", multiple=True, metavar="NAME", help="Defined segments to put customers into.")
@click.option("--level", default=EXTRACTION_LEVEL, show_default=True, help="Share of cases that intervals are to hold.")
@click.option("--min-cell", default=MIN_CELL, show_default=True, help="Customers below which nothing is claimed.")
@click.option("--contact-cost", type=float, help="Money that a contact costs: for the return on it.")
@click.option("--margin", type=float, default=1.0, show_default=True, help="Share of revenue that is left.")
@click.option("--keep", is_flag=True, help="Store it, as POST /intervention-testing/extract-results does.")
@common
def command(  # noqa: PLR0913 - each option is an argument
    session: str,
    checkpoint: str | None,
    fields: tuple[str, ...],
    groupby: tuple[str, ...],
    segments: tuple[str, ...],
    level: float,
    min_cell: int,
    contact_cost: float | None,
    margin: float,
    keep: bool,
    database: str | None,
    as_json: bool,
) -> None:
    """Read the results of SESSION, or of a batch by its id.

    A row for each customer and message, what they add up to, and what to do by them.
    """
    from twincast.domain.extractions import Economics
    from twincast.entrypoints.cli.documents import extraction_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import extractions

    request = extractions.ExtractionRequest(
        session=None if session.startswith(BATCH) else session,
        batch=session if session.startswith(BATCH) else None,
        checkpoint=checkpoint,
        fields=fields or (extractions.RESULTS if keep else None),
        groupby=groupby,
        segments=segments,
        level=level,
        min_cell=min_cell,
        economics=None if contact_cost is None else Economics(contact=contact_cost, margin=margin),
    )
    with opened(database) as ctx:
        found = extractions.run(ctx, request) if keep else extractions.extract(ctx, request)
    if as_json:
        print_json(extraction_document(found))
        return
    _print(found)


def _print(found: "Extracted") -> None:
    from twincast.domain.predictions import FieldPrediction
    from twincast.entrypoints.cli.figures import value_of
    from twincast.entrypoints.cli.pages import bullets, say, table

    extraction = found.extraction
    kept = f", kept as {extraction.id}" if extraction.id else ""
    mark = f" at '{extraction.checkpoint.name}'" if extraction.checkpoint else ""
    what = f"Batch {extraction.batch_id}" if extraction.batch_id else f"Session {extraction.session_id}"
    say(f"{what}{mark}{kept}")
    rows = [
        [
            value_of(it, row.result.currency)
            if isinstance(it, FieldPrediction)
            else "-"
            if it in (None, "")
            else str(it)
            for it in row.values.values()
        ]
        for row in found.rows[:MOST_ROWS]
    ]
    table([name.replace("_", " ") for name in extraction.fields], rows)
    if len(found.rows) > MOST_ROWS:
        say(f"and {len(found.rows) - MOST_ROWS} more rows: --json has them all")
    if extraction.statistics is not None:
        _add_up(extraction, extraction.statistics)
    bullets("Look at", [it.message for it in extraction.warnings])


def _add_up(extraction: "Extraction", found: "Statistics") -> None:
    from twincast.entrypoints.cli.pages import bullets, say

    totals, money = found.totals, found.totals.currency or ""
    many = f"{extraction.level:.0%} intervals of the model"
    say(f"\nOf {totals.customers} customers, each counted once (in brackets {many}):")
    say(f"  engagement {_share(totals.engagement)}, purchase {_share(totals.purchase)}")
    say(f"  expected revenue {_money(totals.revenue)} {money}".rstrip())
    say(f"  {totals.high} with an engagement of {HIGH_ENGAGEMENT:.0%} or more")
    say(f"  These are of {totals.used}.")
    for group in found.groups or ():
        said = ", ".join(f"{name}: {value}" for name, value in group.by.items())
        metrics = ", ".join(f"{name} {it.value:.4g}" for name, it in group.metrics.items())
        say(f"\n{said} ({group.customers} customers): {metrics}")
    if found.differences:
        lines = [
            f"{it.field}: {it.first} less {it.second} is {it.together.value:.4g} "
            f"({it.together.low:.4g} to {it.together.high:.4g}), P(better) {it.better:.0%}"
            for it in found.differences
        ]
        bullets("Variants on the same customers", lines, most=len(lines))
    advice = found.advice
    say(f"\nStrategy: {advice.strategy or 'none'} ({advice.strategy_reason}).")
    say(f"Best time: {advice.timing.token or advice.timing.reason}.")
    if advice.roi.ratio is not None:
        ratio = advice.roi.ratio
        say(f"Return on cost: {ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f}).")
    for test in found.tests[1:2]:
        many = "more than can be said" if test.per_arm is None else f"{test.per_arm:,} customers in each arm"
        say(f"To confirm {test.first} over {test.second} on purchases with real customers: {many}.")


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

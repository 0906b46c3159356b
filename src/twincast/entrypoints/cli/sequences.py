"""`twincast sequence`: several messages to one twin over time, what each adds, and when to stop."""

from datetime import date
from typing import Any

import click

from twincast.entrypoints.cli.comparisons import name_of
from twincast.entrypoints.cli.options import body_of, common, day, print_json, text_of


@click.command("sequence")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twin", "digital_twin_id", metavar="REFERENCE", help="The twin's id or the customer's.")
@click.option("--content", "contents", multiple=True, metavar="TEXT", help="A message, or @FILE; may be repeated.")
@click.option("--channel", "channels", multiple=True, help="Tried for messages without a channel; may be repeated.")
@click.option("--objective", help="maximize_purchase_probability (default), maximize_incremental_profit, ...")
@click.option("--margin", type=float, help="Share of the list price left once the goods are paid; for profit.")
@click.option("--contact-cost", type=float, help="What one contact costs; for profit.")
@click.option("--max-messages", type=int, metavar="N", help="Messages at most. Default: 5.")
@click.option("--within-days", type=int, metavar="DAYS", help="Days in which all of them lie. Default: 42.")
@click.option("--rest-days", type=float, metavar="DAYS", help="Least days between two. Default: what adds most.")
@click.option("--least-gain", type=float, help="What a message must add, in the objective's unit. Default: 0.")
@click.option("--horizon", "horizon_days", type=int, metavar="DAYS", help="Days within which to predict. Default: 7.")
@click.option("--as-of", callback=day, metavar="DATE", help="Day the plan is made from. Default: today.")
@click.option("--session", "session_id", metavar="ID", help="Session whose memory the twin brings. Default: its own.")
@common
def command(
    body: str | None,
    contents: tuple[str, ...],
    channels: tuple[str, ...],
    margin: float | None,
    contact_cost: float | None,
    as_of: date | None,
    database: str | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Plan several messages to one twin over time, and when to stop.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/intervention-testing/sequence; flags win.
    """
    from twincast.entrypoints.cli.bodies import sequence_request
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import sequences

    request = body_of(body, "body") if body else {}
    request |= {name: value for name, value in flags.items() if value is not None}
    if contents:
        request["messages"] = [{"id": name_of(place), "content": text_of(it)} for place, it in enumerate(contents)]
    if channels:
        request["channels"] = list(channels)
    if as_of is not None:
        request["as_of"] = as_of.isoformat()
    costs = {"margin": margin, "contact": contact_cost}
    if stated := {name: value for name, value in costs.items() if value is not None}:
        request["costs"] = {**request.get("costs", {}), **stated}
    wanted = sequence_request(request)
    with opened(database) as ctx:
        plan = sequences.plan(ctx, wanted)
    if as_json:
        from twincast.entrypoints.cli.documents import sequence_document

        print_json(sequence_document(plan))
        return
    from twincast.entrypoints.cli.planned import print_sequence

    print_sequence(plan)

"""`twincast optimize`: the best message for one twin, what it owes to its parts, and how it was found."""

from datetime import date
from typing import Any

import click

from twincast.entrypoints.cli.options import body_of, common, day, print_json

OBJECTIVE_HELP = "maximize_purchase_probability (default), maximize_incremental_profit, ..."


@click.command("optimize")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twin", metavar="REFERENCE", help="The twin's id or the customer's.")
@click.option("--segment", metavar="NAME", help="Instead of a twin: one message for all who belong to it.")
@click.option("--objective", help=OBJECTIVE_HELP)
@click.option("--discount-max", type=float, help="Largest fraction of the list price: 0.3 is 30 %.")
@click.option("--words", type=int, metavar="N", help="Longest message, in words.")
@click.option("--tone", help="professional, friendly, formal, ... Default: the one the twin prefers.")
@click.option("--occasion", help="customer_birthday, win_back, ...")
@click.option("--product", help="What the message is to be about.")
@click.option("--urgency", help="low, medium or high.")
@click.option("--margin", type=float, help="Share of the list price left once the goods are paid; for profit.")
@click.option("--contact-cost", type=float, help="What one contact costs; for profit.")
@click.option("--channel", help="email, sms, push, ... Default: the first that the customer prefers.")
@click.option("--candidates", type=int, metavar="N", help="Most plans that are scored. Default: 1000.")
@click.option("--drafts", type=int, metavar="N", help="Texts that a language model is asked for. Default: 0.")
@click.option("--horizon", type=int, metavar="DAYS", help="Days within which to predict. Default: 7.")
@click.option("--as-of", callback=day, metavar="DATE", help="Day of the prediction. Default: today.")
@click.option("--seed", type=int, help="For random draws. Default: the session's.")
@click.option("--session", "session_id", metavar="ID", help="Session to run it in. Default: an ephemeral one.")
@common
def command(body: str | None, segment: str | None, database: str | None, as_json: bool, **flags: Any) -> None:
    """Find the best message for one twin, or one for a segment, within constraints.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/intervention-testing/optimize; flags win.
    """
    from twincast.entrypoints.cli.bodies import optimization_request
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import optimizations

    if segment is not None:
        _for_segment(_asked(body_of(body, "body") if body else {}, flags), segment, database, as_json=as_json)
        return
    wanted = optimization_request(_asked(body_of(body, "body") if body else {}, flags))
    with opened(database) as ctx:
        found = optimizations.run(ctx, wanted)
    if as_json:
        from twincast.entrypoints.cli.documents import optimization_document

        print_json(optimization_document(found))
        return
    from twincast.entrypoints.cli.found import print_optimization

    print_optimization(found)


def _for_segment(request: dict[str, Any], segment: str, database: str | None, *, as_json: bool) -> None:
    from twincast.entrypoints.cli.bodies import common_request
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases.optimizing import together
    from twincast.wire.commons import CommonMessageOut

    whom, asked = common_request({**request, "customer_segment": segment})
    with opened(database) as ctx:
        found = together.run(ctx, whom, asked)
    if as_json:
        print_json(CommonMessageOut.of(found).model_dump(mode="json"))
        return
    from twincast.entrypoints.cli.found import print_common

    print_common(found)


_PARTS = {
    "constraints": {"discount_max": "discount_max", "message_length_max": "words", "tone": "tone"},
    "context": {"occasion": "occasion", "product_focus": "product", "urgency": "urgency"},
    "costs": {"margin": "margin", "contact": "contact_cost"},
}
_WHOLE = {
    "digital_twin_id": "twin",
    "horizon_days": "horizon",
    **{name: name for name in ("objective", "channel", "candidates", "drafts", "seed", "session_id")},
}


def _asked(request: dict[str, Any], flags: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the flags that were given put into it."""
    stated = {key: flags[flag] for key, flag in _WHOLE.items() if flags[flag] is not None}
    as_of = flags["as_of"]
    if isinstance(as_of, date):
        stated["as_of"] = as_of.isoformat()
    for part, names in _PARTS.items():
        said = {key: flags[flag] for key, flag in names.items() if flags[flag] is not None}
        given = request.get(part)
        if said and (given is None or isinstance(given, dict)):
            stated[part] = {**(given or {}), **said}
    return {**request, **stated}

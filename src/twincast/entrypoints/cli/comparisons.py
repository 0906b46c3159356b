"""`twincast compare`: several messages for one twin, ranked, with the advice to send one or to decide yourself."""

from string import ascii_uppercase
from typing import Any

import click

from twincast.entrypoints.cli.costs import dry_option, print_cost
from twincast.entrypoints.cli.options import body_of, common, llm_option, print_json, text_of
from twincast.entrypoints.cli.requests import asked, request_options


@click.command("compare")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twin", metavar="REFERENCE", help="The twin's id or the customer's.")
@click.option("--content", "contents", multiple=True, metavar="TEXT", help="A message, or @FILE; may be repeated.")
@click.option("--no-contact", is_flag=True, help="Rank sending nothing among them.")
@click.option("--threshold", type=float, help="P(best) below which nothing is recommended. Default: 0.75.")
@click.option("--words", is_flag=True, help="Ask the language model for each reply, one call a variant.")
@dry_option
@request_options
@llm_option
@common
def command(
    body: str | None,
    twin: str | None,
    contents: tuple[str, ...],
    no_contact: bool,
    threshold: float | None,
    database: str | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Rank several messages for one twin, against sending nothing.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/intervention-testing/compare-variants; flags win.
    """
    from twincast.entrypoints.cli.bodies import comparison_request
    from twincast.entrypoints.cli.documents import comparison_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import comparisons

    request = body_of(body, "body") if body else {}
    if contents:
        request["variants"] = [{"id": name_of(place), "content": text_of(it)} for place, it in enumerate(contents)]
    if no_contact:
        request["include_no_contact"] = True
    if threshold is not None:
        request["decision_threshold"] = threshold
    if flags["words"]:
        request["words"] = True
    asked(request, flags, twin=twin, inside=None)
    wanted = comparison_request(request)
    if flags["dry_run"]:
        print_cost(database, flags["models"], wanted, as_json=as_json)
        return
    with opened(database, models=flags["models"]) as ctx:
        comparison = comparisons.run(ctx, wanted)
    if as_json:
        print_json(comparison_document(comparison))
        return
    from twincast.entrypoints.cli.answers import print_comparison

    print_comparison(comparison)


def name_of(place: int) -> str:
    """Return the id of the n-th message of the command line: A to Z, then A2 and so on."""
    turn, letter = divmod(place, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(turn + 1) if turn else "")

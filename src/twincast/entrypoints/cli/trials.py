"""`twincast test`: one message, one twin, one answer."""

from typing import Any

import click

from twincast.entrypoints.cli.costs import dry_option, print_cost
from twincast.entrypoints.cli.options import body_of, common, llm_option, print_json, text_of
from twincast.entrypoints.cli.requests import asked, request_options, slots_of


@click.command("test")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twin", metavar="REFERENCE", help="The twin's id or the customer's.")
@click.option("--content", metavar="TEXT", help="The message, or @FILE; leave it out to send nothing.")
@click.option("--template", metavar="ID", help="Instead of content: one of `twincast templates`.")
@click.option("--slot", "slots", multiple=True, metavar="NAME=TEXT", help="Fills the template; may be repeated.")
@click.option("--memory", is_flag=True, help="Let the twin remember it in the session.")
@click.option("--thinking", is_flag=True, help="Add what the twin thinks; the numbers are the same.")
@dry_option
@request_options
@llm_option
@common
def command(
    body: str | None,
    twin: str | None,
    content: str | None,
    template: str | None,
    slots: tuple[str, ...],
    models: tuple[str, ...],
    database: str | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Ask a twin how it will answer one message.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/intervention-testing/test; flags win over it.
    """
    from twincast.entrypoints.cli.bodies import trial_request
    from twincast.entrypoints.cli.documents import trial_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import trials

    request = body_of(body, "body") if body else {}
    if content is not None:
        request["intervention"] = {**_inner(request), "content": text_of(content)}
    if template is not None:
        request["intervention"] = {**_inner(request), "template": template, "slots": slots_of(slots)}
    if not request.get("intervention") and body is None:
        request["intervention"] = {"type": "none"}
    asked(request, flags, twin=twin, inside=_inner(request))
    for flag, name in (("memory", "enable_memory"), ("thinking", "enable_thinking")):
        if flags[flag]:
            request["interaction_config"] = {**(request.get("interaction_config") or {}), name: True}
    wanted = trial_request(request)
    if flags["dry_run"]:
        print_cost(database, models, wanted, as_json=as_json)
        return
    with opened(database, models=models) as ctx:
        trial = trials.run(ctx, wanted)
    if as_json:
        print_json(trial_document(trial))
        return
    from twincast.entrypoints.cli.answers import print_trial

    print_trial(trial)


def _inner(request: dict[str, Any]) -> dict[str, Any]:
    inner = request.get("intervention")
    return inner if isinstance(inner, dict) else {}

"""`twincast interact`: one stimulus, one twin, in rounds."""

from typing import Any

import click

from twincast.entrypoints.cli.options import body_of, common, day, llm_option, print_json, text_of


@click.command("interact")
@click.argument("body", required=False, metavar="[FILE]")
@click.option("--twin", metavar="REFERENCE", help="The twin's id or the customer's.")
@click.option("--content", metavar="TEXT", help="The message, or @FILE.")
@click.option("--type", "type_", help="Kind of message. Default: marketing_message.")
@click.option("--channel", help="email, sms, push, ... Default: the first that the customer prefers.")
@click.option("--timing", help="friday_morning, or an ISO 8601 moment.")
@click.option("--session", metavar="ID", help="Session to run it in. Default: an ephemeral one.")
@click.option("--rounds", type=int, help="Rounds to think and answer in, 1 to 10. Default: 1.")
@click.option("--memory", is_flag=True, help="Let the twin remember it in the session.")
@click.option("--thinking", is_flag=True, help="Add what the twin thinks; the numbers are the same.")
@click.option("--draws", type=int, help="Conversations that a language model holds, each paid for. Default: 1.")
@click.option("--as-of", callback=day, metavar="DATE", help="Day of the prediction. Default: today.")
@llm_option
@common
def command(body: str | None, models: tuple[str, ...], database: str | None, as_json: bool, **flags: Any) -> None:
    """Let a twin think about a message and answer it, round by round.

    With FILE (JSON; - is stdin) the request is a body of POST /api/v1/simulate/individual-interaction; flags win.
    """
    from twincast.entrypoints.cli.bodies import interaction_request
    from twincast.entrypoints.cli.documents import interaction_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import trials

    wanted = interaction_request(_asked(body_of(body, "body") if body else {}, flags))
    with opened(database, models=models) as ctx:
        trial = trials.run(ctx, wanted)
    if as_json:
        print_json(interaction_document(trial))
        return
    from twincast.entrypoints.cli.answers import print_interaction

    print_interaction(trial)


def _asked(request: dict[str, Any], flags: dict[str, Any]) -> dict[str, Any]:
    """Return a body with the flags that were given put in."""
    stimulus = _inner(request, "stimulus")
    context = {**_inner(stimulus, "context"), **_given(channel=flags["channel"], timing=flags["timing"])}
    content = None if flags["content"] is None else text_of(flags["content"])
    stimulus = {"type": "marketing_message", **stimulus, **_given(type=flags["type_"], content=content)}
    config = {
        **_inner(request, "interaction_config"),
        **_given(
            rounds=flags["rounds"],
            draws=flags["draws"],
            enable_memory=flags["memory"] or None,
            enable_thinking=flags["thinking"] or None,
        ),
    }
    who = {"persona_id": flags["twin"]} if flags["twin"] is not None else _inner(request, "participants")
    as_of = None if flags["as_of"] is None else flags["as_of"].isoformat()
    return {
        **request,
        "participants": who,
        "stimulus": {**stimulus, **({"context": context} if context else {})},
        "interaction_config": config,
        **_given(session_id=flags["session"], as_of=as_of),
    }


def _inner(request: dict[str, Any], key: str) -> dict[str, Any]:
    found = request.get(key)
    return found if isinstance(found, dict) else {}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

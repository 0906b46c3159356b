"""The flags that `test` and `compare` share, and the API's body that they make."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from twincast.entrypoints.cli.options import day, text_of

F = TypeVar("F", bound=Callable[..., Any])


def request_options(command: F) -> F:
    """Add the flags of a request to a command; they reach it as keyword arguments."""
    options = (
        click.option("--type", "type_", help="Kind of message (promotional_offer, win_back, ...)."),
        click.option("--channel", help="email, sms, push, ... Default: the first that the customer prefers."),
        click.option("--timing", help="friday_morning, or an ISO 8601 moment."),
        click.option("--predict", "fields", multiple=True, metavar="FIELD", help="What to predict; may be repeated."),
        click.option("--horizon", type=int, metavar="DAYS", help="Days within which to predict. Default: 7."),
        click.option("--level", type=float, help="Share of cases that intervals are to hold. Default: 0.8."),
        click.option("--as-of", callback=day, metavar="DATE", help="Day of the prediction. Default: today."),
        click.option("--seed", type=int, help="For random draws. Default: the session's."),
        click.option("--session", "session_id", metavar="ID", help="Session to run it in. Default: an ephemeral one."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def slots_of(given: Sequence[str]) -> dict[str, str]:
    """Return slots written as `name=text`."""
    pairs = [it.partition("=") for it in given]
    for name, sign, _ in pairs:
        if not (name and sign):
            raise click.BadParameter(f"'{name[:40]}' is not written as name=text", param_hint="--slot")
    return {name.strip(): text_of(text) for name, _, text in pairs}


def asked(request: dict[str, Any], flags: dict[str, Any], *, twin: str | None, inside: dict[str, Any] | None) -> None:
    """Put the flags that were given into a body.

    Args:
        request: the body, changed in place.
        flags: what `request_options` gave.
        twin: the twin's id or the customer's.
        inside: the body's intervention, where there is one; else a comparison, whose variants share type, channel
            and timing.
    """
    if twin is not None:
        request["digital_twin_id"] = twin
    if flags["fields"]:
        request["predict"] = [name.strip() for it in flags["fields"] for name in it.split(",") if name.strip()]
    if flags["as_of"] is not None:
        request["as_of"] = flags["as_of"].isoformat()
    for key, flag in (("horizon_days", "horizon"), ("level", "level"), ("seed", "seed"), ("session_id", "session_id")):
        if flags[flag] is not None:
            request[key] = flags[flag]
    message = {"type": flags["type_"], "channel": flags["channel"], "timing": flags["timing"]}
    stated = {key: value for key, value in message.items() if value is not None}
    if inside is not None:
        request["intervention"] = {**inside, **stated}
        return
    if "type" in stated:
        request["intervention_type"] = stated.pop("type")
    if stated and isinstance(request.get("variants"), list):
        request["variants"] = [{**it, **stated} if isinstance(it, dict) else it for it in request["variants"]]

"""`twincast llm`: what language models are sent, whether they work, what they cost, and how much they may."""

import click

from twincast.domain.ids import WorkspaceId
from twincast.entrypoints.cli.options import common, llm_option, print_json, text_of, workspace_option


@click.group("llm")
def command() -> None:
    """See what language models are sent, whether they work, and what they cost."""


@command.command("payload")
@click.argument("customer")
@click.option("--content", metavar="TEXT", default="20% off this weekend", show_default=True, help="Message, or @FILE.")
@click.option("--channel", metavar="CHANNEL", help="On which it would go out.")
@llm_option
@workspace_option
@common
def payload(
    customer: str,
    content: str,
    channel: str | None,
    models: tuple[str, ...],
    workspace: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Show exactly what would be sent about CUSTOMER. Nothing is sent."""
    from twincast.domain.interventions import Intervention
    from twincast.entrypoints.cli.documents import payload_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import payloads

    with opened(database, WorkspaceId(workspace), models) as ctx:
        shown = payloads.payload(ctx, customer, Intervention(content=text_of(content), channel=channel))
    if as_json:
        print_json(payload_document(shown))
        return
    removed = ", ".join(f"{kind} {count}" for kind, count in shown.removed.items()) or "nothing"
    say(f"Prompt {shown.prompt}, to {shown.model or 'no model: none is configured'}. Taken out before: {removed}.")
    for part in (shown.summary, shown.system, shown.user):
        if part is None:
            continue
        say("")
        for line in part.splitlines():
            say(line)


@command.command("check")
@llm_option
@common
def check(models: tuple[str, ...], database: str | None, as_json: bool) -> None:
    """Ask each language model once about nobody, and say which ones work. It costs one call each."""
    from twincast.bootstrap.settings import read_settings
    from twincast.entrypoints.cli.documents import checks_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import table
    from twincast.usecases import payloads

    checks = []
    for model in read_settings(models=models).chat.models or ("",):
        with opened(database, models=(model,) if model else ()) as ctx:
            checks.append(payloads.check(ctx))
    if as_json:
        print_json(checks_document(checks))
    else:
        rows = [
            (
                it.model,
                "works" if it.problem is None else f"{it.problem}: {it.detail}",
                "" if it.seconds is None else f"{it.seconds:.1f}",
                "" if it.tokens is None else str(it.tokens),
                "not known" if it.usd is None else f"{it.usd:.6f}",
            )
            for it in checks
        ]
        table(["model", "", "seconds", "tokens", "US dollars"], rows, right=["seconds", "tokens", "US dollars"])
    if any(it.problem is not None for it in checks):
        raise click.exceptions.Exit(8)


@command.command("usage")
@click.option("--session", metavar="ID", help="Only of this session.")
@workspace_option
@common
def usage(session: str | None, workspace: str, database: str | None, as_json: bool) -> None:
    """See what language models were asked and what it cost."""
    from twincast.entrypoints.cli.documents import usage_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases.usage import usage as used

    with opened(database, WorkspaceId(workspace)) as ctx:
        found = used(ctx, session=session)
    if as_json:
        print_json(usage_document(found))
        return
    columns = ["requests", "cached", "failed", "tokens in", "tokens out", "US dollars"]
    rows = [
        (
            name,
            *(f"{count:,}" for count in (it.requests, it.cached, it.failed, it.tokens_in, it.tokens_out)),
            f"{it.usd:.4f}",
        )
        for name, it in (*found.models, ("all", found.total))
    ]
    table(["model", *columns], rows, right=columns)
    if found.total.unpriced:
        say(f"\nThe price of {found.total.unpriced:,} requests is not known: the money leaves them out.")


@command.command("budget")
@click.option("--usd", type=float, metavar="N", help="Most US dollars in the period.")
@click.option("--tokens", type=int, metavar="N", help="Most tokens in the period.")
@click.option("--period", type=click.Choice(["day", "month", "ever"]), default="month", show_default=True)
@click.option("--none", "unlimited", is_flag=True, help="Take the limit away.")
@workspace_option
@common
def budget(
    usd: float | None,
    tokens: int | None,
    period: str,
    unlimited: bool,
    workspace: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Look at the budget, or set it: with --usd, --tokens or --none."""
    from twincast.domain.usage import UNLIMITED, Budget, Period
    from twincast.entrypoints.cli.documents import budget_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say
    from twincast.usecases import usage as costs

    with opened(database, WorkspaceId(workspace)) as ctx:
        if unlimited:
            found = costs.put_budget(ctx, UNLIMITED)
        elif usd is not None or tokens is not None:
            found = costs.put_budget(ctx, Budget(usd=usd, tokens=tokens, period=Period(period)))
        else:
            found = costs.budget(ctx)
    if as_json:
        print_json(budget_document(found))
        return
    limits = [
        "" if found.usd is None else f"{found.usd:g} US dollars",
        "" if found.tokens is None else f"{found.tokens:,} tokens",
    ]
    words = " and ".join(part for part in limits if part)
    period_words = "in all" if found.period is Period.EVER else f"each {found.period.value}"
    say(f"At most {words}, {period_words}." if words else "No limit.")

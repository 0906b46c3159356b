"""A plan of several messages, as text for a terminal."""

from twincast.domain.sequences import ContactPlan, Step, Worth
from twincast.entrypoints.cli.pages import bullets, say, table


def print_sequence(plan: ContactPlan) -> None:
    """Print the messages in their order, then what was tried, then why it ends."""
    say(f"Plan for {plan.twin_id}: {plan.objective.name.replace('_', ' ')}, as of {plan.settings.as_of}")
    say(f"Each gain is against not sending that message, in {plan.unit}, within {plan.settings.horizon_days} days.\n")
    if plan.steps:
        table(["#", "message", "channel", "when", "gain", "fatigue"], [_row(it) for it in enumerate(plan.steps, 1)])
        say(f"\nIn all {plan.total:+.4g}{', days counted twice where contacts overlap' if plan.overlapping else ''}.")
    else:
        say("Send nothing.")
    left = f" Left out: {plan.ended.message_id}, {_gain(plan.ended.worth)}." if plan.ended.worth is not None else ""
    say(f"{plan.ended.words}{left}")
    paces = [f"{it.rest_days:g} days: {it.messages} messages, {it.total:+.4g}" for it in plan.paces]
    bullets("Rests between contacts that were tried", paces)
    bullets("Channels not used", [f"{name}: {why}" for name, why in plan.skipped.items()])
    bullets("Held back", [f"{name}: {why}" for name, why in plan.held_back.items()])


def _row(numbered: tuple[int, Step]) -> list[str]:
    number, step = numbered
    window = step.answer.window
    when = f"{window.starts_at:%a %Y-%m-%d %H:%M}" if window is not None else ""
    return [
        str(number),
        step.message_id,
        step.answer.channel or "",
        when,
        _gain(step.worth),
        f"{step.worth.fatigue:.3g}",
    ]


def _gain(worth: Worth) -> str:
    return f"{worth.gain.value:+.3g} ({worth.gain.low:.3g} to {worth.gain.high:.3g})"

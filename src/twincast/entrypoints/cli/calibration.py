"""`twincast calibration`: what was learned, version by version, going back, and how right the numbers are."""

from typing import TYPE_CHECKING

import click

from twincast.entrypoints.cli.options import common, print_json, workspace_option

if TYPE_CHECKING:
    from twincast.domain.calibrations import CalibrationReport, Figure
    from twincast.domain.models import ModelVersion
    from twincast.usecases.learning import Models


@click.group("calibration")
def command() -> None:
    """See what was learned and how right it is; go back to an earlier version."""


@command.command("models")
@workspace_option
@common
def models(workspace: str, database: str | None, as_json: bool) -> None:
    """List the versions of the model."""
    from twincast.domain.ids import WorkspaceId
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import learning

    with opened(database, WorkspaceId(workspace)) as ctx:
        _show(learning.models(ctx), as_json)


@command.command("select")
@click.argument("version", type=click.IntRange(min=0))
@workspace_option
@common
def select(version: int, workspace: str, database: str | None, as_json: bool) -> None:
    """Let another version answer; 0 is the prior that ships."""
    from twincast.domain.ids import WorkspaceId
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import learning

    with opened(database, WorkspaceId(workspace)) as ctx:
        _show(learning.select(ctx, version), as_json)


@command.command("report")
@workspace_option
@common
def report(workspace: str, database: str | None, as_json: bool) -> None:
    """Lay what was predicted beside what happened, before and after learning."""
    from twincast.domain.ids import WorkspaceId
    from twincast.entrypoints.cli.documents import calibration_document
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import calibrations

    with opened(database, WorkspaceId(workspace)) as ctx:
        found = calibrations.report(ctx)
    if as_json:
        print_json(calibration_document(found))
    else:
        _show_report(found)


def _show(found: "Models", as_json: bool) -> None:
    from twincast.entrypoints.cli.documents import models_document
    from twincast.entrypoints.cli.pages import say, table

    if as_json:
        print_json(models_document(found.current, found.versions))
        return
    rows = [("0", "", "the prior that ships", "")]
    rows += [(str(it.version), f"{it.created_at:%Y-%m-%d %H:%M}", counts(it), it.digest[:12]) for it in found.versions]
    table(
        ["version", "learned", "from", "digest"],
        [(f"{number} *" if number == str(found.current) else number, *rest) for number, *rest in rows],
    )
    say("* answers")


def _show_report(found: "CalibrationReport") -> None:
    from twincast.entrypoints.cli.pages import say, table

    say(
        f"{found.contacts:,} contacts, foretold in {found.folds} folds by what was learned from other customers "
        f"(after) and by the prior (before)."
    )
    table(
        ["kind", "group", "contacts", "events", "log loss before", "after", "gain", "ECE before", "after"],
        [
            (
                it.kind,
                it.segment,
                f"{it.contacts:,}",
                f"{it.events:,}",
                f"{it.before.log_loss.value:.4f}",
                f"{it.after.log_loss.value:.4f}",
                _interval(it.gain),
                f"{it.before.ece.value:.3f}",
                f"{it.after.ece.value:.3f}",
            )
            for it in found.segments
        ],
        right=["contacts", "events"],
    )
    for it in found.answered:
        loss, error = it.quality.log_loss.value, it.quality.ece.value
        say(f"{it.kind}: {it.contacts:,} contacts had been foretold by a test: log loss {loss:.4f}, ECE {error:.3f}.")
    for kind, count in found.too_few.items():
        say(f"{kind}: {count:,} contacts are too few to judge by.")
    for reason, count in found.left_out.items():
        say(f"left out: {count:,} {reason}")
    for kind, gate in found.gates.items():
        say(f"{kind}: the gate is {gate.verdict}: {gate.words}.")
    for kind, channels in found.validated_on.items():
        say(f"{kind}: checked on behaviour on {', '.join(channels) or 'no channel yet'}.")
        cells = [it for it in found.confidence if it.kind == kind]
        if cells:
            worst = max(cells, key=lambda it: abs(it.missed))
            contacts, many = sum(it.contacts for it in cells), "s" * (len(cells) > 1)
            say(
                f"{kind}: its confidence was checked on {contacts:,} contacts in {len(cells)} cell{many}; the worst "
                f"foretold {worst.foretold:.1%} where {worst.observed.value:.1%} happened; {worst.missed:+.2f} "
                "of that on the logit is more than chance."
            )
    for scale, survey in found.surveys.items():
        say(
            f"{scale}: {survey.answers:,} answers; foretold from others' to {survey.missed:.2f}, by their mean to "
            f"{survey.missed_by_mean:.2f} (root mean square)."
        )
    for note in found.notes:
        say(f"note: {note}.")


def _interval(figure: "Figure") -> str:
    return f"{figure.value:+.4f} ({figure.low:+.4f} to {figure.high:+.4f})"


def counts(version: "ModelVersion") -> str:
    """Say what a version learned from."""
    return ", ".join(f"{count:,} x {kind}" for kind, count in version.outcomes.items())

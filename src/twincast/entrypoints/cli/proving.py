"""`twincast prove`: plan a test with real customers, put them into arms, and read what it shows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.pages import DEFAULT_PAGE
from twincast.entrypoints.cli.options import body_of, common, print_json, write_bytes

if TYPE_CHECKING:
    from twincast.domain.experiments import ExperimentPlan
    from twincast.domain.readouts import Interval, Readout


@click.group("prove")
def command() -> None:
    """Plan a test with real customers, put them into arms, and read what it shows."""


@command.command("plan")
@click.argument("body")
@common
def plan(body: str, database: str | None, as_json: bool) -> None:
    """Say how many customers, and weeks, a test takes by what is foretold; the plan is stored.

    BODY is a file (or - for stdin) with the JSON of `POST /test-plans`: arms, customers, metric and the like.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import experiments
    from twincast.usecases.proving.requests import ExperimentRequest
    from twincast.wire.experiments import TestPlan, TestPlanIn
    from twincast.wire.shapes import parsed

    asked = ExperimentRequest(**parsed(TestPlanIn, body_of(body, "body")).asked())
    with opened(database) as ctx:
        found = experiments.plan(ctx, asked)
    if as_json:
        print_json(json.loads(TestPlan.of(found).rendered()))
    else:
        show_plan(found)


@command.command("assign")
@click.argument("plan_id")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", metavar="FILE", help="Write customer_id, arm and propensity as CSV there.")
@common
def assign(plan_id: str, file: Path, to: str | None, database: str | None, as_json: bool) -> None:
    """Put the customers of FILE (a table with a column customer_id) into the arms of PLAN_ID.

    By chance, and each time the same. Nothing is stored: tell arm and propensity with the outcomes.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.files.csv_out import write_csv
    from twincast.files.tables import read_table
    from twincast.usecases import experiments
    from twincast.wire.experiments import Assignments

    columns = read_table(file).columns
    if "customer_id" not in columns:
        problem = FieldProblem(field="customer_id", message="the table has no such column", allowed="it is needed")
        raise InvalidInput.of([problem])
    with opened(database) as ctx:
        found = experiments.assign(ctx, plan_id, [str(cell) for cell in columns["customer_id"]])
    names = ("customer_id", "arm", "propensity")
    if to is not None:
        rows = [{"customer_id": it.customer, "arm": it.arm, "propensity": it.propensity} for it in found]
        write_bytes(to, write_csv(rows, names))
    if as_json:
        print_json(json.loads(Assignments.of(plan_id, found).rendered()))
    else:
        counts: dict[str, int] = {}
        for it in found:
            counts[it.arm] = counts.get(it.arm, 0) + 1
        table(["arm", "customers"], [(arm, f"{count:,}") for arm, count in counts.items()], right=["customers"])
        say("" if to is not None else "--to FILE writes who goes where.")


@command.command("read")
@click.argument("body", required=False)
@click.option("--plan", "plan_id", metavar="ID", help="The plan of the test.")
@click.option("--rows", type=click.Path(path_type=Path), help="Table with a row a customer. Default: stored outcomes.")
@click.option("--control", metavar="ARM", help="Arm to compare with.")
@click.option("--metric", help="purchase (default), visit, click, ..., or amount.")
@click.option("--share", "shares", multiple=True, metavar="ARM=SHARE", help="Planned share of an arm; repeat it.")
@click.option("--store", is_flag=True, help="Store the rows as outcomes, each once.")
@click.option("--learn", is_flag=True, help="Learn from what is stored now.")
@common
def read(body: str | None, rows: Path | None, database: str | None, as_json: bool, **flags: Any) -> None:
    """Say whether a test was sound, what each arm changed, and what that says of predictions.

    BODY is a file with the JSON of `POST /readouts`; flags stand beside it or in its place.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.readouts import rows_of
    from twincast.files.tables import read_table
    from twincast.usecases import readouts
    from twincast.usecases.proving.readings import request_of
    from twincast.wire.readouts import ReadoutIn, TestReadout
    from twincast.wire.shapes import parsed

    given = parsed(ReadoutIn, (body_of(body, "body") if body is not None else {}) | _said(flags))
    told = given.told() if rows is None else rows_of(read_table(rows))
    with opened(database) as ctx:
        found = readouts.read(ctx, request_of(given.asked(), told))
    if as_json:
        print_json(json.loads(TestReadout.of(found).rendered()))
    else:
        show_readout(found)


def _said(flags: dict[str, Any]) -> dict[str, Any]:
    """Return the flags that were given, by the names of the API."""
    said = {name: flags[name] for name in ("control", "metric") if flags[name] is not None}
    said |= {name: True for name in ("store", "learn") if flags[name]}
    if flags["plan_id"] is not None:
        said["test_plan_id"] = flags["plan_id"]
    pairs = [it.partition("=") for it in flags["shares"]]
    for name, _, share in pairs:
        try:
            said.setdefault("shares", {})[name] = float(share)
        except ValueError:
            raise click.BadParameter(f"'{name[:40]}' is not written as ARM=SHARE", param_hint="--share") from None
    return said


@command.command("plans")
@click.option("--cursor", help="From where to go on: `next_cursor` of the page before.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Plans on a page.")
@common
def plans(cursor: str | None, limit: int, database: str | None, as_json: bool) -> None:
    """List test plans, newest first."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import experiments
    from twincast.wire.experiments import TestPlan, TestPlans

    with opened(database) as ctx:
        page = experiments.listing(ctx, cursor, limit)
    if as_json:
        items = [TestPlan.of(it) for it in page.items]
        print_json(json.loads(TestPlans(items=items, next_cursor=page.next_cursor).rendered()))
        return
    table(["plan", "metric", "arms"], [(it.id, it.metric, ", ".join(arm.id for arm in it.arms)) for it in page.items])
    say(f"More: --cursor {page.next_cursor}" if page.next_cursor else "")


@command.command("readouts")
@click.option("--cursor", help="From where to go on: `next_cursor` of the page before.")
@click.option("--limit", default=DEFAULT_PAGE, show_default=True, help="Readouts on a page.")
@common
def listed(cursor: str | None, limit: int, database: str | None, as_json: bool) -> None:
    """List readouts, newest first."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.entrypoints.cli.pages import say, table
    from twincast.usecases import readouts
    from twincast.wire.readouts import TestReadout, TestReadouts

    with opened(database) as ctx:
        page = readouts.listing(ctx, cursor, limit)
    if as_json:
        items = [TestReadout.of(it) for it in page.items]
        print_json(json.loads(TestReadouts(items=items, next_cursor=page.next_cursor).rendered()))
        return
    table(["readout", "metric", "assignment"], [(it.id, it.metric, it.assignment) for it in page.items])
    say(f"More: --cursor {page.next_cursor}" if page.next_cursor else "")


@command.command("show")
@click.argument("id")
@common
def show(id: str, database: str | None, as_json: bool) -> None:
    """Show the plan or the readout with the ID."""
    from twincast.entrypoints.cli.opening import opened
    from twincast.usecases import experiments, readouts
    from twincast.wire.experiments import TestPlan
    from twincast.wire.readouts import TestReadout

    with opened(database) as ctx:
        if id.startswith("read_"):
            readout = readouts.get(ctx, id)
            print_json(json.loads(TestReadout.of(readout).rendered())) if as_json else show_readout(readout)
        else:
            found = experiments.get(ctx, id)
            print_json(json.loads(TestPlan.of(found).rendered())) if as_json else show_plan(found)


def show_plan(found: "ExperimentPlan") -> None:
    """Print a plan: its arms, what is foretold, and what it takes."""
    from twincast.entrypoints.cli.pages import bullets, say, table

    how = "looked at any time" if found.looks == "anytime" else "looked at once, at its end"
    say(f"{found.metric} within {found.window_days} days, {how}; as foretold for {found.audience:,} customers\n")
    rows = [
        [
            f"{arm.id}{' (control)' if arm.is_control else ''}",
            f"{arm.share:.0%}",
            "-" if arm.customers is None else f"{arm.customers:,}",
            f"{arm.predicted.value:.4f} [{arm.predicted.low:.4f}, {arm.predicted.high:.4f}]",
        ]
        for arm in found.arms
    ]
    table(["arm", "share", "customers", "foretold"], rows, right=["share", "customers"])
    for it in found.effects:
        gap = f"{it.predicted.value:+.4f} [{it.predicted.low:+.4f}, {it.predicted.high:+.4f}]"
        needed = "no number of customers finds it" if found.needed is None else f"{found.needed:,} customers find it"
        say(f"{it.arm}: {gap} foretold; {needed}.")
        if it.power is not None and it.assurance is not None:
            least = "nothing" if it.detectable is None else f"a rise of {it.detectable:.4f}"
            say(f"  With {found.total:,}: power {it.power:.0%}, assurance {it.assurance:.0%}; finds {least}.")
    weeks = "" if found.weeks is None else f" It takes {found.weeks} weeks."
    bullets("What to know", [warning.message for warning in found.warnings])
    say(f"\nStored as {found.id}.{weeks}")


def show_readout(found: "Readout") -> None:
    """Print a readout: whether it is sound, what it shows, and what to know."""
    from twincast.entrypoints.cli.pages import bullets, say, table

    say(f"{found.summary}\n")
    rows = [[it.name, "holds" if it.passed else "BROKEN", it.words] for it in found.checks]
    table(["check", "", "seen"], rows)
    if found.effects:
        effects = [
            [it.arm, it.verdict, _held(it.best), "-" if it.sequence is None else _held(it.sequence)]
            for it in found.effects
        ]
        table(["arm", "verdict", "one look", "at any time"], effects)
    groups = [[it.segment, it.arm, it.verdict, "-" if it.difference is None else _held(it.difference)]
              for it in found.segments]  # fmt: skip
    if groups:
        table(["segment", "arm", "verdict", "difference"], groups)
    bullets("Guardrails", [f"{it.arm}: {it.words}" for it in found.guardrails])
    bullets("What to know", [warning.message for warning in found.warnings])
    say(f"\n{found.feeding.words}\nStored as {found.id}.")


def _held(it: "Interval") -> str:
    return f"{it.value:+.4f} [{it.low:+.4f}, {it.high:+.4f}]"

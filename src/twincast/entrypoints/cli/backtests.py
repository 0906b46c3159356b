"""`twincast backtest`: predictions beside what really happened, as tables, files, and a report to send on."""

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.entrypoints.cli.options import body_of, common, day, print_json

if TYPE_CHECKING:
    from twincast.domain.backtests import Backtest

FIGURES: Final = ("log_loss", "brier", "auc", "ece", "rmse", "mae")
BESIDE: Final = "interventions.json"


@click.command("backtest")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--outcome", metavar="COLUMN", help="What happened: 0 or 1, or money.")
@click.option("--kind", help="purchase, visit, click, ..., or amount. Default: told by the column's name.")
@click.option("--interventions", metavar="FILE", help=f"JSON: name to intervention. Default: {BESIDE} beside FILE.")
@click.option("--intervention", metavar="COLUMN", help="What was sent.")
@click.option("--time", metavar="COLUMN", help="Day of the contact.")
@click.option("--propensity", metavar="COLUMN", help="Probability of what each got, where chance decided.")
@click.option("--randomised", metavar="COLUMN", help="Whether chance decided.")
@click.option("--segment", metavar="COLUMN", help="Segment, for the segment mean.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column that is not looked at.")
@click.option("--by", "subgroups", multiple=True, metavar="ATTRIBUTE", help="An attribute to judge by.")
@click.option("--window-days", type=int, help="Days in which outcomes counted. Default: the interventions' horizon.")
@click.option("--as-of", callback=day, metavar="DATE", help="Day of the contacts, where no column says it.")
@click.option("--split", type=click.Choice(["time", "customer"]), help="Default: time, where there is one.")
@click.option("--test-share", type=float, default=0.4, show_default=True, help="Share that is kept for the test.")
@click.option("--leaks", type=click.Choice(["refuse", "leave_out", "keep"]), default="refuse", show_default=True)
@click.option("--act-above", type=float, help="Confidence from which the twin decides: the value of that rule.")
@click.option("--curve/--no-curve", default=True, help="Whether to draw a learning curve.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--report", "report_file", type=click.Path(path_type=Path), help="Write an HTML report with charts.")
@click.option("--tables", "tables_folder", type=click.Path(path_type=Path), help="Write every table as CSV there.")
@common
def command(
    file: Path,
    interventions: str | None,
    report_file: Path | None,
    tables_folder: Path | None,
    as_of: date | None,
    database: str | None,
    as_json: bool,
    **how: Any,
) -> None:
    """Lay predictions beside what really happened, next to trivial baselines.

    FILE holds a row a contact, or a customer who was left alone: the record as it was known then, what was sent, when,
    and what happened. `twincast world` makes one to try.
    """
    from twincast.entrypoints.cli.opening import opened
    from twincast.files.tables import read_table
    from twincast.usecases import backtests
    from twincast.usecases.backtesting.tables import TableOptions, request_of
    from twincast.wire.backtests import BacktestOptions, BacktestReport, intervention_of
    from twincast.wire.shapes import parsed

    given = {name: list(value) if isinstance(value, tuple) else value for name, value in how.items()}
    day_given = None if as_of is None else as_of.isoformat()
    options = parsed(BacktestOptions, {**given, "as_of": day_given, "interventions": _sent(file, interventions)})
    request = request_of(read_table(file), TableOptions(**options.asked()), intervention_of)
    with opened(database) as ctx:
        found = backtests.run(ctx, request)
    _write(found, report_file, tables_folder)
    if as_json:
        print_json(json.loads(BacktestReport.of(found).rendered()))
    else:
        show(found)


def _sent(file: Path, named: str | None) -> dict[str, Any]:
    """Return what was sent by name: from the file that was named, or the one beside the table."""
    beside = file.with_name(BESIDE)
    if named is None and not beside.is_file():
        return {}
    return body_of(named or str(beside), "interventions")


def _write(found: "Backtest", report_file: Path | None, tables_folder: Path | None) -> None:
    from twincast.files.backtests import tables_of
    from twincast.files.csv_out import write_csv
    from twincast.files.reports import report

    files: dict[Path, bytes] = {} if report_file is None else {report_file: report(found).encode()}
    if tables_folder is not None:
        for name, rows in tables_of(found).items():
            if rows:
                files[tables_folder / f"{name}.csv"] = write_csv(rows, list(rows[0]))
    for path, content in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            words = f"'{path}' can not be written: {error.strerror or error}"
            raise InvalidInput.of([FieldProblem(field="report", message=words)]) from None


def show(found: "Backtest") -> None:
    """Print a backtest: the verdict, the table, uplift, and what to know."""
    from twincast.entrypoints.cli.pages import bullets, say

    split, gate = found.split, found.gate
    when = f"from {split.cut} on" if split.cut is not None else "of other customers"
    say(f"{found.field} against {found.outcome}, within {found.horizon_days} days")
    say(f"learned from {split.train:,} rows, tested on {split.test:,} {when}")
    if split.purged:
        say(f"{split.purged:,} rows between were left out: their outcome was not known when the test began")
    say(f"\nTwin-value gate: {gate.verdict.upper()}. {gate.words[:1].upper() + gate.words[1:]}.")
    say()
    _contenders(found)
    _uplift(found)
    _reliability(found)
    bullets("What to know", [warning.message for warning in found.warnings])
    say(f"\nStored as {found.id}.")


def _contenders(found: "Backtest") -> None:
    from twincast.entrypoints.cli.pages import table

    names = [name for name in FIGURES if any(name in it.scores for it in found.contenders)]
    rows = [
        [it.name, *(_number(it.scores[name].value) if name in it.scores else "-" for name in names), _held(it.gain)]
        for it in found.contenders
    ]
    table(["", *(name.replace("_", " ") for name in names), "gain over base"], rows, right=[*names, "gain over base"])


def _uplift(found: "Backtest") -> None:
    from twincast.entrypoints.cli.pages import bullets, table

    if found.uplifts:
        rows = [[it.intervention, _held(it.average), _held(it.scores[0].qini)] for it in found.uplifts]
        table(["message", "average effect", "Qini of the twin"], rows, title="\nUplift, where chance decided:")
    policies = [[it.name, _held(it.doubly_robust), _held(it.gain)] for it in found.policies if not it.refused]
    if policies:
        table(["who decides", "outcome per person", "gain over segment"], policies)
    bullets("Rules that got no value", [f"{it.name}: {it.refused}" for it in found.policies if it.refused])


def _reliability(found: "Backtest") -> None:
    from twincast.entrypoints.cli.pages import table

    bins = found.contenders[0].bins
    if bins:
        rows = [[f"{it.count:,}", f"{it.predicted:.4f}", _held(it.observed)] for it in bins]
        table(["rows", "predicted", "observed"], rows, right=["rows", "predicted"], title="\nReliability of the twin:")


def _held(figure: Any) -> str:
    return "-" if figure is None else f"{_number(figure.value)} [{_number(figure.low)}, {_number(figure.high)}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if abs(value) >= 10 else f"{value:.4f}"

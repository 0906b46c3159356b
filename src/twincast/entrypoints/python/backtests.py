"""What `Twincast.backtest` answers: tables of any library, a verdict, and a report to send on."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from twincast.domain.backtests import Backtest, Gate
from twincast.domain.errors import FieldProblem, InvalidInput
from twincast.domain.twins import Warning
from twincast.entrypoints.python.worlds import SyntheticWorld
from twincast.files.backtests import TABLES, tables_of
from twincast.files.frames import is_frame
from twincast.files.frames import table_of as table_of_frame
from twincast.files.lines import table_of_documents
from twincast.files.reports import report
from twincast.files.tables import Table

if TYPE_CHECKING:
    import pandas
    import polars

WANTED = "a frame of pandas, polars or Arrow, a list of dicts, or a world of Twincast.world"
SHOWN = ("log_loss", "brier", "auc", "ece", "rmse", "mae")


class BacktestResult:
    """Predictions laid beside what really happened, next to trivial baselines and your own estimators.

    Attributes:
        value: everything, as a value.
        gate: the verdict on the twin: `verdict` is open, undecided or closed, `gains` over each baseline.
        warnings: what a reader should know, such as columns that know the outcome.
        tables: names of the tables: contenders, gate, reliability, coverage, subgroups, uplift, deciles, policies,
            learning, leaks.
    """

    tables: tuple[str, ...] = tuple(TABLES)

    def __init__(self, backtest: Backtest) -> None:
        self.value = backtest
        self.gate: Gate = backtest.gate
        self.warnings: tuple[Warning, ...] = backtest.warnings
        self._tables = tables_of(backtest)

    def records(self, table: str = "contenders") -> list[dict[str, Any]]:
        """Return a table as a list of dicts. Raises KeyError, naming the tables there are."""
        if table not in self._tables:
            raise KeyError(f"{table!r} is no table; there are {', '.join(self.tables)}")
        return [dict(row) for row in self._tables[table]]

    def to_pandas(self, table: str = "contenders") -> "pandas.DataFrame":
        """Return a table as a frame of pandas. Needs `pip install twincast[notebook]`."""
        import pandas

        return pandas.DataFrame(self.records(table))

    def to_polars(self, table: str = "contenders") -> "polars.DataFrame":
        """Return a table as a frame of polars."""
        import polars

        return polars.DataFrame(self.records(table), infer_schema_length=None)

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the report with its charts as one HTML document, and write it to a file where one is named."""
        text = report(self.value)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def __repr__(self) -> str:
        split, gate = self.value.split, self.gate
        rows = f"learned from {split.train:,} rows, tested on {split.test:,}"
        lines = [f"<BacktestResult of {self.value.outcome!r}: {rows}; the gate is {gate.verdict}: {gate.words}>"]
        for it in self.value.contenders:
            figures = (f"{name} {it.scores[name].value:.4f}" for name in SHOWN if name in it.scores)
            lines.append(f"{it.name:<26} {'  '.join(figures)}")
        return "\n".join([*lines, *(f"! {warning.message}" for warning in self.warnings)])

    def _repr_html_(self) -> str:
        return self.to_html()


def table_of(rows: Any) -> Table:
    """Return rows as a table. Raises InvalidInput where they are none."""
    if isinstance(rows, SyntheticWorld):
        rows = rows.rows()
    if is_frame(rows):
        return table_of_frame(rows)
    if isinstance(rows, list | tuple) and all(isinstance(row, Mapping) for row in rows):
        # once through JSON, so that days and numbers of any library arrive as plain ones
        plain = msgspec.json.decode(msgspec.json.encode(list(rows), enc_hook=_plain))
        return table_of_documents(plain, format="frame")
    raise InvalidInput.of([FieldProblem(field="rows", message=f"is a {type(rows).__name__}", allowed=WANTED)])


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise InvalidInput.of(
        [FieldProblem(field="rows", message=f"hold a {type(value).__name__}", allowed="plain values")]
    )

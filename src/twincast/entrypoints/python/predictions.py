"""What `predict` answers: a row a customer and intervention, as records or as a frame of any library."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.fields import BY_NAME
from twincast.domain.twins import Warning
from twincast.usecases.predictions import PredictionTable

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

SHOWN: Final = 8
"""Rows that the short form shows."""
IDS: Final = ("customer_id", "intervention_id")
REFUSED: Final = "refused"


class Predictions:
    """Every customer x every intervention, customer by customer.

    Columns: `customer_id`, `intervention_id`, for each asked field its value under the name that was asked, `_low` and
    `_high` (the interval at `level`), for probabilities and money `_no_contact` (the same customer when nothing is
    sent), `_uplift` (the difference), `_uplift_low` and `_uplift_high`, and last `refused`: why there is no number
    about this person, else null.

    Attributes:
        columns: names of all columns, in order.
        level, horizon_days, as_of: how it was predicted.
        model, prior: versions behind the numbers: equal ones give equal numbers.
        warnings: what was not understood in the interventions, and records that may know what came later.
    """

    def __init__(self, table: PredictionTable) -> None:
        self._table = table
        self._numbers = table.numbers()
        self.columns: tuple[str, ...] = (*IDS, *self._numbers, REFUSED)
        self.level = table.level
        self.horizon_days = table.horizon_days
        self.as_of = table.as_of
        self.model = table.model
        self.prior = table.prior
        self.warnings: tuple[Warning, ...] = table.warnings

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, column: str) -> NDArray[Any]:
        """Return one column as an array, a value a row.

        Raises:
            KeyError: there is no such column; names those there are.
        """
        if column in self._numbers:
            return self._numbers[column]
        if column not in self.columns:
            raise KeyError(f"{column!r} is no column; there are {', '.join(self.columns)}")
        return np.array(self._texts()[column], dtype=np.object_)

    def records(self) -> list[dict[str, Any]]:
        """Return a dict a row; a value that there is not is None."""
        numbers = {name: _without_nan(values) for name, values in self._numbers.items()}
        texts = self._texts()
        columns = [texts[name] if name in texts else numbers[name] for name in self.columns]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*columns, strict=True)]

    def to_polars(self) -> "polars.DataFrame":
        """Return a frame of polars; what there is not is null."""
        import polars

        texts = self._texts()
        schema = {name: polars.String if name in texts else polars.Float64 for name in self.columns}
        columns = {name: texts[name] if name in texts else self._numbers[name] for name in self.columns}
        return polars.DataFrame(columns, schema=schema).with_columns(polars.selectors.float().fill_nan(None))

    def to_pandas(self) -> "pandas.DataFrame":
        """Return a frame of pandas; a number that there is not is NaN. Needs `pip install twincast[notebook]`."""
        try:
            import pandas
        except ImportError:
            raise missing("pandas") from None
        texts = self._texts()
        return pandas.DataFrame({name: texts[name] if name in texts else self._numbers[name] for name in self.columns})

    def to_arrow(self) -> "pyarrow.Table":
        """Return a table of Arrow; what there is not is null. Needs `pip install twincast[notebook]`."""
        try:
            import pyarrow
        except ImportError:
            raise missing("pyarrow") from None
        texts = self._texts()
        arrays = [
            pyarrow.array(texts[name], type=pyarrow.string())
            if name in texts
            else pyarrow.array(self._numbers[name], from_pandas=True)
            for name in self.columns
        ]
        return pyarrow.table(arrays, names=list(self.columns))

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        table = self._table
        yield (
            f"<Predictions: {len(table.customer_ids):,} customers x {len(table.intervention_ids)} interventions, "
            f"as of {self.as_of}, within {self.horizon_days} days, intervals at {self.level:.0%}>"
        )
        names = [*IDS, *table.fields]
        rows = [[_cell(self._at(name, row)) for name in names] for row in range(min(len(self), SHOWN))]
        widths = [max(len(name), *(len(row[place]) for row in rows), 0) for place, name in enumerate(names)]
        for row in [names, *rows] if rows else []:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if len(self) > SHOWN:
            yield f"... {len(self) - SHOWN:,} more rows"
        if table.refused:
            yield f"{len(table.refused):,} customers opted out of profiling: no number about them"
        for warning in self.warnings:
            yield f"{warning.code}: {warning.message}"

    def _at(self, name: str, row: int) -> str | float:
        wide = len(self._table.intervention_ids)
        if name == "customer_id":
            return self._table.customer_ids[row // wide]
        if name == "intervention_id":
            return self._table.intervention_ids[row % wide]
        return float(self._numbers[name][row])

    def _texts(self) -> Mapping[str, Sequence[str | None]]:
        """Return the columns of text, a value a row."""
        table, wide = self._table, len(self._table.intervention_ids)
        refused: list[str | None] = [None] * len(self)
        for place, reason in table.refused.items():
            refused[place * wide : (place + 1) * wide] = [reason] * wide
        return {
            "customer_id": [customer for customer in table.customer_ids for _ in range(wide)],
            "intervention_id": list(table.intervention_ids) * len(table.customer_ids),
            REFUSED: refused,
        }

    def definitions(self) -> dict[str, str]:
        """Return what each asked field means, by the name that was asked."""
        return {
            asked: f"{BY_NAME[field].meaning} [{BY_NAME[field].unit}]" for asked, field in self._table.fields.items()
        }


def _without_nan(values: NDArray[np.float64]) -> list[float | None]:
    plain: list[float | None] = values.tolist()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        plain[place] = None
    return plain


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value if len(value) <= 24 else value[:23] + "…"
    return "-" if np.isnan(value) else f"{value:.4g}"


def missing(library: str) -> ImportError:
    """Return the error that says how to get a library of frames."""
    return ImportError(f"{library} is not installed: pip install 'twincast[notebook]', or use to_polars() or records()")

"""What `batch` answers: what many customers add up to, and a row a customer and variant."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twincast.domain.batches import MAX_TWINS
from twincast.domain.interventions import MAX_VARIANTS, NO_CONTACT, Intervention
from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, interventions_in
from twincast.entrypoints.python.predictions import missing
from twincast.usecases import batches, estimates
from twincast.usecases.batching.pages import USUAL
from twincast.usecases.batching.requests import BatchRequest, variant_of

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from twincast.domain.batches import Batch, BatchResults, Mode
    from twincast.domain.costs import CostForecast
    from twincast.usecases.context import Context

AT_ONCE: Final = 10_000
"""Customers whose rows are read at a time."""


class BatchRun:
    """A stored batch.

    Attributes:
        id: to look at it again.
        batch: what was asked; `results`: what it adds up to, with intervals, insights and warnings.
    """

    def __init__(self, context: "Context", batch: "Batch", results: "BatchResults") -> None:
        self._context = context
        self.batch = batch
        self.results = results
        self.id: str = batch.id

    @property
    def mode(self) -> "Mode":
        """Return how variants met twins."""
        return self.batch.settings.mode

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all rows as arrays by name, which pandas, polars and Arrow take as they are.

        `digital_twin_id`, `variant_id`, `channel`, `currency`, then `will_engage`, `will_convert`, `predicted_value`
        and every asked field, each with `_low`, `_high` and, where they have a meaning, `_no_contact` and `_uplift`.
        """
        pieces = list(self._pieces())
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]} if pieces else {}

    def records(self) -> list[dict[str, Any]]:
        """Return a dict a row; a number that there is not is None."""
        columns = {name: _plain(values) for name, values in self.columns().items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the rows as a frame of pandas; a number that there is not is NaN. Needs `twincast[notebook]`."""
        try:
            import pandas
        except ImportError:
            raise missing("pandas") from None
        return pandas.DataFrame(self.columns())

    def to_polars(self) -> "polars.DataFrame":
        """Return the rows as a frame of polars; what there is not is null."""
        import polars

        columns = self.columns()
        schema = {name: polars.Float64 if held.dtype.kind == "f" else polars.String for name, held in columns.items()}
        return polars.DataFrame(columns, schema=schema).with_columns(polars.selectors.float().fill_nan(None))

    def to_arrow(self) -> "pyarrow.Table":
        """Return the rows as a table of Arrow; what there is not is null. Needs `twincast[notebook]`."""
        try:
            import pyarrow
        except ImportError:
            raise missing("pyarrow") from None
        arrays = {
            name: pyarrow.array(held, from_pandas=True, type=None if held.dtype.kind == "f" else pyarrow.string())
            for name, held in self.columns().items()
        }
        return pyarrow.table(arrays)

    def replies(self) -> list[str | None]:
        """Return what each row's customer says in the language model's words; None where there are none."""
        found: list[str | None] = []
        for start in range(0, self.batch.members, AT_ONCE):
            spoken = batches.words(self._context, self.id, start, start + AT_ONCE)
            found.extend(None if it is None else it.reply for it in spoken)
        return found

    def __len__(self) -> int:
        return self.results.tested * self.batch.width

    def __repr__(self) -> str:
        return f"<BatchRun {self.id}: {self.results.tested:,} customers x {len(self.batch.variants)} variants>"

    def _pieces(self) -> Iterator[Mapping[str, NDArray[Any]]]:
        ids = np.array([variant.id for variant in self.batch.variants], dtype=np.object_)
        fields = {**USUAL, **self.batch.settings.fields}
        for start in range(0, max(self.batch.members, 1), AT_ONCE):
            rows = batches.rows(self._context, self.id, start, start + AT_ONCE)
            if not len(rows):
                continue
            yield {
                "digital_twin_id": np.array(rows.twin_ids, dtype=np.object_),
                "variant_id": ids[rows.variant],
                "channel": np.array(rows.channels, dtype=np.object_),
                "currency": np.array(rows.currencies, dtype=np.object_),
                **rows.numbers(fields),
            }


def _plain(values: NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(values.tolist())
    return [None if value != value else value for value in values.tolist()]


def run(context: "Context", customers: Sequence[str] | None, variants: Interventions, **how: Any) -> BatchRun:
    """Run a batch here and now, however large it is.

    Args:
        context: whose twins.
        customers: ids; None where `segment` says whom.
        variants: one or more interventions.
        how: further parts of a `BatchRequest`.
    """
    request = _request(customers, variants, how)
    everything = MAX_TWINS * MAX_VARIANTS
    ran = batches.run(context, request, inline=everything, spoken=everything)
    assert ran.results is not None
    return BatchRun(context, ran.batch, ran.results)


def _request(customers: Sequence[str] | None, variants: Interventions, how: Mapping[str, Any]) -> BatchRequest:
    given = interventions_in(variants, where="variants")
    return BatchRequest(
        twins=None if customers is None else tuple(customers),
        variants=tuple(variant_of(name, item or Intervention(type=NO_CONTACT)) for name, item in given.items()),
        **how,
    )


class Batching:
    """What `Twincast` offers for many customers at once."""

    _ctx: "Context"

    def estimate(self, customers: Sequence[str] | None, variants: Interventions, **how: Any) -> "CostForecast":
        """Say what a batch whose customers answer in a language model's words will cost; nothing is asked or stored.

        Args:
            customers, variants: as in `batch`.
            how: further arguments of a `BatchRequest`, such as `segment` and `mode`.
        """
        return estimates.estimate(self._ctx, _request(customers, variants, {"words": True, **how}))

    def batch(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        customers: Sequence[str] | None,
        variants: Interventions,
        fields: Sequence[str] = (),
        *,
        mode: str | None = None,
        segment: str | None = None,
        analyze: bool = True,
        statistics: bool = False,
        words: bool = False,
        as_of: Day | None = None,
        horizon_days: int | None = None,
        level: float | None = None,
        seed: int = 0,
    ) -> BatchRun:
        """Test one message or several on many twins: rows, sums with intervals, insights. It is stored.

        Args:
            customers: ids of customers or of twins; None for all who belong to `segment`.
            variants: one or more, as in `predict`.
            fields: what rows are to hold beside the usual three.
            mode: `single`, `compare_variants`, `assign` or `sequence`; None: by the number of variants.
            segment: a label, or the name of a segment.
            analyze, statistics: whether insights, and comparisons in pairs, are wanted.
            words: whether a language model is asked what each customer says, one call for each row.
            as_of, horizon_days, level: as in `predict`.
            seed: for draws and for assignment.

        Raises:
            InvalidInput, UnknownField, UnknownSegment.
        """
        return run(
            self._ctx,
            customers,
            variants,
            predict=tuple(fields),
            mode=mode,
            segment=segment,
            analyze=analyze,
            statistics=statistics,
            words=words,
            as_of=day_of(as_of),
            horizon_days=horizon_days,
            level=level,
            seed=seed,
        )

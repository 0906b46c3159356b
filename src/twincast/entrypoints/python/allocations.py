"""What `allocate` answers: who gets what, what that adds up to, and the list for the tool that sends."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twincast.domain.allocations import HOLDOUT, Capacities
from twincast.domain.batches import MAX_TWINS
from twincast.domain.interventions import MAX_VARIANTS, NO_CONTACT, Intervention
from twincast.domain.objectives import PROFIT, Costs
from twincast.entrypoints.python.days import Day, day_of
from twincast.entrypoints.python.interventions import Interventions, interventions_in
from twincast.usecases import allocations
from twincast.usecases.allocating.requests import AllocationRequest
from twincast.usecases.allocating.sendlists import PLAIN, of_allocation
from twincast.usecases.batching.requests import variant_of

if TYPE_CHECKING:
    from twincast.domain.allocations import Allocation, AllocationResults
    from twincast.usecases.context import Context


class AllocationRun:
    """A stored allocation.

    Attributes:
        id: to look at it again.
        allocation: what was asked; `results`: what it adds up to, with intervals, prices and regrets.
    """

    def __init__(self, context: "Context", allocation: "Allocation", results: "AllocationResults") -> None:
        self._context = context
        self.allocation = allocation
        self.results = results
        self.id: str = allocation.id

    def records(self, tool: str = PLAIN) -> list[dict[str, Any]]:
        """Return the send list, a dict a customer, in the columns of a tool."""
        export = of_allocation(self._context, self.id, tool)
        names = [column.name for column in export.columns]
        rows = (zip(*(chunk[name] for name in names), strict=True) for chunk in export.rows())
        return [dict(zip(names, row, strict=True)) for chunk in rows for row in chunk]

    def save(self, path: str | Path, *, tool: str = PLAIN, format: str | None = None) -> None:
        """Write the send list into a file: .csv, .json, .jsonl or .parquet, in the columns of a tool."""
        from twincast.files.tables_out import save, written

        export, out = of_allocation(self._context, self.id, tool), Path(path)
        save(written(export.columns, export.rows(), format or out.suffix.removeprefix(".").lower()), out)

    def __repr__(self) -> str:
        sent = sum(it.customers for it in self.results.offers)
        return f"<AllocationRun {self.id}: {sent:,} of {self.results.customers:,} customers get an offer>"


class Allocating:
    """What `Twincast` offers to decide who gets what."""

    _ctx: "Context"

    def allocate(  # noqa: PLR0913 - in a notebook each setting is spelt where it is used
        self,
        customers: Sequence[str] | None = None,
        offers: Interventions | None = None,
        *,
        segment: str | None = None,
        batch: str | None = None,
        objective: str = PROFIT,
        margin: float | None = None,
        contact: float | None = None,
        gift: float | None = None,
        shipping: float | None = None,
        budget: float | None = None,
        capacities: Mapping[str, int] | None = None,
        channels: Mapping[str, int] | None = None,
        holdout: float = HOLDOUT,
        as_of: Day | None = None,
        horizon_days: int | None = None,
        level: float | None = None,
        seed: int = 0,
    ) -> AllocationRun:
        """Choose one offer or none for each customer, within limits, and hold some out by chance. It is stored.

        Args:
            customers: ids; or `segment`, the name of one; or `batch`, the id of a batch whose variants are the offers.
            offers: one or more, as in `predict`; their `cost` is that of one contact.
            objective: what is maximised against sending nothing.
            margin, contact, gift, shipping: see `domain.objectives.Costs`.
            budget: expected cost of all that is sent, at most.
            capacities, channels: customers, at most, by offer and by channel.
            holdout: share held out; `seed` decides who.
            as_of, horizon_days, level: as in `predict`.

        Raises:
            InvalidInput, UnknownField, UnknownSegment, UnknownBatch.
        """
        given = None if offers is None else interventions_in(offers, where="offers")
        request = AllocationRequest(
            twins=None if customers is None else tuple(customers),
            segment=segment,
            batch=batch,
            offers=None
            if given is None
            else tuple(variant_of(name, it or Intervention(type=NO_CONTACT)) for name, it in given.items()),
            objective=objective,
            costs=Costs(margin=margin, contact=contact, gift=gift, shipping=shipping),
            budget=budget,
            capacities=Capacities(offers=capacities or {}, channels=channels or {}),
            holdout=holdout,
            horizon_days=horizon_days,
            level=level,
            as_of=day_of(as_of),
            seed=seed,
        )
        found = allocations.run(self._ctx, request, inline=MAX_TWINS * MAX_VARIANTS)
        assert found.results is not None
        return AllocationRun(self._ctx, found.allocation, found.results)

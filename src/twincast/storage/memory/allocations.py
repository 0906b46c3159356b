"""Allocations in memory."""

from dataclasses import replace
from typing import Any

from twincast.domain.allocations import Allocation, AllocationResults
from twincast.domain.ids import AllocationId, BatchId
from twincast.domain.pages import Page
from twincast.ports.batches import Columns
from twincast.storage.blocks import blanked
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.memory.unit import KeptAllocation, Session, by_time


class MemoryAllocations:
    """The allocations of one workspace (`ports.allocations.AllocationRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, allocation_id: AllocationId) -> Allocation | None:
        kept = self._kept(allocation_id)
        return None if kept is None else kept.allocation

    def add(self, allocation: Allocation) -> None:
        draft = self._session.write("allocations")
        if draft.get(allocation.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(allocation.id, KeptAllocation(allocation=allocation))

    def newest(self, cursor: str | None, limit: int) -> Page[Allocation]:
        place = None if cursor is None else place_of(cursor, "allocations", tuple[Whole, str])
        rows = self._session.read("allocations").before(place, limit + 1)
        return page_of(rows, limit, lambda row: row.allocation, lambda row: cursor_of("allocations", *by_time(row)))

    def of_batch(self, batch_id: BatchId) -> list[Allocation]:
        draft = self._session.read("allocations")
        return [kept.allocation for kept in draft.before(None, draft.count(), order=1, within=(batch_id,))[::-1]]

    def choices(self, allocation_id: AllocationId) -> Columns | None:
        kept = self._kept(allocation_id)
        return None if kept is None else kept.choices

    def put_choices(self, allocation_id: AllocationId, choices: Columns) -> None:
        self._put(allocation_id, choices=dict(choices))

    def results(self, allocation_id: AllocationId) -> AllocationResults | None:
        kept = self._kept(allocation_id)
        return None if kept is None else kept.results

    def put_results(self, allocation_id: AllocationId, results: AllocationResults) -> None:
        self._put(allocation_id, results=results)

    def delete(self, allocation_id: AllocationId) -> bool:
        draft = self._session.write("allocations")
        if draft.get(allocation_id) is None:
            return False
        draft.remove(allocation_id)
        return True

    def leave(self, batch_id: BatchId, position: int) -> None:
        """Take what is said of the customer at a position of a batch out of all its allocations."""
        for allocation in self.of_batch(batch_id):
            choices = self.choices(allocation.id)
            rest = None if choices is None else blanked(choices, position, 1)
            self._put(allocation.id, choices=rest, results=None)

    def delete_of(self, batch_id: BatchId) -> None:
        """Delete all allocations of a batch."""
        for allocation in self.of_batch(batch_id):
            self.delete(allocation.id)

    def _kept(self, allocation_id: AllocationId) -> KeptAllocation | None:
        kept: KeptAllocation | None = self._session.read("allocations").get(allocation_id)
        return kept

    def _put(self, allocation_id: AllocationId, **changed: Any) -> None:
        draft = self._session.write("allocations")
        kept: KeptAllocation | None = draft.get(allocation_id)
        if kept is not None:
            draft.put(allocation_id, replace(kept, **changed))

"""Where allocations are kept: what was asked, who gets what, and what that adds up to. They belong to their batch."""

from typing import Protocol

from twincast.domain.allocations import Allocation, AllocationResults
from twincast.domain.ids import AllocationId, BatchId
from twincast.domain.pages import Page
from twincast.ports.batches import Columns


class AllocationRepository(Protocol):
    """Allocations of one workspace. Whoever leaves a batch leaves its allocations; they go with their batch."""

    def get(self, allocation_id: AllocationId) -> Allocation | None:
        """Return an allocation as it was accepted, or None."""
        ...

    def add(self, allocation: Allocation) -> None:
        """Store an allocation. Raises WriteConflict where its id is taken."""
        ...

    def newest(self, cursor: str | None, limit: int) -> Page[Allocation]:
        """Page through allocations, newest first."""
        ...

    def of_batch(self, batch_id: BatchId) -> list[Allocation]:
        """Return the allocations that rest on a batch, in the order of their ids."""
        ...

    def choices(self, allocation_id: AllocationId) -> Columns | None:
        """Return who gets what, an entry for each position of the batch; None where it is not decided yet."""
        ...

    def put_choices(self, allocation_id: AllocationId, choices: Columns) -> None:
        """Store who gets what, in place of what there is."""
        ...

    def results(self, allocation_id: AllocationId) -> AllocationResults | None:
        """Return what it adds up to, or None where that was not worked out, or somebody was erased since."""
        ...

    def put_results(self, allocation_id: AllocationId, results: AllocationResults) -> None:
        """Store what it adds up to, in place of what there is."""
        ...

    def delete(self, allocation_id: AllocationId) -> bool:
        """Delete an allocation; False where there is none."""
        ...

"""Where batches are kept: what was asked, who is in it, the numbers part by part, and what they add up to."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from twincast.domain.batches import Batch, BatchResults, Member
from twincast.domain.ids import BatchId, SessionId, TwinId
from twincast.domain.pages import Page

Columns = Mapping[str, NDArray[Any]]
"""Arrays of floats or of short texts by name, each with an entry for every row: `width` rows for each place in the
part, customer by customer; NaN, or an empty text, where there is nothing to say."""


class BatchRepository(Protocol):
    """Batches of one workspace."""

    def get(self, batch_id: BatchId) -> Batch | None:
        """Return a batch as it was accepted, or None."""
        ...

    def add(self, batch: Batch, members: Sequence[Member]) -> None:
        """Store a batch and who is in it. Raises WriteConflict where its id is taken."""
        ...

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Batch]:
        """Page through batches, newest first: all, or those of one session."""
        ...

    def members(self, batch_id: BatchId, start: int, stop: int) -> list[Member]:
        """Return who stands at the positions from `start` on, up to `stop` without it; erased ones are left out."""
        ...

    def add_part(self, batch_id: BatchId, part: int, columns: Columns) -> None:
        """Store the numbers of a part. Raises WriteConflict where they are there already."""
        ...

    def part(self, batch_id: BatchId, part: int) -> Columns | None:
        """Return the numbers of a part, or None where it was not computed."""
        ...

    def parts(self, batch_id: BatchId) -> list[int]:
        """Return which parts are stored, in their order."""
        ...

    def results(self, batch_id: BatchId) -> BatchResults | None:
        """Return what the rows add up to, or None where that was not worked out, or somebody was erased since."""
        ...

    def put_results(self, batch_id: BatchId, results: BatchResults) -> None:
        """Store what the rows add up to, in place of what there is."""
        ...

    def of_twin(self, twin_id: TwinId) -> list[tuple[BatchId, Member]]:
        """Return the batches that a twin is in, and its place there, in the order of their ids."""
        ...

    def delete(self, batch_id: BatchId) -> bool:
        """Delete a batch with all that belongs to it, its allocations too; False where there is none."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Take a twin out of every batch and its allocations, and forget what they add up to; return of how many."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete the batches of a session; return how many went."""
        ...

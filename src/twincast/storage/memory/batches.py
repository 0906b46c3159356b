"""Batches in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from twincast.domain.batches import Batch, BatchResults, Member
from twincast.domain.ids import BatchId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.ports.batches import Columns
from twincast.storage.blocks import blanked
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.memory.allocations import MemoryAllocations
from twincast.storage.memory.shelves import Place
from twincast.storage.memory.unit import KeptBatch, KeptColumns, KeptMember, Session, by_time


class MemoryBatches:
    """The batches of one workspace (`ports.batches.BatchRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, batch_id: BatchId) -> Batch | None:
        kept: KeptBatch | None = self._session.read("batches").get(batch_id)
        return None if kept is None else kept.batch

    def add(self, batch: Batch, members: Sequence[Member]) -> None:
        draft, within = self._session.write("batches"), self._session.write("members")
        if draft.get(batch.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(batch.id, KeptBatch(batch=batch))
        for member in members:
            within.put((batch.id, member.position), KeptMember(batch_id=batch.id, member=member))

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Batch]:
        place: Place | None = None if cursor is None else place_of(cursor, "batches", tuple[Whole, str])
        order, within = (0, ()) if session_id is None else (1, (session_id,))
        rows = self._session.read("batches").before(place, limit + 1, order=order, within=within)
        return page_of(rows, limit, lambda row: row.batch, lambda row: cursor_of("batches", *by_time(row)))

    def members(self, batch_id: BatchId, start: int, stop: int) -> list[Member]:
        found: list[KeptMember] = self._session.read("members").after((batch_id, start), stop - start)
        return [kept.member for kept in found if kept.batch_id == batch_id and kept.member.position < stop]

    def add_part(self, batch_id: BatchId, part: int, columns: Columns) -> None:
        draft = self._session.write("batch_parts")
        if draft.get((batch_id, part)) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put((batch_id, part), KeptColumns(batch_id=batch_id, part=part, columns=dict(columns)))

    def part(self, batch_id: BatchId, part: int) -> Columns | None:
        kept: KeptColumns | None = self._session.read("batch_parts").get((batch_id, part))
        return None if kept is None else kept.columns

    def parts(self, batch_id: BatchId) -> list[int]:
        return [kept.part for kept in self._all("batch_parts", (batch_id,))]

    def results(self, batch_id: BatchId) -> BatchResults | None:
        kept: KeptBatch | None = self._session.read("batches").get(batch_id)
        return None if kept is None else kept.results

    def put_results(self, batch_id: BatchId, results: BatchResults) -> None:
        draft = self._session.write("batches")
        kept: KeptBatch | None = draft.get(batch_id)
        if kept is not None:
            draft.put(batch_id, replace(kept, results=results))

    def of_twin(self, twin_id: TwinId) -> list[tuple[BatchId, Member]]:
        return [(kept.batch_id, kept.member) for kept in self._all("members", (twin_id,), order=1)]

    def delete(self, batch_id: BatchId) -> bool:
        draft = self._session.write("batches")
        if draft.get(batch_id) is None:
            return False
        draft.remove(batch_id)
        MemoryAllocations(self._session).delete_of(batch_id)
        for kept in self._all("members", (batch_id,)):
            self._session.write("members").remove((batch_id, kept.member.position))
        for kept in self._all("batch_parts", (batch_id,)):
            self._session.write("batch_parts").remove((batch_id, kept.part))
        return True

    def erase(self, twin_id: TwinId) -> int:
        found = self.of_twin(twin_id)
        for batch_id, member in found:
            self._blank(batch_id, member.position)
            self._session.write("members").remove((batch_id, member.position))
        return len(found)

    def erase_session(self, session_id: SessionId) -> int:
        gone = [kept.id for kept in self._all("batches", (session_id,), order=1)]
        return sum(self.delete(batch_id) for batch_id in gone)

    def _blank(self, batch_id: BatchId, position: int) -> None:
        draft = self._session.write("batches")
        kept: KeptBatch | None = draft.get(batch_id)
        if kept is None:
            return
        draft.put(batch_id, replace(kept, results=None))
        MemoryAllocations(self._session).leave(batch_id, position)
        part, place = divmod(position, kept.batch.part)
        parts = self._session.write("batch_parts")
        stored: KeptColumns | None = parts.get((batch_id, part))
        if stored is not None:
            columns = blanked(stored.columns, place, kept.batch.width)
            parts.put((batch_id, part), replace(stored, columns=columns))

    def _all(self, shelf: str, within: Place, *, order: int = 0) -> list[Any]:
        draft = self._session.read(shelf)
        return draft.before(None, draft.count(), order=order, within=within)[::-1]

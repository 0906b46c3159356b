"""Extractions in memory: each with its rows."""

from collections.abc import Sequence
from dataclasses import replace

from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.ids import ExtractionId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.storage.conflicts import STORED_ALREADY
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.memory.shelves import Draft
from twincast.storage.memory.unit import KeptExtraction, Session


class MemoryExtractions:
    """The extractions of one workspace (`ports.extractions.ExtractionRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, extraction_id: ExtractionId) -> Extraction | None:
        kept = self._session.read("extractions").get(extraction_id)
        return None if kept is None else kept.extraction

    def add(self, extraction: Extraction, rows: Sequence[KeptRow]) -> None:
        draft = self._session.write("extractions")
        if draft.get(extraction.id) is not None:
            raise self._session.conflict(STORED_ALREADY)
        draft.put(extraction.id, KeptExtraction(extraction=extraction, rows=tuple(enumerate(rows))))

    def rows(self, extraction_id: ExtractionId, cursor: str | None, limit: int) -> Page[KeptRow]:
        after = -1 if cursor is None else place_of(cursor, extraction_id, tuple[Whole])[0]
        kept: KeptExtraction | None = self._session.read("extractions").get(extraction_id)
        rows = [it for it in kept.rows if it[0] > after][: limit + 1] if kept is not None else []
        return page_of(rows, limit, lambda row: row[1], lambda row: cursor_of(extraction_id, row[0]))

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Extraction]:
        place = None if cursor is None else place_of(cursor, "extractions", tuple[Whole, str])
        draft = self._session.read("extractions")
        kept: list[KeptExtraction] = draft.before(place, draft.count())
        found = [it.extraction for it in kept if session_id in {None, it.extraction.session_id}]
        return page_of(
            found[: limit + 1],
            limit,
            lambda row: row,
            lambda row: cursor_of("extractions", micros_of(row.created_at), str(row.id)),
        )

    def of_twin(self, twin_id: TwinId) -> list[tuple[ExtractionId, KeptRow]]:
        kept: list[tuple[ExtractionId, KeptExtraction]] = sorted(
            self._session.read("extractions").items(), key=lambda pair: str(pair[0])
        )
        return [(name, row) for name, it in kept for _, row in it.rows if row.twin_id == twin_id]

    def erase(self, twin_id: TwinId) -> int:
        gone = self.of_twin(twin_id)
        draft: Draft[KeptExtraction] = self._session.write("extractions")
        for name in {name for name, _ in gone}:
            kept = draft.get(name)
            if kept is None:
                continue
            extraction = replace(kept.extraction, statistics=None, erased=kept.extraction.erased + 1)
            rows = tuple(it for it in kept.rows if it[1].twin_id != twin_id)
            draft.put(name, KeptExtraction(extraction=extraction, rows=rows))
        return len(gone)

    def erase_session(self, session_id: SessionId) -> int:
        draft = self._session.write("extractions")
        gone = [name for name, it in draft.items() if it.extraction.session_id == session_id]
        for name in gone:
            draft.remove(name)
        return len(gone)

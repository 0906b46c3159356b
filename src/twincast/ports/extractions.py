"""Stored extractions as the use cases see them."""

from collections.abc import Sequence
from typing import Protocol

from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.ids import ExtractionId, SessionId, TwinId
from twincast.domain.pages import Page


class ExtractionRepository(Protocol):
    """Stored extractions of one workspace, each with its rows."""

    def get(self, extraction_id: ExtractionId) -> Extraction | None:
        """Return an extraction, or None."""
        ...

    def add(self, extraction: Extraction, rows: Sequence[KeptRow]) -> None:
        """Store an extraction, which must have an id, with its rows in their order."""
        ...

    def rows(self, extraction_id: ExtractionId, cursor: str | None, limit: int) -> Page[KeptRow]:
        """Page through an extraction's rows, in their order; those of erased customers are gone."""
        ...

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Extraction]:
        """Page through extractions, newest first: all, or those of one session."""
        ...

    def of_twin(self, twin_id: TwinId) -> list[tuple[ExtractionId, KeptRow]]:
        """Return every row about a twin, and which extraction it stands in."""
        ...

    def erase(self, twin_id: TwinId) -> int:
        """Delete the rows of a twin, and the statistics that they went into; return how many rows went."""
        ...

    def erase_session(self, session_id: SessionId) -> int:
        """Delete the extractions of a session; return how many went."""
        ...

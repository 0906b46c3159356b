"""Stored documents about nobody in particular: backtests, test plans, readouts."""

from typing import Protocol, TypeVar

from twincast.domain.pages import Page

D = TypeVar("D")


class DatedRepository(Protocol[D]):
    """Documents of one kind of one workspace."""

    def get(self, document_id: str) -> D | None:
        """Return a document, or None."""
        ...

    def add(self, document: D) -> None:
        """Store a document. Raises WriteConflict where its id is there already."""
        ...

    def newest(self, cursor: str | None, limit: int) -> Page[D]:
        """Page through documents, newest first."""
        ...

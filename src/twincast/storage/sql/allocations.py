"""Allocations in the database: a document each, and who gets what as one value."""

from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, insert, select, tuple_, update

from twincast.domain.allocations import Allocation, AllocationResults
from twincast.domain.ids import AllocationId, BatchId
from twincast.domain.pages import Page
from twincast.ports.batches import Columns
from twincast.storage.blocks import blanked, packed, unpacked
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.documents import ALLOCATION_RESULTS, ALLOCATIONS
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import allocations

KIND: Final = "allocations"
HERE: Final = allocations.c.workspace_id == bindparam("workspace")
THIS: Final = HERE & (allocations.c.id == bindparam("allocation"))
OF_BATCH: Final = HERE & (allocations.c.batch_id == bindparam("batch"))
SHOWN: Final = (allocations.c.document, allocations.c.document_version, allocations.c.created_at, allocations.c.id)
ADD: Final = Prepared(insert(allocations), tuple(allocations.c.keys()))
ONE: Final = Prepared(select(*SHOWN).where(THIS))
SAME_BATCH: Final = select(*SHOWN).where(OF_BATCH).order_by(allocations.c.id)
CHOICES: Final = select(allocations.c.choices).where(THIS)
RESULTS: Final = select(allocations.c.results, allocations.c.results_version).where(THIS)
PUT: Final = update(allocations).where(THIS)
PAGE: Final[Select[Any]] = (
    select(*SHOWN)
    .where(HERE)
    .order_by(allocations.c.created_at.desc(), allocations.c.id.desc())
    .limit(bindparam("rows"))
)
OLDER: Final = tuple_(allocations.c.created_at, allocations.c.id) < tuple_(bindparam("created_at"), bindparam("id"))
DELETE: Final = delete(allocations).where(THIS)
DELETE_OF_BATCH: Final = delete(allocations).where(OF_BATCH)


class SqlAllocations:
    """The allocations of one workspace, in a transaction (`ports.allocations.AllocationRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, allocation_id: AllocationId) -> Allocation | None:
        row = self._session.first(ONE, self._key(allocation_id))
        return None if row is None else _allocation(row)

    def add(self, allocation: Allocation) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "id": allocation.id,
            "batch_id": allocation.batch_id,
            "created_at": micros_of(allocation.created_at),
            "document_version": ALLOCATIONS.newest,
            "document": ALLOCATIONS.write(allocation),
            "choices": None,
            "results_version": None,
            "results": None,
        }
        self._session.add(ADD, row)

    def newest(self, cursor: str | None, limit: int) -> Page[Allocation]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        page = PAGE
        if cursor is not None:
            page = page.where(OLDER)
            asked["created_at"], asked["id"] = place_of(cursor, KIND, tuple[Whole, str])
        rows = self._session.read(page, asked).all()
        return page_of(rows, limit, _allocation, lambda row: cursor_of(KIND, row[2], row[3]))

    def of_batch(self, batch_id: BatchId) -> list[Allocation]:
        asked = {"workspace": self._session.workspace, "batch": batch_id}
        return [_allocation(row) for row in self._session.read(SAME_BATCH, asked)]

    def choices(self, allocation_id: AllocationId) -> Columns | None:
        row = self._session.read(CHOICES, self._key(allocation_id)).first()
        return None if row is None or row[0] is None else unpacked(bytes(row[0]))

    def put_choices(self, allocation_id: AllocationId, choices: Columns) -> None:
        self._session.write(PUT, {**self._key(allocation_id), "choices": packed(choices)})

    def results(self, allocation_id: AllocationId) -> AllocationResults | None:
        row = self._session.read(RESULTS, self._key(allocation_id)).first()
        return None if row is None or row[0] is None else ALLOCATION_RESULTS.read(row[0], row[1])

    def put_results(self, allocation_id: AllocationId, results: AllocationResults) -> None:
        values = {"results": ALLOCATION_RESULTS.write(results), "results_version": ALLOCATION_RESULTS.newest}
        self._session.write(PUT, {**self._key(allocation_id), **values})

    def delete(self, allocation_id: AllocationId) -> bool:
        return self._session.delete(DELETE, self._key(allocation_id)) > 0

    def leave(self, batch_id: BatchId, position: int) -> None:
        """Take what is said of the customer at a position of a batch out of all its allocations."""
        for allocation in self.of_batch(batch_id):
            key = self._key(allocation.id)
            choices = self.choices(allocation.id)
            data = None if choices is None else packed(blanked(choices, position, 1))
            self._session.write(PUT, {**key, "choices": data, "results": None, "results_version": None})

    def delete_of(self, batch_id: BatchId) -> None:
        """Delete all allocations of a batch."""
        self._session.delete(DELETE_OF_BATCH, {"workspace": self._session.workspace, "batch": batch_id})

    def _key(self, allocation_id: AllocationId) -> dict[str, Any]:
        return {"workspace": self._session.workspace, "allocation": allocation_id}


def _allocation(row: Any) -> Allocation:
    return ALLOCATIONS.read(row[0], row[1])

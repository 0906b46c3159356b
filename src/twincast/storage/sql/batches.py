"""Batches in the database: a document each, a row for each customer, and the numbers as one value a part."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, insert, select, tuple_, update

from twincast.domain.batches import Batch, BatchResults, Member
from twincast.domain.ids import BatchId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.ports.batches import Columns
from twincast.storage.blocks import blanked, packed, unpacked
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.allocations import SqlAllocations
from twincast.storage.sql.documents import BATCH_RESULTS, BATCHES
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import batch_members, batch_parts, batches

KIND: Final = "batches"
HERE: Final = batches.c.workspace_id == bindparam("workspace")
THIS: Final = HERE & (batches.c.id == bindparam("batch"))
SHOWN: Final = (batches.c.document, batches.c.document_version, batches.c.created_at, batches.c.id)
ADD: Final = Prepared(insert(batches), tuple(batches.c.keys()))
ONE: Final = Prepared(select(*SHOWN).where(THIS))
RESULTS: Final = select(batches.c.results, batches.c.results_version).where(THIS)
PUT_RESULTS: Final = update(batches).where(THIS)
PAGE: Final[Select[Any]] = (
    select(*SHOWN).where(HERE).order_by(batches.c.created_at.desc(), batches.c.id.desc()).limit(bindparam("rows"))
)
OLDER: Final = tuple_(batches.c.created_at, batches.c.id) < tuple_(bindparam("created_at"), bindparam("id"))
OF_SESSION: Final = batches.c.session_id == bindparam("session")
DELETE: Final = delete(batches).where(THIS)
IN_SESSION: Final = select(batches.c.id).where(HERE, OF_SESSION)

IN_BATCH: Final = (batch_members.c.workspace_id == bindparam("workspace")) & (
    batch_members.c.batch_id == bindparam("batch")
)
OF_TWIN: Final = (batch_members.c.workspace_id == bindparam("workspace")) & (
    batch_members.c.twin_id == bindparam("twin")
)
MEMBER: Final = (
    batch_members.c.batch_id,
    batch_members.c.position,
    batch_members.c.twin_id,
    batch_members.c.version,
    batch_members.c.line,
)
ADD_MEMBER: Final = Prepared(insert(batch_members), tuple(batch_members.c.keys()))
MEMBERS: Final = (
    select(*MEMBER)
    .where(IN_BATCH, batch_members.c.position >= bindparam("start"), batch_members.c.position < bindparam("stop"))
    .order_by(batch_members.c.position)
)
MEMBERSHIPS: Final = select(*MEMBER).where(OF_TWIN).order_by(batch_members.c.batch_id, batch_members.c.position)
DELETE_MEMBERS: Final = delete(batch_members).where(IN_BATCH)
LEAVE: Final = delete(batch_members).where(OF_TWIN)

OF_BATCH: Final = (batch_parts.c.workspace_id == bindparam("workspace")) & (
    batch_parts.c.batch_id == bindparam("batch")
)
THIS_PART: Final = OF_BATCH & (batch_parts.c.part == bindparam("number"))
ADD_PART: Final = Prepared(insert(batch_parts), tuple(batch_parts.c.keys()))
PART: Final = Prepared(select(batch_parts.c.numbers).where(THIS_PART))
PARTS: Final = select(batch_parts.c.part).where(OF_BATCH).order_by(batch_parts.c.part)
PUT_PART: Final = update(batch_parts).where(THIS_PART)
DELETE_PARTS: Final = delete(batch_parts).where(OF_BATCH)


class SqlBatches:
    """The batches of one workspace, in a transaction (`ports.batches.BatchRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, batch_id: BatchId) -> Batch | None:
        row = self._session.first(ONE, self._key(batch_id))
        return None if row is None else _batch(row)

    def add(self, batch: Batch, members: Sequence[Member]) -> None:
        workspace = self._session.workspace
        row = {
            "workspace_id": workspace,
            "id": batch.id,
            "session_id": batch.session_id,
            "created_at": micros_of(batch.created_at),
            "document_version": BATCHES.newest,
            "document": BATCHES.write(batch),
            "results_version": None,
            "results": None,
        }
        self._session.add(ADD, row)
        rows = (
            {
                "workspace_id": workspace,
                "batch_id": batch.id,
                "position": member.position,
                "twin_id": member.twin_id,
                "version": member.version,
                "line": member.line,
            }
            for member in members
        )
        self._session.add_all(ADD_MEMBER, rows)

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Batch]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        page = PAGE
        if session_id is not None:
            page, asked["session"] = page.where(OF_SESSION), session_id
        if cursor is not None:
            page = page.where(OLDER)
            asked["created_at"], asked["id"] = place_of(cursor, KIND, tuple[Whole, str])
        rows = self._session.read(page, asked).all()
        return page_of(rows, limit, _batch, lambda row: cursor_of(KIND, row[2], row[3]))

    def members(self, batch_id: BatchId, start: int, stop: int) -> list[Member]:
        rows = self._session.read(MEMBERS, {**self._key(batch_id), "start": start, "stop": stop})
        return [_member(row) for row in rows]

    def add_part(self, batch_id: BatchId, part: int, columns: Columns) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "batch_id": batch_id,
            "part": part,
            "numbers": packed(columns),
        }
        self._session.add(ADD_PART, row)

    def part(self, batch_id: BatchId, part: int) -> Columns | None:
        row = self._session.first(PART, {**self._key(batch_id), "number": part})
        return None if row is None else unpacked(bytes(row[0]))

    def parts(self, batch_id: BatchId) -> list[int]:
        return list(self._session.read(PARTS, self._key(batch_id)).scalars())

    def results(self, batch_id: BatchId) -> BatchResults | None:
        row = self._session.read(RESULTS, self._key(batch_id)).first()
        return None if row is None or row[0] is None else BATCH_RESULTS.read(row[0], row[1])

    def put_results(self, batch_id: BatchId, results: BatchResults) -> None:
        values = {"results": BATCH_RESULTS.write(results), "results_version": BATCH_RESULTS.newest}
        self._session.write(PUT_RESULTS, {**self._key(batch_id), **values})

    def of_twin(self, twin_id: TwinId) -> list[tuple[BatchId, Member]]:
        rows = self._session.read(MEMBERSHIPS, {"workspace": self._session.workspace, "twin": twin_id})
        return [(BatchId(row[0]), _member(row)) for row in rows]

    def delete(self, batch_id: BatchId) -> bool:
        key = self._key(batch_id)
        self._session.delete(DELETE_MEMBERS, key)
        self._session.delete(DELETE_PARTS, key)
        SqlAllocations(self._session).delete_of(batch_id)
        return self._session.delete(DELETE, key) > 0

    def erase(self, twin_id: TwinId) -> int:
        found = self.of_twin(twin_id)
        for batch_id, member in found:
            self._blank(batch_id, member.position)
        if found:
            self._session.delete(LEAVE, {"workspace": self._session.workspace, "twin": twin_id})
        return len(found)

    def erase_session(self, session_id: SessionId) -> int:
        asked = {"workspace": self._session.workspace, "session": session_id}
        gone = list(self._session.read(IN_SESSION, asked).scalars())
        return sum(self.delete(batch_id) for batch_id in gone)

    def _blank(self, batch_id: BatchId, position: int) -> None:
        """Take the numbers at a position out of their part, and forget what all of them add up to."""
        batch = self.get(batch_id)
        if batch is None:
            return
        key = self._key(batch_id)
        SqlAllocations(self._session).leave(batch_id, position)
        self._session.write(PUT_RESULTS, {**key, "results": None, "results_version": None})
        part, place = divmod(position, batch.part)
        columns = self.part(batch_id, part)
        if columns is not None:
            data = packed(blanked(columns, place, batch.width))
            self._session.write(PUT_PART, {**key, "number": part, "numbers": data})

    def _key(self, batch_id: BatchId) -> dict[str, Any]:
        return {"workspace": self._session.workspace, "batch": batch_id}


def _batch(row: Any) -> Batch:
    return BATCHES.read(row[0], row[1])


def _member(row: Any) -> Member:
    _, position, twin_id, version, line = row
    return Member(position=position, twin_id=twin_id, version=version, line=line)

"""The segments of a workspace in the database: one document each, under its name."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select, update

from twincast.domain.segments import Segment
from twincast.storage.sql.documents import SEGMENTS
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import segments

HERE: Final = segments.c.workspace_id == bindparam("workspace")
THIS: Final = segments.c.name == bindparam("segment")
COLUMNS: Final = (segments.c.document_version, segments.c.document)
ONE: Final = Prepared(select(*COLUMNS).where(HERE, THIS))
ALL: Final = select(*COLUMNS).where(HERE).order_by(segments.c.name)
ADD: Final = Prepared(insert(segments), tuple(segments.c.keys()))
PUT: Final = Prepared(update(segments).where(HERE, THIS), ("document_version", "document"))
REMOVE: Final = delete(segments).where(HERE, THIS)


class SqlSegments:
    """The segments of one workspace, in a transaction (`ports.stores.SegmentRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str) -> Segment | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "segment": name})
        return None if row is None else SEGMENTS.read(row[1], row[0])

    def all(self) -> list[Segment]:
        rows = self._session.read(ALL, {"workspace": self._session.workspace})
        return [SEGMENTS.read(document, version) for version, document in rows]

    def put(self, segment: Segment) -> None:
        row = {"document_version": SEGMENTS.newest, "document": SEGMENTS.write(segment)}
        if self.get(segment.name) is None:
            self._session.add(ADD, {"workspace_id": self._session.workspace, "name": segment.name, **row})
        else:
            self._session.change(PUT, {"workspace": self._session.workspace, "segment": segment.name, **row})

    def remove(self, name: str) -> bool:
        return self._session.delete(REMOVE, {"workspace": self._session.workspace, "segment": name}) > 0

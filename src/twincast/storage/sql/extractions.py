"""Extractions in the database: a document each, and a row for every one of their rows, found by twin."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, insert, select, tuple_, update

from twincast.domain.extractions import Extraction, KeptRow
from twincast.domain.ids import ExtractionId, SessionId, TwinId
from twincast.domain.pages import Page
from twincast.storage.cursors import Whole, cursor_of, page_of, place_of
from twincast.storage.instants import micros_of
from twincast.storage.sql.documents import EXTRACTED_ROWS, EXTRACTIONS
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import extracted_rows, extractions

KIND: Final = "extractions"
_HERE = extractions.c.workspace_id == bindparam("workspace")
_THIS = extractions.c.id == bindparam("id")
_OF_SESSION = extractions.c.session_id == bindparam("session")
_COLUMNS = (extractions.c.document, extractions.c.document_version, extractions.c.created_at, extractions.c.id)
_PLACE = tuple_(extractions.c.created_at, extractions.c.id)
ADD = Prepared(insert(extractions), tuple(extractions.c.keys()))
ONE = Prepared(select(*_COLUMNS).where(_HERE, _THIS))
PUT = Prepared(update(extractions).where(_HERE, _THIS), ("document_version", "document"))
PAGE: Final[Select[Any]] = (
    select(*_COLUMNS)
    .where(_HERE)
    .order_by(extractions.c.created_at.desc(), extractions.c.id.desc())
    .limit(bindparam("rows"))
)
OLDER: Final = tuple_(bindparam("created_at"), bindparam("id")) > _PLACE
ERASE_SESSION: Final = delete(extractions).where(_HERE, _OF_SESSION)

_ROW_HERE = extracted_rows.c.workspace_id == bindparam("workspace")
_ROW_OF = extracted_rows.c.extraction_id == bindparam("id")
_ROW_TWIN = extracted_rows.c.twin_id == bindparam("twin")
_ROW = (extracted_rows.c.document, extracted_rows.c.document_version, extracted_rows.c.position)
ADD_ROW = Prepared(insert(extracted_rows), tuple(extracted_rows.c.keys()))
ROWS: Final = (
    select(*_ROW)
    .where(_ROW_HERE, _ROW_OF, extracted_rows.c.position > bindparam("after"))
    .order_by(extracted_rows.c.position)
    .limit(bindparam("rows"))
)
OF_TWIN: Final = (
    select(extracted_rows.c.extraction_id, extracted_rows.c.document, extracted_rows.c.document_version)
    .where(_ROW_HERE, _ROW_TWIN)
    .order_by(extracted_rows.c.extraction_id, extracted_rows.c.position)
)
ERASE: Final = delete(extracted_rows).where(_ROW_HERE, _ROW_TWIN)
ERASE_ROWS: Final = delete(extracted_rows).where(
    _ROW_HERE, extracted_rows.c.extraction_id.in_(select(extractions.c.id).where(_HERE, _OF_SESSION))
)


class SqlExtractions:
    """The extractions of one workspace, in a transaction (`ports.extractions.ExtractionRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, extraction_id: ExtractionId) -> Extraction | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "id": extraction_id})
        return None if row is None else _value(row)

    def add(self, extraction: Extraction, rows: Sequence[KeptRow]) -> None:
        workspace = self._session.workspace
        head = {
            "workspace_id": workspace,
            "id": extraction.id,
            "session_id": extraction.session_id,
            "created_at": micros_of(extraction.created_at),
            **_document(extraction),
        }
        self._session.add(ADD, head)
        self._session.add_all(
            ADD_ROW,
            (
                {
                    "workspace_id": workspace,
                    "extraction_id": extraction.id,
                    "position": position,
                    "twin_id": row.twin_id,
                    "document_version": EXTRACTED_ROWS.newest,
                    "document": EXTRACTED_ROWS.write(row),
                }
                for position, row in enumerate(rows)
            ),
        )

    def rows(self, extraction_id: ExtractionId, cursor: str | None, limit: int) -> Page[KeptRow]:
        after = -1 if cursor is None else place_of(cursor, extraction_id, tuple[Whole])[0]
        asked = {"workspace": self._session.workspace, "id": extraction_id, "after": after, "rows": limit + 1}
        rows = self._session.read(ROWS, asked).all()
        return page_of(
            rows, limit, lambda row: EXTRACTED_ROWS.read(row[0], row[1]), lambda row: cursor_of(extraction_id, row[2])
        )

    def newest(self, cursor: str | None, limit: int, session_id: SessionId | None = None) -> Page[Extraction]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        statement = PAGE
        if session_id is not None:
            asked["session"], statement = session_id, statement.where(_OF_SESSION)
        if cursor is not None:
            asked["created_at"], asked["id"] = place_of(cursor, KIND, tuple[Whole, str])
            statement = statement.where(OLDER)
        rows = self._session.read(statement, asked).all()
        return page_of(rows, limit, _value, lambda row: cursor_of(KIND, row[2], row[3]))

    def of_twin(self, twin_id: TwinId) -> list[tuple[ExtractionId, KeptRow]]:
        rows = self._session.read(OF_TWIN, {"workspace": self._session.workspace, "twin": twin_id})
        return [(ExtractionId(name), EXTRACTED_ROWS.read(document, version)) for name, document, version in rows]

    def erase(self, twin_id: TwinId) -> int:
        touched = {name for name, _ in self.of_twin(twin_id)}
        for name in touched:
            found = self.get(name)
            if found is not None:
                changed = replace(found, statistics=None, erased=found.erased + 1)
                key = {"workspace": self._session.workspace, "id": name}
                self._session.change(PUT, {**key, **_document(changed)})
        return self._session.delete(ERASE, {"workspace": self._session.workspace, "twin": twin_id})

    def erase_session(self, session_id: SessionId) -> int:
        asked = {"workspace": self._session.workspace, "session": session_id}
        self._session.delete(ERASE_ROWS, asked)
        return self._session.delete(ERASE_SESSION, asked)


def _document(extraction: Extraction) -> dict[str, Any]:
    return {"document_version": EXTRACTIONS.newest, "document": EXTRACTIONS.write(extraction)}


def _value(row: Any) -> Extraction:
    return EXTRACTIONS.read(row[0], row[1])

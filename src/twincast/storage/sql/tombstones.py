"""Tombstones in the database."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, insert, select

from twincast.domain.twins import Tombstone
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.house_tables import tombstones
from twincast.storage.sql.session import Session

ALL: Final = (
    select(tombstones.c.subject, tombstones.c.erased_at, tombstones.c.removed)
    .where(tombstones.c.workspace_id == bindparam("workspace"))
    .order_by(tombstones.c.erased_at, tombstones.c.sequence)
)
ADD: Final = insert(tombstones)

removed_in: Final = msgspec.json.Decoder(dict[str, int]).decode
removed_out: Final = msgspec.json.Encoder().encode


class SqlTombstones:
    """The tombstones of one workspace, in a transaction (`ports.stores.TombstoneRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, tombstone: Tombstone) -> None:
        row = {
            "workspace_id": self._session.workspace,
            "subject": tombstone.subject,
            "erased_at": micros_of(tombstone.erased_at),
            "removed": removed_out(tombstone.removed).decode(),
        }
        self._session.write(ADD, row)

    def all(self) -> list[Tombstone]:
        rows = self._session.read(ALL, {"workspace": self._session.workspace})
        return [
            Tombstone(subject=subject, erased_at=moment_of(erased_at), removed=removed_in(removed))
            for subject, erased_at, removed in rows
        ]

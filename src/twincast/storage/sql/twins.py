"""Twins in columns, every version a row; the newest of each is marked, so that it is found without its history."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, false, func, insert, select, true, update

from twincast.domain.ids import TwinId
from twincast.domain.pages import Page
from twincast.domain.twins import Twin
from twincast.storage.conflicts import taken
from twincast.storage.cursors import cursor_of, page_of, place_of
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import twins

ROWS: Final = 500
"""Rows in one insert: more gains nothing."""
ASKED: Final = 5000
"""Ids in one question: well below what a statement may hold."""

HERE: Final = twins.c.workspace_id == bindparam("workspace")
NEWEST: Final = HERE & (twins.c.is_newest == true())
THIS: Final = twins.c.twin_id == bindparam("twin")
THESE: Final = twins.c.twin_id.in_(bindparam("twins", expanding=True))
COLUMNS: Final = (
    twins.c.twin_id,
    twins.c.customer_id,
    twins.c.version,
    twins.c.record,
    twins.c.as_of,
    twins.c.digest,
    twins.c.state,
    twins.c.reading,
    twins.c.zone,
    twins.c.currency,
    twins.c.interests,
    twins.c.created_at,
)

ONE: Final = Prepared(select(*COLUMNS).where(NEWEST, THIS))
ONE_VERSION: Final = Prepared(select(*COLUMNS).where(HERE, THIS, twins.c.version == bindparam("version")))
HAS: Final = Prepared(select(twins.c.version).where(HERE, THIS, twins.c.version == bindparam("version")))
ALL_VERSIONS: Final = select(*COLUMNS).where(HERE, THIS).order_by(twins.c.version)
HISTORIES: Final = select(*COLUMNS).where(HERE, THESE).order_by(twins.c.twin_id, twins.c.version)
MANY: Final = select(*COLUMNS).where(NEWEST, THESE)
PAGE: Final = select(*COLUMNS).where(NEWEST).order_by(twins.c.twin_id).limit(bindparam("rows"))
NEXT_PAGE: Final = PAGE.where(twins.c.twin_id > bindparam("after"))
COUNT: Final = select(func.count()).select_from(twins).where(NEWEST)
HEADS: Final = select(twins.c.twin_id, twins.c.version).where(NEWEST, THESE)
VERSION_NUMBERS: Final = select(twins.c.version).where(HERE, THIS)
ADD: Final = insert(twins)
SUPERSEDE: Final = update(twins).where(NEWEST, THIS).values(is_newest=false())
ERASE: Final = delete(twins).where(HERE, THIS)

interests_in: Final = msgspec.json.Decoder(tuple[str, ...]).decode
interests_out: Final = msgspec.json.Encoder().encode


class SqlTwins:
    """The twins of one workspace, in a transaction (`ports.stores.TwinRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, twin_id: TwinId, version: int | None = None) -> Twin | None:
        key = {"workspace": self._session.workspace, "twin": twin_id}
        if version is None:
            row = self._session.first(ONE, key)
        else:
            row = self._session.first(ONE_VERSION, {**key, "version": version})
        return None if row is None else twin_of(row)

    def has(self, twin_id: TwinId, version: int) -> bool:
        key = {"workspace": self._session.workspace, "twin": twin_id, "version": version}
        return self._session.first(HAS, key) is not None

    def get_many(self, twin_ids: Sequence[TwinId]) -> list[Twin | None]:
        found: dict[str, Twin] = {}
        for chunk in chunks(twin_ids):
            rows = self._session.read(MANY, {"workspace": self._session.workspace, "twins": chunk})
            found.update((row[0], twin_of(row)) for row in rows)
        return [found.get(twin_id) for twin_id in twin_ids]

    def newest(self, cursor: str | None, limit: int) -> Page[Twin]:
        asked: dict[str, Any] = {"workspace": self._session.workspace, "rows": limit + 1}
        if cursor is None:
            rows = self._session.read(PAGE, asked).all()
        else:
            (after,) = place_of(cursor, "twins", tuple[str])
            rows = self._session.read(NEXT_PAGE, {**asked, "after": after}).all()
        return page_of(rows, limit, twin_of, lambda row: cursor_of("twins", row[0]))

    def versions(self, twin_id: TwinId) -> list[Twin]:
        rows = self._session.read(ALL_VERSIONS, {"workspace": self._session.workspace, "twin": twin_id})
        return [twin_of(row) for row in rows]

    def known(self, twin_ids: Sequence[TwinId]) -> set[TwinId]:
        return set(self.heads(twin_ids))

    def histories(self, twin_ids: Sequence[TwinId]) -> list[Twin]:
        found: list[Twin] = []
        for chunk in chunks(twin_ids):
            rows = self._session.read(HISTORIES, {"workspace": self._session.workspace, "twins": chunk})
            found += [twin_of(row) for row in rows]
        return found

    def add(self, twins: Sequence[Twin]) -> None:
        heads = self.heads([twin.id for twin in twins])
        newest = dict(heads)
        for twin in twins:
            if twin.version <= newest.get(twin.id, 0):
                self._require_absent(twin, twins)
            newest[twin.id] = max(twin.version, newest.get(twin.id, 0))
        superseded = [twin_id for twin_id in heads if newest[twin_id] != heads[twin_id]]
        workspace = self._session.workspace
        if superseded:
            self._session.write(SUPERSEDE, [{"workspace": workspace, "twin": twin_id} for twin_id in superseded])
        ordered = sorted(twins, key=lambda twin: (twin.id, twin.version))  # rows side by side are written together
        for start in range(0, len(ordered), ROWS):
            chunk = ordered[start : start + ROWS]
            self._session.write(ADD, [row_of(twin, workspace, newest[twin.id] == twin.version) for twin in chunk])

    def count(self) -> int:
        return int(self._session.read(COUNT, {"workspace": self._session.workspace}).scalar_one())

    def erase(self, twin_id: TwinId) -> int:
        return self._session.delete(ERASE, {"workspace": self._session.workspace, "twin": twin_id})

    def heads(self, twin_ids: Sequence[TwinId]) -> dict[TwinId, int]:
        heads: dict[TwinId, int] = {}
        for chunk in chunks(twin_ids):
            rows = self._session.read(HEADS, {"workspace": self._session.workspace, "twins": chunk})
            heads.update((twin_id, version) for twin_id, version in rows)
        return heads

    def _require_absent(self, twin: Twin, added: Sequence[Twin]) -> None:
        """Raise WriteConflict if a version that is not the newest is stored, or added twice; else it fills a gap."""
        key = {"workspace": self._session.workspace, "twin": twin.id}
        stored = self._session.read(VERSION_NUMBERS, key).scalars().all()
        twice = sum(1 for other in added if other.id == twin.id and other.version == twin.version) > 1
        if twice or twin.version in stored:
            raise self._session.conflict(taken(twin.id, twin.version))


def chunks(twin_ids: Sequence[TwinId]) -> Iterator[list[TwinId]]:
    """Cut distinct ids, in the order of the index, into what one statement takes."""
    distinct = sorted(set(twin_ids))
    for start in range(0, len(distinct), ASKED):
        yield distinct[start : start + ASKED]


def twin_of(row: Any) -> Twin:
    """Return the twin in a row of `COLUMNS`."""
    twin, customer, version, record, as_of, digest, state, reading, zone, currency, interests, created_at = row
    return Twin(
        id=twin,
        customer_id=customer,
        version=version,
        record=record,
        as_of=as_of,
        digest=digest,
        state=state,
        reading=reading,
        zone=zone,
        currency=currency,
        interests=interests_in(interests),
        created_at=moment_of(created_at),
    )


def row_of(twin: Twin, workspace: str, is_newest: bool) -> dict[str, Any]:
    """Return the row of a twin."""
    return {
        "workspace_id": workspace,
        "twin_id": twin.id,
        "version": twin.version,
        "is_newest": is_newest,
        "customer_id": twin.customer_id,
        "as_of": twin.as_of,
        "digest": twin.digest,
        "reading": twin.reading,
        "zone": twin.zone,
        "currency": twin.currency,
        "interests": interests_out(twin.interests).decode(),
        "created_at": micros_of(twin.created_at),
        "state": twin.state,
        "record": twin.record,
    }

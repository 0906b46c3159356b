"""API keys in the database: they stand above workspaces, so each call is a short transaction of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from twincast.domain.errors import WriteConflict
from twincast.domain.ids import KeyId
from twincast.domain.workspaces import ApiKey
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.house_tables import api_keys

COLUMNS: Final = (
    api_keys.c.id,
    api_keys.c.workspace_id,
    api_keys.c.name,
    api_keys.c.secret_hash,
    api_keys.c.scopes,
    api_keys.c.created_at,
    api_keys.c.revoked_at,
)
BY_HASH: Final = select(*COLUMNS).where(api_keys.c.secret_hash == bindparam("secret_hash"))
ALL: Final = select(*COLUMNS).order_by(api_keys.c.created_at, api_keys.c.id)
ADD: Final = insert(api_keys)
# A key that was revoked before keeps the time at which it was.
REVOKE: Final = (
    update(api_keys)
    .where(api_keys.c.id == bindparam("key"))
    .values(revoked_at=func.coalesce(api_keys.c.revoked_at, bindparam("at")))
)

scopes_in: Final = msgspec.json.Decoder(tuple[str, ...]).decode
scopes_out: Final = msgspec.json.Encoder().encode
Transactions = Callable[[bool], AbstractContextManager[Connection]]
"""Opens a transaction, which writes or only reads; one that writes is committed by its user."""


class SqlKeys:
    """The API keys of all workspaces (`ports.stores.KeyStore`)."""

    __slots__ = ("_transaction",)

    def __init__(self, transaction: Transactions) -> None:
        self._transaction = transaction

    def add(self, key: ApiKey) -> None:
        row = {
            "id": key.id,
            "workspace_id": key.workspace,
            "name": key.name,
            "secret_hash": key.secret_hash,
            "scopes": scopes_out(key.scopes).decode(),
            "created_at": micros_of(key.created_at),
            "revoked_at": None if key.revoked_at is None else micros_of(key.revoked_at),
        }
        with self._transaction(True) as connection:
            try:
                connection.execute(ADD, row)
            except IntegrityError as error:
                raise WriteConflict(f"The API key {key.id!r}, or its secret, is stored already.") from error
            connection.commit()

    def by_hash(self, secret_hash: str) -> ApiKey | None:
        with self._transaction(False) as connection:
            row = connection.execute(BY_HASH, {"secret_hash": secret_hash}).first()
        return None if row is None else key_of(row)

    def all(self) -> list[ApiKey]:
        with self._transaction(False) as connection:
            return [key_of(row) for row in connection.execute(ALL)]

    def revoke(self, key_id: KeyId, at: datetime) -> bool:
        with self._transaction(True) as connection:
            found = connection.execute(REVOKE, {"key": key_id, "at": micros_of(at)}).rowcount
            connection.commit()
        return found > 0


def key_of(row: Any) -> ApiKey:
    """Return the key in a row of `COLUMNS`."""
    key, workspace, name, secret_hash, scopes, created_at, revoked_at = row
    return ApiKey(
        id=key,
        workspace=workspace,
        name=name,
        secret_hash=secret_hash,
        scopes=scopes_in(scopes),
        created_at=moment_of(created_at),
        revoked_at=None if revoked_at is None else moment_of(revoked_at),
    )

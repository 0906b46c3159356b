"""Versions of what was learned, in the database; one of a workspace's is marked as the one that answers."""

from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, false, insert, select, true, update

from twincast.domain.errors import UnknownModel
from twincast.domain.models import PRIOR_VERSION, ModelVersion
from twincast.storage.conflicts import no_model
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import models

HERE: Final = models.c.workspace_id == bindparam("workspace")
CURRENT: Final = HERE & (models.c.is_current == true())
COLUMNS: Final = (
    models.c.version,
    models.c.parent,
    models.c.digest,
    models.c.prior,
    models.c.outcomes,
    models.c.left_out,
    models.c.received_until,
    models.c.refitted_until,
    models.c.created_at,
    models.c.notes,
)
DIGEST: Final = Prepared(select(models.c.digest).where(CURRENT))
ONE: Final = select(*COLUMNS).where(CURRENT)
ALL: Final = select(*COLUMNS).where(HERE).order_by(models.c.version)
BLOB: Final = select(models.c.blob).where(HERE, models.c.digest == bindparam("digest")).limit(1)
THERE: Final = select(models.c.version).where(HERE, models.c.version == bindparam("number"))
ADD: Final = insert(models)
RETIRE: Final = update(models).where(CURRENT).values(is_current=false())
SELECT: Final = update(models).where(HERE, models.c.version == bindparam("number")).values(is_current=true())

counts_in: Final = msgspec.json.Decoder(dict[str, int]).decode
notes_in: Final = msgspec.json.Decoder(tuple[str, ...]).decode
plain_out: Final = msgspec.json.Encoder().encode


class SqlModels:
    """The model versions of one workspace, in a transaction (`ports.stores.ModelRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def current_digest(self) -> str | None:
        row = self._session.first(DIGEST, {"workspace": self._session.workspace})
        return None if row is None else row[0]

    def current(self) -> ModelVersion | None:
        row = self._session.read(ONE, self._key()).first()
        return None if row is None else model_of(row)

    def all(self) -> list[ModelVersion]:
        return [model_of(row) for row in self._session.read(ALL, self._key())]

    def blob(self, digest: str) -> bytes:
        found: bytes | None = self._session.read(BLOB, self._key(digest=digest)).scalar()
        if found is None:
            raise UnknownModel(no_model(digest))
        return found

    def add(self, model: ModelVersion, blob: bytes) -> None:
        self._session.write(RETIRE, self._key())
        row = {
            "workspace_id": self._session.workspace,
            "version": model.version,
            "parent": model.parent,
            "is_current": True,
            "digest": model.digest,
            "prior": model.prior,
            "outcomes": plain_out(model.outcomes).decode(),
            "left_out": plain_out(model.left_out).decode(),
            "received_until": micros_of(model.received_until),
            "refitted_until": micros_of(model.refitted_until),
            "created_at": micros_of(model.created_at),
            "notes": plain_out(model.notes).decode(),
            "blob": blob,
        }
        self._session.write(ADD, row)

    def select(self, version: int) -> None:
        if version != PRIOR_VERSION and self._session.read(THERE, self._key(number=version)).first() is None:
            raise UnknownModel(no_model(version))
        self._session.write(RETIRE, self._key())
        self._session.write(SELECT, self._key(number=version))

    def _key(self, **more: Any) -> dict[str, Any]:
        return {"workspace": self._session.workspace, **more}


def model_of(row: Any) -> ModelVersion:
    """Return the version in a row of `COLUMNS`."""
    version, parent, digest, prior, outcomes, left_out, received_until, refitted_until, created_at, notes = row
    return ModelVersion(
        version=version,
        parent=parent,
        digest=digest,
        prior=prior,
        outcomes=counts_in(outcomes),
        left_out=counts_in(left_out),
        received_until=moment_of(received_until),
        refitted_until=moment_of(refitted_until),
        created_at=moment_of(created_at),
        notes=notes_in(notes),
    )

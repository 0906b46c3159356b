"""The contact policy of a workspace in the database: one document."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update

from twincast.domain.policies import ContactPolicy
from twincast.storage.sql.documents import POLICIES
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session
from twincast.storage.sql.tables import policies

HERE: Final = policies.c.workspace_id == bindparam("workspace")
CURRENT: Final = Prepared(select(policies.c.document_version, policies.c.document).where(HERE))
ADD: Final = Prepared(insert(policies), tuple(policies.c.keys()))
PUT: Final = Prepared(update(policies).where(HERE), ("document_version", "document"))


class SqlPolicies:
    """The contact policy of one workspace, in a transaction (`ports.stores.PolicyRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def current(self) -> ContactPolicy | None:
        row = self._session.first(CURRENT, {"workspace": self._session.workspace})
        return None if row is None else POLICIES.read(row[1], row[0])

    def put(self, policy: ContactPolicy) -> None:
        row = {"document_version": POLICIES.newest, "document": POLICIES.write(policy)}
        if self.current() is None:
            self._session.add(ADD, {"workspace_id": self._session.workspace, **row})
        else:
            self._session.change(PUT, {"workspace": self._session.workspace, **row})

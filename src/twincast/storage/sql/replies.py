"""Kept replies in the database, and the subjects by which they are erased."""

from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, tuple_

from twincast.domain.workspaces import KeptReply
from twincast.storage.instants import micros_of, moment_of
from twincast.storage.sql.house_tables import kept_replies, kept_reply_subjects
from twincast.storage.sql.prepared import Prepared
from twincast.storage.sql.session import Session

ONE: Final = Prepared(
    select(
        kept_replies.c.request_hash,
        kept_replies.c.status,
        kept_replies.c.body,
        kept_replies.c.headers,
        kept_replies.c.subjects,
        kept_replies.c.created_at,
    ).where(
        kept_replies.c.workspace_id == bindparam("workspace"),
        kept_replies.c.scope == bindparam("scope"),
        kept_replies.c.key == bindparam("key"),
    )
)
ADD: Final = Prepared(insert(kept_replies), tuple(kept_replies.c.keys()))
ADD_SUBJECT: Final = insert(kept_reply_subjects)
# The rows of `kept_reply_subjects` go with their reply.
ERASE: Final = delete(kept_replies).where(
    kept_replies.c.workspace_id == bindparam("workspace"),
    tuple_(kept_replies.c.scope, kept_replies.c.key).in_(
        select(kept_reply_subjects.c.scope, kept_reply_subjects.c.key).where(
            kept_reply_subjects.c.workspace_id == bindparam("workspace"),
            kept_reply_subjects.c.subject == bindparam("subject"),
        )
    ),
)

headers_in: Final = msgspec.json.Decoder(dict[str, str]).decode
subjects_in: Final = msgspec.json.Decoder(tuple[str, ...]).decode
json_out: Final = msgspec.json.Encoder().encode


class SqlReplies:
    """The kept replies of one workspace, in a transaction (`ports.stores.ReplyRepository`)."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, scope: str, key: str) -> KeptReply | None:
        row = self._session.first(ONE, {"workspace": self._session.workspace, "scope": scope, "key": key})
        return None if row is None else reply_of(scope, key, row)

    def add(self, reply: KeptReply) -> None:
        place = {"workspace_id": self._session.workspace, "scope": reply.scope, "key": reply.key}
        row = place | {
            "request_hash": reply.request_hash,
            "status": reply.status,
            "headers": json_out(reply.headers).decode(),
            "subjects": json_out(reply.subjects).decode(),
            "created_at": micros_of(reply.created_at),
            "body": reply.body,
        }
        self._session.add(ADD, row)
        subjects = [place | {"subject": subject} for subject in dict.fromkeys(reply.subjects)]
        if subjects:
            self._session.write(ADD_SUBJECT, subjects)

    def erase(self, subject: str) -> int:
        return self._session.delete(ERASE, {"workspace": self._session.workspace, "subject": subject})


def reply_of(scope: str, key: str, row: Any) -> KeptReply:
    """Return the reply in a row."""
    request_hash, status, body, headers, subjects, created_at = row
    return KeptReply(
        key=key,
        scope=scope,
        request_hash=request_hash,
        status=status,
        body=body,
        headers=headers_in(headers),
        subjects=subjects_in(subjects),
        created_at=moment_of(created_at),
    )

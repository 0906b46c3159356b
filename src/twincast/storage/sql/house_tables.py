"""The tables that the house keeps for itself: facts, keys, kept replies, the log and what was erased."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from twincast.storage.sql.basics import Id, Serial, metadata

store_facts: Final = Table(
    "store_facts",
    metadata,
    Column("name", Id, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("name"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", Id, nullable=False),
    Column("workspace_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", Id, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    PrimaryKeyConstraint("id"),
    Index("ux_api_keys_secret_hash", "secret_hash", unique=True),
)

kept_replies: Final = Table(
    "kept_replies",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("scope", Id, nullable=False),
    Column("key", Id, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("subjects", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace_id", "scope", "key"),
)

# The subjects of a reply once more, to find what must go with one of them.
kept_reply_subjects: Final = Table(
    "kept_reply_subjects",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("scope", Id, nullable=False),
    Column("key", Id, nullable=False),
    PrimaryKeyConstraint("workspace_id", "subject", "scope", "key"),
    ForeignKeyConstraint(
        ["workspace_id", "scope", "key"],
        ["kept_replies.workspace_id", "kept_replies.scope", "kept_replies.key"],
        ondelete="CASCADE",
    ),
    Index("ix_kept_reply_subjects_reply", "workspace_id", "scope", "key"),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("sequence", Serial, nullable=False, autoincrement=True),
    Column("workspace_id", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Id, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", Text, nullable=False),
    PrimaryKeyConstraint("sequence"),
    Index("ix_audit_workspace", "workspace_id", "sequence"),
    sqlite_autoincrement=True,
)

tombstones: Final = Table(
    "tombstones",
    metadata,
    Column("sequence", Serial, nullable=False, autoincrement=True),
    Column("workspace_id", Id, nullable=False),
    Column("subject", Text, nullable=False),
    Column("erased_at", BigInteger, nullable=False),
    Column("removed", Text, nullable=False),
    PrimaryKeyConstraint("sequence"),
    Index("ix_tombstones_workspace", "workspace_id", "erased_at", "sequence"),
    sqlite_autoincrement=True,
)

"""The tables of long work: jobs, their parts, who works on them, and the webhooks that are told when they end."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from twincast.storage.sql.basics import Id, metadata

jobs: Final = Table(
    "jobs",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("kind", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("actor", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("problem_code", Id),
    Column("problem_detail", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_jobs_time", "workspace_id", "created_at", "id"),
    Index("ix_jobs_subject", "workspace_id", "kind", "subject", "created_at"),
)
# Workers look for open jobs several times a second, however many have ended.
Index(
    "ix_jobs_open",
    jobs.c.created_at,
    jobs.c.id,
    sqlite_where=jobs.c.ended_at.is_(None),
    postgresql_where=jobs.c.ended_at.is_(None),
)

# A part can be settled once only, whoever ran it.
job_parts: Final = Table(
    "job_parts",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("job_id", Id, nullable=False),
    Column("part", Integer, nullable=False),
    Column("problem_code", Id),
    Column("problem_detail", Text),
    PrimaryKeyConstraint("workspace_id", "job_id", "part"),
)

workers: Final = Table(
    "workers",
    metadata,
    Column("name", Id, nullable=False),
    Column("beat_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("name"),
)

webhooks: Final = Table(
    "webhooks",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("webhook_id", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Id, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("waits", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    ForeignKeyConstraint(["workspace_id", "webhook_id"], ["webhooks.workspace_id", "webhooks.id"], ondelete="CASCADE"),
    Index("ix_deliveries_webhook", "workspace_id", "webhook_id", "created_at", "id"),
)
Index(
    "ix_deliveries_due",
    deliveries.c.due_at,
    deliveries.c.id,
    sqlite_where=deliveries.c.due_at.is_not(None),
    postgresql_where=deliveries.c.due_at.is_not(None),
)

delivery_attempts: Final = Table(
    "delivery_attempts",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("delivery_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("status", Integer),
    Column("problem_code", Id),
    Column("problem_detail", Text),
    PrimaryKeyConstraint("workspace_id", "delivery_id", "number"),
    ForeignKeyConstraint(
        ["workspace_id", "delivery_id"], ["deliveries.workspace_id", "deliveries.id"], ondelete="CASCADE"
    ),
)

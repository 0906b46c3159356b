"""The tables. Every row carries its workspace; times are microseconds since 1970 (`storage.instants`)."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    true,
)

from twincast.storage.sql.basics import Id, metadata

twins: Final = Table(
    "twins",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("twin_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("is_newest", Boolean, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("digest", Text, nullable=False),
    Column("reading", Text, nullable=False),
    Column("zone", Text),
    Column("currency", Text, nullable=False),
    Column("interests", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("record", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "twin_id", "version"),
)
# Finds and pages through newest versions, however long the histories; and no twin can ever have two of them.
Index(
    "ux_twins_newest",
    twins.c.workspace_id,
    twins.c.twin_id,
    unique=True,
    sqlite_where=twins.c.is_newest == true(),
    postgresql_where=twins.c.is_newest,
)


def documents_table(name: str) -> Table:
    """Return a table of JSON documents about one twin each, paged by time."""
    return Table(
        name,
        metadata,
        Column("workspace_id", Id, nullable=False),
        Column("id", Id, nullable=False),
        Column("twin_id", Id, nullable=False),
        Column("session_id", Id, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("document_version", Integer, nullable=False),
        Column("document", Text, nullable=False),
        PrimaryKeyConstraint("workspace_id", "id"),
        Index(f"ix_{name}_time", "workspace_id", "created_at", "id"),
        Index(f"ix_{name}_twin", "workspace_id", "twin_id", "created_at", "id"),
        Index(f"ix_{name}_session", "workspace_id", "session_id", "created_at", "id"),
    )


trials: Final = documents_table("trials")
comparisons: Final = documents_table("comparisons")
optimizations: Final = documents_table("optimizations")


def dated_table(name: str) -> Table:
    """Return a table of documents about nobody in particular, found by id or paged by time."""
    return Table(
        name,
        metadata,
        Column("workspace_id", Id, nullable=False),
        Column("id", Id, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("document_version", Integer, nullable=False),
        Column("document", Text, nullable=False),
        PrimaryKeyConstraint("workspace_id", "id"),
        Index(f"ix_{name}_time", "workspace_id", "created_at", "id"),
    )


backtests: Final = dated_table("backtests")
experiments: Final = dated_table("experiments")
readouts: Final = dated_table("readouts")

outcomes: Final = Table(
    "outcomes",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("twin_id", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("value", Float, nullable=False),
    Column("amount", Float),
    Column("items", Float),
    Column("intervention", Id),
    Column("sent_at", BigInteger, nullable=False),
    Column("occurred_at", BigInteger),
    Column("window_days", Float, nullable=False),
    Column("observed_until", BigInteger),
    Column("assignment", Text, nullable=False),
    Column("propensity", Float),
    Column("by_machine", Boolean, nullable=False),
    Column("trial_id", Id),
    Column("received_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_outcomes_time", "workspace_id", "received_at", "id"),
    Index("ix_outcomes_twin", "workspace_id", "twin_id", "at", "id"),
    Index("ix_outcomes_intervention", "workspace_id", "intervention"),
)

# What was sent, each once, whether to one customer or to a million.
interventions: Final = Table(
    "interventions",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("digest", Id, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "digest"),
)

models: Final = Table(
    "models",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("parent", Integer, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Column("digest", Id, nullable=False),
    Column("prior", Text, nullable=False),
    Column("outcomes", Text, nullable=False),
    Column("left_out", Text, nullable=False),
    Column("received_until", BigInteger, nullable=False),
    Column("refitted_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("blob", LargeBinary, nullable=False),
    Column("notes", Text, nullable=False, server_default="[]"),
    PrimaryKeyConstraint("workspace_id", "version"),
    Index("ix_models_digest", "workspace_id", "digest"),
)
# Read for every prediction; and no workspace can ever have two models that answer.
Index(
    "ux_models_current",
    models.c.workspace_id,
    unique=True,
    sqlite_where=models.c.is_current == true(),
    postgresql_where=models.c.is_current,
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("ephemeral", Boolean, nullable=False),
    Column("phase", Id, nullable=False),
    Column("branch_id", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("cache_file", Text),
    Column("parent_id", Id),
    Column("checkpoint_id", Id),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    PrimaryKeyConstraint("workspace_id", "id"),
)
# Ephemeral sessions come with every test: an index of begun ones alone costs them nothing.
Index(
    "ix_sessions_begun",
    sessions.c.workspace_id,
    sessions.c.created_at,
    sessions.c.id,
    sqlite_where=sessions.c.ephemeral == false(),
    postgresql_where=~sessions.c.ephemeral,
)
Index(
    "ix_sessions_parent",
    sessions.c.workspace_id,
    sessions.c.parent_id,
    sqlite_where=sessions.c.parent_id.is_not(None),
    postgresql_where=sessions.c.parent_id.is_not(None),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("name", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("branch_id", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ux_checkpoints_name", "workspace_id", "session_id", "name", "version", unique=True),
    Index("ix_checkpoints_time", "workspace_id", "session_id", "created_at", "id"),
)

batches: Final = Table(
    "batches",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("results_version", Integer),
    Column("results", Text),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_batches_time", "workspace_id", "created_at", "id"),
    Index("ix_batches_session", "workspace_id", "session_id", "created_at", "id"),
)

batch_members: Final = Table(
    "batch_members",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("batch_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("twin_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("line", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "batch_id", "position"),
    Index("ix_batch_members_twin", "workspace_id", "twin_id", "batch_id"),
)

# The numbers of some thousand cells as one value: a row a cell would be a million rows for one campaign.
batch_parts: Final = Table(
    "batch_parts",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("batch_id", Id, nullable=False),
    Column("part", Integer, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    PrimaryKeyConstraint("workspace_id", "batch_id", "part"),
)

# Who gets what as one value, an entry for each position of the batch, which holds whose position it is.
allocations: Final = Table(
    "allocations",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("batch_id", Id, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("choices", LargeBinary),
    Column("results_version", Integer),
    Column("results", Text),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_allocations_time", "workspace_id", "created_at", "id"),
    Index("ix_allocations_batch", "workspace_id", "batch_id", "id"),
)

policies: Final = Table(
    "policies",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id"),
)

segments: Final = Table(
    "segments",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("name", Id, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "name"),
)

extractions: Final = Table(
    "extractions",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_extractions_time", "workspace_id", "created_at", "id"),
    Index("ix_extractions_session", "workspace_id", "session_id", "created_at", "id"),
)

extracted_rows: Final = Table(
    "extracted_rows",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("extraction_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("twin_id", Id, nullable=False),
    Column("document_version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "extraction_id", "position"),
    Index("ix_extracted_rows_twin", "workspace_id", "twin_id"),
)

# Branches that forked off another one; the first of a session and those of what really happened have no row.
branches: Final = Table(
    "branches",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("session_id", Id, nullable=False),
    Column("parent_id", Id, nullable=False),
    Column("parent_position", BigInteger, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_branches_session", "workspace_id", "session_id"),
)

events: Final = Table(
    "events",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("branch_id", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("twin_id", Id, nullable=False),
    Column("twin_version", Integer, nullable=False),
    Column("kind", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("source", Id),
    Column("payload", Text, nullable=False),
    Column("memory", Text, nullable=False),
    PrimaryKeyConstraint("workspace_id", "branch_id", "position"),
    # The state of a twin at a head is the first row of this index, however long the past before it.
    Index("ix_events_twin", "workspace_id", "twin_id", "branch_id", "position"),
)

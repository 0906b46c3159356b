"""Sessions, checkpoints, branches and events; each test and comparison stands in a session."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
BEFORE = "sess_before_sessions"
"""Of each workspace that has tests or comparisons: the session in which those stand that had none."""


def upgrade() -> None:
    """Create the tables, and give what is stored a session."""
    create_sessions()
    create_checkpoints()
    create_events()
    for name in ("trials", "comparisons"):
        begin_sessions_for(name)
        give_session_to(name)


def create_sessions() -> None:
    """Create the table of sessions and the indexes that leave ephemeral ones out."""
    op.create_table(
        "sessions",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("ephemeral", sa.Boolean, nullable=False),
        sa.Column("phase", ID, nullable=False),
        sa.Column("branch_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("cache_file", sa.Text),
        sa.Column("parent_id", ID),
        sa.Column("checkpoint_id", ID),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_sessions"),
    )
    op.create_index(
        "ix_sessions_begun",
        "sessions",
        ["workspace_id", "created_at", "id"],
        sqlite_where=sa.text("ephemeral = 0"),
        postgresql_where=sa.text("NOT ephemeral"),
    )
    op.create_index(
        "ix_sessions_parent",
        "sessions",
        ["workspace_id", "parent_id"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )


def create_checkpoints() -> None:
    """Create the table of checkpoints: a session never has two of one name and version."""
    op.create_table(
        "checkpoints",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("branch_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_checkpoints"),
    )
    name = ["workspace_id", "session_id", "name", "version"]
    op.create_index("ux_checkpoints_name", "checkpoints", name, unique=True)
    op.create_index("ix_checkpoints_time", "checkpoints", ["workspace_id", "session_id", "created_at", "id"])


def create_events() -> None:
    """Create the branches and the events on them."""
    op.create_table(
        "branches",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("parent_id", ID, nullable=False),
        sa.Column("parent_position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_branches"),
    )
    op.create_index("ix_branches_session", "branches", ["workspace_id", "session_id"])
    op.create_table(
        "events",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("branch_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("twin_version", sa.Integer, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("source", ID),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "branch_id", "position", name="pk_events"),
    )
    op.create_index("ix_events_twin", "events", ["workspace_id", "twin_id", "branch_id", "position"])


def begin_sessions_for(name: str) -> None:
    """Begin the session of each workspace that has rows in a table of documents: long over, and ended."""
    created_at: sa.ColumnClause[int] = sa.column("created_at")
    first, last = sa.func.min(created_at), sa.func.max(created_at)
    known: sa.Select[str] = sa.select(sa.column("workspace_id")).select_from(sa.table("sessions"))
    values = {
        "workspace_id": sa.column("workspace_id"),
        "id": sa.literal(BEFORE),
        "ephemeral": sa.false(),
        "phase": sa.literal("ended"),
        "branch_id": sa.literal(BEFORE),
        "position": sa.literal(0),
        "seed": sa.literal(0),
        "name": sa.literal("before sessions"),
        "description": sa.literal("Everything that was tested before there were sessions."),
        "created_at": first,
        "updated_at": last,
        "ended_at": last,
    }
    rows = sa.select(*values.values()).select_from(sa.table(name)).where(sa.column("workspace_id").not_in(known))
    sessions = sa.table("sessions", *(sa.column(column) for column in values))
    op.execute(sa.insert(sessions).from_select(list(values), rows.group_by(sa.column("workspace_id"))))


def give_session_to(name: str) -> None:
    """Make a table of documents anew with the session's column, and carry the rows over."""
    op.rename_table(name, f"{name}_before")
    for index in ("time", "twin"):
        op.drop_index(f"ix_{name}_{index}", f"{name}_before")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"ALTER TABLE {name}_before RENAME CONSTRAINT pk_{name} TO pk_{name}_before")
    op.create_table(
        name,
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=f"pk_{name}"),
    )
    op.execute(
        f"INSERT INTO {name} SELECT workspace_id, id, twin_id, '{BEFORE}', created_at, document_version, document "  # noqa: S608 - constants
        f"FROM {name}_before"
    )
    op.drop_table(f"{name}_before")
    op.create_index(f"ix_{name}_time", name, ["workspace_id", "created_at", "id"])
    op.create_index(f"ix_{name}_twin", name, ["workspace_id", "twin_id", "created_at", "id"])
    op.create_index(f"ix_{name}_session", name, ["workspace_id", "session_id", "created_at", "id"])

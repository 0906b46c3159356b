"""Batches: interventions tested on many twins, and their numbers part by part."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "batches",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("results_version", sa.Integer),
        sa.Column("results", sa.Text),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_batches"),
    )
    op.create_index("ix_batches_time", "batches", ["workspace_id", "created_at", "id"])
    op.create_index("ix_batches_session", "batches", ["workspace_id", "session_id", "created_at", "id"])
    op.create_table(
        "batch_members",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("line", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "batch_id", "position", name="pk_batch_members"),
    )
    op.create_index("ix_batch_members_twin", "batch_members", ["workspace_id", "twin_id", "batch_id"])
    op.create_table(
        "batch_parts",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("numbers", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "batch_id", "part", name="pk_batch_parts"),
    )

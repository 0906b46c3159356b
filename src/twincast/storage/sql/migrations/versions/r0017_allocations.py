"""Allocations: who gets what, on the predictions of a batch."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "allocations",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("batch_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("choices", sa.LargeBinary),
        sa.Column("results_version", sa.Integer),
        sa.Column("results", sa.Text),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_allocations"),
    )
    op.create_index("ix_allocations_time", "allocations", ["workspace_id", "created_at", "id"])
    op.create_index("ix_allocations_batch", "allocations", ["workspace_id", "batch_id", "id"])

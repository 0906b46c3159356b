"""Stored optimisations, each about one twin."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "optimizations",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_optimizations"),
    )
    op.create_index("ix_optimizations_time", "optimizations", ["workspace_id", "created_at", "id"])
    for part in ("twin", "session"):
        columns = ["workspace_id", f"{part}_id", "created_at", "id"]
        op.create_index(f"ix_optimizations_{part}", "optimizations", columns)

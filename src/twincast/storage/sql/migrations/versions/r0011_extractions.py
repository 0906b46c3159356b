"""Stored extractions, and the rows of each, which go with the customer they are about."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "extractions",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_extractions"),
    )
    op.create_index("ix_extractions_time", "extractions", ["workspace_id", "created_at", "id"])
    op.create_index("ix_extractions_session", "extractions", ["workspace_id", "session_id", "created_at", "id"])
    op.create_table(
        "extracted_rows",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("extraction_id", ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "extraction_id", "position", name="pk_extracted_rows"),
    )
    op.create_index("ix_extracted_rows_twin", "extracted_rows", ["workspace_id", "twin_id"])

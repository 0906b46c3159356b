"""Segments: named rules over what is known of customers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "segments",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", ID, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "name", name="pk_segments"),
    )

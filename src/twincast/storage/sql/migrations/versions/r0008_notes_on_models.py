"""What must be said of the outcomes that a model learned from."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("models", sa.Column("notes", sa.Text, nullable=False, server_default="[]"))

"""Test plans and readouts: sums over customers, and nobody in particular."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    for name in ("experiments", "readouts"):
        op.create_table(
            name,
            sa.Column("workspace_id", ID, nullable=False),
            sa.Column("id", ID, nullable=False),
            sa.Column("created_at", sa.BigInteger, nullable=False),
            sa.Column("document_version", sa.Integer, nullable=False),
            sa.Column("document", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint("workspace_id", "id", name=f"pk_{name}"),
        )
        op.create_index(f"ix_{name}_time", name, ["workspace_id", "created_at", "id"])

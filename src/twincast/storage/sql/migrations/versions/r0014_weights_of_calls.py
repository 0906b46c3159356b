"""What a call to a language model was thought to take: forecasts are learned from how far that was off."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; of older calls it is not known."""
    for name in ("guessed", "most"):
        op.add_column("llm_calls", sa.Column(name, sa.BigInteger, nullable=False, server_default="0"))

"""What kept answers of language models judge: which message, what was told as decided, as of which day."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns; answers of before judge nothing."""
    op.add_column("llm_answers", sa.Column("message", ID))
    op.add_column("llm_answers", sa.Column("told", sa.Integer))
    op.add_column("llm_answers", sa.Column("as_of", sa.Integer))

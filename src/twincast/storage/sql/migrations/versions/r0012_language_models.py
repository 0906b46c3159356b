"""What language models were asked: the ledger, the answers that are kept, and the budget."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "llm_calls",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("session_id", ID),
        sa.Column("model", ID, nullable=False),
        sa.Column("prompt", ID, nullable=False),
        sa.Column("status", ID, nullable=False),
        sa.Column("tokens_in", sa.BigInteger, nullable=False),
        sa.Column("tokens_out", sa.BigInteger, nullable=False),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("usd", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_llm_calls"),
    )
    op.create_index("ix_llm_calls_at", "llm_calls", ["workspace_id", "at", "id"])
    op.create_index("ix_llm_calls_session", "llm_calls", ["workspace_id", "session_id", "at", "id"])
    op.create_table(
        "llm_answers",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("twin_id", ID),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("model", ID, nullable=False),
        sa.Column("prompt", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_llm_answers"),
    )
    op.create_index("ix_llm_answers_twin", "llm_answers", ["workspace_id", "twin_id"])
    op.create_table(
        "llm_budgets",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("usd", sa.Float),
        sa.Column("tokens", sa.BigInteger),
        sa.Column("period", ID, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_llm_budgets"),
    )

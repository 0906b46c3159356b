"""What really happened, and what was learned from it: outcomes, the interventions they speak of, model versions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    create_outcomes()
    create_models()


def create_outcomes() -> None:
    """Create the table of outcomes and that of what was sent."""
    op.create_table(
        "outcomes",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("amount", sa.Float),
        sa.Column("items", sa.Float),
        sa.Column("intervention", ID),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("occurred_at", sa.BigInteger),
        sa.Column("window_days", sa.Float, nullable=False),
        sa.Column("observed_until", sa.BigInteger),
        sa.Column("assignment", sa.Text, nullable=False),
        sa.Column("propensity", sa.Float),
        sa.Column("by_machine", sa.Boolean, nullable=False),
        sa.Column("trial_id", ID),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_time", "outcomes", ["workspace_id", "received_at", "id"])
    op.create_index("ix_outcomes_twin", "outcomes", ["workspace_id", "twin_id", "at", "id"])
    op.create_index("ix_outcomes_intervention", "outcomes", ["workspace_id", "intervention"])
    op.create_table(
        "interventions",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("digest", ID, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name="pk_interventions"),
    )


def create_models() -> None:
    """Create the table of model versions and the index of the one that answers."""
    op.create_table(
        "models",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("parent", sa.Integer, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("digest", ID, nullable=False),
        sa.Column("prior", sa.Text, nullable=False),
        sa.Column("outcomes", sa.Text, nullable=False),
        sa.Column("left_out", sa.Text, nullable=False),
        sa.Column("received_until", sa.BigInteger, nullable=False),
        sa.Column("refitted_until", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("blob", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "version", name="pk_models"),
    )
    op.create_index("ix_models_digest", "models", ["workspace_id", "digest"])
    op.create_index(
        "ux_models_current",
        "models",
        ["workspace_id"],
        unique=True,
        sqlite_where=sa.text("is_current = 1"),
        postgresql_where=sa.text("is_current"),
    )

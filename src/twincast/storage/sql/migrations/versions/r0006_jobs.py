"""Jobs: long work that was accepted, which of its parts are settled, and who works."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "jobs",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("actor", ID, nullable=False),
        sa.Column("status", ID, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("problem_code", ID),
        sa.Column("problem_detail", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_time", "jobs", ["workspace_id", "created_at", "id"])
    op.create_index("ix_jobs_subject", "jobs", ["workspace_id", "kind", "subject", "created_at"])
    op.create_index(
        "ix_jobs_open",
        "jobs",
        ["created_at", "id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "job_parts",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("problem_code", ID),
        sa.Column("problem_detail", sa.Text),
        sa.PrimaryKeyConstraint("workspace_id", "job_id", "part", name="pk_job_parts"),
    )
    op.create_table(
        "workers",
        sa.Column("name", ID, nullable=False),
        sa.Column("beat_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_workers"),
    )

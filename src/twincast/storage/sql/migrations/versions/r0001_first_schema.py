"""The first schema: facts of the store, keys, twins, trials, comparisons, kept replies, the audit log, tombstones."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the tables."""
    create_store_tables()
    create_twins()
    create_documents("trials")
    create_documents("comparisons")
    create_kept_replies()
    create_logs()
    forbid_edits_of_audit()


def create_store_tables() -> None:
    """Create what stands above workspaces."""
    op.create_table(
        "store_facts",
        sa.Column("name", ID, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_store_facts"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("secret_hash", ID, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_index("ux_api_keys_secret_hash", "api_keys", ["secret_hash"], unique=True)


def create_twins() -> None:
    """Create the table of twins and the index of the newest version of each."""
    op.create_table(
        "twins",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("is_newest", sa.Boolean, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("zone", sa.Text),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("interests", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "twin_id", "version", name="pk_twins"),
    )
    op.create_index(
        "ux_twins_newest",
        "twins",
        ["workspace_id", "twin_id"],
        unique=True,
        sqlite_where=sa.text("is_newest = 1"),
        postgresql_where=sa.text("is_newest"),
    )


def create_documents(name: str) -> None:
    """Create a table of JSON documents about one twin each."""
    op.create_table(
        name,
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("twin_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("document_version", sa.Integer, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_time", name, ["workspace_id", "created_at", "id"])
    op.create_index(f"ix_{name}_twin", name, ["workspace_id", "twin_id", "created_at", "id"])


def create_kept_replies() -> None:
    """Create the table of kept replies and the one that finds them by subject."""
    op.create_table(
        "kept_replies",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("scope", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("request_hash", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "scope", "key", name="pk_kept_replies"),
    )
    op.create_table(
        "kept_reply_subjects",
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("scope", ID, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "subject", "scope", "key", name="pk_kept_reply_subjects"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "scope", "key"],
            ["kept_replies.workspace_id", "kept_replies.scope", "kept_replies.key"],
            name="fk_kept_reply_subjects_kept_replies",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_kept_reply_subjects_reply", "kept_reply_subjects", ["workspace_id", "scope", "key"])


def create_logs() -> None:
    """Create what is only ever added to: the audit log and the tombstones."""
    op.create_table(
        "audit",
        sa.Column("sequence", SERIAL, nullable=False, autoincrement=True),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", ID, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("details", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_workspace", "audit", ["workspace_id", "sequence"])
    op.create_table(
        "tombstones",
        sa.Column("sequence", SERIAL, nullable=False, autoincrement=True),
        sa.Column("workspace_id", ID, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("erased_at", sa.BigInteger, nullable=False),
        sa.Column("removed", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_tombstones"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tombstones_workspace", "tombstones", ["workspace_id", "erased_at", "sequence"])


def forbid_edits_of_audit() -> None:
    """Let the database itself refuse to change or delete what is in the audit log."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_refuses_edits BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_refuses_{change.lower()} BEFORE {change} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )

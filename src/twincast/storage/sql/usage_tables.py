"""The tables of what language models were asked: the ledger, the answers that are kept, and the budget."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Index, Integer, PrimaryKeyConstraint, Table, Text

from twincast.storage.sql.basics import Id, metadata

llm_calls: Final = Table(
    "llm_calls",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("session_id", Id),
    Column("model", Id, nullable=False),
    Column("prompt", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("usd", Float),
    Column("seconds", Float, nullable=False),
    Column("guessed", BigInteger, nullable=False, server_default="0"),
    Column("most", BigInteger, nullable=False, server_default="0"),
    PrimaryKeyConstraint("workspace_id", "id"),
    Index("ix_llm_calls_at", "workspace_id", "at", "id"),
    Index("ix_llm_calls_session", "workspace_id", "session_id", "at", "id"),
)

llm_answers: Final = Table(
    "llm_answers",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("key", Id, nullable=False),
    Column("twin_id", Id),
    Column("text", Text, nullable=False),
    Column("model", Id, nullable=False),
    Column("prompt", Id, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("message", Id),
    Column("told", Integer),
    Column("as_of", Integer),
    PrimaryKeyConstraint("workspace_id", "key"),
    Index("ix_llm_answers_twin", "workspace_id", "twin_id"),
)

llm_budgets: Final = Table(
    "llm_budgets",
    metadata,
    Column("workspace_id", Id, nullable=False),
    Column("usd", Float),
    Column("tokens", BigInteger),
    Column("period", Id, nullable=False),
    PrimaryKeyConstraint("workspace_id"),
)

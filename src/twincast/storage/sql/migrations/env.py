"""Run by Alembic: migrations go through the connection, and within the transaction, of whoever asked for them."""

from alembic import context

from twincast.storage.sql.basics import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()

"""SQLAlchemy Core behind the repositories: tables, statements, transactions and migrations."""

"""Alembic migrations, shipped with the package: `versions` holds one file for each revision of the schema."""

"""What all tables have in common: the names of their constraints, and the types of ids."""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData, String

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

# Ids are compared byte by byte, as SQLite and Python do; PostgreSQL would otherwise sort them as a language does.
Id: Final = String().with_variant(String(collation="C"), "postgresql")
# Only a column of the exact type INTEGER counts up by itself in SQLite.
Serial: Final = BigInteger().with_variant(Integer, "sqlite")

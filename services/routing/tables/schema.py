"""Shared by all tables of routing: the metadata with its naming convention, the type of moments."""

from sqlalchemy import (
    DateTime,
    MetaData,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
MOMENT = DateTime(timezone=True)

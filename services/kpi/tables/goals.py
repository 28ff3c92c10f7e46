"""Goals in all their revisions: owned by kpi, so that no replay brings these back."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Numeric, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.kpi.tables.schema import MOMENT, metadata

# Rows are only added: a correction is a new version with its reason. The highest one is true.
goal = Table(
    "goal",
    metadata,
    Column("goal_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_latest", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("value", Numeric, nullable=False),
    Column("first", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("key", Text),
    Column("owner", Text, nullable=False),
    Column("challenge", Text, nullable=False),
    Column("potential_ids", ARRAY(Uuid), nullable=False),
    Column("potential", Numeric),
    Column("kind", Text, nullable=False),
    Column("reason", Text),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("goal_latest", "goal_id", unique=True, postgresql_where=text("is_latest")),
)

"""Territories, what is known of them, and potentials, in all their versions: owned by kpi, so that
no replay brings these back. Rows are only added; the highest version is true.
"""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Numeric, Table, Text, Uuid, text

from services.kpi.tables.schema import MOMENT, metadata

territory = Table(
    "territory",
    metadata,
    Column("territory_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_latest", Boolean, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid),
    Column("region", Text),
    Column("country", Text),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("territory_latest", "territory_id", unique=True, postgresql_where=text("is_latest")),
)

# A value that is null was taken back.
territory_fact = Table(
    "territory_fact",
    metadata,
    Column("fact_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_latest", Boolean, nullable=False),
    Column("territory_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("value", Numeric),
    Column("currency", Text),
    Column("source", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Index("territory_fact_latest", "fact_id", unique=True, postgresql_where=text("is_latest")),
    Index("territory_fact_day", "day", "fact_id", postgresql_where=text("is_latest")),
    Index(
        "territory_fact_of", "territory_id", "kind", "product", "day",
        postgresql_where=text("is_latest"),
    ),
)  # fmt: skip

potential = Table(
    "potential",
    metadata,
    Column("potential_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_latest", Boolean, nullable=False),
    Column("territory_id", Uuid, nullable=False),
    Column("product", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("currency", Text),
    Column("first", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("buyers", Numeric),
    Column("frequency", Numeric),
    Column("quantity", Numeric),
    Column("price", Numeric),
    Column("share", Numeric),
    Column("market", Numeric, nullable=False),
    Column("sales", Numeric, nullable=False),
    Column("assumption", Text, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("potential_latest", "potential_id", unique=True, postgresql_where=text("is_latest")),
    Index("potential_of", "territory_id", "product", postgresql_where=text("is_latest")),
)

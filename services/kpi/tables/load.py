"""When leads came to managers and went: what load over time is summed from. Projections.

`begun` and `ended` count holdings, `units` is by how many thousandths of a unit the load grew. Each
row carries the day on which the change became known, as counters do.
"""

from sqlalchemy import BigInteger, Column, Date, Index, Integer, Table, Uuid

from services.kpi.tables.schema import MOMENT, metadata

held_change = Table(
    "held_change",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("at", MOMENT, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("begun", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
    Index("held_change_known", "known_on", postgresql_using="brin"),
)

# The same by weeks from Monday, of the moment and of knowledge: what was held before a period.
held_week = Table(
    "held_week",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("week", Date, primary_key=True),
    Column("known_week", Date, primary_key=True),
    Column("leads", Integer, nullable=False),
    Column("units", BigInteger, nullable=False),
)

PROJECTIONS = (held_change, held_week)

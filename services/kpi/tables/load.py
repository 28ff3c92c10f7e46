"""When leads came to managers and went: what load over time is summed from. Projections.

`begun` and `ended` count holdings, `units` is by how many thousandths of a unit the load grew. Each
row carries the day on which the change became known, as counters do.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Uuid,
    text,
)

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
    # What became known on a later day than it was.
    Index(
        "held_change_late",
        "known_on",
        "at",
        postgresql_where=text("known_on > CAST(at AT TIME ZONE 'UTC' AS date)"),
    ),
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

# Load over days of UTC, as it is known now: of `span` days from the first on, of each manager and,
# under EVERYBODY, of all as one. Numbers are sums over microseconds, units thousandths; see
# domain/load/sums.py and days.py. Who has no row has nothing. Rows tell of what is in `load_kept`:
# of anything else they may be old, until the loop makes them again.
load_kept = Table(
    "load_kept",
    metadata,
    Column("span", SmallInteger, primary_key=True),
    Column("first_day", Date, primary_key=True),
)

load_sum = Table(
    "load_sum",
    metadata,
    Column("span", SmallInteger, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
    Column("peak", Integer, nullable=False),
    *(Column(name, Numeric, nullable=False) for name in ("leads", "units", "capacity")),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ("over_capacity", "present", "on_shift", "present_on_shift", "came", "went")
    ),
    Column("peaks", LargeBinary),  # of the quarters of a single day
)

load_part = Table(
    "load_part",
    metadata,
    Column("day", Date, primary_key=True),
    Column("part", SmallInteger, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
    Column("sums", LargeBinary, nullable=False),
)

PROJECTIONS = (held_change, held_week, load_kept, load_sum, load_part)

"""Sums over blocks of days, of what became known before `rolled.until`. All come from stories and
counters; a loop fills them again.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Numeric,
    SmallInteger,
    Table,
    Text,
)

from services.kpi.domain.stories.contributions import AMOUNTS
from services.kpi.tables.schema import MOMENT, metadata


def _measures() -> tuple[Column[Any], ...]:
    return (
        Column("packed", Numeric, nullable=False),
        *(Column(measure, Numeric, nullable=False) for measure in AMOUNTS),
    )


# A row holds what became known in the `known_span` days from `known_from` on about the `span` days
# from `first_day` on. Counts are packed into one number, see domain/rollups/classes.py: by measure
# in their order, or by class of duration.
rolled = Table(
    "rolled",
    metadata,
    Column("is_only", Boolean, CheckConstraint("is_only"), primary_key=True),
    Column("until", Date, nullable=False),
)

counter_rollup = Table(
    "counter_rollup",
    metadata,
    Column("axis", Text, primary_key=True),
    Column("span", SmallInteger, primary_key=True),
    Column("known_span", SmallInteger, primary_key=True),
    Column("known_from", Date, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    *_measures(),
)

# The company's counters by hours, for reports by days of a zone.
hour_rollup = Table(
    "hour_rollup",
    metadata,
    Column("known_span", SmallInteger, primary_key=True),
    Column("known_from", Date, primary_key=True),
    Column("hour", MOMENT, primary_key=True),
    Column("currency", Text, primary_key=True),
    *_measures(),
)

duration_rollup = Table(
    "duration_rollup",
    metadata,
    Column("measure", Text, primary_key=True),
    Column("span", SmallInteger, primary_key=True),
    Column("known_span", SmallInteger, primary_key=True),
    Column("known_from", Date, primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("packed", Numeric, nullable=False),
)

PROJECTIONS = (rolled, counter_rollup, hour_rollup, duration_rollup)

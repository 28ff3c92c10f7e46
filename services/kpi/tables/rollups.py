"""Sums over blocks of days, of what became known before `rolled.until`. All come from stories and
counters; a loop fills them again.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.kpi.domain.rollups.lead_days import AXES
from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS
from services.kpi.domain.waiting import STEPS
from services.kpi.tables.schema import MOMENT, metadata

rolled = Table(
    "rolled",
    metadata,
    Column("is_only", Boolean, CheckConstraint("is_only"), primary_key=True),
    Column("until", Date, nullable=False),
)


def _rollup(name: str, axis: str, *rest: Column[Any], by_knowledge: bool) -> Table:
    """Of the `span` days from `first_day` on: all that is known of them, or what became known on
    each day.
    """
    return Table(
        name,
        metadata,
        Column(axis, Text, primary_key=True),
        Column("span", SmallInteger, primary_key=True),
        Column("first_day", Date, primary_key=True),
        *([Column("known_on", Date, primary_key=True)] if by_knowledge else []),
        Column("value", Text, primary_key=True),
        *rest,
    )


def _counters(name: str, *, by_knowledge: bool) -> Table:
    return _rollup(
        name,
        "axis",
        Column("currency", Text, primary_key=True),
        *(Column(measure, Integer, nullable=False) for measure in COUNTS),
        *(Column(measure, Numeric, nullable=False) for measure in AMOUNTS),
        by_knowledge=by_knowledge,
    )


def _durations(name: str, *, by_knowledge: bool) -> Table:
    """Counts by class of duration are the digits of one number, see domain/rollups/classes.py."""
    return _rollup(
        name,
        "measure",
        Column("packed", Numeric, nullable=False),
        by_knowledge=by_knowledge,
    )


# The company's counters by hours and quarters, for days of a zone, are axes of single days. What
# each day of knowledge added to single days of the other axes is in `day_counter`.
counter_sum = _counters("counter_sum", by_knowledge=False)
counter_gain = _counters("counter_gain", by_knowledge=True)
duration_sum = _durations("duration_sum", by_knowledge=False)
duration_gain = _durations("duration_gain", by_knowledge=True)


# What came on a day of UTC, see domain/rollups/lead_days.py, as it was known before `rolled.until`.
# `changed_on` is the last day on which anything else became known of it. A day that became known
# anew has no row until the loop makes one: a row is never wrong. Days of one `digest` are the same.
lead_day = Table(
    "lead_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("changed_on", Date, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("quarters", LargeBinary, nullable=False),
    Column("marks", LargeBinary, nullable=False),
    Column("promises", LargeBinary, nullable=False),
    # The latest deadline that was not kept: who asks before it reads the day's stories.
    Column("last_due", MOMENT),
    *(Column(f"{step}_classes", LargeBinary, nullable=False) for step in STEPS),
    *(Column(f"{axis}_places", LargeBinary, nullable=False) for axis in AXES),
    *(Column(f"{axis}_values", ARRAY(Text), nullable=False) for axis in AXES),
)

PROJECTIONS = (rolled, counter_sum, counter_gain, duration_sum, duration_gain, lead_day)

"""Plans: kpi's own, so that no replay brings them back. A version's cells lie in blocks, one for a
measure, a region and a product; `domain/plan/blocks.py` says how.
"""

from typing import Any

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kpi.tables.schema import MOMENT, metadata

plan = Table(
    "plan",
    metadata,
    Column("plan_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("first_month", Date, nullable=False),
    Column("months", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("rule", JSONB, nullable=False),
    Column("season", JSONB, nullable=False),
    Column("begun_as", JSONB, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", Text, nullable=False),
)

plan_version = Table(
    "plan_version",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("made_from", Integer),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("approved_at", MOMENT),
    Column("approved_by", Text),
    Index("plan_version_draft", "plan_id", unique=True, postgresql_where=text("state = 'draft'")),
)

plan_value = Table(
    "plan_value",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("axis", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("value", Text, nullable=False),
    Index("plan_value_named", "plan_id", "axis", "value", unique=True),
)


def _of_version() -> tuple[Any, ...]:
    return (
        ForeignKeyConstraint(
            ["plan_id", "number"],
            ["plan_version.plan_id", "plan_version.number"],
            ondelete="CASCADE",
        ),
    )


plan_block = Table(
    "plan_block",
    metadata,
    Column("plan_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("region", Integer, primary_key=True),
    Column("product", Integer, primary_key=True),
    Column("lines", LargeBinary, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    Column("past", LargeBinary),
    Column("totals", LargeBinary, nullable=False),
    *_of_version(),
)

# A node is a list of six: the number of a value on each axis, or null for all.
plan_lock = Table(
    "plan_lock",
    metadata,
    Column("lock_id", Uuid, primary_key=True),
    Column("plan_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("node", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
    *_of_version(),
    Index("plan_lock_node", "plan_id", "number", "measure", "node", unique=True),
)

# Who changed what, and why. Rows are only added.
plan_change = Table(
    "plan_change",
    metadata,
    Column("change_id", Uuid, primary_key=True),
    Column("plan_id", Uuid, ForeignKey("plan.plan_id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("measure", Text),
    Column("node", JSONB),
    Column("before", Numeric),
    Column("after", Numeric),
    Column("reason", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
    Index("plan_change_of_plan", "plan_id", "change_id"),
)

"""Coordination of plans: kpi's own, so that no replay brings it back."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kpi.tables.schema import MOMENT, metadata

plan_threshold = Table(
    "plan_threshold",
    metadata,
    Column("plan_id", Uuid, ForeignKey("plan.plan_id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("axes", JSONB, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("least", Numeric, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)

# A cut by the names of its values, and what it came to then: amounts in the smallest unit.
coordination = Table(
    "coordination",
    metadata,
    Column("coordination_id", Uuid, primary_key=True),
    Column("plan_id", Uuid, ForeignKey("plan.plan_id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("measure", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("cut", JSONB, nullable=False),
    Column("cut_digest", LargeBinary, nullable=False),
    Column("planned", Numeric, nullable=False),
    Column("fact", Numeric, nullable=False),
    Column("bridge", JSONB, nullable=False),
    Column("origin", Text, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("action", Text),
    Column("owner", Text),
    Column("due", Date),
    Column("result", Text),
    Index("coordination_once", "plan_id", "measure", "month", "cut_digest", unique=True),
    Index("coordination_of_plan", "plan_id", "coordination_id"),
)

# What was done about it, by whom, and why it was changed. Rows are only added.
coordination_change = Table(
    "coordination_change",
    metadata,
    Column(
        "coordination_id",
        Uuid,
        ForeignKey("coordination.coordination_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("cause", Text),
    Column("action", Text),
    Column("owner", Text),
    Column("due", Date),
    Column("result", Text),
    Column("reason", Text, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
)

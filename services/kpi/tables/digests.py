"""Scheduled reports: owned by kpi, so that no replay brings these back."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Time,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kpi.tables.deliveries import delivery_columns
from services.kpi.tables.schema import MOMENT, metadata

report = Table(
    "report",
    metadata,
    Column("report_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sections", JSONB, nullable=False),
    Column("every", Text, nullable=False),
    Column("at", Time, nullable=False),
    Column("weekday", Integer),
    Column("day", Integer),
    Column("time_zone", Text),  # none: the company's
    Column("files", ARRAY(Text), nullable=False),
    Column("recipient_ids", ARRAY(Uuid), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("next_at", MOMENT),  # none while nothing is due
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)
Index("report_due", report.c.next_at, postgresql_where=text("next_at IS NOT NULL"))

# One for each time that a report was due or asked for.
report_run = Table(
    "report_run",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("report_id", Uuid, ForeignKey("report.report_id", ondelete="CASCADE"), nullable=False),
    Column("due_at", MOMENT, nullable=False),
    Column("is_scheduled", Boolean, nullable=False),
    Column("made_at", MOMENT, nullable=False),
)
Index(
    "report_run_once",
    report_run.c.report_id,
    report_run.c.due_at,
    unique=True,
    postgresql_where=text("is_scheduled"),
)
Index("report_run_old", report_run.c.made_at)

# What is to be sent, and what came of it.
report_delivery = Table(
    "report_delivery",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("run_id", Uuid, ForeignKey("report_run.run_id", ondelete="CASCADE"), nullable=False),
    Column("report_id", Uuid, nullable=False),
    *delivery_columns(),
)
Index("report_delivery_due", report_delivery.c.due_at, postgresql_where=text("due_at IS NOT NULL"))
Index("report_delivery_of_report", report_delivery.c.report_id, report_delivery.c.delivery_id)
Index("report_delivery_of_run", report_delivery.c.run_id)
Index("report_delivery_of_recipient", report_delivery.c.recipient_id)

"""Alerts and their rules: owned by kpi, so that no replay brings these back."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kpi.tables.deliveries import delivery_columns
from services.kpi.tables.schema import MOMENT, metadata

alert_rule = Table(
    "alert_rule",
    metadata,
    Column("rule_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("key", Text),
    Column("comparison", Text, nullable=False),
    Column("threshold", Numeric, nullable=False),
    Column("against", Text, nullable=False),
    Column("window_hours", Integer, nullable=False),
    Column("least", Integer, nullable=False),
    Column("for_minutes", Integer, nullable=False),
    Column("remind_hours", Integer, nullable=False),
    Column("currency", Text),
    Column("recipient_ids", ARRAY(Uuid), nullable=False),
    Column("tell_resolved", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)

# What goes on at the values of a rule's axis that are breached now.
alert_watch = Table(
    "alert_watch",
    metadata,
    Column("rule_id", Uuid, ForeignKey("alert_rule.rule_id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False),
    Column("breached_since", MOMENT, nullable=False),
    Column("alert_id", Uuid),
    Column("told_at", MOMENT),
    PrimaryKeyConstraint("rule_id", "key"),
)

alert = Table(
    "alert",
    metadata,
    Column("alert_id", Uuid, primary_key=True),
    Column("rule_id", Uuid, nullable=False),
    Column("rule_name", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("label", Text),
    Column("value", Numeric),
    Column("before", Numeric),
    Column("threshold", Numeric, nullable=False),
    Column("raised_at", MOMENT, nullable=False),
    Column("resolved_at", MOMENT),
    Column("acknowledged_at", MOMENT),
    Column("acknowledged_by", Text),
)
Index("alert_of_rule", alert.c.rule_id, alert.c.alert_id)
Index("alert_open", alert.c.alert_id, postgresql_where=text("resolved_at IS NULL"))

# What is to be told, and what came of it.
alert_delivery = Table(
    "alert_delivery",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("alert_id", Uuid),
    Column("telling", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    *delivery_columns(),
)
Index("alert_delivery_due", alert_delivery.c.due_at, postgresql_where=text("due_at IS NOT NULL"))
Index("alert_delivery_of_recipient", alert_delivery.c.recipient_id, alert_delivery.c.delivery_id)
Index("alert_delivery_of_alert", alert_delivery.c.alert_id)

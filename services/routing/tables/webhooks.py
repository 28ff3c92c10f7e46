"""Tables of outgoing webhooks: receivers, the leads that wait for each, and the log of tries."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.routing.tables.schema import MOMENT, metadata

webhook = Table(
    "webhook",
    metadata,
    Column("webhook_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("pools", ARRAY(Text), nullable=False),
    # Sealed, each bound to its row and column.
    Column("headers", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text),
    Column("previous_until", MOMENT),
    Column("active", Boolean, nullable=False),
    Column("disabled_reason", Text),
    # The row of the journal up to which events were looked at for it.
    Column("cursor", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", MOMENT),
    Column("resting_until", MOMENT),
    Column("last_success_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    CheckConstraint("NOT active OR disabled_reason IS NULL", name="disabled"),
)

# A stream with events that a webhook has not had: those of the versions from first to last.
webhook_pending = Table(
    "webhook_pending",
    metadata,
    Column(
        "webhook_id", Uuid, ForeignKey("webhook.webhook_id", ondelete="CASCADE"), nullable=False
    ),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("first_version", BigInteger, nullable=False),
    Column("last_version", BigInteger, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", MOMENT),
    Column("since", MOMENT, nullable=False),
    Column("due_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("webhook_id", "topic", "key"),
)
Index("webhook_pending_due", webhook_pending.c.webhook_id, webhook_pending.c.due_at)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column(
        "webhook_id", Uuid, ForeignKey("webhook.webhook_id", ondelete="CASCADE"), nullable=False
    ),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("latency_ms", Integer),
    Column("excerpt", Text),
    Column("next_at", MOMENT),
)
Index("webhook_delivery_log", webhook_delivery.c.webhook_id, webhook_delivery.c.delivery_id)
Index("webhook_delivery_event", webhook_delivery.c.webhook_id, webhook_delivery.c.event_id)
Index(
    "webhook_delivery_waiting",
    webhook_delivery.c.delivery_id,
    postgresql_where=text("outcome = 'waiting'"),
)

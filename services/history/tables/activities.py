"""What managers reported, which no replay brings back."""

from sqlalchemy import (
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.history.tables.schema import MOMENT, metadata

# The activities that managers reported, which no replay brings back. `recorded_at` is null until
# the activity is confirmed: its lead or contact is known, and known as the reporter's.
activity = Table(
    "activity",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("manager_id", Uuid),
    Column("key_digest", LargeBinary),
    Column("body_digest", LargeBinary, nullable=False),
    Column("lead_id", Uuid),
    Column("contact_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("direction", Text),
    Column("at", MOMENT, nullable=False),
    Column("learned_at", MOMENT, nullable=False),
    Column("text", Text),
    Column("facts", JSONB, nullable=False),
    Column("traceparent", Text),
    Column("recorded_at", MOMENT),
    UniqueConstraint("actor", "key_digest", name="activity_idempotency_key"),
    Index("activity_of_lead", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("activity_of_contact", "contact_id", postgresql_where=text("contact_id IS NOT NULL")),
    Index("activity_unconfirmed", "activity_id", postgresql_where=text("recorded_at IS NULL")),
    Index(
        "activity_unconfirmed_of_actor",
        "actor",
        "learned_at",
        postgresql_where=text("recorded_at IS NULL"),
    ),
)

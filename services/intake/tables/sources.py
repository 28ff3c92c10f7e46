"""Sources, and the watch over them."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.tables.schema import MOMENT, metadata

source = Table(
    "source",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("adapter", Text, nullable=False),
    # Encrypted, so that the table and its backups hold no usable secret.
    Column("secrets", Text, nullable=False),
    Column("previous_secrets", Text),
    Column("previous_until", MOMENT),
    Column("country", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("pool", Text),
    Column("pipeline", Text),
    Column("campaign", JSON),
    Column("mapping", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("priority", Text),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    Column("may_merge", Boolean),
    Column("own_addresses", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("own_numbers", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("mail_filter", Text, nullable=False, server_default=text("'usual'")),
    Column("networks", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("dedupe_seconds", Integer),
    Column("spam_threshold", Float),
    Column("consent_text_version", Text),
    Column("is_test", Boolean, nullable=False, server_default=text("false")),
    Column("owner", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    CheckConstraint("key ~ '^[A-Za-z0-9_-]{3,64}$'", name="source_key_form"),
    CheckConstraint("owner IN ('api', 'file', 'built_in')", name="source_owner_known"),
    CheckConstraint("mail_filter IN ('strict', 'usual', 'none')", name="source_mail_filter_known"),
)

# What a source sends by the hour, how it does, and up to when that has been counted.
source_hour = Table(
    "source_hour",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("hour", MOMENT, primary_key=True),
    Column("submissions", Integer, nullable=False),
)

source_watch = Table(
    "source_watch",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("first_at", MOMENT),
    Column("last_at", MOMENT),
    # Since anything of it was taken.
    Column("refusals", Integer, nullable=False),
    Column("refused_at", MOMENT),
    Column("health", Text),
    Column("health_since", MOMENT),
    Column("expected", Float),
    Column("a_week", Float),
    Column("judged_at", MOMENT),
)

watch_state = Table(
    "watch_state",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("counted_until", MOMENT, nullable=False),
    Column("watched_since", MOMENT, nullable=False),
    CheckConstraint("single", name="watch_state_single"),
)

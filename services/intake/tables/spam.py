"""What spam is known by, what was set aside for it, and what was said lately."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.tables.schema import MOMENT, metadata

# Learned from a rejected submission or inquiry, or written by hand; `by` is who did it.
blocked_point = Table(
    "blocked_point",
    metadata,
    Column("blocked_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("since", MOMENT, nullable=False),
    Column("by", Text, nullable=False),
    Column("submission_id", Uuid),
    UniqueConstraint("kind", "value", name="blocked_point_once"),
    Index("blocked_point_submission", "submission_id"),
)

# Why a submission was set aside as spam, and what a rejection would block.
suspicion = Table(
    "suspicion",
    metadata,
    Column("submission_id", Uuid, primary_key=True),
    Column("score", Float, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("named", ARRAY(Text), nullable=False),
)

# Who sent which text, for a day, both as digests.
text_sighting = Table(
    "text_sighting",
    metadata,
    Column("text_digest", LargeBinary, primary_key=True),
    Column("person_digest", LargeBinary, primary_key=True),
    Column("seen_at", MOMENT, nullable=False),
    Index("text_sighting_seen", "seen_at"),
)

# The first submission with its words, of a source with a window for repeats.
recent_words = Table(
    "recent_words",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("words_digest", LargeBinary, primary_key=True),
    Column("submission_id", Uuid, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Index("recent_words_expires", "expires_at"),
)

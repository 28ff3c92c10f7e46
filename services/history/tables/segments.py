"""Saved segments of the customer base with their versions, and who is in them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.history.tables.schema import MOMENT, metadata

# A sweep goes through all cards in the order of their ids: `swept_to` is where it stands, null
# while none is under way, and `swept_version` is the version that the last whole one was of.
# `member_count` is kept by whatever adds and removes members.
segment = Table(
    "segment",
    metadata,
    Column("segment_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("is_relative", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("deleted_at", MOMENT),
    Column("swept_version", Integer, nullable=False),
    Column("swept_at", MOMENT),
    Column("swept_to", Uuid),
    Column("swept_count", Integer, nullable=False),
    Column("member_count", Integer, nullable=False, server_default="0"),
    Index("segment_name", "name", unique=True, postgresql_where=text("deleted_at IS NULL")),
)

segment_version = Table(
    "segment_version",
    metadata,
    Column("segment_id", Uuid, ForeignKey("segment.segment_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("time_zone", Text, nullable=False),
)

# Each table of members that somebody takes away. `moved_at` is when it last went on: what has not
# for long was broken off, or its reader has stopped.
segment_export = Table(
    "segment_export",
    metadata,
    Column("export_id", Uuid, primary_key=True),
    Column("segment_id", Uuid, ForeignKey("segment.segment_id"), nullable=False),
    Column("format", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("persons", Integer, nullable=False),
    Column("of", Integer, nullable=False),
    Column("began_at", MOMENT, nullable=False),
    Column("moved_at", MOMENT, nullable=False),
    Index("segment_export_of_segment", "segment_id", "export_id"),
)

# What the events say of who is in: a member enters and leaves in the transaction that emits it.
segment_member = Table(
    "segment_member",
    metadata,
    Column("segment_id", Uuid, ForeignKey("segment.segment_id"), primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("entered_at", MOMENT, nullable=False),
    Index("segment_member_of_person", "person_id"),
)

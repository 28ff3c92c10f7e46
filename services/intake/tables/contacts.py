"""Who asks: contacts, their points, merges and proposals."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.tables.schema import MOMENT, metadata

contact = Table(
    "contact",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("has_inquiry", Boolean, nullable=False),
    Column("details", JSON, nullable=False),
    Index("contact_canonical", "canonical_id"),
    Index("contact_created", "created_at", "contact_id"),
)

# A point stays with the contact that first gave it, also after a merge. `people` are digests of the
# different people who gave it; `shared` is an operator's verdict, which overrides their number.
contact_point = Table(
    "contact_point",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contact.contact_id")),
    Column("people", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("shared", Boolean),
    Index("contact_point_contact", "contact_id"),
)

# The record of merges; canonical contacts follow from the rows that are not undone.
contact_merge = Table(
    "contact_merge",
    metadata,
    Column("merge_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False),
    Column("loser_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("winner_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("inquiry_id", Uuid),
    Column("source_id", Uuid, ForeignKey("source.source_id")),
    Column("at", MOMENT, nullable=False),
    Column("undone_at", MOMENT),
    Column("undone_by", Text),
    Column("undone_reason", Text),
    Index("contact_merge_batch", "batch_id"),
    Index("contact_merge_source", "source_id", "at"),
    Index("contact_merge_loser", "loser_id", postgresql_where=text("undone_at IS NULL")),
)

# Two contacts that may be one person, one row for each pair. Only a supervisor merges a declined
# pair; it is proposed again only for other points.
contact_proposal = Table(
    "contact_proposal",
    metadata,
    Column("proposal_id", Uuid, primary_key=True),
    Column("low_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("high_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("points", ARRAY(Text), nullable=False),
    Column("inquiry_id", Uuid),
    Column("source_id", Uuid, ForeignKey("source.source_id")),
    Column("state", Text, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("settled_at", MOMENT),
    Column("settled_by", Text),
    CheckConstraint("state IN ('open', 'accepted', 'declined')", name="proposal_state_known"),
    CheckConstraint("low_id < high_id", name="proposal_pair_ordered"),
    UniqueConstraint("low_id", "high_id", name="proposal_pair"),
    Index("contact_proposal_high", "high_id"),
    Index("contact_proposal_open", "source_id", postgresql_where=text("state = 'open'")),
)

# How many proposals of a source were left out because too many of its others were open.
dropped_proposal_count = Table(
    "dropped_proposal_count",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("dropped", BigInteger, nullable=False),
)

"""Intake's own tables.

Invariant: a stored request is never changed; a repair stands beside it.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.domain.states import SubmissionState

metadata = MetaData()
_MOMENT = DateTime(timezone=True)
_STATES = ", ".join(f"'{state}'" for state in SubmissionState)

source = Table(
    "source",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("adapter", Text, nullable=False),
    # Encrypted, so that the table and its backups hold no usable secret.
    Column("secrets", Text, nullable=False),
    Column("previous_secrets", Text),
    Column("previous_until", _MOMENT),
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
    Column("consent_text_version", Text),
    Column("is_test", Boolean, nullable=False, server_default=text("false")),
    Column("owner", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    CheckConstraint("key ~ '^[A-Za-z0-9_-]{3,64}$'", name="source_key_form"),
    CheckConstraint("owner IN ('api', 'file', 'built_in')", name="source_owner_known"),
    CheckConstraint("mail_filter IN ('strict', 'usual', 'none')", name="source_mail_filter_known"),
)

submission = Table(
    "submission",
    metadata,
    Column("submission_id", Uuid, primary_key=True),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("native", Boolean, nullable=False),
    Column("key_digest", LargeBinary),
    Column("body_digest", LargeBinary, nullable=False),
    Column("method", Text, nullable=False),
    Column("rest", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("received_at", _MOMENT, nullable=False),
    Column("traceparent", Text),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    # How far back in the queue it is read: 0 at once, 1 in the process apart, 2 there, last.
    Column("lane", SmallInteger, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("linked_to", Uuid),
    Column("external_id", Text),
    Column("inquiry_ids", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("settled_at", _MOMENT),
    Column("repaired_body", LargeBinary),
    Column("repaired_content_type", Text),
    Column("overrides", JSON),
    Column("repaired_at", _MOMENT),
    Column("repaired_by", Text),
    CheckConstraint(
        f"state IN ({_STATES})",
        name="submission_state_known",
    ),
    # A hook's key may come with several bodies, a native key with one.
    Index(
        "submission_native_key",
        "source_id",
        "key_digest",
        unique=True,
        postgresql_where=text("native AND key_digest IS NOT NULL"),
    ),
    Index(
        "submission_hook_key",
        "source_id",
        "key_digest",
        "body_digest",
        unique=True,
        postgresql_where=text("NOT native AND key_digest IS NOT NULL"),
    ),
    Index("submission_state", "state", "submission_id"),
    Index(
        "submission_next",
        "submission_id",
        postgresql_where=text("state = 'pending' AND lane = 0"),
    ),
    Index(
        "submission_apart",
        "lane",
        "source_id",
        "submission_id",
        postgresql_where=text("state = 'pending' AND lane > 0"),
    ),
)

# Which submission was the first to report a record of the provider: a call, a mail, a form answer.
# It may be lost, as may that of an inquiry, if an older backup was restored: no key demands it.
external_record = Table(
    "external_record",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("external_id_digest", LargeBinary, primary_key=True),
    Column("submission_id", Uuid, nullable=False),
)

contact = Table(
    "contact",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
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
    Column("at", _MOMENT, nullable=False),
    Column("undone_at", _MOMENT),
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
    Column("created_at", _MOMENT, nullable=False),
    Column("settled_at", _MOMENT),
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

inquiry = Table(
    "inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", _MOMENT, nullable=False),
    Column("normalised_at", _MOMENT, nullable=False),
    Column("content", JSON, nullable=False),
    Index("inquiry_submission", "submission_id"),
    Index("inquiry_contact", "contact_id"),
    Index("inquiry_received", "received_at", "inquiry_id"),
)

# The latest comparison of intake with the other services, and what differed in it.
reconciliation_result = Table(
    "reconciliation_result",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("computed_at", _MOMENT, nullable=False),
    Column("result", JSON, nullable=False),
    CheckConstraint("single", name="reconciliation_result_single"),
)

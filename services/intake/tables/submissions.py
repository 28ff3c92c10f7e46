"""What was sent.

Invariant: a stored request is never changed; a repair stands beside it.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.domain.states import SubmissionState
from services.intake.tables.schema import MOMENT, metadata

_STATES = ", ".join(f"'{state}'" for state in SubmissionState)

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
    # The length of a body that stands in pieces, `body` being empty.
    Column("body_bytes", BigInteger),
    Column("received_at", MOMENT, nullable=False),
    Column("traceparent", Text),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    # How far back in the queue it is read: 0 at once, 1 in the process apart, 2 there, last; 3 not
    # before a document has been fetched.
    Column("lane", SmallInteger, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("linked_to", Uuid),
    Column("external_id", Text),
    Column("inquiry_ids", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("settled_at", MOMENT),
    Column("repaired_body", LargeBinary),
    Column("repaired_content_type", Text),
    Column("overrides", JSON),
    Column("released", Boolean, nullable=False, server_default=text("false")),
    Column("repaired_at", MOMENT),
    Column("repaired_by", Text),
    # Since then nothing of the request is stored, and it is never read again.
    Column("erased_at", MOMENT),
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

# Which submission was the first to report a record of the provider, a call, a mail, a form answer,
# and the inquiry that this became: none for an observed call. The submission
# may be lost, as may that of an inquiry, if an older backup was restored: no key demands it.
external_record = Table(
    "external_record",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("external_id_digest", LargeBinary, primary_key=True),
    Column("submission_id", Uuid, nullable=False),
    Column("inquiry_id", Uuid),
)

# Mails that became inquiries, by a digest of their own id; addresses are digests too.
mail_message = Table(
    "mail_message",
    metadata,
    Column("message_digest", LargeBinary, primary_key=True),
    Column("inquiry_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("customers", ARRAY(Text), nullable=False),
    Column("people", ARRAY(Text), nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Index("mail_message_contact", "contact_id"),
)

# What the events of a call have told so far, folded. Once it is settled it has become the inquiry,
# its own or that of another source which told of the same call, or it was observed.
call = Table(
    "call",
    metadata,
    Column("source_id", Uuid, ForeignKey("source.source_id"), primary_key=True),
    Column("call_id_digest", LargeBinary, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("submission_id", Uuid, nullable=False),
    Column("heard_at", MOMENT, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("inquiry_id", Uuid),
    Column("observation_id", Uuid),
    # By when its end must have been told; None once it is settled.
    Column("overdue_at", MOMENT),
    # By these two sources recognise the same call.
    Column("caller", Text),
    Column("line", Text),
    Column("started_at", MOMENT),
    Column("is_tracking", Boolean, nullable=False, server_default=text("false")),
    # Its person was erased: what is told of it later is kept without them.
    Column("is_erased", Boolean, nullable=False, server_default=text("false")),
    Index("call_overdue", "overdue_at", postgresql_where=text("overdue_at IS NOT NULL")),
    Index("call_inquiry", "inquiry_id", postgresql_where=text("inquiry_id IS NOT NULL")),
    Index(
        "call_observation", "observation_id", postgresql_where=text("observation_id IS NOT NULL")
    ),
    Index("call_caller", "caller", "started_at", postgresql_where=text("caller IS NOT NULL")),
)

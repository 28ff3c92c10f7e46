"""What people agreed to, and by which channels they must not be approached.

Invariant: a record hangs on the contact it was made for, whoever that contact is merged with later.
"""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.domain.consents import RefusedChannel
from services.intake.tables.schema import MOMENT, metadata

_CHANNELS = ", ".join(f"'{channel}'" for channel in RefusedChannel)

# Only added to: a withdrawal is a record with `given` false.
contact_consent = Table(
    "contact_consent",
    metadata,
    Column("consent_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, ForeignKey("contact.contact_id"), nullable=False),
    Column("given", Boolean, nullable=False),
    Column("purpose", Text),
    Column("channels", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("text_version", Text),
    Column("text_digest", Text),
    Column("page_url", Text),
    Column("ip", Text),
    Column("at", MOMENT, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("inquiry_id", Uuid),
    Column("by", Text),
    Index("contact_consent_contact", "contact_id", "at"),
)

contact_refusal = Table(
    "contact_refusal",
    metadata,
    Column("contact_id", Uuid, ForeignKey("contact.contact_id"), primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text),
    CheckConstraint(f"channel IN ({_CHANNELS})", name="contact_refusal_channel_known"),
)

"""Tables of kpi: one row per fact. All are projections, which a replay fills again."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

metadata = MetaData()
_moment = DateTime(timezone=True)

inquiry = Table(
    "inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("source_key", Text),
    Column("channel", Text, nullable=False),
    Column("received_at", _moment, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("answered_at", _moment),
    Column("utm_source", Text),
    Column("utm_medium", Text),
    Column("utm_campaign", Text),
    Index("inquiry_received", "received_at"),
    Index("inquiry_of_source", "source_id", "received_at"),
)

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("source_id", Uuid),
    Column("channel", Text),
    Column("pool", Text),
    Column("pipeline", Text),
    Column("received_at", _moment),
    Column("is_test", Boolean, nullable=False),
    Column("owner_id", Uuid),
    Column("assigned_at", _moment),
    Column("accepted_at", _moment),
    Column("won_at", _moment),
    Column("lost_at", _moment),
    Column("merged_into", Uuid),
    Column("amount", Numeric),
    Column("currency", Text),
    Index("lead_received", "received_at"),
    Index("lead_folded", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

link = Table(
    "link",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("inquiry_id", Uuid, primary_key=True),
    Column("sign", SmallInteger, nullable=False),
    Index("link_of_lead", "lead_id"),
    Index("link_of_inquiry", "inquiry_id"),
)

touch = Table(
    "touch",
    metadata,
    Column("touch_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("lead_id", Uuid),
    Column("manager_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("direction", Text),
    Column("at", _moment, nullable=False),
    Column("learned_at", _moment, nullable=False),
    Column("reaches", Boolean, nullable=False),
    Index("touch_of_lead", "lead_id", postgresql_where=text("reaches")),
    Index("touch_of_contact", "contact_id", postgresql_where=text("reaches AND lead_id IS NULL")),
)

contact = Table(
    "contact",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("contact_of_canonical", "canonical_id"),
)

manager = Table(
    "manager",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("name", Text),
    Column("version", BigInteger, nullable=False),
)

PROJECTIONS = (inquiry, lead, link, touch, contact, manager)

"""One row per fact. All are projections, which a replay fills again."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)

from services.kpi.tables.schema import MOMENT, metadata

inquiry = Table(
    "inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("source_id", Uuid, nullable=False),
    Column("source_key", Text),
    Column("channel", Text, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("answered_at", MOMENT),
    Index("inquiry_received", "received_at"),
    Index("inquiry_of_source", "source_id", "received_at"),
)

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("owner_id", Uuid),
    Column("merged_into", Uuid),
    Column("source_id", Uuid),
    Column("channel", Text),
    Column("received_at", MOMENT),
    Column("is_test", Boolean, nullable=False),
    Column("assigned_at", MOMENT),
    Column("accepted_at", MOMENT),
    Column("won_at", MOMENT),
    Column("lost_at", MOMENT),
    Column("amount", Numeric),
    Column("currency", Text),
    Index("lead_received", "received_at"),
    Index("lead_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

inquiry_link = Table(
    "inquiry_link",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("inquiry_id", Uuid, primary_key=True),
    Column("sign", SmallInteger, nullable=False),
    Index("inquiry_link_of_lead", "lead_id"),
    Index("inquiry_link_of_inquiry", "inquiry_id"),
)

touch = Table(
    "touch",
    metadata,
    Column("touch_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("lead_id", Uuid),
    Column("at", MOMENT, nullable=False),
    Column("learned_at", MOMENT, nullable=False),
    Index("touch_of_lead", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("touch_of_contact", "contact_id", postgresql_where=text("lead_id IS NULL")),
)

contact_link = Table(
    "contact_link",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("contact_link_of_canonical", "canonical_id"),
)

manager = Table(
    "manager",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("name", Text),
    Column("version", BigInteger, nullable=False),
)

PROJECTIONS = (inquiry, lead, inquiry_link, touch, contact_link, manager)

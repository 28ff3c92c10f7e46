"""Timelines, and whom they belong to: projections, which a replay fills again."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.history.tables.schema import MOMENT, metadata

# One row per event, in a partition for each month of event ids. A trigger refuses every change but
# one: its personal data are blanked when its person is erased.
timeline_entry = Table(
    "timeline_entry",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("learned_at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("contact_id", Uuid),
    Column("lead_id", Uuid),
    Column("inquiry_id", Uuid),
    Column("channel", Text),
    Column("text", Text),
    Column("facts", JSONB, nullable=False),
    # Those of the facts that an erasure leaves; null where all are.
    Column("open_facts", JSONB),
    Index(
        "timeline_entry_of_contact",
        *("contact_id", "at", "event_id", "kind"),
        postgresql_where=text("contact_id IS NOT NULL"),
    ),
    Index(
        "timeline_entry_of_lead",
        *("lead_id", "at", "event_id", "kind"),
        postgresql_where=text("lead_id IS NOT NULL"),
    ),
    Index(
        "timeline_entry_of_inquiry",
        *("inquiry_id", "at", "event_id"),
        postgresql_where=text("inquiry_id IS NOT NULL"),
    ),
    # Small and cheap to keep: entries come about in the order of their moments.
    Index("timeline_entry_at", "at", postgresql_using="brin"),
    Index(
        "timeline_entry_received",
        "learned_at",
        postgresql_where=text("kind = 'inquiry.received'"),
    ),
)

inquiry_link = Table(
    "inquiry_link",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, primary_key=True),
    Column("inquiry_id", Uuid, primary_key=True),
    Column("sign", SmallInteger, nullable=False),
    Index("inquiry_link_of_lead", "lead_id", "inquiry_id", "sign"),
)

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("owner_id", Uuid),
    Column("merged_into", Uuid),
    Column("state", Text, nullable=False),
    Column("pipeline", Text),
    Column("stage", Text),
    Column("opened_at", MOMENT),
    Column("closed_at", MOMENT),
    Column("amount", Numeric),
    Column("currency", Text),
    Index("lead_of_contact", "contact_id"),
    Index("lead_of_owner", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),
    Index("lead_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
)

# Every manager who ever owned a lead: they may report activities on it, also afterwards.
assignee = Table(
    "assignee",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
)

contact_link = Table(
    "contact_link",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Index("contact_link_of_canonical", "canonical_id"),
)

# How each manager is called now, so that a story names those who are in it.
manager_name = Table(
    "manager_name",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
)

# How far a win and an order of one sale may lie apart, as kpi has told; without a row, as usual.
sale_rule = Table(
    "sale_rule",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("same_sale_hours", Integer, nullable=False),
)

PROJECTIONS = (
    timeline_entry, inquiry_link, lead, assignee, contact_link, manager_name, sale_rule,
)  # fmt: skip

"""Tables of leads and their inquiries. Keys keep each inquiry in exactly one unmerged lead."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from services.routing.tables.schema import MOMENT, metadata

leads = Table(
    "leads",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("canonical_id", Uuid, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("pool", Text, ForeignKey("pools.key"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column("merged", Boolean, Computed("state = 'merged'", persisted=True), nullable=False),
    Column("merged_into", Uuid),
    Column("owner_id", Uuid),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("version", BigInteger, nullable=False, server_default="1"),
    Column("accepted_at", MOMENT),
    Column("priority_class", Text, nullable=False),
    Column("priority_rank", SmallInteger, nullable=False),
    Column("units_milli", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("language", Text),
    Column("is_test", Boolean, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("amount", Numeric(18, 4)),
    Column("currency", Text),
    Column("loss_reason", Text),
    Column("parked_reason", Text),
    UniqueConstraint("lead_id", "merged"),
    CheckConstraint("state IN ('open', 'won', 'lost', 'merged')", name="state"),
    CheckConstraint("(state = 'merged') = (merged_into IS NOT NULL)", name="merged_into"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
    CheckConstraint("owner_id IS NOT NULL OR accepted_at IS NULL OR state <> 'open'", name="owned"),
    CheckConstraint("units_milli > 0", name="units"),
)
# While nobody has accepted it, a contact has at most one open lead in a pipeline.
Index(
    "leads_one_waiting",
    leads.c.canonical_id,
    leads.c.pipeline,
    leads.c.is_test,
    unique=True,
    postgresql_where=text("state = 'open' AND accepted_at IS NULL"),
)
Index("leads_open_of_contact", leads.c.canonical_id, postgresql_where=text("state = 'open'"))
Index("leads_contact", leads.c.contact_id)
Index("leads_merged", leads.c.merged_into, postgresql_where=text("merged_into IS NOT NULL"))
# Leads that the assigner serves: without an owner, and not set aside after a failure.
_WAITS = """state = 'open' AND owner_id IS NULL AND parked_reason IS DISTINCT FROM 'failed'
    AND parked_reason IS DISTINCT FROM 'crashes_the_process'"""
Index(
    "leads_waiting",
    leads.c.pool,
    leads.c.priority_rank,
    leads.c.received_at,
    leads.c.number,
    postgresql_where=text(_WAITS),
)
Index(
    "leads_waiting_news",
    leads.c.pool,
    leads.c.priority_rank,
    leads.c.received_at,
    leads.c.number,
    postgresql_where=text(f"{_WAITS} AND parked_reason IS NULL"),
)
Index("leads_waiting_units", leads.c.pool, leads.c.units_milli, postgresql_where=text(_WAITS))
Index(
    "leads_unowned",
    leads.c.pool,
    postgresql_where=text("state = 'open' AND owner_id IS NULL"),
)
Index("leads_owner", leads.c.owner_id, leads.c.number)
Index("leads_pool", leads.c.pool, leads.c.number)
Index("leads_received", leads.c.received_at, leads.c.number)

# By its primary key an inquiry is in one lead only, by its foreign key in an unmerged one.
lead_inquiries = Table(
    "lead_inquiries",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("merged", Boolean, nullable=False, server_default=text("false")),
    Column("contact_id", Uuid, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("priority_class", Text, nullable=False),
    Column("language", Text),
    Column("is_test", Boolean, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("attached_at", MOMENT, nullable=False),
    CheckConstraint("NOT merged", name="unmerged"),
    ForeignKeyConstraint(["lead_id", "merged"], ["leads.lead_id", "leads.merged"]),
)
Index("lead_inquiries_lead", lead_inquiries.c.lead_id)
Index("lead_inquiries_received", lead_inquiries.c.received_at)

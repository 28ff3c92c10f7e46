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
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.routing.tables.schema import MOMENT, metadata

# A time zone's name makes the sum immutable, as the value of a column has to be. Written as
# PostgreSQL shows it.
_ROTS_AT = """timezone('UTC'::text, (timezone('UTC'::text,
    GREATEST(stage_since, last_touch_at, accepted_at))
    + ((rot_seconds)::double precision * '00:00:01'::interval)))"""

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("canonical_id", Uuid, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("pool", Text, ForeignKey("pool.key"), nullable=False),
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
    # What it weighs now, and before it fades; the latter is also that of a lead that waits.
    Column("units_milli", BigInteger, nullable=False),
    Column("full_units_milli", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("language", Text),
    Column("region", Text),
    Column("product", Text),
    Column("expected_amount", Numeric(18, 4)),
    Column("expected_currency", Text),
    # What else the rules of pools asked of its first inquiry.
    Column("facts", JSONB, nullable=False, server_default="{}"),
    Column("is_test", Boolean, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    # The place in the queue: the time received, later by the ageing of its pool per priority rank.
    Column("queue_at", MOMENT, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    # Since when nobody has owned it, or had owned it when somebody got it last.
    Column("unowned_since", MOMENT, nullable=False, server_default=text("now()")),
    Column("pipeline_version", Integer, nullable=False, server_default="1"),
    Column("stage_since", MOMENT, nullable=False),
    Column("last_touch_at", MOMENT),
    Column("next_action", Text),
    Column("next_action_at", MOMENT),
    # After so long without a touch or change, by the terms of its stage, a lead is rotting.
    Column("rot_seconds", Integer),
    Column("rots_at", MOMENT, Computed(_ROTS_AT, persisted=True)),
    Column("hops", Integer, nullable=False, server_default="0"),
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
    "lead_one_waiting",
    lead.c.canonical_id,
    lead.c.pipeline,
    lead.c.is_test,
    unique=True,
    postgresql_where=text("state = 'open' AND accepted_at IS NULL"),
)
Index("lead_open_of_contact", lead.c.canonical_id, postgresql_where=text("state = 'open'"))
Index(
    "lead_won_of_contact",
    lead.c.canonical_id,
    lead.c.closed_at,
    lead.c.number,
    postgresql_where=text("state = 'won'"),
)
Index("lead_contact", lead.c.contact_id)
Index("lead_merged", lead.c.merged_into, postgresql_where=text("merged_into IS NOT NULL"))
# Leads that the assigner serves: without an owner, not set aside after a failure, and not the
# supervisors'.
_WAITS = """state = 'open' AND owner_id IS NULL AND parked_reason IS DISTINCT FROM 'failed'
    AND parked_reason IS DISTINCT FROM 'crashes_the_process'
    AND parked_reason IS DISTINCT FROM 'escalated' AND parked_reason IS DISTINCT FROM 'erased'"""
Index(
    "lead_waiting",
    lead.c.pool,
    lead.c.queue_at,
    lead.c.number,
    postgresql_where=text(_WAITS),
)
Index(
    "lead_waiting_news",
    lead.c.pool,
    lead.c.queue_at,
    lead.c.number,
    postgresql_where=text(f"{_WAITS} AND parked_reason IS NULL"),
)
Index("lead_waiting_units", lead.c.pool, lead.c.units_milli, postgresql_where=text(_WAITS))
Index(
    "lead_escalated",
    lead.c.pool,
    lead.c.queue_at,
    lead.c.number,
    postgresql_where=text("state = 'open' AND owner_id IS NULL AND parked_reason = 'escalated'"),
)
Index(
    "lead_unowned",
    lead.c.pool,
    lead.c.unowned_since,
    lead.c.parked_reason,
    postgresql_where=text("state = 'open' AND owner_id IS NULL"),
)
Index("lead_owner", lead.c.owner_id, lead.c.number)
Index("lead_pool", lead.c.pool, lead.c.number)
Index("lead_received", lead.c.received_at, lead.c.number)
# What managers' tools list, in the orders that they list it in. The predicate is one that only
# lists name: on an empty table other statements would find these indexes cheapest.
_OPEN = "num_nonnulls(closed_at) = 0"
Index("lead_open", lead.c.number, postgresql_where=text(_OPEN))
Index("lead_owner_open", lead.c.owner_id, lead.c.number, postgresql_where=text(_OPEN))
Index("lead_pipeline", lead.c.pipeline, lead.c.stage, lead.c.number)
Index("lead_source", lead.c.source_id, lead.c.number)
Index("lead_region", lead.c.region, lead.c.number, postgresql_where=text("region IS NOT NULL"))
Index("lead_product", lead.c.product, lead.c.number, postgresql_where=text("product IS NOT NULL"))
Index(
    "lead_amount",
    func.coalesce(lead.c.amount, lead.c.expected_amount),
    lead.c.number,
    postgresql_where=text("COALESCE(amount, expected_amount) IS NOT NULL"),
)
Index("lead_priority", lead.c.priority_rank, lead.c.number, postgresql_where=text(_OPEN))
Index(
    "lead_queue",
    lead.c.queue_at,
    lead.c.number,
    postgresql_where=text(f"{_OPEN} AND owner_id IS NULL"),
)
Index(
    "lead_next_action",
    lead.c.next_action_at,
    lead.c.number,
    postgresql_where=text(f"{_OPEN} AND next_action_at IS NOT NULL"),
)
Index(
    "lead_rots",
    lead.c.rots_at,
    lead.c.number,
    postgresql_where=text(f"{_OPEN} AND rots_at IS NOT NULL"),
)

# By its primary key an inquiry is in one lead only, by its foreign key in an unmerged one.
lead_inquiry = Table(
    "lead_inquiry",
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
    ForeignKeyConstraint(["lead_id", "merged"], ["lead.lead_id", "lead.merged"]),
)
Index("lead_inquiry_lead", lead_inquiry.c.lead_id)
Index("lead_inquiry_received", lead_inquiry.c.received_at)

# Every change of a lead's stage, and its closing and reopening; `version` is the lead's afterwards.
# `facts` are the names of those that were at hand.
lead_stage = Table(
    "lead_stage",
    metadata,
    Column("lead_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("stage", Text, nullable=False),
    Column("from_stage", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("pipeline_version", Integer, nullable=False),
    Column("facts", ARRAY(Text), nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("manager_id", Uuid),
    PrimaryKeyConstraint("lead_id", "version"),
)

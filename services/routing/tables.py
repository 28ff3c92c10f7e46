"""Routing's own tables. Work units lie in thousandths, so that sums are exact.

A manager's row is the lock of that manager's capacity.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)
MOMENT = DateTime(timezone=True)

managers = Table(
    "managers",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("capacity_milli", BigInteger, nullable=False),
    Column("reserved_milli", BigInteger, nullable=False, server_default="0"),
    Column("time_zone", Text, nullable=False),
    Column("skills", JSONB, nullable=False),
    Column("status", Text, nullable=False, server_default="offline"),
    Column("status_until", MOMENT),
    Column("last_assigned_at", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    CheckConstraint("capacity_milli > 0", name="capacity"),
    CheckConstraint("reserved_milli >= 0", name="reserved"),
)
Index("managers_status_due", managers.c.status_until, postgresql_where=text("status <> 'offline'"))

pools = Table(
    "pools",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("policy", JSONB, nullable=False),
)

pool_members = Table(
    "pool_members",
    metadata,
    Column("pool", Text, ForeignKey("pools.key", ondelete="CASCADE"), nullable=False),
    Column("manager_id", Uuid, ForeignKey("managers.manager_id"), nullable=False),
    PrimaryKeyConstraint("pool", "manager_id"),
)
Index("pool_members_manager", pool_members.c.manager_id)

pipelines = Table(
    "pipelines",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("stages", JSONB, nullable=False),
)

contact_link = Table(
    "contact_link",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False, server_default="0"),
)
Index("contact_link_canonical", contact_link.c.canonical_id)

leads = Table(
    "leads",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("canonical_id", Uuid, nullable=False),
    Column("pipeline", Text, ForeignKey("pipelines.key"), nullable=False),
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
Index(
    "leads_unowned",
    leads.c.pool,
    leads.c.priority_rank,
    leads.c.received_at,
    leads.c.number,
    postgresql_where=text("state = 'open' AND owner_id IS NULL"),
)
Index(
    "leads_unowned_news",
    leads.c.pool,
    leads.c.priority_rank,
    leads.c.received_at,
    leads.c.number,
    postgresql_where=text("state = 'open' AND owner_id IS NULL AND parked_reason IS NULL"),
)
Index("leads_owner", leads.c.owner_id, leads.c.number)
Index("leads_pool", leads.c.pool, leads.c.number)
Index("leads_received", leads.c.received_at, leads.c.number)

# Where an inquiry is: its primary key says in exactly one lead, its foreign key in an unmerged one.
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

decision_batches = Table(
    "decision_batches",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("candidates", JSON, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, ForeignKey("decision_batches.batch_id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("manager_id", Uuid),
    Column("round", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("batch_id", "place"),
)
Index("decisions_lead", decisions.c.lead_id, decisions.c.decision_id)

assignments = Table(
    "assignments",
    metadata,
    Column("lead_id", Uuid, ForeignKey("leads.lead_id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("manager_id", Uuid, ForeignKey("managers.manager_id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("units_milli", BigInteger, nullable=False),
    Column("decision_id", Uuid, ForeignKey("decisions.decision_id")),
    Column("assigned_at", MOMENT, nullable=False),
    Column("accept_by", MOMENT, nullable=False),
    Column("first_touch_by", MOMENT, nullable=False),
    Column("accepted_at", MOMENT),
    Column("touched_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("outcome", Text),
    Column("reason", Text),
    PrimaryKeyConstraint("lead_id", "epoch"),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
)
Index(
    "assignments_live",
    assignments.c.lead_id,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "assignments_accept_due",
    assignments.c.accept_by,
    postgresql_where=text("ended_at IS NULL AND accepted_at IS NULL"),
)
Index(
    "assignments_touch_due",
    assignments.c.first_touch_by,
    postgresql_where=text("ended_at IS NULL AND touched_at IS NULL"),
)
Index("assignments_manager", assignments.c.manager_id, postgresql_where=text("ended_at IS NULL"))

passed_over = Table(
    "passed_over",
    metadata,
    Column("lead_id", Uuid, ForeignKey("leads.lead_id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("manager_id", Uuid, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    PrimaryKeyConstraint("lead_id", "round", "manager_id"),
)

answered_verbs = Table(
    "answered_verbs",
    metadata,
    Column("actor", Text, nullable=False),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", MOMENT, nullable=False),
    PrimaryKeyConstraint("actor", "key_sha256"),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("beat_at", MOMENT, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

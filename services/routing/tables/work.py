"""Tables of decisions, assignments, stored answers and the heartbeat.

Leads, managers and decisions are never deleted, so these tables need no foreign keys to them.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from services.routing.tables.schema import MOMENT, metadata

# The terms and candidates of decisions, without what changes with each of them: written once per
# change of a pool. The id is a digest of the content.
candidate_snapshot = Table(
    "candidate_snapshot",
    metadata,
    Column("snapshot_id", Uuid, primary_key=True),
    Column("content", JSON, nullable=False),
)

decision_batch = Table(
    "decision_batch",
    metadata,
    Column("batch_id", Uuid, primary_key=True),
    Column("algorithm", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("snapshot_id", Uuid, nullable=False),
    Column("loads", ARRAY(Integer), nullable=False),
    Column("turns", ARRAY(SmallInteger), nullable=False),
    Column("received", ARRAY(BigInteger), nullable=False),
    Column("allowances", ARRAY(Integer)),
)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False),
    Column("place", Integer, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("inputs", JSON, nullable=False),
    Column("manager_id", Uuid),
    Column("round", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("batch_id", "place"),
)
Index("decision_lead", decision.c.lead_id, decision.c.decision_id)

assignment = Table(
    "assignment",
    metadata,
    Column("lead_id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("manager_id", Uuid, nullable=False),
    Column("round", Integer, nullable=False),
    Column("units_milli", BigInteger, nullable=False),
    Column("units_due_at", MOMENT),  # when the weight fades next
    Column("tier", Text, nullable=False, server_default="shift"),
    Column("assigned_at", MOMENT, nullable=False),
    Column("accept_by", MOMENT, nullable=False),
    Column("first_touch_by", MOMENT, nullable=False),
    Column("accepted_at", MOMENT),
    Column("touched_at", MOMENT),
    Column("ended_at", MOMENT),
    Column("outcome", Text),
    PrimaryKeyConstraint("lead_id", "epoch"),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended"),
)
Index(
    "assignment_live",
    assignment.c.lead_id,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "assignment_accept_due",
    assignment.c.accept_by,
    assignment.c.lead_id,
    postgresql_where=text("ended_at IS NULL AND accepted_at IS NULL"),
)
Index(
    "assignment_touch_due",
    assignment.c.first_touch_by,
    assignment.c.lead_id,
    postgresql_where=text("ended_at IS NULL AND touched_at IS NULL"),
)
Index(
    "assignment_units_due",
    assignment.c.units_due_at,
    assignment.c.lead_id,
    postgresql_where=text("ended_at IS NULL AND units_due_at IS NOT NULL"),
)
Index(
    "assignment_unaccepted",
    assignment.c.manager_id,
    assignment.c.lead_id,
    postgresql_where=text("ended_at IS NULL AND accepted_at IS NULL"),
)
Index("assignment_assigned", assignment.c.assigned_at, postgresql_using="brin")
Index("assignment_received", assignment.c.manager_id, assignment.c.assigned_at)
Index(
    "assignment_manager",
    assignment.c.manager_id,
    assignment.c.lead_id,
    postgresql_where=text("ended_at IS NULL"),
)

# What the shadow policy of a pool would have decided; kept for 30 days.
shadow_decision = Table(
    "shadow_decision",
    metadata,
    Column("decision_id", Uuid, primary_key=True),
    Column("lead_id", Uuid, nullable=False),
    Column("pool", Text, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("live_owner_id", Uuid),
    Column("shadow_owner_id", Uuid),
    Column("live_units_milli", BigInteger, nullable=False),
    Column("shadow_units_milli", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("shadow_decision_pool", shadow_decision.c.pool, shadow_decision.c.at)
Index("shadow_decision_at", shadow_decision.c.at)

passed_over = Table(
    "passed_over",
    metadata,
    Column("lead_id", Uuid, nullable=False),
    Column("round", Integer, nullable=False),
    Column("manager_id", Uuid, nullable=False),
    PrimaryKeyConstraint("lead_id", "round", "manager_id"),
)

idempotent_answer = Table(
    "idempotent_answer",
    metadata,
    Column("actor", Text, nullable=False),
    Column("key_sha256", LargeBinary, nullable=False),
    Column("request_sha256", LargeBinary, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("at", MOMENT, nullable=False),
    PrimaryKeyConstraint("actor", "key_sha256"),
)
Index("idempotent_answer_at", idempotent_answer.c.at)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("beat_at", MOMENT, nullable=False),  # by the database's clock
    Column("clock_at", MOMENT, nullable=False),  # by the timers' own clock
    CheckConstraint("id = 1", name="one_row"),
)

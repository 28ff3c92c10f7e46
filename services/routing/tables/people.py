"""Tables of managers, pools and pipelines, and of links of contacts.

A manager's row is the lock of that manager's capacity. Work units are stored in thousandths.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.routing.tables.schema import MOMENT, metadata

manager = Table(
    "manager",
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
    CheckConstraint("capacity_milli > 0", name="capacity"),
    CheckConstraint("reserved_milli >= 0", name="reserved"),
)
Index("manager_status_due", manager.c.status_until, postgresql_where=text("status <> 'offline'"))

pool = Table(
    "pool",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("policy", JSONB, nullable=False),
)

pool_member = Table(
    "pool_member",
    metadata,
    Column("pool", Text, ForeignKey("pool.key", ondelete="CASCADE"), nullable=False),
    Column("manager_id", Uuid, nullable=False),
    PrimaryKeyConstraint("pool", "manager_id"),
)
Index("pool_member_manager", pool_member.c.manager_id)

pipeline = Table(
    "pipeline",
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

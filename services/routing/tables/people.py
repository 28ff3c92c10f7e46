"""Tables of managers, pools and pipelines, and of links of contacts.

A manager's row is the lock of that manager's capacity. Work units are stored in thousandths.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
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
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

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
    Column("languages", ARRAY(Text), nullable=False, server_default="{}"),
    Column("regions", ARRAY(Text), nullable=False, server_default="{}"),
    Column("products", ARRAY(Text), nullable=False, server_default="{}"),
    Column("weight_milli", Integer, nullable=False, server_default="1000"),
    Column("hourly_limit", Integer),
    Column("daily_limit", Integer),
    Column("status", Text, nullable=False, server_default="offline"),
    Column("status_until", MOMENT),
    Column("status_since", MOMENT),
    # What the calendar says until `duty_until`: on shift, on call, or off. Without a calendar a
    # manager is always on shift.
    Column("duty", Text, nullable=False, server_default="shift"),
    Column("duty_until", MOMENT),
    Column("duty_plan", Text),  # the next intervals of duty, prepared; see domain/calendars/plans
    Column("next_shift_at", MOMENT),  # while no shift runs
    Column("last_assigned_at", MOMENT),
    # Work units received, fading with time, as of a moment; and, while somebody is away, how far
    # they were above the mean of their pools when they left.
    Column("received_milli", Double, nullable=False, server_default="0"),
    Column("received_as_of", MOMENT),
    Column("lead_over_mean_milli", Double),
    Column("attainment_milli", Integer),
    Column("attainment_version", BigInteger, nullable=False, server_default="0"),
    Column("left_at", MOMENT),
    # Since when nobody finds them at their place, as the timers see it; and whether all that they
    # had not accepted by then has gone on since.
    Column("absent_since", MOMENT),
    Column("absence_settled", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("capacity_milli > 0", name="capacity"),
    CheckConstraint("reserved_milli >= 0", name="reserved"),
    CheckConstraint("weight_milli > 0", name="weight"),
    CheckConstraint("duty IN ('shift', 'on_call', 'off')", name="duty"),
)
Index("manager_status_due", manager.c.status_until, postgresql_where=text("status <> 'offline'"))
Index("manager_duty_due", manager.c.duty_until, postgresql_where=text("duty_until IS NOT NULL"))
_IS_ABSENT = "(status IN ('offline', 'away') OR duty = 'off' OR left_at IS NOT NULL)"
Index(
    "manager_presence_changed",
    manager.c.manager_id,
    postgresql_where=text(f"{_IS_ABSENT} <> (absent_since IS NOT NULL)"),
)
Index(
    "manager_absence",
    manager.c.manager_id,
    postgresql_where=text("absent_since IS NOT NULL AND NOT absence_settled"),
)

# A manager's calendar in its JSON; without a row a manager is always on shift.
calendar = Table(
    "calendar",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("holidays", ARRAY(Text), nullable=False),  # names of holiday calendars
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
)
Index("calendar_holidays", calendar.c.holidays, postgresql_using="gin")

# Days off that many calendars share: of a country, as the release knows them, and its own.
holiday_calendar = Table(
    "holiday_calendar",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
)

pool = Table(
    "pool",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("policy", JSONB, nullable=False),
    Column("supervisor_ids", ARRAY(Uuid), nullable=False, server_default="{}"),
    Column("shadow_policy", JSONB),
    Column("shadow_since", MOMENT),
    # The last batch of decisions that the shadow policy has looked at.
    Column("shadow_after", Uuid),
    Column("version", Integer, nullable=False, server_default="1"),
    # Leads with a number below this are yet to be weighed by the present policy.
    Column("reweigh_below", BigInteger),
)

# Every version of a pool as it was, members included.
pool_version = Table(
    "pool_version",
    metadata,
    Column("pool", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    PrimaryKeyConstraint("pool", "version"),
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
    Column("terms", JSONB, nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False, server_default="1"),
)

# Every version of a pipeline as it was; a lead keeps to the one that it was opened under.
pipeline_version = Table(
    "pipeline_version",
    metadata,
    Column("pipeline", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    PrimaryKeyConstraint("pipeline", "version"),
)

contact_link = Table(
    "contact_link",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False, server_default="0"),
)
Index("contact_link_canonical", contact_link.c.canonical_id)

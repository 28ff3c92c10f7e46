"""Tables of managers who leave the company, and of the leads that were moved from them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.routing.tables.schema import MOMENT, metadata

# `destination` is queues, successor or spread. `pools` and `supervises` are what the manager was
# taken out of. `undone_at` is when the giving back was asked for.
departure = Table(
    "departure",
    metadata,
    Column("departure_id", Uuid, primary_key=True),
    Column("manager_id", Uuid, nullable=False),
    Column("destination", Text, nullable=False),
    Column("successor_id", Uuid),
    Column("reason", Text),
    Column("actor", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("pools", ARRAY(Text), nullable=False),
    Column("supervises", ARRAY(Text), nullable=False),
    Column("leads", Integer, nullable=False),
    Column("moved", Integer, nullable=False, server_default="0"),
    Column("merged", Integer, nullable=False, server_default="0"),
    Column("without_room", Integer, nullable=False, server_default="0"),
    Column("given_back", Integer, nullable=False, server_default="0"),
    Column("kept", Integer, nullable=False, server_default="0"),
    Column("at", MOMENT, nullable=False),
    Column("ended_at", MOMENT),
    Column("undone_at", MOMENT),
    CheckConstraint(
        "state IN ('moving', 'moved', 'cancelled', 'giving_back', 'given_back')", name="state"
    ),
    CheckConstraint("(destination = 'successor') = (successor_id IS NOT NULL)", name="successor"),
)
Index("departure_manager", departure.c.manager_id, departure.c.departure_id)
Index(
    "departure_running",
    departure.c.departure_id,
    postgresql_where=text("state IN ('moving', 'giving_back')"),
)

# What was moved: the lease that was ended, and whether it had been accepted and touched. A lead is
# given back only while nobody has taken it on or reached its customer since.
departure_lead = Table(
    "departure_lead",
    metadata,
    Column("departure_id", Uuid, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("outcome", Text),  # given_back or kept, once it was asked for
    PrimaryKeyConstraint("departure_id", "lead_id"),
)

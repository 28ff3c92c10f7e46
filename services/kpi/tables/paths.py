"""People's arrivals and the credits of their sales, by what was known when, and what they add up
to. `domain/paths/rows.py` says what the columns mean, `sums.py` beside it those of the sums.

All but the segments are projections: of these a rebuild may need fewer than there ever were.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)

from services.kpi.tables.schema import MOMENT, metadata

# What a segment's number stands for. Rows are only added.
segment = Table(
    "segment",
    metadata,
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Uuid),
    Column("channel", Text),
    Column("ad_channel", Text),
    Column("campaign", Text),
    Column("region", Text),
    Column("product", Text),
)

# Of whom something new is known since a day, and not told yet.
untold = Table(
    "untold",
    metadata,
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("since", Date, nullable=False),
)

arrival = Table(
    "arrival",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("segment_id", BigInteger, nullable=False),
    Column("is_target", Boolean, nullable=False),
    Column("lead_id", Uuid),
    Index("arrival_at", "at", "inquiry_id"),
    Index("arrival_of_segment", "segment_id", "at", "inquiry_id"),
)

again = Table(
    "again",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("earlier_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("earlier_at", MOMENT, nullable=False),
    Column("segment_id", BigInteger, nullable=False),
    Column("groupings", BigInteger, nullable=False),
    Index(
        "again_earlier",
        "earlier_at",
        postgresql_include=["at", "segment_id", "groupings", "known_on", "known_until"],
    ),
    Index(
        "again_at",
        "at",
        postgresql_include=["earlier_at", "segment_id", "groupings", "known_on", "known_until"],
    ),
)

credit = Table(
    "credit",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("since_days", SmallInteger, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("models", SmallInteger, primary_key=True, autoincrement=False),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("whole", Integer, nullable=False),
    Column("amount", Numeric, nullable=False),
    Column("currency", Text, nullable=False),
    Column("is_off", Boolean, nullable=False),
    Index("credit_at", "at", "sale_id"),
    Index("credit_of_segment", "segment_id", "at", "sale_id"),
)

arrival_sum = Table(
    "arrival_sum",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("grouping", SmallInteger, primary_key=True, autoincrement=False),
    Column("begins", Date, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("known_on", Date, primary_key=True),
    Column("inquiries", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("leads", BigInteger, nullable=False),
)

# By months alone: what lies in a part of one is read from the rows.
again_sum = Table(
    "again_sum",
    metadata,
    Column("grouping", SmallInteger, primary_key=True, autoincrement=False),
    Column("begins", Date, primary_key=True),
    Column("earlier_begins", Date, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("known_on", Date, primary_key=True),
    Column("inquiries", BigInteger, nullable=False),
)

credit_sum = Table(
    "credit_sum",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("grouping", SmallInteger, primary_key=True, autoincrement=False),
    Column("begins", Date, primary_key=True),
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
    Column("models", SmallInteger, primary_key=True, autoincrement=False),
    Column("whole", Integer, primary_key=True, autoincrement=False),
    Column("currency", Text, primary_key=True),
    Column("since_days", SmallInteger, primary_key=True, autoincrement=False),
    Column("known_on", Date, primary_key=True),
    Column("parts", BigInteger, nullable=False),
    Column("amount", Numeric, nullable=False),
)

PROJECTIONS = (arrival, again, credit, arrival_sum, again_sum, credit_sum, untold)

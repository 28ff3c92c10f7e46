"""What customers have bought, which a replay tells again; and lists of those who are to be asked
again: kpi's own, so that no replay brings them back.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kpi.tables.schema import MOMENT, metadata

# Written once: whom a list holds, and who of them is held back, never changes afterwards.
loyalty_list = Table(
    "loyalty_list",
    metadata,
    Column("list_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("criteria", JSONB, nullable=False),
    Column("first", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("currency", Text),
    Column("seed", Text, nullable=False),
    Column("held_back_share", Float, nullable=False),
    Column("outcome_days", Integer, nullable=False),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
)
loyalty_member = Table(
    "loyalty_member",
    metadata,
    Column("list_id", Uuid, ForeignKey("loyalty_list.list_id"), primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("is_held_back", Boolean, nullable=False),
)
# That the people of a list are to be approached, which is said once.
loyalty_approach = Table(
    "loyalty_approach",
    metadata,
    Column("list_id", Uuid, ForeignKey("loyalty_list.list_id"), primary_key=True),
    Column("contacts", Integer, nullable=False),
    Column("reason", Text),
    Column("requested_at", MOMENT, nullable=False),
    Column("requested_by", Text, nullable=False),
)

# As `domain/loyalty/buyers.py` says it: a row for everybody of whom a sale stands.
buyer = Table(
    "buyer",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("first_at", MOMENT, nullable=False),
    Column("last_at", MOMENT, nullable=False),
    Column("ats", ARRAY(MOMENT), nullable=False),
    Column("products", ARRAY(Text), nullable=False),
    Column("usual_seconds", Float),
    Column("currency", Text),
    Column("priced", ARRAY(Integer)),
    Column("sums", ARRAY(Numeric)),
    Column("amounts", ARRAY(Numeric)),
    Column("currencies", ARRAY(Text)),
    Index("buyer_last", "last_at"),
)

PROJECTIONS = (buyer,)

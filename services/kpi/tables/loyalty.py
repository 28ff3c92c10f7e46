"""What was sold on each day, which a replay tells again; and lists of those who are to be asked
again: kpi's own, so that no replay brings them back.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
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

_CREDITED = ("source", "channel", "ad_channel", "campaign", "region")
_ORIGIN = ("source", "channel", "campaign", "region", "product", "manager", "currency")
# The sales of a day of UTC that stand, as columns, see `domain/loyalty/stretches.py`, and sums: of
# orders without a lead by quarters of an hour, in all and by what they are of, of all sales by
# manager. A day that is not over has none, nor has one of which something changed, until the loop
# makes it.
sale_day = Table(
    "sale_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("people", LargeBinary, nullable=False),
    Column("ats", LargeBinary, nullable=False),
    Column("befores", LargeBinary, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
    Column("usuals", LargeBinary, nullable=False),
    Column("manager_befores", LargeBinary, nullable=False),
    Column("signs", LargeBinary, nullable=False),
    *(Column(f"{name}_places", LargeBinary, nullable=False) for name in _CREDITED),
    *(Column(f"{name}_names", ARRAY(Text), nullable=False) for name in _CREDITED),
    Column("product_places", LargeBinary, nullable=False),
    Column("product_names", ARRAY(Text), nullable=False),
    Column("currency_places", LargeBinary, nullable=False),
    Column("currency_names", ARRAY(Text), nullable=False),
    Column("manager_places", LargeBinary, nullable=False),
    Column("manager_names", ARRAY(Text), nullable=False),
    Column("amounts", LargeBinary, nullable=False),
    Column("odd_amounts", ARRAY(Numeric)),
    Column("order_ats", LargeBinary, nullable=False),
    Column("order_counts", LargeBinary, nullable=False),
    Column("order_currency_places", LargeBinary, nullable=False),
    Column("order_currency_names", ARRAY(Text), nullable=False),
    Column("order_amounts", LargeBinary, nullable=False),
    Column("order_odd_amounts", ARRAY(Numeric)),
    Column("origin_ats", LargeBinary, nullable=False),
    Column("origin_counts", LargeBinary, nullable=False),
    *(Column(f"origin_{name}_places", LargeBinary, nullable=False) for name in _ORIGIN),
    *(Column(f"origin_{name}_names", ARRAY(Text), nullable=False) for name in _ORIGIN),
    Column("origin_amounts", LargeBinary, nullable=False),
    Column("origin_odd_amounts", ARRAY(Numeric)),
    Column("seller_ats", LargeBinary, nullable=False),
    Column("seller_counts", LargeBinary, nullable=False),
    Column("seller_manager_places", LargeBinary, nullable=False),
    Column("seller_manager_names", ARRAY(Text), nullable=False),
    Column("seller_currency_places", LargeBinary, nullable=False),
    Column("seller_currency_names", ARRAY(Text), nullable=False),
    Column("seller_amounts", LargeBinary, nullable=False),
    Column("seller_odd_amounts", ARRAY(Numeric)),
)

PROJECTIONS = (sale_day,)

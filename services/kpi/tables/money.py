"""Sales and spend. Of a sale everything that was said is kept, and beside it what it comes to now;
both are projections. Spend and the rule are kpi's own: no replay brings them back, so nothing
empties them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)

from services.kpi.tables.schema import MOMENT, metadata

# Rows are only added. `says`: sold, off (taken back), or test (its wins are no sales).
sale_event = Table(
    "sale_event",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("sale_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("known_at", MOMENT, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("product", Text),
    Column("region", Text),
    Column("source_id", Uuid),
    Column("order_digest", Text),
    Column("manager_id", Uuid),
    Index("sale_event_of_contact", "contact_id"),
    Index("sale_event_of_sale", "sale_id"),
    Index("sale_event_at", "at"),
)

# One row per sale as it was known: a win and the order that it is counted once with are one row.
# `number` counts the person's sales in time, from 1; a sale that was taken back has none.
# `usual_halves`: the median of the times between the person's last sales before, in half
# microseconds.
sale = Table(
    "sale",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("lead_id", Uuid),
    Column("purchase_id", Uuid),
    Column("joined_by", Text),
    Column("at", MOMENT, nullable=False),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("product", Text),
    Column("region", Text),
    Column("source_id", Uuid),
    Column("manager_id", Uuid),
    Column("number", Integer),
    Column("previous_at", MOMENT),
    Column("taken_back_at", MOMENT),
    Column("usual_halves", BigInteger),
    Column("origins", Text, nullable=False),
    Index("sale_at", "at", "sale_id"),
    Index(
        "sale_of_manager",
        "manager_id",
        "at",
        postgresql_where=text(
            "manager_id IS NOT NULL AND known_until = 'infinity'::date AND taken_back_at IS NULL"
        ),
    ),
    Index(
        "sale_without_lead",
        "at",
        postgresql_where=text("lead_id IS NULL AND known_until = 'infinity'::date"),
    ),
    Index(
        "sale_taken_back",
        "at",
        postgresql_include=["manager_id", "amount", "currency", "known_on", "known_until"],
        postgresql_where=text("taken_back_at IS NOT NULL"),
    ),
)

# One row: how many hours a win and an order of the same amount may lie apart and still be one sale.
# While a change of it is carried out, `counted_to` is the contact up to whom sales follow it.
sale_rule = Table(
    "sale_rule",
    metadata,
    Column("is_rule", Boolean, primary_key=True, server_default=text("true")),
    Column("same_sale_hours", Integer, nullable=False, server_default=text("72")),
    Column("counted_to", Uuid),
)

# What people have said of inquiries: that one is spam, or is not.
spam_mark = Table(
    "spam_mark",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("is_spam", Boolean, nullable=False),
)

# Versions of what was spent on a day for a campaign; the highest is true, and none takes another's
# place. An amount that is null was deleted. What is not told of the campaign is an empty text.
spend = Table(
    "spend",
    metadata,
    Column("spend_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("ad_channel", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("amount", Numeric),
    Column("currency", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Index("spend_of_day", "day", "spend_id"),
    Index("spend_recorded", "recorded_at"),
    Index("spend_latest", "spend_id", unique=True, postgresql_where=text("is_latest")),
)

# What spend of a month, or of a day with no names, adds up to, by the month in which that became
# known (the first days of both); `lines` are those that are not deleted.
spend_sum = Table(
    "spend_sum",
    metadata,
    Column("unit", Text, primary_key=True),
    Column("begins", Date, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("ad_channel", Text, primary_key=True),
    Column("campaign", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("known_in", Date, primary_key=True),
    Column("lines", BigInteger, nullable=False),
    Column("amount", Numeric, nullable=False),
)

PROJECTIONS = (sale_event, sale, spam_mark)

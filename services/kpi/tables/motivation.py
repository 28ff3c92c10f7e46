"""Pay: targets, schemes, what-ifs and closed months. These are kpi's own: no replay brings them
back, so nothing empties them.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.kpi.tables.schema import MOMENT, metadata

# Versions of what somebody, or the `company`, shall reach in a month; the highest is true. A value
# that is null was deleted. `currency` is empty where sales are counted.
motivation_target = Table(
    "motivation_target",
    metadata,
    Column("target_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("month", Date, nullable=False),
    Column("subject", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("value", Numeric),
    Column("currency", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Index("motivation_target_of_month", "month", "target_id"),
    Index("motivation_target_latest", "target_id", unique=True, postgresql_where=text("is_latest")),
)

# Versions of schemes, which never change but for their approval; without managers a scheme is for
# all whom no other names.
pay_scheme = Table(
    "pay_scheme",
    metadata,
    Column("scheme_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("manager_ids", ARRAY(Uuid), nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("is_latest", Boolean, nullable=False),
    Column("from_month", Date),
    Column("approved_at", MOMENT),
    Column("approved_by", Text),
    Index("pay_scheme_latest", "scheme_id", unique=True, postgresql_where=text("is_latest")),
)

# What a version would have paid: `next_month` is the one that is computed next, until `end_month`.
pay_what_if = Table(
    "pay_what_if",
    metadata,
    Column("what_if_id", Uuid, primary_key=True),
    Column("scheme_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_month", Date, nullable=False),
    Column("next_month", Date, nullable=False),
    Column("end_month", Date, nullable=False),
    Column("requested_at", MOMENT, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("done_at", MOMENT),
    ForeignKeyConstraint(["scheme_id", "version"], ["pay_scheme.scheme_id", "pay_scheme.version"]),
    Index("pay_what_if_of_version", "scheme_id", "version"),
    Index("pay_what_if_open", "what_if_id", postgresql_where=text("done_at IS NULL")),
)

pay_what_if_row = Table(
    "pay_what_if_row",
    metadata,
    Column("what_if_id", Uuid, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
    Column("proposed", Numeric, nullable=False),
    Column("present", Numeric),
    Column("present_currency", Text),
    Column("has_target", Boolean, nullable=False),
    ForeignKeyConstraint(["what_if_id"], ["pay_what_if.what_if_id"], ondelete="CASCADE"),
)

# Months whose statements are frozen, with the moments at which their days began and ended.
pay_month = Table(
    "pay_month",
    metadata,
    Column("month", Date, primary_key=True),
    Column("begins_at", MOMENT, nullable=False),
    Column("ends_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT, nullable=False),
    Column("closed_by", Text, nullable=False),
)

pay_statement = Table(
    "pay_statement",
    metadata,
    Column("month", Date, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
    Column("scheme_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("payout", Numeric, nullable=False),
    Column("carried", Numeric, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("lines", JSONB, nullable=False),
    ForeignKeyConstraint(["month"], ["pay_month.month"]),
)

# Which sales a frozen statement counts: its own, and under the month that they are `about` by what
# the sales of earlier months have changed since.
pay_sale = Table(
    "pay_sale",
    metadata,
    Column("month", Date, primary_key=True),
    Column("manager_id", Uuid, primary_key=True),
    Column("about", Date, primary_key=True),
    Column("sale_id", Uuid, primary_key=True),
    Column("product", Text, primary_key=True),
    Column("lead_id", Uuid),
    Column("quantity", Integer, nullable=False),
    Column("amount", Numeric, nullable=False),
    ForeignKeyConstraint(["month"], ["pay_month.month"]),
    Index("pay_sale_later", "manager_id", "about", postgresql_where=text("month > about")),
    Index("pay_sale_of_sale", "sale_id"),
)

# Sales of closed months of which something else is known now than was counted, or was once.
pay_mark = Table("pay_mark", metadata, Column("sale_id", Uuid, primary_key=True))

# One row: marks tell of all sales while `relation` is the file of their table; on that day all of
# them were looked through.
pay_check = Table(
    "pay_check",
    metadata,
    Column("is_check", Boolean, primary_key=True, server_default=text("true")),
    Column("relation", BigInteger, nullable=False),
    Column("checked_on", Date, nullable=False),
)

# How far each was with the plan when it was emitted last; `subject` as in the events.
attainment = Table(
    "attainment",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("attainment", Numeric, nullable=False),
    Column("measured_on", Date, nullable=False),
    Column("measured_at", MOMENT, nullable=False),
    Column("has_target", Boolean, nullable=False),
)

"""What was sold on each day, which a replay tells again; and lists of those who are to be asked
again: kpi's own, so that no replay brings them back.
"""

from collections.abc import Iterator
from typing import Any

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


def _named(*names: str, prefix: str = "") -> Iterator[Column[Any]]:
    """What each sale or sum is of: the place of its name, and the names."""
    for name in names:
        yield Column(f"{prefix}{name}_places", LargeBinary, nullable=False)
        yield Column(f"{prefix}{name}_names", ARRAY(Text), nullable=False)


def _amounts(prefix: str = "") -> Iterator[Column[Any]]:
    """In whole units; where some are none, all of them as they are."""
    yield Column(f"{prefix}amounts", LargeBinary, nullable=False)
    yield Column(f"{prefix}odd_amounts", ARRAY(Numeric))


def _sums(family: str, *names: str) -> Iterator[Column[Any]]:
    """Sums at moments, each of a value of every name: how many sales, and what they come to."""
    prefix = f"{family}_"
    yield Column(f"{prefix}ats", LargeBinary, nullable=False)
    yield Column(f"{prefix}counts", LargeBinary, nullable=False)
    yield from _named(*names, prefix=prefix)
    yield from _amounts(prefix)


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
    Column("signs", LargeBinary, nullable=False),
    Column("origins", LargeBinary, nullable=False),
    *_named(*_CREDITED),
    *_named("product", "currency", "manager"),
    *_amounts(),
    *_sums("order", "currency"),
    *_sums("origin", "source", "channel", "campaign", "region", "product", "manager", "currency"),
    *_sums("seller", "manager", "currency"),
)

PROJECTIONS = (sale_day,)

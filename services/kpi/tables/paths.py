"""People's arrivals and the credits of their sales, by what was known when, and what they add up
to. `domain/paths/rows.py` says what the columns mean, `sums.py` beside it those of the sums.

All but the segments are projections: of these a rebuild may need fewer than there ever were.
"""

from collections.abc import Iterator
from typing import Any, Final

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
    text,
)

from services.kpi.migrations.paths import DAY_OF, SOON
from services.kpi.tables.money import sale
from services.kpi.tables.schema import MOMENT, metadata

_AGAIN = ["earlier_at", "segment_id", "groupings"]
_SOLD_AGAIN = [*_AGAIN, "models", "since_days", "until_days", "is_third"]
_KNOWN = ["known_on", "known_until"]

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
    Index("again_earlier", "earlier_at", postgresql_include=["at", *_AGAIN[1:], *_KNOWN]),
    Index("again_at", "at", postgresql_include=[*_AGAIN, *_KNOWN]),
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

# As `again`, for sales; what it says holds for lookbacks from `since_days` to before `until_days`.
sold_again = Table(
    "sold_again",
    metadata,
    Column("sale_id", Uuid, primary_key=True),
    Column("earlier_id", Uuid, primary_key=True),
    Column("since_days", SmallInteger, primary_key=True, autoincrement=False),
    Column("models", SmallInteger, primary_key=True, autoincrement=False),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("until_days", SmallInteger, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("earlier_at", MOMENT, nullable=False),
    Column("segment_id", BigInteger, nullable=False),
    Column("groupings", BigInteger, nullable=False),
    Column("is_third", Boolean, nullable=False),
    Index("sold_again_at", "at", postgresql_include=[*_SOLD_AGAIN, *_KNOWN]),
    Index("sold_again_earlier", "earlier_at", postgresql_include=["at", *_SOLD_AGAIN[1:], *_KNOWN]),
)

_COLUMNS = {
    arrival: ["segment_id", "is_target", "lead_id"],
    again: _AGAIN,
    credit: [
        *("segment_id", "since_days", "models", "parts", "whole", "amount", "currency", "is_off"),
    ],
    sold_again: _SOLD_AGAIN,
    sale: [],
}
# What tells an earlier day's knowledge from today's: `migrations/paths.py` says which rows.
for _table, _columns in _COLUMNS.items():
    for _name, _key, _more, _condition in (
        ("late", ("known_on", "at"), ["known_until"], f"known_on > {DAY_OF}"),
        ("outdated", ("known_until", "at"), ["known_on"], "known_until < 'infinity'"),
        ("ahead", ("at",), _KNOWN, f"known_on < {DAY_OF}"),
    ):
        Index(
            f"{_table.name}_{_name}",
            *(_table.c[column] for column in _key),
            postgresql_include=[*_columns, *_more] if _columns else None,
            postgresql_where=text(_condition),
        )
    if "earlier_at" in _columns:
        Index(
            f"{_table.name}_soon",
            _table.c["at"],
            postgresql_include=[*_columns, *_KNOWN],
            postgresql_where=text(SOON),
        )

_KEYS: Final[dict[str, Any]] = {
    "unit": Text,
    "grouping": SmallInteger,
    "begins": MOMENT,
    "earlier_begins": MOMENT,
    "segment_id": BigInteger,
    "models": SmallInteger,
    "whole": Integer,
    "currency": Text,
    "since_days": SmallInteger,
}


def _keys(*names: str) -> Iterator[Column[Any]]:
    """What tells sums apart."""
    for name in names:
        yield Column(name, _KEYS[name], primary_key=True, autoincrement=False)


arrival_sum = Table(
    "arrival_sum",
    metadata,
    *_keys("unit", "grouping", "begins", "segment_id"),
    Column("inquiries", BigInteger, nullable=False),
    Column("target", BigInteger, nullable=False),
    Column("leads", BigInteger, nullable=False),
)

# By months alone: what lies in a part of one is read from the rows.
again_sum = Table(
    "again_sum",
    metadata,
    *_keys("grouping", "begins", "earlier_begins", "segment_id"),
    Column("inquiries", BigInteger, nullable=False),
)

credit_sum = Table(
    "credit_sum",
    metadata,
    *_keys("unit", "grouping", "begins", "segment_id", "models", "whole", "currency", "since_days"),
    Column("parts", BigInteger, nullable=False),
    Column("amount", Numeric, nullable=False),
)

sale_sum = Table(
    "sale_sum",
    metadata,
    *_keys("unit", "grouping", "begins", "segment_id", "models", "currency", "since_days"),
    Column("firsts", BigInteger, nullable=False),
    Column("repeats", BigInteger, nullable=False),
    Column("cancelled", BigInteger, nullable=False),
    Column("joined", BigInteger, nullable=False),
    Column("priced", BigInteger, nullable=False),
    Column("cancelled_priced", BigInteger, nullable=False),
    Column("first_amount", Numeric, nullable=False),
    Column("repeat_amount", Numeric, nullable=False),
    Column("cancelled_amount", Numeric, nullable=False),
)

sold_again_sum = Table(
    "sold_again_sum",
    metadata,
    *_keys("grouping", "begins", "earlier_begins", "segment_id", "models", "since_days"),
    Column("again", BigInteger, nullable=False),
    Column("third", BigInteger, nullable=False),
)

PROJECTIONS = (
    *(arrival, again, credit, sold_again, untold),
    *(arrival_sum, again_sum, credit_sum, sale_sum, sold_again_sum),
)

"""The chains that seal the timeline: no replay empties them."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Uuid,
)

from services.history.tables.schema import MOMENT, metadata

# What was written and is not sealed yet, in the order of writing: ids of entries and activities.
unsealed = Table(
    "unsealed",
    metadata,
    Column("place", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
)

# One link per entry, in a chain for each lead, and for each contact of what has no lead. `hash`
# includes the hash of the link before; `personal` is a salted digest of what is personal in the
# entry. When that is blanked the salt goes, and nobody can find the words by trying.
chain_link = Table(
    "chain_link",
    metadata,
    Column("subject", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("form", SmallInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("personal", LargeBinary),
    Column("salt", LargeBinary),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", BigInteger, nullable=False),
    Index("chain_link_of_event", "event_id", unique=True),
    Index("chain_link_of_seal", "seal", postgresql_using="brin"),
)

# The links that were made together, with the root of the tree over their hashes.
seal = Table(
    "seal",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("day", Date, nullable=False),
    Column("sealed_at", MOMENT, nullable=False),
    Column("links", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
)

# A day's root, over those of its seals; `hash` includes the hash of the day before.
chain_day = Table(
    "chain_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("first_seal", BigInteger, nullable=False),
    Column("last_seal", BigInteger, nullable=False),
    Column("links", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("closed_at", MOMENT, nullable=False),
)

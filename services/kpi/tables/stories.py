"""The versions of stories, and the counters that they add up to. All are projections.

`domain/stories/story.py` says what the columns of stories mean, `contributions.py` beside it those
of the counters.
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
from sqlalchemy.dialects.postgresql import JSONB

from services.kpi.domain.stories.contributions import AMOUNTS, COUNTS
from services.kpi.tables.schema import MOMENT, metadata

_PRESENT = (
    "lead_id", "is_test", "source_id", "owner_id", "assigned_at", "accepted_at", "contacted_at",
    "won_at", "lost_at",
)  # fmt: skip
_CLOSED = "coalesce(won_at, lost_at)"
_IS_CLOSED = f"known_until = 'infinity'::date AND NOT is_test AND {_CLOSED} IS NOT NULL"
_RECEIVED = "CAST(received_at AT TIME ZONE 'UTC' AS date)"
# The days of the first and the last inquiry that a story does not tell, as text; that of the first
# of several has a mark.
APART_FIRST = "repeat('*', LEAST(jsonb_array_length(apart) - 1, 1)) || left((apart -> 0) ->> 0, 10)"
APART_LAST = "left((apart -> -1) ->> 0, 10)"
_MOMENTS = ("opened_at", "assigned_at", "accepted_at", "contacted_at", "lost_at")

lead_story = Table(
    "lead_story",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("inquiry_id", Uuid, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("campaign", Text),
    Column("region", Text),
    Column("product", Text),
    Column("priority_class", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("owner_id", Uuid),
    Column("assigned_at", MOMENT),
    Column("accepted_at", MOMENT),
    Column("contacted_at", MOMENT),
    Column("contacted_by", Uuid),
    Column("accept_by", MOMENT),
    Column("first_touch_by", MOMENT),
    Column("won_at", MOMENT),
    Column("lost_at", MOMENT),
    Column("aside_at", MOMENT),
    Column("closed_by", Uuid),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("loss_reason", Text),
    Column("reopened", Integer, nullable=False),
    Column("apart", JSONB),
    Column("arrivals", JSONB, nullable=False),
    Column("visits", JSONB, nullable=False),
    Column("holdings", JSONB, nullable=False),
    Index("lead_story_received", "received_at", "known_on", "known_until"),
    # What is known now, by most of what it is grouped by: texts might be too long for an index.
    Index(
        "lead_story_present",
        "received_at",
        postgresql_include=_PRESENT,
        postgresql_where=text("known_until = 'infinity'::date"),
    ),
    Index(
        "lead_story_apart",
        text(f"({APART_FIRST})"),
        *("known_on", "known_until"),
        text(f"({APART_LAST})"),
        postgresql_where=text("apart IS NOT NULL"),
    ),
    # What was known before its day, and what became known long after it: as it stood on a day.
    Index("lead_story_ahead", "received_at", postgresql_where=text(f"known_on < {_RECEIVED}")),
    Index(
        "lead_story_late",
        "received_at",
        "known_on",
        postgresql_where=text(f"known_on > {_RECEIVED} + 5"),
    ),
    Index(
        "lead_story_ended_late",
        "received_at",
        "known_until",
        postgresql_where=text(f"known_until < 'infinity'::date AND known_until > {_RECEIVED} + 5"),
    ),
    Index("lead_story_won", "won_at", postgresql_where=text("won_at IS NOT NULL")),
    # What was closed last, by anybody or by one manager, as it is known now.
    Index("lead_story_closed", text(_CLOSED), postgresql_where=text(_IS_CLOSED)),
    Index(
        "lead_story_closed_by",
        text("coalesce(closed_by, owner_id)"),
        text(_CLOSED),
        postgresql_where=text(_IS_CLOSED),
    ),
    # Stories lie about as leads came in, so that ranges of pages tell what happened when.
    Index(
        "lead_story_moments",
        *_MOMENTS,
        postgresql_using="brin",
        postgresql_ops=dict.fromkeys(_MOMENTS, "timestamptz_minmax_multi_ops"),
        postgresql_with={"autosummarize": "on"},
    ),
    Index("lead_story_known", "known_on"),
    Index(
        "lead_story_ended", "known_until", postgresql_where=text("known_until < 'infinity'::date")
    ),
)

placement = Table(
    "placement",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    Column("lead_id", Uuid, nullable=False),
)


def _counter(table: str, bucket: Column[object]) -> Table:
    return Table(
        table,
        metadata,
        # What one value counts lies together: that is what lists are made of.
        Column("axis", Text, primary_key=True),
        Column("value", Text, primary_key=True),
        bucket,
        Column("currency", Text, primary_key=True),
        Column("known_on", Date, primary_key=True),
        *(Column(name, BigInteger, nullable=False, server_default="0") for name in COUNTS),
        *(Column(name, Numeric, nullable=False, server_default="0") for name in AMOUNTS),
        # What became known on a day was written together.
        Index(f"{table}_known", "known_on", postgresql_using="brin"),
    )


# By quarters of an hour, and the same by days of UTC for the middle of long periods.
counter = _counter("counter", Column("bucket", MOMENT, primary_key=True))
day_counter = _counter("day_counter", Column("day", Date, primary_key=True))

PROJECTIONS = (lead_story, placement, counter, day_counter)

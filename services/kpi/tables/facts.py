"""Facts of events, inserted once and never changed: what was known when can always be told.

All are projections, which a replay fills again. `domain/facts.py` says what the columns mean.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.kpi.tables.schema import MOMENT, metadata

lead = Table(
    "lead",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("inquiry_id", Uuid, nullable=False),
    Column("known_at", MOMENT, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("pool", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("priority_class", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("units_milli", BigInteger, nullable=False),
    Index("lead_of_contact", "contact_id"),
)

lead_event = Table(
    "lead_event",
    metadata,
    Column("lead_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("at", MOMENT, nullable=False),
    Column("kind", Text, nullable=False),
    Column("manager_id", Uuid),
    Column("stage", Text),
    Column("reason", Text),
    Column("deadline", Text),
    Column("into_id", Uuid),
    Column("amount", Numeric),
    Column("currency", Text),
    Column("accept_by", MOMENT),
    Column("first_touch_by", MOMENT),
    Column("is_listed", Boolean, nullable=False),
    Index("lead_event_into", "into_id", "lead_id", postgresql_where=text("into_id IS NOT NULL")),
    Index(
        "lead_event_at",
        "at",
        postgresql_using="brin",
        postgresql_ops={"at": "timestamptz_minmax_multi_ops"},
        postgresql_with={"autosummarize": "on"},
    ),
)

_CHANNELS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


def _of_inquiry() -> tuple[Column[Any], ...]:
    return (
        Column("contact_id", Uuid, nullable=False),
        Column("known_at", MOMENT, nullable=False),
        Column("received_at", MOMENT, nullable=False),
        Column("source_id", Uuid, nullable=False),
        Column("source_key", Text),
        Column("channel", Text, nullable=False),
        Column("is_test", Boolean, nullable=False),
        Column("is_repeat", Boolean, nullable=False),
        Column("answered_at", MOMENT),
        Column("priority_class", Text, nullable=False),
        Column("language", Text),
        Column("region", Text),
        Column("product", Text),
        *(Column(name, Text) for name in _CHANNELS),
        Column("click_kinds", Text, nullable=False),
    )


inquiry = Table(
    "inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    *_of_inquiry(),
    Index("inquiry_received", "received_at"),
    Index("inquiry_of_source", "source_id", "received_at"),
    Index("inquiry_of_contact", "contact_id"),
)

# What an inquiry was after its corrections, from a day of knowledge to before another.
corrected_inquiry = Table(
    "corrected_inquiry",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("known_on", Date, primary_key=True),
    Column("known_until", Date, nullable=False),
    *_of_inquiry(),
    Index("corrected_inquiry_received", "received_at"),
    Index("corrected_inquiry_of_contact", "contact_id"),
)

inquiry_change = Table(
    "inquiry_change",
    metadata,
    Column("inquiry_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("members", Text, nullable=False),
    Column("channel", Text),
    Column("is_test", Boolean),
    Column("answered_at", MOMENT),
    Column("priority_class", Text),
    Column("language", Text),
    Column("region", Text),
    Column("product", Text),
    *(Column(name, Text) for name in _CHANNELS),
    Column("click_kinds", Text),
)

inquiry_link = Table(
    "inquiry_link",
    metadata,
    Column("event_id", Uuid, nullable=False),
    Column("lead_id", Uuid, nullable=False),
    Column("inquiry_id", Uuid, nullable=False),
    Column("sign", SmallInteger, nullable=False),
    Column("known_at", MOMENT, nullable=False),
    PrimaryKeyConstraint("lead_id", "inquiry_id", "event_id"),
    Index("inquiry_link_of_inquiry", "inquiry_id"),
)

touch = Table(
    "touch",
    metadata,
    Column("touch_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("lead_id", Uuid),
    Column("at", MOMENT, nullable=False),
    Column("learned_at", MOMENT, nullable=False),
    Column("known_at", MOMENT, nullable=False),
    Column("manager_id", Uuid),
    Column("kind", Text, nullable=False),
    Index("touch_of_lead", "lead_id", postgresql_where=text("lead_id IS NOT NULL")),
    Index("touch_of_contact", "contact_id"),
)

contact_link = Table(
    "contact_link",
    metadata,
    Column("contact_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("canonical_id", Uuid, nullable=False),
    Column("known_at", MOMENT, nullable=False),
    Index("contact_link_of_canonical", "canonical_id"),
)

manager = Table(
    "manager",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("name", Text),
    Column("capacity", Numeric, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("calendar", JSONB),
    Column("left_at", MOMENT),
)

manager_status = Table(
    "manager_status",
    metadata,
    Column("manager_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("known_at", MOMENT, nullable=False),
    Column("status", Text, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("until", MOMENT),
    Index("manager_status_since", "manager_id", "changed_at"),
    Index(
        "manager_status_late",
        "known_at",
        "changed_at",
        postgresql_where=text(
            "CAST(known_at AT TIME ZONE 'UTC' AS date)"
            " > CAST(changed_at AT TIME ZONE 'UTC' AS date)"
        ),
    ),
)

PROJECTIONS = (
    inquiry, inquiry_change, corrected_inquiry, lead, lead_event, inquiry_link, touch, contact_link,
    manager, manager_status,
)  # fmt: skip

"""Who is told, and what every delivery has: owned by kpi, so that no replay brings these back."""

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, Table, Text, Time, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from services.kpi.tables.schema import MOMENT, metadata

recipient = Table(
    "recipient",
    metadata,
    Column("recipient_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("mails", ARRAY(Text), nullable=False),
    Column("url", Text),
    Column("secret", Text),  # sealed
    Column("language", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("quiet_from", Time),
    Column("quiet_to", Time),
    Column("quiet_weekends", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)


def delivery_columns() -> list[Column[Any]]:
    """To whom something is sent by which way, when, and what came of it."""
    return [
        Column(
            "recipient_id",
            Uuid,
            ForeignKey("recipient.recipient_id", ondelete="CASCADE"),
            nullable=False,
        ),
        Column("way", Text, nullable=False),
        Column("made_at", MOMENT, nullable=False),
        Column("first_due_at", MOMENT, nullable=False),
        Column("due_at", MOMENT),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("outcome", Text, nullable=False),
        Column("error", Text),
        Column("done_at", MOMENT),
        Column("open_mails", ARRAY(Text)),  # addresses that were refused
    ]

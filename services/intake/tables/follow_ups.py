"""What providers keep for us.

Where a document lies and what we prove ourselves by is computed at each try and stands nowhere.
"""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.domain.fetching import FollowUpStatus
from services.intake.tables.schema import MOMENT, metadata

_STATUSES = ", ".join(f"'{status}'" for status in FollowUpStatus)

follow_up = Table(
    "follow_up",
    metadata,
    Column("submission_id", Uuid, ForeignKey("submission.submission_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("source_id", Uuid, ForeignKey("source.source_id"), nullable=False),
    Column("status", Text, nullable=False, server_default=text("'waiting'")),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("first_try_at", MOMENT),
    Column("tried_at", MOMENT),
    Column("next_at", MOMENT, nullable=False),
    Column("error", Text),
    Column("answer", LargeBinary),
    CheckConstraint(f"status IN ({_STATUSES})", name="follow_up_status_known"),
    Index("follow_up_due", "source_id", "next_at", postgresql_where=text("status = 'waiting'")),
    Index("follow_up_open", "status", postgresql_where=text("status <> 'fetched'")),
)

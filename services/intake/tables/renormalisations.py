"""Windows of submissions that are read again, and what differs from their inquiries."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from services.intake.domain.renormalising import RenormalisationState
from services.intake.tables.schema import MOMENT, metadata

_STATES = ", ".join(f"'{state}'" for state in RenormalisationState)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


renormalisation = Table(
    "renormalisation",
    metadata,
    Column("renormalisation_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    # None: of all sources, of all adapters.
    Column("source_id", Uuid, ForeignKey("source.source_id")),
    Column("adapter", Text),
    Column("since", MOMENT, nullable=False),
    Column("until", MOMENT, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", MOMENT),
    # The last submission done: from there it goes on after a restart.
    Column("last_id", Uuid, nullable=False),
    _number("submissions_done"),
    _number("inquiries_changed"),
    _number("submissions_revived"),
    _number("submissions_to_review"),
    _number("submissions_unread"),
    CheckConstraint(f"state IN ({_STATES})", name="renormalisation_state_known"),
    Index(
        "renormalisation_waiting",
        "renormalisation_id",
        postgresql_where=text("state IN ('queued', 'running')"),
    ),
)

renormalisation_difference = Table(
    "renormalisation_difference",
    metadata,
    Column(
        "renormalisation_id",
        Uuid,
        ForeignKey("renormalisation.renormalisation_id"),
        primary_key=True,
    ),
    Column("submission_id", Uuid, primary_key=True),
    Column("place", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("inquiry_id", Uuid),
    Column("path", Text, nullable=False),
    Column("before", JSON),
    Column("after", JSON),
)

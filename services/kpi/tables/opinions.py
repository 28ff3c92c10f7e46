"""Polls and their answers: owned by kpi, so that no replay brings these back."""

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.kpi.tables.schema import MOMENT, metadata

# `salt` is of the present round of an anonymous poll: with the next one it is gone, and with it who
# said what.
opinion_poll = Table(
    "opinion_poll",
    metadata,
    Column("poll_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("currency", Text),
    Column("axis", Text, nullable=False),
    Column("key", Text),
    Column("first", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("sample", ARRAY(Numeric), nullable=False),
    Column("population", Integer),
    Column("round", Integer, nullable=False),
    Column("salt", LargeBinary),
    Column("made_at", MOMENT, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("closed_at", MOMENT),
    Column("closed_by", Text),
    Column("cancel_reason", Text),
    Index(
        "opinion_poll_of", "measure", "axis", "key", postgresql_where=text("closed_at IS NOT NULL")
    ),
)

# Without a time, so that none tells whose an anonymous answer is.
opinion_answer = Table(
    "opinion_answer",
    metadata,
    Column(
        "poll_id", Uuid, ForeignKey("opinion_poll.poll_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("round", Integer, primary_key=True),
    Column("respondent", Uuid, primary_key=True),
    Column("name", Text),
    Column("low", Numeric, nullable=False),
    Column("likely", Numeric, nullable=False),
    Column("high", Numeric, nullable=False),
)

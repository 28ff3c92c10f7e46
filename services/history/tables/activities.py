"""What managers reported, which no replay brings back."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.history.tables.schema import MOMENT, metadata

# The activities that managers reported, which no replay brings back. `recorded_at` is null until
# the activity is confirmed: its lead or contact is known, and known as the reporter's. From then on
# a trigger refuses changes, as of an entry. A task has `due_at` and its owner; what is reported
# about a task names it, and says whether it is done.
activity = Table(
    "activity",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("manager_id", Uuid),
    Column("key_digest", LargeBinary),
    Column("body_digest", LargeBinary, nullable=False),
    Column("lead_id", Uuid),
    Column("contact_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("direction", Text),
    Column("at", MOMENT, nullable=False),
    Column("learned_at", MOMENT, nullable=False),
    Column("text", Text),
    Column("facts", JSONB, nullable=False),
    Column("traceparent", Text),
    Column("recorded_at", MOMENT),
    Column("due_at", MOMENT),
    Column("owner_id", Uuid),
    Column("task_id", Uuid),
    Column("done", Boolean),
    UniqueConstraint("actor", "key_digest", name="activity_idempotency_key"),
    *(
        Index(
            f"activity_of_{whose}",
            *(f"{whose}_id", "at", "activity_id"),
            postgresql_where=text(f"{whose}_id IS NOT NULL"),
        )
        for whose in ("lead", "contact")
    ),
    Index("activity_at", "at", postgresql_using="brin"),
    Index("activity_unconfirmed", "activity_id", postgresql_where=text("recorded_at IS NULL")),
    Index(
        "activity_unconfirmed_of_actor",
        "actor",
        "learned_at",
        postgresql_where=text("recorded_at IS NULL"),
    ),
    Index(
        "activity_on_task",
        *("task_id", "recorded_at", "activity_id"),
        postgresql_where=text("task_id IS NOT NULL"),
    ),
)

# The tasks that are not done: a list to look them up by, made of the activities alone.
open_task = Table(
    "open_task",
    metadata,
    Column("activity_id", Uuid, primary_key=True),
    Column("owner_id", Uuid),
    Column("due_at", MOMENT, nullable=False),
    Index("open_task_of_owner", "owner_id", "due_at", "activity_id"),
    Index("open_task_due", "due_at", "activity_id"),
)

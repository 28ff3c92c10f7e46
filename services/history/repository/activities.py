"""Stores the activities that managers report.

An activity is emitted once: when its lead is known and is, or was, the reporter's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.contracts.activities import ActivityRecorded
from shared.database import Row, Session
from shared.statements import columns

_ADD = """
INSERT INTO activity (activity_id, actor, manager_id, key_digest, body_digest, lead_id, contact_id,
    kind, direction, at, learned_at, text, facts, traceparent, due_at, owner_id, task_id, done)
VALUES (:activity_id, :actor, :manager_id, :key_digest, :body_digest, :lead_id, :contact_id,
    :kind, :direction, :at, :learned_at, :text, CAST(:facts AS jsonb), :traceparent, :due_at,
    :owner_id, :task_id, :done)
ON CONFLICT (actor, key_digest) DO NOTHING
RETURNING activity_id
"""
_COLUMNS = """
activity.activity_id, activity.actor, activity.manager_id, activity.body_digest, activity.lead_id,
activity.contact_id, activity.kind, activity.direction, activity.at, activity.learned_at,
activity.text, activity.facts, activity.traceparent, activity.recorded_at, activity.due_at,
activity.owner_id, activity.task_id, activity.done
"""
_GET = f"SELECT {_COLUMNS} FROM activity WHERE activity_id = :id"
_GET_BY_KEY = f"SELECT {_COLUMNS} FROM activity WHERE actor = :actor AND key_digest = :key_digest"
# A manager may report on a lead that is or was theirs, and on a person with such a lead; what is
# reported about a task was allowed with the task.
_LOCK_CONFIRMED = f"""
SELECT {_COLUMNS}, lead.contact_id AS lead_contact_id
FROM activity LEFT JOIN lead USING (lead_id)
WHERE recorded_at IS NULL AND (CAST(:id AS uuid) IS NULL OR activity_id = :id)
    AND CASE WHEN activity.task_id IS NOT NULL THEN true
    WHEN activity.lead_id IS NOT NULL THEN
        lead.contact_id IS NOT NULL AND (manager_id IS NULL OR EXISTS (
            SELECT FROM assignee
            WHERE assignee.lead_id = activity.lead_id
                AND assignee.manager_id = activity.manager_id))
    WHEN manager_id IS NULL THEN
        EXISTS (SELECT FROM contact_link WHERE contact_link.contact_id = activity.contact_id)
        OR EXISTS (SELECT FROM timeline_entry AS e WHERE e.contact_id = activity.contact_id)
    ELSE EXISTS (
        SELECT FROM lead AS own
        JOIN assignee ON assignee.lead_id = own.lead_id
            AND assignee.manager_id = activity.manager_id
        LEFT JOIN contact_link AS of_lead ON of_lead.contact_id = own.contact_id
        LEFT JOIN contact_link AS reported ON reported.contact_id = activity.contact_id
        WHERE coalesce(of_lead.canonical_id, own.contact_id)
            = coalesce(reported.canonical_id, activity.contact_id))
    END
ORDER BY activity_id LIMIT :limit
FOR UPDATE OF activity SKIP LOCKED
"""
# Concurrent posts of one reporter are counted one after another, so that none is missed.
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended(:actor, 0))"
_COUNT_UNCONFIRMED = "SELECT count(*) FROM activity WHERE actor = :actor AND recorded_at IS NULL"
_REMOVE = """
WITH removed AS (
    DELETE FROM activity WHERE recorded_at IS NULL AND learned_at < :before RETURNING 1
)
SELECT count(*) FROM removed
"""
# What is confirmed is sealed, like an entry.
_MARK_EMITTED = """
WITH emitted AS (
UPDATE activity SET recorded_at = :now, contact_id = t.contact_id, text = t.words,
    facts = CAST(t.facts AS jsonb)
FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:texts AS text[]),
    CAST(:facts AS text[])) AS t(activity_id, contact_id, words, facts)
WHERE activity.activity_id = t.activity_id
RETURNING activity.activity_id)
INSERT INTO unsealed (event_id) SELECT activity_id FROM emitted
"""
_RESTORE = """
WITH restored AS (
INSERT INTO activity AS a (activity_id, actor, manager_id, body_digest, lead_id, contact_id, kind,
    direction, at, learned_at, text, facts, recorded_at, due_at, owner_id, task_id, done)
SELECT activity_id, actor, manager_id, '', lead_id, contact_id, kind, direction, at, learned_at,
    words, CAST(facts AS jsonb), recorded_at, due_at, owner_id, task_id, done
FROM unnest(CAST(:ids AS uuid[]), CAST(:actors AS text[]), CAST(:managers AS uuid[]),
    CAST(:leads AS uuid[]), CAST(:contacts AS uuid[]), CAST(:kinds AS text[]),
    CAST(:directions AS text[]), CAST(:ats AS timestamptz[]), CAST(:learned AS timestamptz[]),
    CAST(:texts AS text[]), CAST(:facts AS text[]), CAST(:recorded AS timestamptz[]),
    CAST(:due AS timestamptz[]), CAST(:owners AS uuid[]), CAST(:tasks AS uuid[]),
    CAST(:done AS boolean[]))
    AS n(activity_id, actor, manager_id, lead_id, contact_id, kind, direction, at, learned_at,
    words, facts, recorded_at, due_at, owner_id, task_id, done)
ORDER BY activity_id
ON CONFLICT (activity_id) DO UPDATE SET contact_id = excluded.contact_id, text = excluded.text,
    facts = excluded.facts, recorded_at = excluded.recorded_at
RETURNING activity_id)
INSERT INTO unsealed (event_id) SELECT activity_id FROM restored
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """A reported activity; `recorded_at` is None while it waits to be confirmed.

    A task has `due_at`, and an owner; what is reported about a task names it, and whether it is
    `done`.
    """

    activity_id: UUID
    actor: str
    manager_id: UUID | None
    body_digest: bytes
    lead_id: UUID | None
    contact_id: UUID | None
    kind: str
    direction: str | None
    at: datetime
    learned_at: datetime
    text: str | None
    facts: dict[str, Any]
    traceparent: str | None = None
    recorded_at: datetime | None = None
    due_at: datetime | None = None
    owner_id: UUID | None = None
    task_id: UUID | None = None
    done: bool | None = None


async def add(session: Session, activity: Activity, *, key_digest: bytes | None) -> bool:
    """Insert an activity. False when the actor has used the key before."""
    activity_id = await session.scalar(
        _ADD,
        {
            "activity_id": activity.activity_id,
            "actor": activity.actor,
            "manager_id": activity.manager_id,
            "key_digest": key_digest,
            "body_digest": activity.body_digest,
            "lead_id": activity.lead_id,
            "contact_id": activity.contact_id,
            "kind": activity.kind,
            "direction": activity.direction,
            "at": activity.at,
            "learned_at": activity.learned_at,
            "text": activity.text,
            "facts": json.dumps(activity.facts, ensure_ascii=False),
            "traceparent": activity.traceparent,
            "due_at": activity.due_at,
            "owner_id": activity.owner_id,
            "task_id": activity.task_id,
            "done": activity.done,
        },
    )
    return activity_id is not None


async def get_activity(session: Session, activity_id: UUID) -> Activity:
    """Raises LookupError when there is none."""
    return _activity((await session.execute(_GET, {"id": activity_id})).one())


async def get_activity_by_key(session: Session, *, actor: str, key_digest: bytes) -> Activity:
    """The actor's activity under the key. Raises LookupError when there is none."""
    params = {"actor": actor, "key_digest": key_digest}
    return _activity((await session.execute(_GET_BY_KEY, params)).one())


async def lock_confirmed(
    session: Session, *, activity_id: UUID | None, limit: int
) -> list[tuple[Activity, UUID]]:
    """Confirmed activities that were not emitted yet, under row locks, each with the contact that
    opened its lead, or else its own contact; those that others have locked are left out.
    """
    params = {"id": activity_id, "limit": limit}
    activities = []
    for row in await session.execute(_LOCK_CONFIRMED, params):
        activity = _activity(row)
        contact_id = row.lead_contact_id or activity.contact_id
        assert contact_id is not None, "an activity has a lead or a contact"
        activities.append((activity, contact_id))
    return activities


async def count_unconfirmed(session: Session, *, actor: str) -> int:
    """How many activities of this reporter wait to be confirmed, those of this transaction too."""
    await session.execute(_ONE_BY_ONE, {"actor": actor})
    return int(await session.scalar(_COUNT_UNCONFIRMED, {"actor": actor}))


async def remove_unconfirmed(session: Session, *, before: datetime) -> int:
    return int(await session.scalar(_REMOVE, {"before": before}))


async def mark_emitted(
    session: Session, activities: Sequence[tuple[Activity, UUID]], *, now: datetime
) -> None:
    await session.execute(
        _MARK_EMITTED,
        {
            "now": now,
            "ids": [activity.activity_id for activity, _ in activities],
            "contacts": [contact_id for _, contact_id in activities],
            "texts": [activity.text for activity, _ in activities],
            "facts": [json.dumps(activity.facts, ensure_ascii=False) for activity, _ in activities],
        },
    )


async def restore(
    session: Session, activities: Sequence[tuple[ActivityRecorded, datetime]]
) -> None:
    """Write activities as they were emitted, each with the moment of that.

    No event carries the key of the request, nor a digest of its body.
    """
    rows = [
        (
            *(item.activity_id, item.actor, item.manager_id, item.lead_id, item.contact_id),
            *(item.kind, item.direction, item.at, item.learned_at, item.text),
            *(json.dumps(item.facts, ensure_ascii=False), recorded_at),
            *(item.due_at, item.owner_id, item.task_id, item.done),
        )
        for item, recorded_at in activities
    ]
    names = "ids actors managers leads contacts kinds directions ats learned texts facts recorded"
    names += " due owners tasks done"
    await session.execute(_RESTORE, columns(names, rows))


def _activity(row: Row) -> Activity:
    return Activity(**{field.name: row[field.name] for field in fields(Activity)})

"""Keeps what managers reported. Its law: an activity is spoken once, when its lead is known and is,
or has been, the reporter's.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.database import Session

_ADD = """
INSERT INTO activity (activity_id, actor, manager_id, key_digest, body_digest, lead_id, contact_id,
    kind, direction, at, learned_at, text, facts, traceparent)
VALUES (:activity_id, :actor, :manager_id, :key_digest, :body_digest, :lead_id, :contact_id,
    :kind, :direction, :at, :learned_at, :text, CAST(:facts AS jsonb), :traceparent)
ON CONFLICT (actor, key_digest) DO NOTHING
RETURNING activity_id
"""
_COLUMNS = """
activity.activity_id, activity.actor, activity.manager_id, activity.body_digest, activity.lead_id,
activity.contact_id, activity.kind, activity.direction, activity.at, activity.learned_at,
activity.text, CAST(activity.facts AS text) AS facts, activity.traceparent, activity.recorded_at
"""
_BY_ID = f"SELECT {_COLUMNS} FROM activity WHERE activity_id = :id"
_BY_KEY = f"SELECT {_COLUMNS} FROM activity WHERE actor = :actor AND key_digest = :key_digest"
# A manager may report on a lead that is or was theirs, and on a person of whom they hold a lead.
_SETTLED = f"""
SELECT {_COLUMNS}, lead.contact_id AS lead_contact_id
FROM activity LEFT JOIN lead USING (lead_id)
WHERE recorded_at IS NULL AND (CAST(:id AS uuid) IS NULL OR activity_id = :id)
    AND CASE WHEN activity.lead_id IS NOT NULL THEN
        lead.contact_id IS NOT NULL AND (manager_id IS NULL OR EXISTS (
            SELECT FROM assignee
            WHERE assignee.lead_id = activity.lead_id
                AND assignee.manager_id = activity.manager_id))
    WHEN manager_id IS NULL THEN
        EXISTS (SELECT FROM contact WHERE contact.contact_id = activity.contact_id)
        OR EXISTS (SELECT FROM line WHERE line.contact_id = activity.contact_id)
    ELSE EXISTS (
        SELECT FROM lead AS held
        JOIN assignee ON assignee.lead_id = held.lead_id
            AND assignee.manager_id = activity.manager_id
        LEFT JOIN contact AS of_lead ON of_lead.contact_id = held.contact_id
        LEFT JOIN contact AS asked ON asked.contact_id = activity.contact_id
        WHERE coalesce(of_lead.canonical_id, held.contact_id)
            = coalesce(asked.canonical_id, activity.contact_id))
    END
ORDER BY activity_id LIMIT :limit
FOR UPDATE OF activity SKIP LOCKED
"""
# One reporter's posts are counted one after another: none slips in beside another.
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended(:actor, 0))"
_UNCONFIRMED = "SELECT count(*) FROM activity WHERE actor = :actor AND recorded_at IS NULL"
_REMOVE = """
WITH removed AS (
    DELETE FROM activity WHERE recorded_at IS NULL AND learned_at < :before RETURNING 1
)
SELECT count(*) FROM removed
"""
_SPOKEN = """
UPDATE activity SET recorded_at = :now, contact_id = t.contact_id, text = t.words,
    facts = CAST(t.facts AS jsonb)
FROM unnest(CAST(:ids AS uuid[]), CAST(:contacts AS uuid[]), CAST(:texts AS text[]),
    CAST(:facts AS text[])) AS t(activity_id, contact_id, words, facts)
WHERE activity.activity_id = t.activity_id
"""


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody reports; `recorded_at` is null while it waits to be confirmed."""

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


async def add(session: Session, activity: Activity, *, key_digest: bytes | None) -> bool:
    """Keep a new activity; False when the same person has used the key before."""
    found = await session.scalar(
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
        },
    )
    return found is not None


async def by_id(session: Session, activity_id: UUID) -> Activity:
    return _activity((await session.execute(_BY_ID, {"id": activity_id})).one())


async def by_key(session: Session, *, actor: str, key_digest: bytes) -> Activity:
    asked = {"actor": actor, "key_digest": key_digest}
    return _activity((await session.execute(_BY_KEY, asked)).one())


async def ready_to_speak(
    session: Session, *, activity_id: UUID | None, limit: int
) -> list[tuple[Activity, UUID]]:
    """Unspoken activities that are confirmed now, locked, with the contact at birth of each."""
    asked = {"id": activity_id, "limit": limit}
    found = []
    for row in await session.execute(_SETTLED, asked):
        activity = _activity(row)
        contact_id = row.lead_contact_id or activity.contact_id
        assert contact_id is not None, "an activity has a lead or a contact"
        found.append((activity, contact_id))
    return found


async def unconfirmed(session: Session, *, actor: str) -> int:
    """How many of one reporter's activities wait, this transaction's among them."""
    await session.execute(_ONE_BY_ONE, {"actor": actor})
    return int(await session.scalar(_UNCONFIRMED, {"actor": actor}))


async def remove_unconfirmed(session: Session, *, before: datetime) -> int:
    return int(await session.scalar(_REMOVE, {"before": before}))


async def mark_spoken(
    session: Session, spoken: Sequence[tuple[Activity, UUID]], *, now: datetime
) -> None:
    await session.execute(
        _SPOKEN,
        {
            "now": now,
            "ids": [activity.activity_id for activity, _ in spoken],
            "contacts": [contact_id for _, contact_id in spoken],
            "texts": [activity.text for activity, _ in spoken],
            "facts": [json.dumps(activity.facts, ensure_ascii=False) for activity, _ in spoken],
        },
    )


def _activity(row: Any) -> Activity:
    values = dict(row)
    names = [field.name for field in fields(Activity)]
    return Activity(**{name: values[name] for name in names} | {"facts": json.loads(row.facts)})

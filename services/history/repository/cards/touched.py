"""Which persons' cards are to be computed anew.

Whoever writes something about a contact appends it to `touched_contact` in the same transaction.
One loop drains that into `card_due`, and takes from there.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.database import Session

_TOUCH = "INSERT INTO touched_contact (contact_id) SELECT * FROM unnest(CAST(:contacts AS uuid[]))"
_DRAIN = """
WITH drained AS (
    DELETE FROM touched_contact
    WHERE id IN (SELECT id FROM touched_contact ORDER BY id LIMIT :limit)
    RETURNING contact_id
)
SELECT DISTINCT contact_id FROM drained
"""
# Both whose contact it is now, and on whose card it stood: a split leaves a card without it. A card
# of very many entries takes long to compute, and so is computed less often.
_SCHEDULE = """
INSERT INTO card_due AS d (person_id, due_at)
SELECT id, CAST(:now AS timestamptz) + make_interval(secs =>
    CASE WHEN entry_count > :many THEN entry_count / CAST(:pace AS float8) ELSE 0 END)
FROM (
    SELECT id, (SELECT c.entry_count FROM card AS c WHERE c.person_id = id) AS entry_count
    FROM (
        SELECT coalesce(l.canonical_id, t.contact_id) AS id
        FROM unnest(CAST(:contacts AS uuid[])) AS t(contact_id)
        LEFT JOIN contact_link AS l ON l.contact_id = t.contact_id
        UNION
        SELECT c.person_id
        FROM unnest(CAST(:contacts AS uuid[])) AS t(contact_id)
        JOIN card_contact AS c ON c.contact_id = t.contact_id
    ) AS person
) AS known
ON CONFLICT (person_id) DO UPDATE SET due_at = least(d.due_at, excluded.due_at)
"""
_LIST_DUE = """
SELECT d.person_id, coalesce((
    SELECT c.entry_count FROM card AS c WHERE c.person_id = d.person_id), 0) AS entry_count
FROM card_due AS d WHERE d.due_at <= :now ORDER BY d.due_at, d.person_id LIMIT :limit
"""
_TAKE = "DELETE FROM card_due WHERE person_id = ANY(CAST(:persons AS uuid[]))"
_PUT_OFF = """
UPDATE card_due SET due_at = :until WHERE person_id = ANY(CAST(:persons AS uuid[]))
"""
# `clock_timestamp` would be later than the entries' own transaction; this is its beginning.
_BEGIN_REPLAY = """
INSERT INTO card_replay (one, began_at) VALUES (1, now())
ON CONFLICT (one) DO UPDATE SET began_at = excluded.began_at
"""
_END_REPLAY = """
WITH ended AS (DELETE FROM card_replay RETURNING began_at)
INSERT INTO card_due (person_id, due_at)
SELECT person_id, began_at FROM ended CROSS JOIN card
ON CONFLICT DO NOTHING
"""


class Due(NamedTuple):
    """`entry_count` is what the person's card had when it was last computed."""

    person_id: UUID
    entry_count: int


async def touch(session: Session, contact_ids: Collection[UUID]) -> None:
    """Have the cards of these contacts computed anew."""
    await session.execute(_TOUCH, {"contacts": list(contact_ids)})


async def drain_touched(session: Session, *, limit: int) -> list[UUID]:
    """Remove the oldest rows, at most `limit`, and return the contacts in them."""
    return (await session.execute(_DRAIN, {"limit": limit})).scalars()


async def schedule(
    session: Session, contact_ids: Collection[UUID], *, now: datetime, many: int, pace: int
) -> None:
    """Make the cards of these contacts due: now, or for one of more than `many` entries a second
    later for each `pace` of them.
    """
    params = {"contacts": list(contact_ids), "now": now, "many": many, "pace": pace}
    await session.execute(_SCHEDULE, params)


async def list_due(session: Session, *, now: datetime, limit: int) -> list[Due]:
    """The longest due first."""
    rows = await session.execute(_LIST_DUE, {"now": now, "limit": limit})
    return [Due(row.person_id, row.entry_count) for row in rows]


async def take(session: Session, person_ids: Collection[UUID]) -> None:
    """These are being computed in this transaction."""
    await session.execute(_TAKE, {"persons": list(person_ids)})


async def put_off(session: Session, person_ids: Collection[UUID], *, until: datetime) -> None:
    """Have these cards computed later."""
    await session.execute(_PUT_OFF, {"persons": list(person_ids), "until": until})


async def begin_replay(session: Session) -> None:
    """Leave all cards as they are until `end_replay`: entries come again from the beginning."""
    await session.execute(_BEGIN_REPLAY)


async def replay_began_at(session: Session) -> datetime | None:
    """Since when entries are being consumed again; None when they are not."""
    moment: datetime | None = await session.scalar("SELECT began_at FROM card_replay")
    return moment


async def end_replay(session: Session) -> None:
    """All entries have come again: every card is due."""
    await session.execute(_END_REPLAY)

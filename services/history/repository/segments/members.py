"""Who is in which segment, and who of some persons should be."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, select

from services.history.domain.segments.moving import (
    ACTIVITIES,
    INQUIRIES,
    PURCHASES,
    STAGES,
    Passed,
)
from services.history.tables.cards import card
from shared.database import Session
from shared.statements import among, columns

_NEXT_PERSONS = """
SELECT person_id FROM card WHERE CAST(:after AS uuid) IS NULL OR person_id > :after
ORDER BY person_id LIMIT :limit
"""
_NEXT_MEMBERS = """
SELECT person_id FROM segment_member WHERE segment_id = :segment
ORDER BY person_id LIMIT :limit
"""
_MEMBERS_AMONG = """
SELECT person_id FROM segment_member
WHERE segment_id = :segment AND person_id = ANY(CAST(:persons AS uuid[]))
"""
_SEGMENTS_OF = """
SELECT m.segment_id, m.person_id, s.version
FROM segment_member AS m JOIN segment AS s ON s.segment_id = m.segment_id
WHERE m.person_id = ANY(CAST(:persons AS uuid[]))
    AND NOT EXISTS (SELECT FROM card WHERE card.person_id = m.person_id)
"""
_ADD = """
WITH added AS (
INSERT INTO segment_member (segment_id, person_id, entered_at)
SELECT n.segment_id, n.person_id, n.entered_at
FROM unnest(CAST(:segments AS uuid[]), CAST(:persons AS uuid[]), CAST(:moments AS timestamptz[]))
    AS n(segment_id, person_id, entered_at)
WHERE EXISTS (SELECT FROM segment AS s WHERE s.segment_id = n.segment_id)
ON CONFLICT DO NOTHING RETURNING segment_id
), changed AS (SELECT segment_id, count(*) AS number FROM added GROUP BY segment_id)
UPDATE segment SET member_count = member_count + number
FROM changed WHERE segment.segment_id = changed.segment_id
"""
_REMOVE = """
WITH removed AS (
DELETE FROM segment_member AS m
USING unnest(CAST(:segments AS uuid[]), CAST(:persons AS uuid[])) AS gone(segment_id, person_id)
WHERE m.segment_id = gone.segment_id AND m.person_id = gone.person_id RETURNING m.segment_id
), changed AS (SELECT segment_id, count(*) AS number FROM removed GROUP BY segment_id)
UPDATE segment SET member_count = member_count - number
FROM changed WHERE segment.segment_id = changed.segment_id
"""
# Counted while that is quick; of more, as the planner was told when the table was last analysed.
_COUNT_CARDS = """
SELECT CASE WHEN number <= :most THEN number
    ELSE greatest(number, (SELECT CAST(reltuples AS bigint) FROM pg_class
        WHERE oid = CAST('card' AS regclass))) END
FROM (SELECT count(*) AS number FROM (SELECT FROM card LIMIT :most + 1) AS c) AS counted
"""
MOST_COUNTED = 10_000
# Whole blocks: quick however large the table is.
_SAMPLE = """
SELECT person_id, (CAST(CAST(ctid AS text) AS point))[0] AS block
FROM card TABLESAMPLE SYSTEM (CAST(:percent AS float4))
"""
_WITH_PURCHASE = """
SELECT c.person_id FROM card_purchase AS p JOIN card_contact AS c USING (contact_id)
WHERE p.at >= CAST(:since AS timestamptz) AND p.at < CAST(:until AS timestamptz)
LIMIT CAST(:limit AS bigint)
"""
_WITH_ENTRY = """
SELECT c.person_id FROM timeline_entry AS e JOIN card_contact AS c USING (contact_id)
WHERE e.at >= CAST(:since AS timestamptz) AND e.at < CAST(:until AS timestamptz)
    AND e.kind = ANY(CAST(:kinds AS text[]))
LIMIT CAST(:limit AS bigint)
"""
_WITH_ACTIVITY = """
SELECT c.person_id FROM activity AS a JOIN card_contact AS c USING (contact_id)
WHERE a.at >= CAST(:since AS timestamptz) AND a.at < CAST(:until AS timestamptz)
    AND a.recorded_at IS NOT NULL
LIMIT CAST(:limit AS bigint)
"""
_OF_WHAT: Mapping[str, tuple[str, dict[str, list[str]]]] = {
    PURCHASES: (_WITH_PURCHASE, {}),
    ACTIVITIES: (_WITH_ACTIVITY, {}),
    INQUIRIES: (_WITH_ENTRY, {"kinds": ["inquiry.received"]}),
    STAGES: (_WITH_ENTRY, {"kinds": ["lead.opened", "lead.stage_changed"]}),
}


class Membership(NamedTuple):
    segment_id: UUID
    person_id: UUID


class Lost(NamedTuple):
    """A membership of a person who has no card any more, and the segment's version."""

    segment_id: UUID
    person_id: UUID
    version: int


async def list_next_persons(session: Session, *, after: UUID | None, limit: int) -> list[UUID]:
    """The next persons who have cards, in the order of their ids."""
    params = {"after": after, "limit": limit}
    return (await session.execute(_NEXT_PERSONS, params)).scalars()


async def list_passed(
    session: Session, spans: Sequence[Passed], *, limit: int
) -> list[UUID] | None:
    """Those of whom a moment lies in one of the spans; None if they are more than `limit`."""
    person_ids: set[UUID] = set()
    for span in spans:
        params = {"since": span.since, "until": span.until, "limit": limit + 1}
        if span.column in _OF_WHAT:
            statement, more = _OF_WHAT[span.column]
            rows = await session.execute(statement, {**params, **more})
        else:
            column = card.c[span.column]
            within = (column >= span.since, column < span.until)
            rows = await session.execute(select(card.c.person_id).where(*within).limit(limit + 1))
        person_ids.update(rows.scalars())
        if len(person_ids) > limit:
            return None
    return sorted(person_ids)


async def list_sample(session: Session, *, percent: float) -> dict[int, list[UUID]]:
    """The persons of about that share of all blocks of the table, by block."""
    blocks: dict[int, list[UUID]] = {}
    for row in await session.execute(_SAMPLE, {"percent": percent}):
        blocks.setdefault(int(row.block), []).append(row.person_id)
    return blocks


async def list_next_members(session: Session, segment_id: UUID, *, limit: int) -> list[UUID]:
    params = {"segment": segment_id, "limit": limit}
    return (await session.execute(_NEXT_MEMBERS, params)).scalars()


async def members_among(
    session: Session, segment_id: UUID, person_ids: Collection[UUID]
) -> frozenset[UUID]:
    """Those of the persons who are in the segment."""
    params = {"segment": segment_id, "persons": list(person_ids)}
    return frozenset((await session.execute(_MEMBERS_AMONG, params)).scalars())


async def fitting_among(
    session: Session, condition: ColumnElement[bool], person_ids: Collection[UUID]
) -> frozenset[UUID]:
    """Those of the persons whose cards fulfil the condition."""
    query = select(card.c.person_id).where(among(card.c.person_id, person_ids), condition)
    return frozenset((await session.execute(query)).scalars())


async def with_cards(session: Session, person_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the persons who have a card."""
    query = select(card.c.person_id).where(among(card.c.person_id, person_ids))
    return frozenset((await session.execute(query)).scalars())


async def list_lost(session: Session, person_ids: Collection[UUID]) -> list[Lost]:
    """The memberships of those of the persons who have no card."""
    rows = await session.execute(_SEGMENTS_OF, {"persons": list(person_ids)})
    return [Lost(**row) for row in rows]


async def add_members(session: Session, memberships: Sequence[tuple[UUID, UUID, datetime]]) -> None:
    """Add (segment, person, since when); of unknown segments nothing is written."""
    await session.execute(_ADD, columns("segments persons moments", memberships))


async def remove_members(session: Session, memberships: Sequence[Membership]) -> None:
    await session.execute(_REMOVE, columns("segments persons", memberships))


async def count_persons(session: Session) -> int:
    """How many cards there are, about, where they are more than MOST_COUNTED."""
    return int(await session.scalar(_COUNT_CARDS, {"most": MOST_COUNTED}))

"""Reads the cards of named persons, and of a segment's members."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from services.history.repository.cards.cards import Card, card_of
from services.history.tables.cards import card
from shared.database import Session
from shared.statements import among

# The members lead the way, and each card is looked up: whatever the planner takes the tables for, a
# page costs the same, be the segment nobody or everybody (`OFFSET 0` keeps it from other joins).
_MEMBERS = """
SELECT c.* FROM (
    SELECT person_id FROM segment_member
    WHERE segment_id = :segment AND (CAST(:after AS uuid) IS NULL OR person_id > :after)
    ORDER BY person_id OFFSET 0
) AS m CROSS JOIN LATERAL (
    SELECT * FROM card WHERE card.person_id = m.person_id OFFSET 0
) AS c
ORDER BY m.person_id LIMIT :limit
"""


async def list_members(
    session: Session, segment_id: UUID, *, after: UUID | None, limit: int
) -> list[Card]:
    """Up to `limit` cards of a segment's members behind `after`, in the order of their ids."""
    rows = await session.execute(_MEMBERS, {"segment": segment_id, "after": after, "limit": limit})
    return [card_of(row) for row in rows]


async def list_persons(session: Session, person_ids: Collection[UUID]) -> list[Card]:
    """The cards of these persons, in the order of their ids."""
    query = select(card).where(among(card.c.person_id, person_ids)).order_by(card.c.person_id)
    return [card_of(row) for row in await session.execute(query)]

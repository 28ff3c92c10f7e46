"""Of whom something new is known that reports on money do not tell yet: a narrow queue."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from shared.database import Session
from shared.statements import columns

# Rows are only added, and taken by their numbers: nobody waits for anybody else's.
_ADD: Final = """
INSERT INTO untold (contact_id, since)
SELECT * FROM unnest(CAST(:contact_ids AS uuid[]), CAST(:days AS date[]))
"""
_TAKE: Final = """
DELETE FROM untold WHERE number = ANY(ARRAY(SELECT number FROM untold ORDER BY number LIMIT :limit))
RETURNING contact_id, since
"""
# So many are counted at most: what is more is a backlog anyhow.
MOST_COUNTED: Final = 100_000
_COUNT: Final = "SELECT count(*) FROM (SELECT FROM untold LIMIT :limit) AS waiting"


class Untold(NamedTuple):
    contact_id: UUID
    since: date


async def add_untold(session: Session, days: Mapping[UUID, date]) -> None:
    """These contacts are to be told anew from their days on."""
    if days:
        await session.execute(_ADD, columns("contact_ids days", sorted(days.items())))


async def take_untold(session: Session, limit: int) -> list[Untold]:
    """Those that have waited longest; they wait no more."""
    return [Untold(*row) for row in await session.execute(_TAKE, {"limit": limit})]


async def count_untold(session: Session) -> int:
    """How much is known that reports do not tell yet."""
    return int(await session.scalar(_COUNT, {"limit": MOST_COUNTED}))


async def are_more_untold(session: Session, most: int) -> bool:
    """Whether more of them than so many wait; no more rows than that are read."""
    return int(await session.scalar(_COUNT, {"limit": most + 1})) > most

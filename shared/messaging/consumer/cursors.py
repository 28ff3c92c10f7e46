"""How far each producer's journal has been walked, per topic: our own rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from shared.database import Database, Session, autocommit, reading, transaction
from shared.errors import UnavailableError
from shared.messaging.outbox.walking import Position
from shared.statements import columns

START = Position(0, 0)

_LIST = """
SELECT producer, topic, CAST(life AS text) AS life, CAST(xid AS text) AS xid, id
FROM journal_cursor
"""
# A row that was not there when we looked is left alone.
_MOVE = """
INSERT INTO journal_cursor AS c (producer, topic, life, xid, id)
VALUES (:producer, :topic, CAST(:life AS uuid), CAST(CAST(:xid AS text) AS xid8), :id)
ON CONFLICT (producer, topic) DO UPDATE
    SET life = excluded.life, xid = excluded.xid, id = excluded.id,
        walked_at = CASE WHEN c.life = excluded.life THEN c.walked_at END
    WHERE c.life = CAST(:old_life AS uuid)
        AND c.xid = CAST(CAST(:old_xid AS text) AS xid8) AND c.id = CAST(:old_id AS bigint)
RETURNING 1
"""
_WALKED = """
UPDATE journal_cursor AS c SET walked_at = k.at
FROM unnest(
    CAST(:producers AS text[]), CAST(:lives AS uuid[]), CAST(:times AS timestamptz[])
) AS k(producer, life, at)
WHERE c.producer = k.producer AND c.life = k.life
"""
# A life that no producer has: whoever walks now cannot move its cursor and begins anew.
_FORGET = """
INSERT INTO journal_cursor (producer, topic, life, xid, id)
SELECT producer, topic, gen_random_uuid(), '0', 0
FROM unnest(CAST(:producers AS text[]), CAST(:topics AS text[])) AS k(producer, topic)
ON CONFLICT (producer, topic) DO UPDATE
    SET life = excluded.life, xid = excluded.xid, id = 0, walked_at = NULL
"""


class Stored(NamedTuple):
    """A cursor's row as it stands."""

    life: str
    position: Position


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the walk of one topic stands in the `life` of its producer's data."""

    producer: str
    topic: str
    life: str
    position: Position
    stored: Stored | None

    def stands_at(self, end: Position) -> bool:
        return self.stored == Stored(self.life, end)

    def behind(self, end: Position) -> bool:
        """Whether there is something to walk, if only into a new life."""
        return self.position < end or not self.stands_at(self.position)


async def read(database: Database) -> Mapping[tuple[str, str], Stored]:
    """All that is stored, by producer and topic."""
    async with reading(database) as session:
        return {
            (row.producer, row.topic): Stored(row.life, Position(int(row.xid), row.id))
            for row in await session.execute(_LIST)
        }


def cursor_of(producer: str, topic: str, stored: Stored | None, *, life: str) -> Cursor:
    """In another life of the producer's data than the stored one the walk begins anew."""
    same = stored is not None and stored.life == life
    return Cursor(producer, topic, life, stored.position if stored and same else START, stored)


async def move(database: Database, cursor: Cursor, end: Position) -> Cursor:
    """Raises UnavailableError when somebody else has moved it meanwhile."""
    old = cursor.stored
    parameters = {
        "producer": cursor.producer,
        "topic": cursor.topic,
        "life": cursor.life,
        "xid": str(end.xid),
        "id": end.id,
        "old_life": old and old.life,
        "old_xid": old and str(old.position.xid),
        "old_id": old and old.position.id,
    }
    async with transaction(database) as session:
        rows = await session.execute(_MOVE, parameters)
    if not rows:
        raise UnavailableError("Somebody else has moved this journal's cursor.")
    return replace(cursor, position=end, stored=Stored(cursor.life, end))


async def note_walked(database: Database, walked: Sequence[tuple[str, str, datetime]]) -> None:
    """Write (producer, life, at): what this producer had emitted by then has been walked."""
    async with autocommit(database) as session:
        await session.execute(_WALKED, columns("producers lives times", walked))


async def forget(session: Session, places: Sequence[tuple[str, str]]) -> None:
    """All of these (producer, topic) are walked again from their beginning."""
    await session.execute(_FORGET, columns("producers topics", places))

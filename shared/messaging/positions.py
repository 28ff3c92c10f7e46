"""How far each partition of each log has been heard: our own rows, never the broker's word.

One law: a position moves only in the transaction that holds the effects of what it passes.
"""

from collections.abc import Mapping, Sequence

from shared.database import Database, Session, reading
from shared.messaging.bus import Partition

_READ = """
SELECT topic, partition, next_offset FROM consumer_position WHERE log_id = :log_id
"""
_CREATE = """
INSERT INTO consumer_position (log_id, topic, partition, next_offset)
VALUES (:log_id, :topic, :partition, 0) ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT next_offset FROM consumer_position
WHERE log_id = :log_id AND topic = :topic AND partition = :partition FOR UPDATE
"""
_MOVE = """
UPDATE consumer_position SET next_offset = :next_offset, moved_at = clock_timestamp()
WHERE log_id = :log_id AND topic = :topic AND partition = :partition
"""


async def read_positions(
    database: Database, log_id: str, partitions: Sequence[Partition]
) -> Mapping[Partition, int]:
    """Where to begin; a partition never heard begins at 0. Raises UnavailableError."""
    async with reading(database) as session:
        rows = await session.execute(_READ, {"log_id": log_id})
        known = {Partition(row.topic, row.partition): row.next_offset for row in rows}
    return {partition: known.get(partition, 0) for partition in partitions}


async def lock_position(session: Session, log_id: str, partition: Partition) -> int:
    """Create the row if need be, then lock it: two members never work one partition at once."""
    place = {"log_id": log_id, "topic": partition.topic, "partition": partition.number}
    found = await session.scalar(_LOCK, place)
    if found is None:
        await session.execute(_CREATE, place)
        found = await session.scalar(_LOCK, place)
    return int(found)


async def move_position(
    session: Session, log_id: str, partition: Partition, *, next_offset: int
) -> None:
    await session.execute(
        _MOVE,
        {
            "log_id": log_id,
            "topic": partition.topic,
            "partition": partition.number,
            "next_offset": next_offset,
        },
    )

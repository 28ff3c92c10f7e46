"""Another log than the last one: the whole journal becomes pending again and fills it.

One law: republishing is harmless, because versions tell a listener what it has seen.
"""

import structlog

from shared.database import Database, reading, transaction

log = structlog.get_logger()
CHUNK = 5_000

_LAST = "SELECT log_id, generation FROM relayed_log ORDER BY since DESC LIMIT 1"
_CHUNK = """
WITH chunk AS (
    SELECT id FROM journal WHERE id > :after ORDER BY id LIMIT :limit
), added AS (
    INSERT INTO pending (id) SELECT id FROM chunk ORDER BY id ON CONFLICT DO NOTHING
)
SELECT max(id) FROM chunk
"""
_DONE = """
INSERT INTO relayed_log (log_id, generation, since)
VALUES (:log_id, :generation, clock_timestamp())
ON CONFLICT (log_id) DO UPDATE SET since = clock_timestamp(), generation = excluded.generation
"""
# A database that was restored is another one, though it remembers the same log.
_GENERATION = """
SELECT concat_ws('/',
    (SELECT system_identifier FROM pg_control_system()),
    (SELECT timeline_id FROM pg_control_checkpoint()),
    (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def generation(database: Database) -> str:
    """Names this life of the data: a restore from backup begins another."""
    async with reading(database) as session:
        return str(await session.scalar(_GENERATION))


async def refill_if_new(database: Database, *, log_id: str) -> bool:
    """Make the whole journal pending unless this log was the last one relayed to.

    Interrupted, it begins again: an event becomes pending at most once.
    """
    life = await generation(database)
    async with reading(database) as session:
        last = (await session.execute(_LAST)).first()
    if last is not None and (last.log_id, last.generation) == (log_id, life):
        return False
    another = last is None or last.log_id != log_id
    if another:
        log.warning("relay.new_log", service=database.service)
        await _everything_pending(database)
    async with transaction(database) as session:
        await session.execute(_DONE, {"log_id": log_id, "generation": life})
    return another


async def _everything_pending(database: Database) -> None:
    after: int | None = 0
    while after is not None:
        async with transaction(database) as session:
            after = await session.scalar(_CHUNK, {"after": after, "limit": CHUNK})

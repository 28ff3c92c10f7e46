"""The gate of the outbox: open only while its row is unchanged and on the server that opened it.

A restarted server (a copied data folder always gets one), another database, or a row that a dump
brought back closes it by itself: then others may have consumed more than the data holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from shared.contracts.streams import StreamGap
from shared.database import Database, Session, reading, transaction
from shared.errors import UnavailableError
from shared.ids import new_id
from shared.statements import columns

RETRY_AFTER_SECONDS = 2

# A row keeps the number of the transaction that wrote it; no dump can bring that back.
_INTACT = """(xmin = CAST(opened AS xid)
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""
IS_OPEN = f"(server = pg_postmaster_start_time() AND {_INTACT})"

_GET = f"""
SELECT life, overruled, {_INTACT} AS intact, {IS_OPEN} AS is_open FROM producer
"""
_OPEN = """
UPDATE producer SET server = pg_postmaster_start_time(), opened = pg_current_xact_id(),
    database = (SELECT oid FROM pg_database WHERE datname = current_database()),
    overruled = false, life = coalesce(CAST(:life AS uuid), life)
"""
_OVERRULE = f"UPDATE producer SET overruled = true WHERE NOT {IS_OPEN} RETURNING 1"
# Whoever began to emit while the gate was open has ended, and nobody begins.
_AWAIT_WRITERS = "LOCK TABLE stream IN SHARE ROW EXCLUSIVE MODE"
_NOTE_ENDS = """
INSERT INTO acknowledged AS a (cluster_id, topic, partition, next_offset)
SELECT :cluster_id, topic, partition, next_offset
FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS integer[]), CAST(:offsets AS bigint[]))
    AS k(topic, partition, next_offset)
ORDER BY topic, partition
ON CONFLICT (cluster_id, topic, partition) DO UPDATE
    SET next_offset = greatest(a.next_offset, excluded.next_offset)
"""
# Transaction numbers of another cluster may lie above this one's horizon, where no reader would
# find their rows: 3 is below every horizon.
_RENUMBER = """
WITH part AS (SELECT id FROM journal WHERE id > :after ORDER BY id LIMIT :limit),
changed AS (UPDATE journal SET xid = '3' WHERE id IN (SELECT id FROM part) AND xid <> '3')
SELECT max(id) FROM part
"""
_RENUMBER_ROWS = 20_000
# Another log was not read back; in the same life its records could yet be taken for ours.
_LEAVE_OTHER_LOGS = "DELETE FROM acknowledged WHERE cluster_id <> :cluster_id RETURNING 1"
_FILL = f"""
INSERT INTO journal (topic, key, version, event_id, type, source, payload, recorded_at)
SELECT s.topic, s.key, place.version, uuidv7(), '{StreamGap.TYPE}', :source, '{{}}', :now
FROM stream AS s CROSS JOIN LATERAL generate_series(1, s.version) AS place(version)
WHERE NOT EXISTS (
    SELECT 1 FROM journal AS j
    WHERE j.topic = s.topic AND j.key = s.key AND j.version = place.version)
RETURNING 1
"""


class OutboxClosedError(UnavailableError):
    """It is not yet certain that nobody has consumed more than this database remembers."""

    def __init__(self) -> None:
        super().__init__(
            "What was emitted before the restart is being compared.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


class Gate(NamedTuple):
    """`intact` is false once a dump or a recovery has touched the data since it was last open."""

    life: UUID
    is_open: bool
    intact: bool
    overruled: bool


def is_open() -> str:
    """The SQL that is true of the gate's row while the outbox is open."""
    return IS_OPEN


async def read_gate(database: Database) -> Gate:
    async with reading(database) as session:
        row = (await session.execute(_GET)).one()
    return Gate(row.life, row.is_open, row.intact, row.overruled)


async def await_writers(database: Database) -> None:
    """Return once every transaction that was emitting has ended. Raises UnavailableError."""
    async with transaction(database) as session:
        await session.execute(_AWAIT_WRITERS)


async def overrule(session: Session) -> bool:
    """Let a closed gate open without those that cannot be asked; False when it is open."""
    return bool(await session.execute(_OVERRULE))


async def reopen(session: Session) -> None:
    """Open the gate in the same life: nobody has consumed more than this database holds."""
    await session.execute(_OPEN, {"life": None})


async def begin_life(session: Session, *, source: str, now: datetime) -> int:
    """Fill the versions that nobody has any more, and open the gate of a new life, in which every
    consumer walks the journal from its beginning; how many versions were filled.
    """
    await session.execute("SET LOCAL statement_timeout = 0")
    await session.execute(_AWAIT_WRITERS)
    gaps = await session.execute(_FILL, {"source": source, "now": now})
    await session.execute(_OPEN, {"life": new_id()})
    return len(gaps)


async def renumber(database: Database) -> None:
    """Let forward readers find rows that a dump has brought, a part per transaction."""
    after: int | None = 0
    while after is not None:
        async with transaction(database) as session:
            after = await session.scalar(_RENUMBER, {"after": after, "limit": _RENUMBER_ROWS})


async def leave_other_logs(session: Session, cluster_id: str) -> bool:
    """Forget the offsets of every other log; whether there was one."""
    return bool(await session.execute(_LEAVE_OTHER_LOGS, {"cluster_id": cluster_id}))


async def note_ends(session: Session, cluster_id: str, ends: Mapping[tuple[str, int], int]) -> None:
    """Record that this database knows all that the log holds before these offsets."""
    rows = [(*place, offset) for place, offset in ends.items()]
    await session.execute(
        _NOTE_ENDS, {**columns("topics partitions offsets", rows), "cluster_id": cluster_id}
    )

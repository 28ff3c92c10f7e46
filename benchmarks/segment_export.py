"""What a whole export of a segment costs: time, CPU of Python and of the server, and memory."""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.machine import at_work
from services.history.use_cases.segments import export
from shared.clock import system_clock
from shared.database import Database, reading, transaction

_BYTES_OF_A_QUARTER: Final = 80  # for each person
_BACKENDS: Final = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
"""


async def export_whole(database: Database, segment_id: UUID) -> None:
    """A whole export, and how much memory lay in use a quarter of it after the other."""
    async with transaction(database) as session:
        started = await export.begin_export(
            session, segment_id, form="csv", actor="benchmark", now=system_clock()
        )
    began, work, servers = time.time(), time.process_time(), await _at_work(database)
    size, memory = 0, [_resident_mib()]
    async for piece in export.pieces(database, started, clock=system_clock, notice=_unseen):
        size += len(piece)
        if size > len(memory) * started.of * _BYTES_OF_A_QUARTER:
            memory.append(_resident_mib())
    print(
        f"export of {started.of}: {size / 1e6:.1f} MB in {time.time() - began:.1f} s,"
        f" CPU of Python {time.process_time() - work:.1f} s,"
        f" of the server {await _at_work(database) - servers:.1f} s,"
        f" memory {' '.join(f'{each:.0f}' for each in memory)} MiB"
    )


async def _unseen(_contact_ids: Sequence[UUID]) -> None:
    """Nobody looks who is read here."""


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1_048_576


async def _at_work(database: Database) -> float:
    """Seconds for which all connections of the API have been at work."""
    async with reading(database) as session:
        rows = await session.execute(_BACKENDS)
    return sum(at_work(row.pid) for row in rows)

"""A mark in the database that this process runs, held together with a session's advisory lock.

Only a free lock makes somebody else's mark a death; a process that ends cleanly takes its own away.
"""

import asyncio
import functools
import os
import secrets
import socket
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.ids import new_id

log = structlog.get_logger()

_MARK = """
INSERT INTO process_mark (holder, lock, since) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (holder) DO NOTHING
"""
_DEAD = """
DELETE FROM process_mark WHERE holder <> $1 AND pg_try_advisory_lock(lock)
RETURNING pg_advisory_unlock(lock)
"""


@functools.cache
def process_name() -> str:
    """Name this process and no other, not even a later one with the same number."""
    return f"{socket.gethostname()}/{os.getpid()}/{new_id()}"


@dataclass(eq=False)
class ProcessMark:
    """`hold` keeps it on a connection that lives as long as the process works."""

    holder: str = field(default_factory=process_name)
    lock: int = field(default_factory=lambda: secrets.randbits(62))
    deaths: int = 0
    _looked: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, connection: Any) -> None:
        """Set the mark (again, after a lost connection) and look, the first time, for the dead."""
        await connection.execute("SELECT pg_advisory_lock($1)", self.lock)
        await connection.execute(_MARK, self.holder, self.lock)
        if not self._looked.is_set():
            self.deaths = len(await connection.fetch(_DEAD, self.holder))
            if self.deaths:
                log.warning("process.ended_uncleanly", count=self.deaths)
            self._looked.set()

    async def unclean(self) -> bool:
        """Whether a process before this one has died. Waits until that is known."""
        await self._looked.wait()
        return self.deaths > 0

    async def release(self, connection: Any) -> None:
        await connection.execute("DELETE FROM process_mark WHERE holder = $1", self.holder)

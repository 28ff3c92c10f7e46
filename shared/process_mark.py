"""A mark in the database that this process runs, held together with a session's advisory lock.

Only a free lock makes somebody else's mark a death; a process that ends cleanly takes its own away.
"""

import asyncio
import functools
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from shared.errors import UnavailableError
from shared.ids import new_id

log = structlog.get_logger()
HOLD_SECONDS = 5.0

_MARK = """
INSERT INTO process_mark (holder, lock, since) VALUES ($1, $2, clock_timestamp())
ON CONFLICT (holder) DO NOTHING
"""
_DEAD = """
DELETE FROM process_mark WHERE holder <> :holder AND pg_try_advisory_xact_lock(lock) RETURNING 1
"""


@functools.cache
def process_name() -> str:
    """Name this process and no other, not even a later one with the same number."""
    return f"{socket.gethostname()}/{os.getpid()}/{new_id()}"


class Asks(Protocol):
    """The one method of a session that is needed here."""

    async def execute(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]: ...


@dataclass(eq=False)
class ProcessMark:
    """`hold` keeps it on a connection that lives as long as the process works."""

    holder: str = field(default_factory=process_name)
    lock: int = field(default_factory=lambda: secrets.randbits(62))
    deaths: int = 0
    _held: asyncio.Event = field(default_factory=asyncio.Event)

    async def hold(self, connection: Any) -> None:
        """Set the mark; again after a lost connection."""
        await connection.execute("SELECT pg_advisory_lock($1)", self.lock)
        await connection.execute(_MARK, self.holder, self.lock)
        self._held.set()

    async def look(self, session: Asks) -> bool:
        """Whether a process has died here, before this one began or beside it. Raises
        UnavailableError while our own mark is not set: others would take us for dead.
        """
        try:
            async with asyncio.timeout(HOLD_SECONDS):
                await self._held.wait()
        except TimeoutError as error:
            raise UnavailableError("This process has not set its mark yet.") from error
        dead = len(await session.execute(_DEAD, {"holder": self.holder}))
        if dead:
            self.deaths += dead
            log.warning("process.ended_uncleanly", count=dead)
        return self.deaths > 0

    async def release(self, connection: Any) -> None:
        await connection.execute("DELETE FROM process_mark WHERE holder = $1", self.holder)

"""Ends of a process before its commit, where a test wants them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.database import Database, Session, transaction
from shared.runtime.in_flight import InFlight


class DeathError(Exception):
    """The process ends here, and nobody in it learns of it."""


@asynccontextmanager
async def doomed(database: Database) -> AsyncIterator[Session]:
    """A transaction of a process that dies before its commit."""
    with suppress(DeathError):
        async with transaction(database) as session:
            yield session
            raise DeathError


class CutOff(InFlight):
    """Of a loop that is cancelled at the end of a batch, as with the loss of its lease."""

    async def done(self, session: Session) -> None:
        raise asyncio.CancelledError

"""Ends of a process before its commit, where a test wants them."""

import asyncio

from shared.database import Session
from shared.runtime.in_flight import InFlight


class Death(Exception):
    """The process ends here, and nobody in it learns of it."""


class CutOff(InFlight):
    """Of a loop that is cancelled at the end of a batch, as with the loss of its lease."""

    async def done(self, session: Session) -> None:
        raise asyncio.CancelledError

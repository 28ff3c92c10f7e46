"""A large body becomes rows of its own, piece by piece, in the transaction of its submission.

Invariant: a receipt is returned only after the commit, and memory holds one piece of a body.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from services.intake.repository.arrivals import Arrival, ArrivalStore, Receipt, find_earlier
from shared.errors import BusyError, UnavailableError, cause_of
from shared.spool import Spool

LARGE_BYTES = 262_144  # of a body that is stored in pieces
MAX_WAITING = 100  # large bodies that wait to be stored
AT_ONCE = 2  # of them are being stored
STORE_SECONDS = 60.0  # until a body is stored, or its sender has to send it again
RETRY_AFTER_SECONDS = 10

_INSERT = """
INSERT INTO submission (submission_id, source_id, native, key_digest, body_digest,
    method, rest, query, headers, body, received_at, traceparent, body_bytes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING submission_id
"""


@dataclass(eq=False)
class LargeStore:
    """Each body on a connection of its own, so that the small ones wait for none."""

    url: str
    seconds: float = STORE_SECONDS
    on_stored: Callable[[], None] = lambda: None
    waiting: int = 0
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def store(self, arrival: Arrival, body: Spool) -> Receipt:
        """Store the arrival, whose own body is empty, with this one, and commit.

        Raises BusyError, and UnavailableError if it is not certain that it was stored.
        """
        if self.waiting >= MAX_WAITING:
            raise BusyError(
                "Too many large requests are waiting.", retry_after_seconds=RETRY_AFTER_SECONDS
            )
        self.waiting += 1
        store = ArrivalStore(self.url)
        try:
            async with self._turns:
                receipt = await store.in_time(_store(store, arrival, body), seconds=self.seconds)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise UnavailableError(
                f"The request could not be stored now: {cause_of(error)}.",
                retry_after_seconds=RETRY_AFTER_SECONDS,
            ) from error
        finally:
            self.waiting -= 1
            store.drop()
        self.on_stored()
        return receipt


async def _store(store: ArrivalStore, arrival: Arrival, body: Spool) -> Receipt:
    connection = await store.connected()
    async with connection.transaction():
        await connection.execute(f"SET LOCAL statement_timeout = '{STORE_SECONDS:.0f}s'")
        return await _store_in_pieces(connection, arrival, body)


async def _store_in_pieces(connection: Any, arrival: Arrival, body: Spool) -> Receipt:
    row = await connection.fetchrow(_INSERT, *arrival, body.size)
    if row is None:
        return (await find_earlier(connection, [arrival]))[arrival.submission_id]

    async def rows() -> Any:
        place = 0
        async for piece in body.pieces():
            yield arrival.submission_id, place, piece
            place += 1

    await connection.copy_records_to_table(
        "submission_piece", records=rows(), columns=("submission_id", "place", "bytes")
    )
    return Receipt(arrival.submission_id, duplicate=False)

"""The hot insert: the requests queued at the door become rows in one statement and one commit.

Invariant: a result is returned only after the commit.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from shared.arrays import flat
from shared.connections import driver_url

# The data of one row is at fault, not the server: only then is a batch tried row by row.
DATA_CLASSES = ("22", "23", "54")

_INSERT = """
INSERT INTO submission (submission_id, source_id, native, key_digest, body_digest,
    method, rest, query, headers, body, received_at, traceparent)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::bytea[], $5::bytea[],
    $6::text[], $7::text[], $8::text[], $9::bytea[], $10::bytea[], $11::timestamptz[], $12::text[])
ON CONFLICT DO NOTHING
RETURNING submission_id
"""
_EARLIER = """
SELECT asked.place, s.submission_id, s.body_digest
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::boolean[])
    WITH ORDINALITY AS asked (source_id, key_digest, body_digest, native, place)
CROSS JOIN LATERAL (
    SELECT submission_id, body_digest FROM submission
    WHERE source_id = asked.source_id AND key_digest = asked.key_digest AND native AND asked.native
    UNION ALL
    SELECT submission_id, body_digest FROM submission
    WHERE source_id = asked.source_id AND key_digest = asked.key_digest
        AND body_digest = asked.body_digest AND NOT native AND NOT asked.native
) AS s
"""
# A message in the transaction log that nobody reads: unlike an empty transaction it is flushed.
_LEAVE_NO_ROW = "SELECT pg_logical_emit_message(true, 'leadflow', 'rehearsal')"

T = TypeVar("T")


class Arrival(NamedTuple):
    """One request as it will be stored; its id is made before the first attempt."""

    submission_id: UUID
    source_id: UUID
    native: bool
    key_digest: bytes | None
    body_digest: bytes
    method: str
    rest: str
    query: str
    headers: bytes
    body: bytes
    received_at: datetime
    traceparent: str | None

    @property
    def order(self) -> tuple[bytes, bytes]:
        return self.source_id.bytes, self.key_digest or b""

    @property
    def weight(self) -> int:
        """How many bytes it holds in memory while it waits, about."""
        return len(self.body) + len(self.headers) + 500


class Receipt(NamedTuple):
    """The receipt of an arrival: its own, or that of an earlier identical delivery."""

    receipt_id: UUID
    duplicate: bool
    same_body: bool = True


@dataclass(eq=False)
class ArrivalStore:
    """One raw connection, opened at its first use and dropped after any doubtful error."""

    url: str
    connection: Any = None
    _orphans: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def store(
        self, arrivals: Sequence[Arrival], *, seconds: float
    ) -> list[Receipt | asyncpg.PostgresError]:
        """Insert and commit, within a deadline; results stand in the order of `arrivals`.

        A row whose own data cannot be stored gives its error. Raises OSError, TimeoutError or
        asyncpg's errors if it is unknown whether the rows were stored; the connection is dropped.
        """
        return await self.in_time(self._store(arrivals), seconds=seconds)

    async def rehearse(self, arrivals: Sequence[Arrival], *, seconds: float) -> None:
        """Insert and roll back, then commit without a row. Raises as `store` does."""
        # The insert fails if the table cannot grow or be written, the commit if the transaction
        # log cannot be flushed.
        await self.in_time(self._rehearse(arrivals), seconds=seconds)

    async def in_time(self, work: Coroutine[Any, Any, T], *, seconds: float) -> T:
        """What the work gives. When it takes too long or fails, the connection is dropped."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task}, timeout=seconds)
            return _result(task)
        except BaseException:  # cut off or failed: what the server does with it is unknown
            self.drop()
            self._leave(task)
            raise

    def drop(self) -> None:
        """Close the connection at once, without a message to the server."""
        if self.connection is not None:
            self.connection.terminate()
            self.connection = None

    def _leave(self, work: "asyncio.Task[Any]") -> None:
        # A silent server must not be waited for, not even until it confirms the cancellation.
        self._orphans.add(work)
        work.add_done_callback(self._forget)
        work.cancel()

    def _forget(self, work: "asyncio.Task[Any]") -> None:
        self._orphans.discard(work)
        if not work.cancelled():
            work.exception()

    async def _store(self, arrivals: Sequence[Arrival]) -> list[Receipt | asyncpg.PostgresError]:
        connection = await self.connected()
        try:
            return list(await _store_together(connection, arrivals))
        except asyncpg.PostgresError as error:
            if len(arrivals) == 1 and _is_of_data(error):
                return [error]
            if not _is_of_data(error):
                raise
        results: list[Receipt | asyncpg.PostgresError] = []
        for arrival in arrivals:
            try:
                results.extend(await _store_together(connection, [arrival]))
            except asyncpg.PostgresError as error:
                if not _is_of_data(error):
                    raise
                results.append(error)
        return results

    async def _rehearse(self, arrivals: Sequence[Arrival]) -> None:
        connection = await self.connected()
        if arrivals:
            rehearsal = connection.transaction()
            await rehearsal.start()
            try:
                await _store_together(connection, arrivals)
            finally:
                await rehearsal.rollback()
        await connection.execute(_LEAVE_NO_ROW)

    async def connected(self) -> Any:
        if self.connection is None or self.connection.is_closed():
            self.connection = await _connect(self.url)
        return self.connection


def _result(work: "asyncio.Task[T]") -> T:
    if not work.done():
        raise TimeoutError
    return work.result()


async def _connect(url: str) -> Any:
    return await asyncpg.connect(
        driver_url(url),
        timeout=2.0,
        server_settings={
            "application_name": "leadflow-intake-door",
            "statement_timeout": "5000",
            "lock_timeout": "1500",
            "TimeZone": "UTC",
            "jit": "off",
        },
    )


async def _store_together(connection: Any, arrivals: Sequence[Arrival]) -> list[Receipt]:
    # One order for all processes: two doors that meet the same keys cannot wait for each other.
    arrivals_by_key = sorted(arrivals, key=lambda arrival: arrival.order)
    rows = await connection.fetch(_INSERT, *map(flat, _columns(arrivals_by_key)))
    if len(rows) == len(arrivals):
        return [Receipt(arrival.submission_id, duplicate=False) for arrival in arrivals]
    new = {row["submission_id"].bytes for row in rows}
    old = [arrival for arrival in arrivals if arrival.submission_id.bytes not in new]
    earlier = await find_earlier(connection, old)
    return [
        earlier.get(arrival.submission_id) or Receipt(arrival.submission_id, duplicate=False)
        for arrival in arrivals
    ]


def _columns(arrivals: Sequence[Arrival]) -> tuple[list[Any], ...]:
    return (
        [a.submission_id for a in arrivals],
        [a.source_id for a in arrivals],
        [a.native for a in arrivals],
        [a.key_digest for a in arrivals],
        [a.body_digest for a in arrivals],
        [a.method for a in arrivals],
        [a.rest for a in arrivals],
        [a.query for a in arrivals],
        [a.headers for a in arrivals],
        [a.body for a in arrivals],
        [a.received_at for a in arrivals],
        [a.traceparent for a in arrivals],
    )


async def find_earlier(connection: Any, arrivals: Sequence[Arrival]) -> dict[UUID, Receipt]:
    """Submission id of now → the receipt of the earlier delivery, which all of these must have.

    Raises ConnectionError if one has none, because then it must not be answered.
    """
    # In a statement of its own: the insert does not see rows that others have just committed.
    rows = await connection.fetch(
        _EARLIER,
        [arrival.source_id for arrival in arrivals],
        [arrival.key_digest for arrival in arrivals],
        [arrival.body_digest for arrival in arrivals],
        [arrival.native for arrival in arrivals],
    )
    receipts = {
        arrivals[row["place"] - 1].submission_id: Receipt(
            UUID(bytes=row["submission_id"].bytes),
            duplicate=True,
            same_body=row["body_digest"] == arrivals[row["place"] - 1].body_digest,
        )
        for row in rows
    }
    if len(receipts) != len(arrivals):
        raise ConnectionError("a row was neither new nor there before")
    return receipts


def _is_of_data(error: asyncpg.PostgresError) -> bool:
    return bool(error.sqlstate) and error.sqlstate.startswith(DATA_CLASSES)

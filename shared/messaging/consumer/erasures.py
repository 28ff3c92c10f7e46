"""Erasures as a consumer follows them: at once in its tables, then in its journal, then a second
look; only when nothing is left, and nobody can still write what they read before, is it confirmed.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json

from shared.clock import Clock
from shared.contracts.contacts import ContactErased
from shared.contracts.envelope import Stream
from shared.database import Database, Row, Session, reading, transaction
from shared.ids import derived_id
from shared.messaging.consumer.arrivals import blank_held
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.erased import remember_erased
from shared.messaging.outbox.blanking import Place, blank_events, keys_of
from shared.runtime.loop import Loop, Progress

ERASURES: Final = "erasures"  # the wake-up's channel: an erasure is to be confirmed
POLL_SECONDS: Final = 5.0
SLICE: Final = 500  # events of the journal in one transaction
AGAIN_SECONDS: Final = 0.2  # while others' transactions are still open

_RECEIVE = """
INSERT INTO erasure_receipt AS e (erasure_id, contact_ids, received_at, rows)
VALUES (:erasure_id, CAST(:ids AS uuid[]), :now, CAST(:rows AS json))
ON CONFLICT (erasure_id) DO UPDATE SET confirmed_at = NULL
"""
_OPEN = """
SELECT erasure_id, contact_ids, rows FROM erasure_receipt WHERE confirmed_at IS NULL
ORDER BY received_at, erasure_id LIMIT 1
"""
_COUNT = "UPDATE erasure_receipt SET rows = CAST(:rows AS json) WHERE erasure_id = :erasure_id"
_CONFIRM = """
UPDATE erasure_receipt SET confirmed_at = :now, rows = CAST(:rows AS json)
WHERE erasure_id = :erasure_id
"""
_FIND = """
SELECT erasure_id, received_at, confirmed_at, rows FROM erasure_receipt
WHERE erasure_id = :erasure_id
"""
# Whoever read before the erasure was committed, and writes, has a number below the first of these.
_NEXT = "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS numeric)"
_OLDEST = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS numeric)"

Counts = Mapping[str, int]  # table → rows changed


@dataclass(frozen=True, slots=True)
class Forgetting:
    """How a service forgets people. `blank` empties its own tables for these contacts and counts
    the rows changed; `streams` lists a page of the streams of its journal about them, behind a key.
    """

    blank: Callable[[Session, Sequence[UUID]], Awaitable[Counts]]
    streams: Callable[[Session, Sequence[UUID], str], Awaitable[Sequence[Stream]]]


async def no_streams(
    _session: Session, _contact_ids: Sequence[UUID], _after: str
) -> Sequence[Stream]:
    """Of a service that emits nothing about people."""
    return ()


async def erase_people(
    session: Session,
    events: Sequence[ReceivedEvent],
    forgetting: Forgetting,
    *,
    now: datetime,
) -> None:
    """Follow the erasures among these events in the service's tables and in what is held, and
    note that they are to be confirmed.
    """
    for item in events:
        if not isinstance(item.event, ContactErased):
            continue
        event = item.event
        contact_ids = sorted({event.contact_id, *event.birth_ids})
        await remember_erased(session, contact_ids)
        rows = await _blank(session, contact_ids, forgetting)
        erasure_id = event.erasure_id or derived_id("erasure", event.contact_id, event.erased_at)
        params = {"erasure_id": erasure_id, "ids": contact_ids, "now": now}
        await session.execute(_RECEIVE, {**params, "rows": _json(rows)})
        session.notify_after_commit(ERASURES)


async def find_receipt(session: Session, erasure_id: UUID) -> Row | None:
    """When an erasure was heard of and confirmed, and what was blanked: table → rows."""
    return (await session.execute(_FIND, {"erasure_id": erasure_id})).first()


class TakenBackError(Exception):
    """Ends a transaction that was only a trial."""


async def count_rows(
    database: Database, forgetting: Forgetting, contact_ids: Collection[UUID]
) -> Counts:
    """What an erasure of these contacts would blank at once: it is done, counted and taken back."""
    with suppress(TakenBackError):
        async with transaction(database) as session:
            await remember_erased(session, contact_ids)
            rows = await _blank(session, contact_ids, forgetting)
            raise TakenBackError
    return {name: number for name, number in rows.items() if number}


def erasures_loop(database: Database, forgetting: Forgetting, *, clock: Clock) -> Loop:
    """Finishes erasures, the oldest first, and confirms them."""

    async def run(progress: Progress) -> None:
        while True:
            progress.beat()
            if not await finish_next(database, forgetting, clock=clock, progress=progress):
                await database.wakeup.wait(ERASURES, seconds=POLL_SECONDS)

    return Loop("erasures", run)


async def finish_next(
    database: Database, forgetting: Forgetting, *, clock: Clock, progress: Progress
) -> bool:
    """Finish the oldest open erasure; False if there is none. Raises UnavailableError."""
    async with reading(database) as session:
        row = (await session.execute(_OPEN)).first()
        if row is None:
            return False
        bound = await session.scalar(_NEXT)
    work = _Work(database, forgetting, row.erasure_id, row.contact_ids, Counter(row.rows))
    await work.blank_journal(progress)
    while not await _is_past(database, bound):
        await progress.rest(AGAIN_SECONDS)
    while await work.look_again():
        progress.beat()
    await work.confirm(now=clock())
    return True


async def _is_past(database: Database, bound: Any) -> bool:
    async with reading(database) as session:
        return bool(await session.scalar(_OLDEST) >= bound)


@dataclass(eq=False)
class _Work:
    """An erasure in hand; `rows` are those changed so far, by table."""

    database: Database
    forgetting: Forgetting
    erasure_id: UUID
    contact_ids: Sequence[UUID]
    rows: Counter[str] = field(default_factory=Counter)

    async def blank_journal(self, progress: Progress) -> None:
        after = ""
        while True:
            async with reading(self.database) as session:
                streams = await self.forgetting.streams(session, self.contact_ids, after)
            if not streams:
                return
            topics, keys = keys_of(streams)
            after = keys[-1]
            place: Place | None = Place()
            while place is not None:
                progress.beat()
                async with transaction(self.database) as session:
                    part = await blank_events(session, topics, keys, after=place, limit=SLICE)
                    self.rows["journal"] += part.changed
                    await self._write(session, _COUNT)
                place = part.place

    async def look_again(self) -> bool:
        """Blank what came in between; whether there was anything."""
        async with transaction(self.database) as session:
            rows = await _blank(session, self.contact_ids, self.forgetting)
            self.rows.update(rows)
            await self._write(session, _COUNT)
        return sum(rows.values()) > 0

    async def confirm(self, *, now: datetime) -> None:
        async with transaction(self.database) as session:
            await self._write(session, _CONFIRM, now=now)

    async def _write(self, session: Session, statement: str, **more: object) -> None:
        params = {"erasure_id": self.erasure_id, "rows": _json(self.rows), **more}
        await session.execute(statement, params)


async def _blank(
    session: Session, contact_ids: Collection[UUID], forgetting: Forgetting
) -> dict[str, int]:
    ids = sorted(contact_ids)
    rows = dict(await forgetting.blank(session, ids))
    return {**rows, "held": await blank_held(session, ids)}


def _json(rows: Counts) -> str:
    return to_json({name: number for name, number in sorted(rows.items()) if number}).decode()

"""One leader per database, by a lease row that is renewed each round.

Invariant: a leader that cannot renew its lease stops its work before the row runs out.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from shared.database import Database, autocommit, open_database
from shared.errors import UnavailableError
from shared.process_mark import process_name
from shared.runtime.loop import Loop, Progress

log = structlog.get_logger()
LEASE_SECONDS = 10.0
RENEW_SECONDS = 2.5
MARGIN_SECONDS = 2.0  # work is cancelled this long before the row's end
STATEMENT_SECONDS = 4.0
LATE_SECONDS = 1.0  # noticing the lease's end so late means that something held up the process
STALLED = "stalled"  # the word with which work is cancelled that may have done so

_TAKE = """
INSERT INTO leader_lease AS l (name, holder, epoch, until)
VALUES (:name, :holder, 1, clock_timestamp() + make_interval(secs => :seconds))
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder, until = excluded.until,
    epoch = l.epoch + CASE WHEN l.holder = excluded.holder THEN 0 ELSE 1 END
WHERE l.holder = excluded.holder OR l.until < clock_timestamp()
RETURNING epoch
"""
_RELEASE = """
UPDATE leader_lease SET until = clock_timestamp()
WHERE name = :name AND holder = :holder AND epoch = :epoch
"""


def still_held(*, moment: float, deadline: float) -> bool:
    """Whether the lease may be relied on at `moment`, both on the monotonic clock."""
    return moment < deadline


@dataclass(eq=False)
class LeaderLease:
    """A claim to lead. `held` is computed from memory: it turns false by itself, even if the
    process was frozen or the database is away. `apart` is the connection for renewing it.
    """

    database: Database
    name: str = "leader"
    apart: Database | None = None
    holder: str = field(default_factory=process_name)
    seconds: float = LEASE_SECONDS
    epoch: int = 0
    deadline: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def held(self) -> bool:
        return still_held(moment=time.monotonic(), deadline=self.deadline)

    async def acquire(self) -> bool:
        """Take or renew; True when it is ours. Raises UnavailableError."""
        began = time.monotonic()
        async with autocommit(self.apart or self.database) as session:
            epoch = await session.scalar(
                _TAKE, {"name": self.name, "holder": self.holder, "seconds": self.seconds}
            )
        if epoch is None:
            self._set(0.0)
            return False
        if epoch != self.epoch:
            log.info("leader.elected", lease=self.name, epoch=epoch)
        self.epoch = epoch
        self._set(began + self.seconds - min(MARGIN_SECONDS, self.seconds / 4))
        return True

    async def release(self) -> None:
        """Let the next one begin at once. Does nothing if the lease is no longer ours."""
        self._set(0.0)
        if self.epoch:
            async with autocommit(self.apart or self.database) as session:
                await session.execute(
                    _RELEASE, {"name": self.name, "holder": self.holder, "epoch": self.epoch}
                )

    async def gained(self) -> None:
        """Return once the lease is ours."""
        while not self.held:
            await self._change(seconds=self.seconds)

    async def lost(self) -> bool:
        """Return once the lease is no longer ours: whether its end was `missed`."""
        while self.held:
            await self._change(seconds=max(0.0, self.deadline - time.monotonic()))
        return self.missed

    @property
    def missed(self) -> bool:
        """Whether the lease ran out long ago, by itself: something has held this process up."""
        return self.deadline > 0 and time.monotonic() > self.deadline + LATE_SECONDS

    async def _change(self, *, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()

    def _set(self, deadline: float) -> None:
        self.deadline = deadline
        self._changed.set()
        self._changed = asyncio.Event()


def only_while_leading(lease: LeaderLease, loops: Sequence[Loop]) -> list[Loop]:
    """The lease's keeper, and the loops so wrapped that they run only while the lease is held."""
    keeper = Loop("leader", lambda progress: _keep_lease(lease, progress))
    return [keeper, *(Loop(loop.name, _only_while_held(lease, loop)) for loop in loops)]


async def _keep_lease(lease: LeaderLease, progress: Progress) -> None:
    lease.apart = connection_of_its_own(lease.database)
    try:
        while True:
            try:
                async with asyncio.timeout(STATEMENT_SECONDS):
                    await lease.acquire()
                progress.beat()
            except (UnavailableError, TimeoutError):
                progress.beat(outage="database")
            await asyncio.sleep(min(RENEW_SECONDS, lease.seconds / 4))
    finally:
        with suppress(UnavailableError, TimeoutError):
            async with asyncio.timeout(STATEMENT_SECONDS):
                await lease.release()
        await lease.apart.close()
        lease.apart = None


def connection_of_its_own(database: Database) -> Database:
    """The same database by a pool of its own, so that renewing waits for no other work."""
    return open_database(database.url, service=database.service, pool_size=1)


def _only_while_held(
    lease: LeaderLease, loop: Loop
) -> Callable[[Progress], Coroutine[Any, Any, None]]:
    async def run(progress: Progress) -> None:
        while True:
            waiting = asyncio.create_task(lease.gained())
            try:
                while not waiting.done():
                    progress.beat()  # waiting in reserve is this loop's work
                    await asyncio.wait({waiting}, timeout=RENEW_SECONDS)
            finally:
                waiting.cancel()
            await _run_until_lost(lease, loop, progress)

    return run


async def _run_until_lost(lease: LeaderLease, loop: Loop, progress: Progress) -> None:
    work = asyncio.create_task(loop.run(progress), name=loop.name)
    loss = asyncio.create_task(lease.lost())
    stalled = False
    try:
        await asyncio.wait({work, loss}, return_when=asyncio.FIRST_COMPLETED)
        stalled = not work.done() and loss.result()
        if stalled:
            progress.stand_still()
    finally:
        stalled = stalled or lease.missed  # being asked to end does not excuse it
        loss.cancel()
        work.cancel(STALLED if stalled else None)
        await asyncio.wait({work})
    if not work.cancelled():
        work.result()
    elif not lease.held:
        log.warning("leader.lost", lease=lease.name, loop=loop.name)

"""Work in batches: the whole batch, then its halves, down to the item that breaks it; that one is
set aside with the reason.

In normal running nothing is written ahead. After an unclean end what is in flight is written down
before each attempt, so that a crash names its suspects.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

import structlog

from shared.database import (
    Database,
    Session,
    is_outage,
    is_race,
    is_unencodable,
    sqlstate,
    transaction,
)
from shared.errors import Kind, ServiceError, UnavailableError, cause_of
from shared.runtime.leader import STALLED
from shared.runtime.process_mark import process_name

log = structlog.get_logger()
T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

FAILED = "failed"
CRASHES = "crashes_the_process"
CRASHING_ATTEMPTS = 3
WARY_BATCHES = 20  # written ahead after an unclean end, before this process is trusted again
RACES = 3  # attempts at a batch that lost against another transaction

_WRITE_AHEAD = """
INSERT INTO in_flight (loop, holder, items, attempts, taken_at, suspects)
VALUES (:loop, :holder, CAST(:items AS text[]), :attempts, clock_timestamp(),
    CAST(:suspects AS json))
ON CONFLICT (loop, holder) DO UPDATE SET items = excluded.items,
    attempts = excluded.attempts, taken_at = excluded.taken_at, suspects = excluded.suspects
"""
_DONE = """
UPDATE in_flight SET items = '{}', attempts = 0, suspects = CAST(:suspects AS json)
WHERE loop = :loop AND holder = :holder
"""
# An attempt that a restart of the database cut off tells nothing of its items.
_ADOPT = """
DELETE FROM in_flight
WHERE loop = :loop AND holder NOT IN (SELECT holder FROM process_mark)
RETURNING items, suspects,
    attempts - CASE WHEN taken_at < pg_postmaster_start_time() THEN 1 ELSE 0 END AS attempts
"""
# Several loops live in a process. Were two suspects tried at once, the innocent one would be
# blamed with the guilty one; so a process has at most one suspect in flight.
_line_up: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()


@dataclass(eq=False)
class InFlight:
    """What one loop of this process works on. `suspects` are items whose last attempts did not end
    by themselves: item → how many such attempts. They are kept until such an item is done.
    """

    database: Database
    loop: str
    holder: str = field(default_factory=process_name)
    suspects: dict[str, int] = field(default_factory=dict)
    looked: bool = False
    items: Sequence[str] = ()
    wary: int = 0  # batches that are still written ahead

    async def look(self) -> None:
        """Adopt, once, what processes that ended have left behind. Raises UnavailableError."""
        if self.looked:
            return
        mark = self.database.mark
        async with transaction(self.database) as session:
            unclean = mark is not None and await mark.look(session)
            for row in await session.execute(_ADOPT, self._place()):
                self.suspects |= row.suspects
                if row.attempts > 0:
                    self.suspects |= dict.fromkeys(row.items, row.attempts)
            if self.suspects:
                await session.execute(_WRITE_AHEAD, self._row([], attempts=0))
        if self.suspects:
            log.warning("batch.left_behind", loop=self.loop, items=len(self.suspects))
        self.wary = wary_batches(unclean=unclean or bool(self.suspects))
        self.looked = True

    def suspect(self, item: str) -> None:
        """Count an attempt at an item in flight that did not end by itself, though we live."""
        self.suspects[item] = self.suspects.get(item, 0) + 1
        self.items = [name for name in self.items if name != item]
        self.wary = WARY_BATCHES

    @asynccontextmanager
    async def attempt(self, items: Sequence[str], *, attempts: int = 1) -> AsyncIterator[None]:
        """Around one try. What is written ahead is struck out when the attempt ends by itself,
        however, and when the process is asked to end. It stays when the attempt dies with the
        process, or is broken off because it held up everything else.
        """
        if self.wary:
            await self._write_ahead(items, attempts=attempts)
        self.items = items
        try:
            yield
        except asyncio.CancelledError as cut:
            with suppress(UnavailableError):
                if held_everything_up(cut):
                    await self._leave_behind(items, attempts=attempts)
                elif self.wary:
                    await self._strike_out()
            raise
        except BaseException:
            if self.wary:
                with suppress(UnavailableError):
                    await self._strike_out()
            raise
        finally:
            self.items = ()
        if self.wary and not self.suspects:
            self.wary -= 1

    async def done(self, session: Session) -> None:
        """Part of the transaction that does the work: done and struck out are one commit."""
        if self.wary:
            await session.execute(_DONE, self._row([], attempts=0))

    async def _write_ahead(self, items: Sequence[str], *, attempts: int) -> None:
        async with transaction(self.database) as session:
            # It must outlive this process, not the server: waiting for the disk buys nothing.
            await session.execute("SET LOCAL synchronous_commit = off")
            await session.execute(_WRITE_AHEAD, self._row(items, attempts=attempts))

    async def _leave_behind(self, items: Sequence[str], *, attempts: int) -> None:
        """Nobody works on it any more, not even this process: who looks next counts the attempt."""
        async with transaction(self.database) as session:
            row = self._row(items, attempts=attempts)
            await session.execute(_WRITE_AHEAD, {**row, "holder": ""})
            await session.execute(
                "DELETE FROM in_flight WHERE loop = :loop AND holder = :holder", self._place()
            )

    async def _strike_out(self) -> None:
        async with transaction(self.database) as session:
            await self.done(session)

    def _place(self) -> dict[str, Any]:
        return {"loop": self.loop, "holder": self.holder}

    def _row(self, items: Sequence[str], *, attempts: int) -> dict[str, Any]:
        waiting = {name: times for name, times in self.suspects.items() if name not in self.items}
        return {
            **self._place(),
            "items": list(items),
            "attempts": attempts,
            "suspects": json.dumps(waiting),
        }


def wary_batches(*, unclean: bool) -> int:
    """How many batches are written ahead, by how the work before ours ended."""
    return WARY_BATCHES if unclean else 0


def held_everything_up(cut: asyncio.CancelledError) -> bool:
    """Whether work was cancelled because the process stood still over it."""
    return STALLED in cut.args


def is_poison(error: BaseException) -> bool:
    """The allow-list: errors that this very item will cause again, whoever tries it."""
    if isinstance(error, ServiceError):
        return error.kind is Kind.INVALID
    return (sqlstate(error) or "").startswith(("22", "23")) or is_unencodable(error)


def crashes(attempts: int) -> bool:
    """Whether so many attempts that the process did not survive are the item's doing."""
    return attempts >= CRASHING_ATTEMPTS


class BatchWork(Protocol[T_contra]):
    """How one kind of item is worked on. `together` and `alone` are one transaction each, ending
    with `in_flight.done(session)`.
    """

    def name(self, item: T_contra) -> str: ...

    async def together(self, items: Sequence[T_contra]) -> None: ...

    async def alone(self, item: T_contra) -> None: ...

    def is_poison(self, error: Exception) -> bool:
        """Whether the item itself is at fault."""
        ...

    async def set_aside(self, item: T_contra, reason: str, error: Exception | None) -> None:
        """`reason` is `failed` or `crashes_the_process`."""
        ...

    async def fault(self, item: T_contra, error: Exception) -> None:
        """A failure of our own with one item: raises it, or lets the others go on."""
        ...


async def work_through(in_flight: InFlight, items: Sequence[T], work: BatchWork[T]) -> None:
    """Work the items through, in order.

    Raises UnavailableError for an outage, and what `work.fault` raises.
    """
    await in_flight.look()
    if in_flight.suspects.keys().isdisjoint(map(work.name, items)):
        await _together(in_flight, items, work)
    else:
        for item in items:
            await _alone(in_flight, item, work)


async def _together(in_flight: InFlight, items: Sequence[T], work: BatchWork[T]) -> None:
    try:
        await _attempt(in_flight, [work.name(item) for item in items], lambda: work.together(items))
    except Exception as error:  # what broke the batch is found in its halves
        if is_outage(error) and not is_race(error):
            raise
        log.info("batch.broken", loop=in_flight.loop, items=len(items), error=cause_of(error))
    else:
        return
    if len(items) == 1:
        await _alone(in_flight, items[0], work)
        return
    middle = len(items) // 2
    for half in (items[:middle], items[middle:]):
        await _together(in_flight, half, work)


async def _alone(in_flight: InFlight, item: T, work: BatchWork[T]) -> None:
    name = work.name(item)
    crashed = in_flight.suspects.get(name, 0)
    if crashes(crashed):
        log.error("batch.set_aside", loop=in_flight.loop, reason=CRASHES)
        await work.set_aside(item, CRASHES, None)
    else:
        async with _one_suspect_at_a_time() if crashed else nullcontext():
            await _try(in_flight, item, work, attempts=crashed + 1)
    if in_flight.suspects.get(name) == crashed:  # unless this attempt has added one more
        del in_flight.suspects[name]


async def _attempt(
    in_flight: InFlight,
    names: Sequence[str],
    run: Callable[[], Awaitable[None]],
    *,
    attempts: int = 1,
) -> None:
    """Once, and again at once where another transaction was in the way."""
    for tries_left in reversed(range(RACES)):
        try:
            async with in_flight.attempt(names, attempts=attempts):
                await run()
        except Exception as error:
            if not is_race(error) or not tries_left:
                raise
        else:
            return


async def _try(in_flight: InFlight, item: T, work: BatchWork[T], *, attempts: int) -> None:
    try:
        await _attempt(in_flight, [work.name(item)], lambda: work.alone(item), attempts=attempts)
    except Exception as error:  # the work says what is poison; all else is its own to tell
        if is_outage(error):
            raise
        if work.is_poison(error):
            log.warning(
                "batch.set_aside", loop=in_flight.loop, reason=FAILED, error=cause_of(error)
            )
            await work.set_aside(item, FAILED, error)
        else:
            await work.fault(item, error)


@asynccontextmanager
async def _one_suspect_at_a_time() -> AsyncIterator[None]:
    async with _line_up.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        yield

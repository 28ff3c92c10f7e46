"""Work in batches: the whole batch, then its halves, down to the item that breaks it; that one is
set aside with the reason.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Protocol, TypeVar
from weakref import WeakKeyDictionary

import structlog

from shared.database import (
    is_outage,
    is_race,
    is_unencodable,
    sqlstate,
)
from shared.errors import Kind, ServiceError, cause_of
from shared.runtime.in_flight import InFlight

log = structlog.get_logger()
T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)

FAILED = "failed"
CRASHES = "crashes_the_process"
CRASHING_ATTEMPTS = 3
RACES = 3  # attempts at a batch that lost against another transaction

# Several loops share a process. If two suspects were tried at once and the process crashed, both
# would be blamed; so a process has at most one suspect in flight.
_line_up: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()


def is_poison(error: BaseException) -> bool:
    """The allow-list: errors that this very item will cause again, whoever tries it."""
    if isinstance(error, ServiceError):
        return error.kind is Kind.INVALID
    return (sqlstate(error) or "").startswith(("22", "23")) or is_unencodable(error)


def crashes(attempts: int) -> bool:
    """Whether so many attempts that ended with the process put the blame on the item."""
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
    """Run once, and again at once where another transaction was in the way."""
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
    except Exception as error:  # the work decides what is poison, and handles every other fault
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

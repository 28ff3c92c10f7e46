"""The ladder of all batch work: the batch, then one by one, then set aside with the reason.

One law: what is in hand is written down before the attempt, so that a crash names its suspects.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import structlog

from shared.database import Database, Session, is_outage, reading, sqlstate, transaction
from shared.errors import Kind, ServiceError, UnavailableError
from shared.messaging.leader import STALLED, process_name

log = structlog.get_logger()
T = TypeVar("T")

Attempt = Callable[[Sequence[T]], Awaitable[None]]

FAILED = "failed"
KILLS = "kills_the_process"
DEADLY_ATTEMPTS = 3

_TAKE = """
INSERT INTO in_hand AS h (loop, holder, items, attempts, taken_at, suspects)
VALUES (:loop, :holder, CAST(:items AS text[]), :attempts, clock_timestamp(),
    CAST(:suspects AS json))
ON CONFLICT (loop) DO UPDATE SET holder = excluded.holder, items = excluded.items,
    attempts = excluded.attempts, taken_at = excluded.taken_at, suspects = excluded.suspects
"""
_PUT_DOWN = """
UPDATE in_hand SET items = '{}', attempts = 0, suspects = CAST(:suspects AS json)
WHERE loop = :loop AND holder = :holder
"""
# Nobody holds it any more, not even this process: whoever looks next counts the attempt.
_LEAVE = "UPDATE in_hand SET holder = '' WHERE loop = :loop AND holder = :holder"
# An attempt that a restart of the database cut off tells nothing of its items.
_LEFT_BEHIND = """
SELECT items, suspects,
    attempts - CASE WHEN taken_at < pg_postmaster_start_time() THEN 1 ELSE 0 END AS attempts
FROM in_hand WHERE loop = :loop AND holder <> :holder
"""
# Several loops live in a process. Were two suspects tried at once, the innocent one would be
# blamed with the guilty one; so a process has at most one suspect in hand.
_line_up: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock]" = WeakKeyDictionary()


@dataclass(eq=False)
class Hand:
    """What one loop has in hand. `suspects` are items whose last attempts did not end by
    themselves: item → how many such attempts. They are kept until such an item is done.
    """

    database: Database
    loop: str
    holder: str = field(default_factory=process_name)
    suspects: dict[str, int] = field(default_factory=dict)
    looked: bool = False
    items: Sequence[str] = ()

    async def look(self) -> None:
        """Read, once, what another process left behind. Raises UnavailableError."""
        if self.looked:
            return
        async with reading(self.database) as session:
            row = (
                await session.execute(_LEFT_BEHIND, {"loop": self.loop, "holder": self.holder})
            ).first()
        if row is not None:
            self.suspects |= row.suspects
            if row.attempts > 0:
                self.suspects |= dict.fromkeys(row.items, row.attempts)
            if self.suspects:
                log.warning("ladder.left_behind", loop=self.loop, items=len(self.suspects))
        self.looked = True

    def suspect(self, item: str) -> None:
        """Count an attempt at an item in hand that did not end by itself, though we are alive."""
        self.suspects[item] = self.suspects.get(item, 0) + 1
        self.items = [name for name in self.items if name != item]

    @asynccontextmanager
    async def attempt(self, items: Sequence[str], *, attempts: int = 1) -> AsyncIterator[None]:
        """Write the items down, in a commit of its own, before anything is tried. They are put
        down when the attempt ends by itself, however, and when the process is asked to end. They
        stay when it dies with the process, or is broken off because it held up everything else.
        """
        async with transaction(self.database) as session:
            # It must outlive this process, not the server: waiting for the disk buys nothing.
            await session.execute("SET LOCAL synchronous_commit = off")
            await session.execute(_TAKE, self._row() | {"items": list(items), "attempts": attempts})
        self.items = items
        try:
            yield
        except asyncio.CancelledError as cut:
            with suppress(UnavailableError):
                async with transaction(self.database) as session:
                    if held_everything_up(cut):
                        await session.execute(_LEAVE, self._row())
                    else:
                        await self.put_down(session)
            raise
        except BaseException:
            with suppress(UnavailableError):
                async with transaction(self.database) as session:
                    await self.put_down(session)
            raise
        finally:
            self.items = ()

    async def put_down(self, session: Session) -> None:
        """Part of the transaction that does the work: done and put down are one commit."""
        await session.execute(_PUT_DOWN, self._row())

    def _row(self) -> dict[str, Any]:
        waiting = {name: times for name, times in self.suspects.items() if name not in self.items}
        return {"loop": self.loop, "holder": self.holder, "suspects": json.dumps(waiting)}


def held_everything_up(cut: asyncio.CancelledError) -> bool:
    """Whether work was cancelled because the process stood still over it."""
    return STALLED in cut.args


def poisonous(error: BaseException) -> bool:
    """The allow-list: errors that this very item will cause again, whoever tries it."""
    if isinstance(error, ServiceError):
        return error.kind is Kind.INVALID
    state = sqlstate(error)
    return state is not None and state.startswith(("22", "23"))


def deadly(attempts: int) -> bool:
    """Whether so many attempts that the process did not survive are the item's doing."""
    return attempts >= DEADLY_ATTEMPTS


@dataclass(frozen=True)
class Rungs(Generic[T]):
    """How one kind of item is worked. `together` and `alone` are one transaction each, ending with
    `hand.put_down(session)`; `set_aside` receives the item, `failed` or `kills_the_process`, and
    the error if there was one; `poison` says of an error whether the item itself is at fault;
    `fault` receives an item that met a fault of our own, instead of whoever called.
    """

    name: Callable[[T], str]
    together: Attempt[T]
    alone: Callable[[T], Awaitable[None]]
    set_aside: Callable[[T, str, BaseException | None], Awaitable[None]]
    poison: Callable[[BaseException], bool] | None = None  # None: the allow-list
    fault: Callable[[T, Exception], Awaitable[None]] | None = None


async def climb(hand: Hand, items: Sequence[T], rungs: Rungs[T]) -> None:
    """Work the items through, in order.

    Raises UnavailableError for an outage, and any error of a single item that is not poison: that
    is a fault of our own, and nothing is set aside for it. See also `Rungs.fault`.
    """
    await hand.look()
    names = [rungs.name(item) for item in items]
    if hand.suspects.keys().isdisjoint(names):
        try:
            async with hand.attempt(names):
                await rungs.together(items)
        except Exception as error:  # what broke the batch is found one by one
            if is_outage(error):
                raise
            log.info("ladder.one_by_one", loop=hand.loop, items=len(items), error=_short(error))
        else:
            return
    for item in items:
        await _alone(hand, item, rungs)


async def _alone(hand: Hand, item: T, rungs: Rungs[T]) -> None:
    name = rungs.name(item)
    survived_not = hand.suspects.get(name, 0)
    if deadly(survived_not):
        log.error("ladder.set_aside", loop=hand.loop, reason=KILLS)
        await rungs.set_aside(item, KILLS, None)
    else:
        async with _one_suspect_at_a_time() if survived_not else nullcontext():
            try:
                async with hand.attempt([name], attempts=survived_not + 1):
                    await rungs.alone(item)
            except Exception as error:  # the caller says what is poison; all else is raised
                if is_outage(error):
                    raise
                if (rungs.poison or poisonous)(error):
                    log.warning(
                        "ladder.set_aside", loop=hand.loop, reason=FAILED, error=_short(error)
                    )
                    await rungs.set_aside(item, FAILED, error)
                elif rungs.fault is not None:
                    await rungs.fault(item, error)
                else:
                    raise
    if hand.suspects.get(name) == survived_not:  # unless this attempt has added one more
        del hand.suspects[name]


@asynccontextmanager
async def _one_suspect_at_a_time() -> AsyncIterator[None]:
    async with _line_up.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        yield


def _short(error: BaseException) -> str:
    """What may be logged of an error: its type and state, never its words."""
    state = sqlstate(error)
    return type(error).__name__ + (f" {state}" if state else "")

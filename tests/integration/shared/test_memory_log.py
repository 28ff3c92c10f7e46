"""The log within one process: handed over after the commit; what is lost is walked."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from shared.clock import system_clock
from shared.connections import Connection
from shared.database import RolledBackError, Session, transaction
from shared.errors import UnavailableError
from shared.messaging.log import memory
from shared.messaging.log.memory import MemoryLog
from shared.messaging.log.protocol import FETCH_BYTES
from shared.messaging.outbox.publish import emit
from tests.support.messaging_harness import (
    CONSUMER,
    LONG_LAG_SECONDS,
    TOPIC,
    World,
    manager,
    status,
)
from tests.support.waiting import eventually


async def _everything(log: MemoryLog) -> list[int]:
    """The versions that a subscription made before has got."""
    [subscription] = log._subscriptions
    return [item.version for item in await subscription.fetch(limit=500, wait_seconds=0.01)]


async def test_what_is_committed_is_handed_over_as_it_is(world: World) -> None:
    log = world.use_memory()
    subscription = await log.subscribe(CONSUMER, [TOPIC])
    event = status("ann", "online")
    async with transaction(world.producer) as session:
        emit(session, event, now=system_clock())
        assert await subscription.fetch(limit=500, wait_seconds=0.01) == []
    [received] = await subscription.fetch(limit=500, wait_seconds=1.0)
    assert received.event is event
    assert (received.envelope.key, received.version) == (str(manager("ann")), 1)
    assert await world.pending() == 0


async def test_a_commit_answered_by_a_rollback_hands_nothing_over(world: World) -> None:
    log = world.use_memory()
    await log.subscribe(CONSUMER, [TOPIC])

    async def pass_over_a_failure(session: Session) -> None:
        with pytest.raises(Exception, match="division"):
            await session.execute("SELECT 1 / 0")

    with pytest.raises(RolledBackError):
        await _emit_and(world, pass_over_a_failure)
    assert await _everything(log) == []
    assert await world.rows(world.producer, "SELECT 1 FROM journal") == []


async def _emit_and(world: World, hook: Callable[[Session], Awaitable[None]]) -> None:
    async with transaction(world.producer) as session:
        emit(session, status("ann", "online"), now=system_clock())
        session.before_commit.append(hook)


@asynccontextmanager
async def lost_answers(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """COMMIT reaches the server, its answer does not reach us; other tasks work undisturbed."""
    execute, task = Connection.execute, asyncio.current_task()

    async def cut(self: Connection, query: str, *values: Any, **options: Any) -> Any:
        answer = await execute(self, query, *values, **options)
        if query == "COMMIT" and asyncio.current_task() is task:
            raise ConnectionResetError("the answer is lost")
        return answer

    with monkeypatch.context() as cutting:
        cutting.setattr(Connection, "execute", cut)
        yield


async def test_a_commit_of_unknown_outcome_hands_nothing_over_and_is_caught_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = world.use_memory()
    await log.subscribe(CONSUMER, [TOPIC])
    async with lost_answers(monkeypatch):
        with pytest.raises(UnavailableError):
            await world.emit("ann", "online")
    assert await _everything(log) == []
    await log.close()
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1]})
    assert world.caught_up() == 1


async def test_an_unknown_outcome_makes_a_quiet_walk_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.lag_long()
    log = world.use_memory()
    monkeypatch.setattr("shared.messaging.consumer.catch_up.IDLE_SECONDS", 600.0)
    async with world.consumed(catches_up=True):
        await world.subscribed()
        await world.emit("ann", "online")
        await world.settled({"ann": [1]})
        await eventually(_quiet(log), seconds=5, what="the walk rests")
        async with lost_answers(monkeypatch):
            with pytest.raises(UnavailableError):
                await world.emit("ann", "busy")
        await world.settled({"ann": [1, 2]})
    assert world.caught_up() == 1


async def test_an_overflowing_queue_is_closed_walked_and_opened_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "MOST_EVENTS", 10)
    world.lag_long()
    log = world.use_memory()
    async with world.consumed(catches_up=True):
        await world.subscribed()
        [subscription] = log._subscriptions
        async with transaction(world.consumer) as session:
            await session.execute("LOCK TABLE effect IN ACCESS EXCLUSIVE MODE")
            overflowed = []  # a walk opens it again, soon
            for _ in range(30):
                await world.emit("ann", "online")
                overflowed.append(subscription.closed)
            assert any(overflowed)
        await world.settled({"ann": list(range(1, 31))})

        async def opened() -> bool:
            return not subscription.closed and world.caught_up() > 0  # counted after the commit

        await eventually(opened, seconds=5, what="the queue is open again")
        before = world.caught_up()
        await world.emit("ann", "busy")
        await world.settled({"ann": list(range(1, 32))})
        assert world.caught_up() == before, "by the fast path again"


def _quiet(log: MemoryLog) -> Any:
    async def ask() -> bool:
        [subscription] = log._subscriptions
        return time.monotonic() > subscription.arrived_at + LONG_LAG_SECONDS + 0.6

    return ask


async def test_a_fetch_is_bounded_in_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FETCH_BYTES < memory.MOST_BYTES
    monkeypatch.setattr(memory, "FETCH_BYTES", 300)
    log = world.use_memory()
    subscription = await log.subscribe(CONSUMER, [TOPIC])
    await world.emit("ann", *["online"] * 20)
    sizes = []
    while events := await subscription.fetch(limit=500, wait_seconds=0.01):
        sizes.append(sum(len(item.envelope.payload) for item in events[:-1]))
    assert len(sizes) > 3
    assert all(size < 300 for size in sizes)

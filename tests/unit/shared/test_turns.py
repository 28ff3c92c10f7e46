"""What nobody waits for goes one after the other, and depends on nobody's end."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.kpi.handlers import apply
from shared.clock import system_clock
from shared.database import Database, open_database
from shared.messaging.consumer import loop
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.loop import Consuming
from shared.messaging.log.memory import MemoryLog
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Progress
from shared.turns import Turns

LONG_SECONDS = 60.0  # longer than any test
STEPS = 5


class Desk:
    """Counts how many work at once."""

    def __init__(self) -> None:
        self.now = self.most = self.done = 0

    async def work(self, *_arguments: Any) -> Sequence[Any]:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(STEPS):
            await asyncio.sleep(0)
        self.now -= 1
        self.done += 1
        return ()


async def test_one_works_after_the_other() -> None:
    turns, desk = Turns(), Desk()

    async def work() -> None:
        async with turns.one(seconds=LONG_SECONDS):
            await desk.work()

    await asyncio.gather(work(), work(), work())
    assert (desk.done, desk.most) == (3, 1)


async def test_who_has_no_turn_in_time_goes_on_without_one() -> None:
    turns, desk = Turns(), Desk()
    async with turns.one(seconds=LONG_SECONDS):
        async with turns.one(seconds=0.0):
            await desk.work()
        waiting = asyncio.create_task(_wait(turns, desk))
        await asyncio.sleep(0)
        assert desk.done == 1  # the turn was not theirs to give away
    await waiting
    assert desk.done == 2


async def _wait(turns: Turns, desk: Desk) -> None:
    async with turns.one(seconds=LONG_SECONDS):
        await desk.work()


async def test_a_turn_ends_with_whoever_fails_or_is_cancelled() -> None:
    turns, desk = Turns(), Desk()
    with pytest.raises(ZeroDivisionError):
        async with turns.one(seconds=LONG_SECONDS):
            raise ZeroDivisionError
    async with turns.one(seconds=LONG_SECONDS):
        waiting = asyncio.create_task(_wait(turns, desk))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await asyncio.wait_for(_wait(turns, desk), LONG_SECONDS)
    assert desk.done == 1


def _consuming(database: Database, *, pace_seconds: float) -> Consuming:
    return Consuming(
        Consumer(database, database.service, apply, system_clock),
        MemoryLog(),
        FastPath(LONG_SECONDS, LONG_SECONDS, sees_all=True),
        InFlight(database, "consume"),
        pace_seconds,
    )


@pytest.mark.parametrize(
    ("is_shared", "pace_seconds", "most"),
    [(True, LONG_SECONDS, 1), (True, 0.0, 2), (False, LONG_SECONDS, 2)],
    ids=["nobody waits", "somebody waits", "processes of their own"],
)
async def test_services_that_nobody_waits_for_consume_one_after_the_other(
    is_shared: bool, pace_seconds: float, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, log = Desk(), MemoryLog()
    monkeypatch.setattr(loop, "consume", desk.work)
    databases = [
        open_database("postgresql://nobody@/nothing", service=service)
        for service in ("history", "kpi")
    ]
    for database in databases:
        database.outlet = log if is_shared else None
    await asyncio.gather(
        *(
            loop._through(_consuming(database, pace_seconds=pace_seconds), (), Progress())
            for database in databases
        )
    )
    assert (desk.done, desk.most) == (2, most)

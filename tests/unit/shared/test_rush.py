"""What nobody waits for begins when a rush is over, or has lasted for long."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.database import Database, open_database
from shared.messaging.log import memory
from shared.messaging.log.memory import RUSH_EVENTS, MemoryLog
from shared.runtime import rush
from shared.runtime.loop import Progress
from shared.runtime.rush import LONGEST_SECONDS, rest_and_let_pass


class Clock:
    """Goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.tasks.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (rush, memory):
        monkeypatch.setattr(f"{module.__name__}.time", clock)
    monkeypatch.setattr(f"{rush.__name__}.asyncio", clock)
    return clock


@pytest.fixture
def database() -> Database:
    database = open_database("postgresql://nobody@/nothing", service="kpi")
    database.outlet = MemoryLog()
    return database


def _events(number: int) -> Sequence[Any]:
    return [None] * number


async def _rested(database: Database, clock: Clock) -> float:
    """How long, in seconds of the clock."""
    began = clock.now
    await rest_and_let_pass(Progress(), database, seconds=0.0)
    return clock.now - began


async def test_a_rush_is_let_pass(database: Database, clock: Clock) -> None:
    assert database.outlet is not None
    database.outlet.hand_over(_events(RUSH_EVENTS))
    assert await _rested(database, clock) == 0  # it is no more than usual
    database.outlet.hand_over(_events(1))
    assert 1 <= await _rested(database, clock) < 1.5
    assert await _rested(database, clock) == 0


async def test_a_rush_that_lasts_keeps_nothing_waiting_for_ever(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryLog, "is_rushed", lambda _log: True)
    assert LONGEST_SECONDS <= await _rested(database, clock) < LONGEST_SECONDS + 1


async def test_a_process_without_a_log_of_its_own_knows_no_rush(
    database: Database, clock: Clock
) -> None:
    database.outlet = None
    assert await _rested(database, clock) == 0

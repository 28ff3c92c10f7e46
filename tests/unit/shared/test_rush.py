"""What nobody waits for goes on when a rush is over, or has lasted for long."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.database import Database, open_database
from shared.messaging.log import memory
from shared.messaging.log.memory import CALM_SECONDS, RUSH_EVENTS, MemoryLog
from shared.runtime import pace, rush
from shared.runtime.loop import Progress
from shared.runtime.rush import LONGEST_SECONDS, PIECE_SECONDS, Patience, pace_of


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


@pytest.fixture
def patience(database: Database, monkeypatch: pytest.MonkeyPatch) -> Patience:
    """Of a loop whose batches take no time."""

    async def no_rest(_progress: Progress, _seconds: float) -> None:
        await asyncio.tasks.sleep(0)

    monkeypatch.setattr(Progress, "give_way", no_rest)
    return Patience(Progress(), database)


def _events(number: int) -> Sequence[Any]:
    return [None] * number


async def _rest(patience: Patience, clock: Clock) -> float:
    """How long, in seconds of the clock, after all was done."""
    began = clock.now
    await patience.rest(0.0)
    return clock.now - began


async def _give_way(patience: Patience, clock: Clock) -> float:
    """How long, in seconds of the clock, while more waits."""
    began = clock.now
    await patience.give_way(began)
    return clock.now - began


@pytest.mark.parametrize("pause", [_rest, _give_way])
async def test_a_rush_is_let_pass(
    database: Database, patience: Patience, clock: Clock, pause: Any
) -> None:
    assert database.outlet is not None
    database.outlet.hand_over(_events(RUSH_EVENTS))
    assert await pause(patience, clock) == 0  # it is no more than usual
    database.outlet.hand_over(_events(1))
    assert CALM_SECONDS <= await pause(patience, clock) < CALM_SECONDS + 1
    assert await pause(patience, clock) == 0


async def test_a_rush_begins_with_what_came_within_a_second(
    database: Database, patience: Patience, clock: Clock
) -> None:
    assert database.outlet is not None
    for _ in range(3):
        database.outlet.hand_over(_events(RUSH_EVENTS))
        clock.now += 1.5
    assert await _rest(patience, clock) == 0


async def test_a_rush_that_lasts_keeps_nothing_waiting_for_ever(
    patience: Patience, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryLog, "is_rushed", lambda _log: True)
    assert LONGEST_SECONDS <= await _rest(patience, clock) < LONGEST_SECONDS + 1
    assert await _give_way(patience, clock) == 0  # until all that has come is worked off
    assert await _give_way(patience, clock) == 0
    assert LONGEST_SECONDS <= await _rest(patience, clock) < LONGEST_SECONDS + 1


async def test_rushes_in_a_row_are_one(
    patience: Patience, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemoryLog, "is_rushed", lambda _log: clock.now % 10 < 9)
    began = clock.now
    while clock.now < began + LONGEST_SECONDS:
        await _give_way(patience, clock)
        clock.now += 0.1  # a batch
    assert await _give_way(patience, clock) == 0


async def test_a_process_without_a_log_of_its_own_knows_no_rush(
    database: Database, patience: Patience, clock: Clock
) -> None:
    database.outlet = None
    assert await _rest(patience, clock) == 0


async def test_in_a_rush_work_goes_on_in_pieces_with_rests(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "is_long_since", lambda _moment, _seconds: True)
    monkeypatch.setattr(f"{pace.__name__}.asyncio", clock)
    assert database.outlet is not None

    async def rest() -> float:
        began = clock.now
        await pace_of(database).breathe()
        return clock.now - began

    assert await rest() == 0
    database.outlet.hand_over(_events(RUSH_EVENTS + 1))
    assert await rest() == pytest.approx(PIECE_SECONDS)
    clock.now += CALM_SECONDS
    assert await rest() == 0
    database.outlet = None
    assert await rest() == 0

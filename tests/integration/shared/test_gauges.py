"""Counts over tables: at once, again and again, by who counts alone, and never old ones."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.database import Session
from shared.errors import UnavailableError
from shared.messaging import gauges
from shared.messaging.gauges import gauges_loop
from shared.observability.metrics import metrics_of
from shared.runtime.leader import LeaderLease, only_while_leading
from shared.runtime.loop import Loop, running
from tests.support.messaging_harness import PRODUCER, World
from tests.support.waiting import eventually

PENDING = "leadflow_pending_events"
LEADS = "leadflow_leads"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "MAILBOX_SECONDS", 0.05)


def shown(name: str) -> float | None:
    """The first sample of this gauge; None when nobody counts."""
    text = metrics_of(PRODUCER).exposition().decode()
    sample = re.search(rf"^{name}\{{.*\}} (\S+)$", text, re.MULTILINE)
    return float(sample[1]) if sample else None


async def until_shown(name: str, value: float | None) -> None:
    async def ask() -> bool:
        return shown(name) == value

    await eventually(ask, seconds=10, what=f"{name} is {value}")


async def until_counted(rows: "Rows", times: int) -> None:
    async def ask() -> bool:
        return rows.counts >= times and (shown(LEADS) or 0) >= times

    await eventually(ask, seconds=10, what=f"counted {times} times")


class Rows:
    """Counts of a table of the service's own, each time one more; slow or away when told so."""

    def __init__(self) -> None:
        self.counts = 0
        self.statement = "SELECT 1"
        self.away = False

    async def __call__(self, session: Session) -> None:
        if self.away:
            raise UnavailableError("The database cannot answer now.")
        await session.execute(self.statement)
        self.counts += 1
        metrics_of(PRODUCER).leads.labels(PRODUCER, "waiting").set(self.counts)


@asynccontextmanager
async def counting(world: World, rows: Rows) -> AsyncIterator[Loop]:
    loop = gauges_loop(world.producer, [rows])
    async with running([loop]):
        yield loop


async def test_what_waits_is_shown_at_once_and_followed(world: World) -> None:
    await world.emit("anna", "online", "busy")
    async with counting(world, Rows()):
        await until_shown(PENDING, 2)
        await until_shown("leadflow_held_events", 0)
        assert (shown("leadflow_pending_age_seconds") or 0) > 0
        await world.send()
        await until_shown(PENDING, 0)
        await until_shown("leadflow_pending_age_seconds", 0)
    assert shown(PENDING) is None, "whoever stopped counting shows nothing"
    assert shown("leadflow_counted_timestamp_seconds"), "but when it last did"


async def test_whole_tables_are_counted_at_once_and_then_once_a_minute(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Rows()
    async with counting(world, rows):
        await until_shown(LEADS, 1)
        await world.emit("anna", "online")
        await until_shown(PENDING, 1)
        await world.send()
        await until_shown(PENDING, 0)
        assert rows.counts == 1
    monkeypatch.setattr(gauges, "TABLES_SECONDS", 0.1)
    async with counting(world, rows):
        await until_counted(rows, 3)


async def test_an_outage_shows_nothing_rather_than_what_was(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "TABLES_SECONDS", 0.1)
    rows = Rows()
    async with counting(world, rows) as loop:
        await until_shown(LEADS, 1)
        rows.away = True
        await until_shown(LEADS, None)

        async def outage() -> bool:
            return loop.progress.outage == "database"

        await eventually(outage, seconds=5, what="the loop names the outage")
        rows.away = False
        await until_counted(rows, rows.counts + 1)
        assert loop.progress.restarts == 0, "an outage is not a failure of the loop"


async def test_a_count_that_takes_too_long_is_given_up_until_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "COUNT_SECONDS", 1.0)
    rows = Rows()
    rows.statement = "SELECT pg_sleep(30)"
    async with counting(world, rows) as loop:

        async def given_up() -> bool:
            return loop.progress.outage is not None

        await eventually(given_up, seconds=10, what="the count is given up")
        await until_shown(PENDING, 0)
        assert rows.counts == 0
        assert loop.progress.restarts == 0


async def test_of_two_workers_the_leader_alone_counts(world: World) -> None:
    def worker(holder: str, rows: Rows) -> list[Loop]:
        lease = LeaderLease(world.producer, holder=holder)
        return only_while_leading(lease, [gauges_loop(world.producer, [rows])])

    first, second = Rows(), Rows()
    async with running(worker("first", first)):
        await until_shown(LEADS, 1)
        async with running(worker("second", second)):
            await world.emit("anna", "online")
            await until_shown(PENDING, 1)
            assert second.counts == 0

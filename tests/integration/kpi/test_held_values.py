"""What is held in memory of values of an axis is what they are now, and is not read again."""

import random
from contextlib import suppress
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.forecast import counted_values
from services.kpi.repository.forecast.counted_values import Values, sum_values
from services.kpi.repository.rollups.counters import renew_stamp
from shared.contracts.catalog import consumed_by
from shared.database import Database, Session, transaction
from tests.integration.kpi.test_rollups import UNTIL, UndoneError, live, roll_up
from tests.support.event_streams import MORNING, consume, interleaved
from tests.support.random_story import SmallWorld

VALUES = "SELECT DISTINCT axis, value FROM counter WHERE axis = ANY(:axes) ORDER BY axis, value"
AXES = ["manager", "product", "region"]
SPANS = [
    period(MORNING.date() - timedelta(days=1), UNTIL.date(), require_zone(zone)).steps("week")
    for zone in ("UTC", "Europe/Moscow")
]


async def read_values(session: Session) -> list[Values]:
    """By weeks of two zones, of all values of each axis."""
    rows = list(await session.execute(VALUES, {"axes": AXES}))
    return [
        await sum_values(session, steps.bounds, axis, [row.value for row in of_axis])
        for axis, each in groupby(rows, key=lambda row: row.axis)
        for of_axis in [list(each)]
        for steps in SPANS
    ]


@pytest.mark.parametrize("seed", range(2))
async def test_values_in_memory_are_those_of_now(database: Database, seed: int) -> None:
    """They are asked for again and again while days are summed up and events come late."""
    choice = random.Random(530 + seed)
    streams = SmallWorld(choice, longest_pause=72).live(60)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    async with transaction(database) as session:
        await clear(session)
    summed = 0
    for number, item in enumerate(interleaved(events, choice)):
        await consume(database, apply, [item], batch=1)
        if number % 6:
            continue
        if choice.random() < 0.3:  # else only what comes late changes sums
            await roll_up(database, choice.choice((1, 8, 40)))
        with suppress(UndoneError):
            async with transaction(database) as session:
                fast = await read_values(session)
                summed += int(await session.scalar("SELECT count(*) FROM counter_sum"))
                await session.execute("DELETE FROM rolled")  # nothing is summed then
                slow = await read_values(session)
                raise UndoneError
        assert fast == slow
    assert summed


async def test_sums_of_values_are_read_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each transaction that finds them unchanged."""
    await live(database, random.Random(540))
    read_whole = counted_values._read_whole
    reads = 0

    async def noted(session: Session, params: dict[str, Any]) -> Values:
        nonlocal reads
        reads += 1
        return await read_whole(session, params)

    monkeypatch.setattr(counted_values, "_read_whole", noted)
    counts = []
    for _ in range(3):
        reads = 0
        async with transaction(database) as session:
            assert any(await read_values(session))
        counts.append(reads)
    assert counts[0] > 0
    assert counts[1:] == [0, 0]
    async with transaction(database) as session:
        await renew_stamp(session)
    reads = 0
    async with transaction(database) as session:
        assert any(await read_values(session))
    assert reads == counts[0]

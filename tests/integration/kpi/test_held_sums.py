"""What is held in memory of sums is what they are now, and is not read again."""

import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from services.kpi.domain.periods import Period, period, require_zone
from services.kpi.domain.rollups.classes import class_counts, unpacked
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.reports import counted as counting
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import sum_counters
from services.kpi.repository.rollups.counters import renew_stamp
from services.kpi.repository.rollups.durations import PACKED
from shared.contracts.catalog import consumed_by
from shared.database import Database, transaction
from tests.integration.kpi.test_rollups import (
    UNTIL,
    UndoneError,
    counted,
    durations,
    live,
    roll_up,
)
from tests.support.event_streams import MORNING, consume, interleaved
from tests.support.random_story import SmallWorld


def whole_life(zone: str = "UTC") -> Period:
    return period(MORNING.date(), UNTIL.date(), require_zone(zone))


@pytest.mark.parametrize("seed", range(2))
async def test_sums_in_memory_are_those_of_now(database: Database, seed: int) -> None:
    """One view is asked for again and again while days are summed up and events come late."""
    choice = random.Random(500 + seed)
    streams = SmallWorld(choice, longest_pause=72).live(60)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    async with transaction(database) as session:
        await clear(session)
    views = [View(whole_life()), View(whole_life("Europe/Moscow"), streams.at.date())]
    summed = 0
    for number, item in enumerate(interleaved(events, choice)):
        await consume(database, apply, [item], batch=1)
        if number % 6:
            continue
        if choice.random() < 0.3:  # else only what comes late changes sums
            await roll_up(database, choice.choice((1, 8, 40)))
        for view in views:
            with suppress(UndoneError):
                async with transaction(database) as session:
                    fast = [await each(session, view) for each in (counted, durations)]
                    summed += int(await session.scalar("SELECT count(*) FROM counter_sum"))
                    await session.execute("DELETE FROM rolled")  # nothing is summed then
                    slow = [await each(session, view) for each in (counted, durations)]
                    raise UndoneError
            assert fast == slow
    assert summed


async def test_sums_of_blocks_are_read_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By each transaction that finds them unchanged."""
    await live(database, random.Random(510))
    read = Counter[str]()
    of_blocks = counting._of_blocks

    def noted(measures: Any) -> str:
        read.update(["sums"])
        return of_blocks(measures)

    monkeypatch.setattr(counting, "_of_blocks", noted)
    for _ in range(3):
        async with transaction(database) as session:
            sums = await sum_counters(session, whole_life(), "manager", None)
        assert any(each.counts["leads"] for each in sums.values())
    assert read.total() == 1
    async with transaction(database) as session:
        await renew_stamp(session)
    async with transaction(database) as session:
        assert await sum_counters(session, whole_life(), "manager", None)
    assert read.total() == 2


async def test_counts_are_the_digits_of_their_sum(database: Database) -> None:
    choice = random.Random(520)
    for size in (0, 1, 2, 40, 900):
        counts = {
            choice.randrange(1200): choice.choice((1, 9999, 10_000, 99_999_999))
            for _ in range(size)
        }
        async with transaction(database) as session:
            number = await session.scalar(
                f"SELECT numeric_send(coalesce({PACKED}, 0)) FROM unnest("
                "CAST(:classes AS int[]), CAST(:signs AS bigint[])) AS part (class, sign)",
                {"classes": list(counts), "signs": list(counts.values())},
            )
        assert dict(class_counts(unpacked(number))) == counts

"""Sums over blocks of days say what counters and stories say, whatever comes late."""

import random
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from services.kpi.domain.periods import Period, period, require_zone
from services.kpi.domain.rollups.classes import LAST_OF_MINUTES, class_counts, class_of, middle_of
from services.kpi.domain.stories.contributions import AXES
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.reports import summed as reading
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.reports.counted import Sums, sum_counters
from services.kpi.repository.reports.counted_steps import sum_steps
from services.kpi.repository.reports.durations import list_durations, measure_stages
from services.kpi.repository.reports.responses import Response, measure_responses
from services.kpi.repository.reports.summed import sum_durations
from services.kpi.repository.rollups.parts import OPEN, PARTS, class_of_seconds
from services.kpi.repository.rollups.sealing import keep_days_next, roll_up_next
from shared.contracts.catalog import consumed_by
from shared.database import Database, Session, transaction
from tests.support.event_streams import MORNING, consume, interleaved
from tests.support.random_story import SmallWorld

UNTIL = MORNING + timedelta(days=900)
ZONES = ("UTC", "Asia/Kathmandu", "America/New_York", "Europe/Moscow")


class UndoneError(Exception):
    """Let nothing of a transaction stay."""


async def roll_up(database: Database, days: int) -> bool:
    async with transaction(database) as session:
        has_more = await roll_up_next(session, days=days)
    async with transaction(database) as session:
        await keep_days_next(session, most=40 * days)
    return has_more


async def live(database: Database, choice: random.Random) -> date:
    """Events come in any order, some long after days of their knowledge were rolled up."""
    streams = SmallWorld(choice, longest_pause=72).live(120)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    if choice.random() < 0.5:
        events = interleaved(events, choice)
    async with transaction(database) as session:
        await clear(session)
    for first in range(0, len(events), 15):
        await consume(database, apply, events[first : first + 15], batch=5)
        await roll_up(database, choice.choice((1, 8, 40)))
    await roll_up(database, choice.choice((1, 100)))
    return streams.at.date()


def some_view(choice: random.Random, last: date) -> View:
    days = (last - MORNING.date()).days
    first = MORNING.date() + timedelta(days=choice.randrange(-3, days))
    end = first + timedelta(days=choice.randrange(1, days + 5))
    known_on = MORNING.date() + timedelta(days=choice.randrange(days))
    zone = require_zone(choice.choice(ZONES))
    return View(period(first, end, zone), choice.choice((None, known_on)))


async def counted(session: Session, view: View) -> Any:
    """All that counters tell of the view, without what has no count."""
    steps: Period = view.period
    found = {axis: told(await sum_counters(session, steps, axis, view.known_on)) for axis in AXES}
    for step in ("day", "week"):
        bounds = steps.steps(step).bounds
        found[step] = told(await sum_steps(session, bounds, view.known_on))
    return found


def told(sums: Mapping[Any, Sums]) -> dict[Any, Any]:
    return {
        key: (item.counts, item.amounts, item.sales)
        for key, item in sums.items()
        if any(item.counts.values()) or item.amounts
    }


async def durations(session: Session, view: View) -> Any:
    """How often what took how long; minutes of open leads are left out, they are known by hours."""
    sums = {name: await sum_durations(session, view, name) for name in PARTS if name != OPEN}
    return {
        name: {key: list(class_counts(each)) for key, each in item.items()}
        for name, item in sums.items()
    }


async def figures_of(session: Session, view: View) -> Any:
    """What reports show of durations but for quantiles."""
    responses = [
        await measure_responses(session, view, axis) for axis in ("manager", "region", "pipeline")
    ]
    curves: list[Any] = []
    for target, is_stage in (("won", False), ("contacted", False), ("new", True)):
        times = await list_durations(session, view, target, is_stage=is_stage, until=UNTIL)
        curves.append((sum(item.events for item in times), sum(item.censored for item in times)))
    stays = await measure_stages(session, view)
    return (
        [
            ({key: counts_of(item) for key, item in each.items()}, counts_of(all_))
            for each, all_ in responses
        ],
        curves,
        {key: row[0] for key, row in stays.items()},
    )


def counts_of(response: Response) -> tuple[int, ...]:
    return (response.count, response.within_1, response.within_5, response.within_60)


@pytest.mark.parametrize("seed", range(4))
async def test_sums_over_blocks_agree_with_what_they_sum(database: Database, seed: int) -> None:
    choice = random.Random(seed)
    last = await live(database, choice)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "EXACT_LEADS", -1)
        for _ in range(6):
            view = some_view(choice, last)
            with suppress(UndoneError):
                async with transaction(database) as session:
                    assert await session.scalar("SELECT count(*) FROM rolled") == 1
                    fast = [await each(session, view) for each in (counted, durations, figures_of)]
                    await session.execute("DELETE FROM rolled")  # nothing is summed then
                    slow = [await each(session, view) for each in (counted, durations, figures_of)]
                    raise UndoneError
            assert fast == slow


def test_classes_are_narrow_and_end_where_counts_do() -> None:
    for number in range(1, 1000):
        seconds = middle_of(number)
        assert class_of(seconds) == number
    for minutes, number in LAST_OF_MINUTES.items():
        assert class_of(60 * minutes) == number
        assert class_of(60 * minutes + 0.001) == number + 1
    choice = random.Random(1)
    for _ in range(2000):
        seconds = choice.lognormvariate(7, 4)
        assert abs(middle_of(class_of(seconds)) - seconds) <= max(0.5, 0.01 * seconds)


async def test_classes_are_the_same_in_sql(database: Database) -> None:
    choice = random.Random(2)
    seconds = [0.0, 60.0, 300.0, 900.0, 3600.0, *(choice.lognormvariate(6, 4) for _ in range(300))]
    async with transaction(database) as session:
        rows = await session.execute(
            f"SELECT {class_of_seconds('s')} FROM unnest(CAST(:seconds AS float[])) AS s",
            {"seconds": seconds},
        )
    assert rows.scalars() == [class_of(each) for each in seconds]

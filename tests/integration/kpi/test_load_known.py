"""Load as known before is told from days of which nothing came late."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from services.kpi.domain.load.steps import steps_of
from services.kpi.domain.load.sums import NO_SUMS, Sums
from services.kpi.domain.periods import known_until, period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.load import days
from services.kpi.repository.load.keeping import keep_load_next
from services.kpi.repository.load.people import list_manager_ids
from services.kpi.repository.rollups.sealing import roll_up_next
from services.kpi.use_cases.load.sums import edges_of
from services.kpi.use_cases.rollups import roll_up_all
from shared.contracts.leads import LeadWon
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Database, transaction
from tests.integration.kpi.test_load import a_day, a_day_and_one_more
from tests.integration.kpi.test_load_days import (
    NEVER,
    STEPS,
    ZONES,
    live,
    told,
)
from tests.integration.kpi.week import ANNA
from tests.support.event_streams import MORNING, consume, some_id


async def _told_by_runs(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    runs: Sequence[int],
    steps: Sequence[Any],
    known_on: date,
) -> list[tuple[list[list[Sums]], Sequence[Sums]]]:
    """What is told if days are read as summed up from runs of so many on."""
    sums = []
    for shortest in runs:
        monkeypatch.setattr(days, "SHORTEST_RUN", shortest)
        async with transaction(database) as session:
            sums.append((await told(session, steps, known_on))[:2])
    return sums


@pytest.mark.parametrize("seed", range(4))
async def test_days_say_what_was_known_before_where_nothing_came_late(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(400 + seed)
    last = await live(database, choice)
    await roll_up_all(database)
    used = 0
    for number in range(30):
        first = last - timedelta(days=choice.randrange(20, 70))
        known_on = first + timedelta(days=choice.randrange(1, 60))
        days_of = period(first, last, require_zone(choice.choice(ZONES)))
        now = MORNING + timedelta(days=(last - MORNING.date()).days)
        until = known_until(known_on, now)
        steps = list(steps_of(days_of, STEPS[1 + number % 4], until=until))
        sums = await _told_by_runs(database, monkeypatch, (1, NEVER), steps, known_on)
        assert sums[0] == sums[1], (first, known_on, number)
        monkeypatch.setattr(days, "SHORTEST_RUN", 1)
        edges = edges_of(steps)
        async with transaction(database) as session:
            managers = await list_manager_ids(session, after=None, limit=100)
            runs = await days.list_kept(session, edges[0], edges[-1], managers, known_on)
        used += len(runs)
    assert used


async def test_days_from_which_something_came_late_are_not_told_as_known_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams, begin = a_day(), MORNING.date()
    for number in range(3, 30):
        streams.at += timedelta(days=1)
        contact = some_id("contact", number)
        streams.opened(number, inquiry=streams.inquiry(number, contact=contact), contact=contact)
    lead, contact = some_id("lead", 2), some_id("contact", 2)
    streams.on_lead(LeadWon, lead, contact, at=MORNING + timedelta(days=9))
    turned = ManagerStatusChanged(
        manager_id=ANNA, status="online", changed_at=MORNING + timedelta(days=5)
    )
    on, off = turned, turned.model_copy(update={"status": "offline"})
    streams.emit(on)
    streams.emit(off.model_copy(update={"changed_at": MORNING + timedelta(days=6)}))
    await consume(database, apply, streams.events)
    await roll_up_all(database)
    known_on = begin + timedelta(days=20)
    whole = period(begin, known_on, require_zone("UTC"))
    steps = list(steps_of(whole, "day", until=known_until(known_on, streams.at)))
    edges = edges_of(steps)
    sums = await _told_by_runs(database, monkeypatch, (NEVER, 1), steps, known_on)
    assert sums[0] == sums[1]
    async with transaction(database) as session:
        managers = await list_manager_ids(session, after=None, limit=100)
        runs = await days.list_kept(session, edges[0], edges[-1], managers, known_on)
        now = await told(session, steps)
    assert runs == [
        (begin + timedelta(days=first), begin + timedelta(days=end)) for first, end in ((0, 5),)
    ]
    assert [ours == theirs for ours, theirs in zip(sums[1][1], now[1], strict=True)] == [
        not (5 <= number <= 6 or number >= 9) for number in range(len(steps))
    ]


async def test_blocks_are_summed_up_with_the_last_of_their_days(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = a_day_and_one_more(days=30)
    await consume(database, apply, streams.events)
    async with transaction(database) as session:
        while await roll_up_next(session, days=40):
            pass
    days_of = period(MORNING.date(), MORNING.date() + timedelta(days=30), require_zone("UTC"))
    steps = list(steps_of(days_of, "period", until=streams.at))
    sums = []
    for shortest in (NEVER, *[1] * 30):
        monkeypatch.setattr(days, "SHORTEST_RUN", shortest)
        async with transaction(database) as session:
            sums.append((await told(session, steps))[:2])
            await keep_load_next(session)
    assert sums == sums[:1] * 31
    assert any(each != NO_SUMS for each in sums[0][1])

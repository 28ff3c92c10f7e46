"""Load that is summed up by days says what its single changes say, whatever comes late."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from services.kpi.domain.load.steps import steps_of
from services.kpi.domain.load.sums import NO_SUMS, Sums
from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.facts import clear
from services.kpi.repository.load import days
from services.kpi.repository.load.keeping import keep_load_next
from services.kpi.repository.load.people import list_manager_ids
from services.kpi.repository.rollups.sealing import roll_up_next
from services.kpi.use_cases.load import sums as load_sums
from services.kpi.use_cases.load.sums import find_company_sums, find_sums
from services.kpi.use_cases.rollups import roll_up_all
from shared.contracts.catalog import consumed_by
from shared.contracts.leads import LeadWon
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Database, Session, transaction
from shared.errors import InvalidError
from tests.integration.kpi.test_load import a_day, a_day_and_one_more, employ
from tests.integration.kpi.week import ANNA, report
from tests.support.event_streams import MORNING, EventStreams, consume, interleaved, some_id
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld

ZONES = ("UTC", "Asia/Kathmandu", "Asia/Kolkata", "America/New_York", "Australia/Lord_Howe")
STEPS = ("hour", "day", "week", "month", "period")
STATUSES = ("online", "busy", "away", "offline")
NEVER = 10**9  # days of a run: none is kept


class StaffedWorld(SmallWorld):
    """Managers come and go too, some of it told late."""

    def employ(self) -> None:
        shifts = [{"days": [1, 3, 5], "from": "21:30", "to": "06:15"}]
        self.streams.emit(
            ManagerChanged(
                manager_id=self.manager(),
                changed_at=self.before(),
                capacity=self.choice.choice((0, 1.5, 3)),
                time_zone="Asia/Kathmandu",
                calendar=self.choice.choice((None, {"shifts": shifts})),
            )
        )

    def turn(self) -> None:
        self.streams.emit(
            ManagerStatusChanged(
                manager_id=self.manager(),
                status=self.choice.choice(STATUSES),
                changed_at=self.before(),
                until=self.choice.choice((None, self.streams.at + timedelta(hours=5))),
            )
        )

    def before(self) -> Any:
        return self.streams.at - timedelta(hours=self.choice.choice((0, 0, 0, 30, 300)))

    def open(self) -> None:
        self.choice.choice((self.employ, self.turn))()
        super().open()

    def call(self) -> None:
        self.choice.choice((self.employ, self.turn))()


async def live(database: Database, choice: random.Random) -> date:
    """Events come in any order, some long after their days were summed up."""
    streams = StaffedWorld(choice, longest_pause=60).live(110)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    if choice.random() < 0.5:
        events = interleaved(events, choice)
    async with transaction(database) as session:
        await clear(session)
    *_, late = range(0, len(events), 15)
    for first in range(0, len(events), 15):
        if first == late:
            await roll_up_all(database)
        await consume(database, apply, events[first : first + 15], batch=5)
        async with transaction(database) as session:
            await roll_up_next(session, days=choice.choice((1, 8, 40)))
        for _ in range(choice.choice((0, 3, 50))):
            async with transaction(database) as session:
                await keep_load_next(session)
    return streams.at.date()


async def told(
    session: Session, steps: Sequence[Any], known_on: date | None = None
) -> tuple[list[list[Sums]], Sequence[Sums], int]:
    """Of each manager and of the company, and how many blocks of days are summed up."""
    managers = await list_manager_ids(session, after=None, limit=100)
    return (
        await find_sums(session, managers, steps, known_on),
        await find_company_sums(session, managers, steps, known_on),
        await session.scalar("SELECT count(*) FROM load_kept WHERE span > 1"),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_days_of_load_say_what_its_changes_say(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(300 + seed)
    last = await live(database, choice)
    used = blocks = 0
    for number in range(30):
        if number == 15:
            await roll_up_all(database)
        step = STEPS[number % len(STEPS)]
        longest = 20 if step == "hour" else (last - MORNING.date()).days
        first = last - timedelta(days=choice.randrange(1, longest))
        end = first + timedelta(days=choice.randrange(1, longest))
        zone = require_zone(choice.choice(ZONES))
        now = MORNING + timedelta(days=(last - MORNING.date()).days, seconds=choice.random() * 1e5)
        steps = list(steps_of(period(first, end, zone), step, until=now))
        sums = []
        for shortest in (choice.choice((1, 3)), NEVER):
            monkeypatch.setattr(days, "SHORTEST_RUN", shortest)
            async with transaction(database) as session:
                sums.append(await told(session, steps))
        assert sums[0] == sums[1], (first, end, zone, step)
        used += sum(each != NO_SUMS for each in sums[0][1])
        blocks += sums[0][2]
    assert used > 40
    assert blocks


async def test_a_day_is_summed_up_once_and_again_when_it_changes(
    database: Database, door: Door
) -> None:
    morning = MORNING - timedelta(days=56)  # a Monday too, before a clock is changed anywhere
    streams = a_day(morning)
    for number in range(3, 45):
        streams.at += timedelta(days=1)
        contact = some_id("contact", number)
        inquiry = streams.inquiry(number, contact=contact)
        streams.opened(number, inquiry=inquiry, contact=contact)
    await consume(database, apply, streams.events)
    await roll_up_all(database)
    asked = {"from": "2026-01-05", "to": "2026-02-14", "tz": "Asia/Kathmandu", "step": "day"}
    before = await report(door, "/v1/managers/load/company", **asked)
    assert before["figures"]["went"][:3] == [1, 0, 0]
    days_kept = "SELECT count(*) FROM load_kept WHERE span = 1"
    async with transaction(database) as session:
        kept = await session.scalar(days_kept)
    lead, contact, first = some_id("lead", 2), some_id("contact", 2), len(streams.events)
    streams.on_lead(LeadWon, lead, contact, at=morning + timedelta(days=2))
    await consume(database, apply, streams.events[first:])
    async with transaction(database) as session:
        assert 0 < await session.scalar(days_kept) < kept
    after = await report(door, "/v1/managers/load/company", **asked)
    assert after["figures"]["went"][:3] == [1, 0, 1]
    await roll_up_all(database)
    async with transaction(database) as session:
        assert await session.scalar(days_kept) >= kept
    assert await report(door, "/v1/managers/load/company", **asked) == after


async def test_what_is_summed_up_is_told_however_much_changed(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams: EventStreams = a_day()
    streams.at += timedelta(days=40)
    contact = some_id("contact", 9)
    streams.opened(9, inquiry=streams.inquiry(9, contact=contact), contact=contact)
    await consume(database, apply, streams.events)
    monkeypatch.setattr(load_sums, "MOST_CHANGES", 0)
    asked = {"from": "2026-03-01", "to": "2026-04-01", "tz": "Europe/Moscow", "step": "month"}
    for path in ("/v1/managers/load", "/v1/managers/load/company"):
        refused = await door.client.get(path, params=asked, headers=door.as_("supervisor"))
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/to"
    await roll_up_all(database)
    monkeypatch.setattr(days, "SHORTEST_RUN", 1)
    for path in ("/v1/managers/load", "/v1/managers/load/company"):
        assert (await report(door, path, **asked))["steps"]
    params, before = {**asked, "as_known_on": "2026-03-02"}, len(streams.events)
    assert (await report(door, "/v1/managers/load/company", **params))["steps"]
    streams.on_lead(LeadWon, some_id("lead", 2), some_id("contact", 2), at=MORNING)
    await consume(database, apply, streams.events[before:])
    await roll_up_all(database)
    late = await door.client.get(path, params=params, headers=door.as_("supervisor"))
    assert late.status_code == 422


async def test_a_manager_who_is_told_of_late_has_what_was_held_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = a_day_and_one_more(days=9)
    of_anna = [item for item in streams.events if item.envelope.key == str(ANNA)]
    await consume(database, apply, [item for item in streams.events if item not in of_anna])
    await roll_up_all(database)
    monkeypatch.setattr(days, "SHORTEST_RUN", 1)
    days_of = period(MORNING.date(), MORNING.date() + timedelta(days=5), require_zone("UTC"))
    steps = list(steps_of(days_of, "day", until=streams.at))
    async with transaction(database) as session:
        assert (await told(session, steps))[1][0].came == 0
    await consume(database, apply, of_anna)
    for _ in range(2):
        async with transaction(database) as session:
            assert (await told(session, steps))[1][0].came == 2
        await roll_up_all(database)


async def test_what_is_not_summed_up_is_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consume(database, apply, a_day().events)
    days_of = period(MORNING.date(), MORNING.date() + timedelta(days=9), require_zone("UTC"))
    steps = list(steps_of(days_of, "period", until=MORNING + timedelta(days=9)))
    monkeypatch.setattr(load_sums, "MOST_DAYS", 9)
    monkeypatch.setattr(load_sums, "MOST_DAYS_OF_PAGE", 9)
    async with transaction(database) as session:
        with pytest.raises(InvalidError):
            await told(session, steps)
        managers = await list_manager_ids(session, after=None, limit=100)
        with pytest.raises(InvalidError):
            await find_company_sums(session, managers, steps, None)


async def test_a_manager_of_no_id_is_not_taken_for_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = a_day()
    employ(streams, days.EVERYBODY, 1)
    streams.at += timedelta(days=9)
    contact = some_id("contact", 9)
    streams.opened(9, inquiry=streams.inquiry(9, contact=contact), contact=contact)
    await consume(database, apply, streams.events)
    await roll_up_all(database)
    monkeypatch.setattr(days, "SHORTEST_RUN", 1)
    days_of = period(MORNING.date(), MORNING.date() + timedelta(days=5), require_zone("UTC"))
    steps = list(steps_of(days_of, "period", until=streams.at))
    async with transaction(database) as session:
        (own,) = await find_sums(session, [days.EVERYBODY], steps, None)
        _, company, _ = await told(session, steps)
    assert (own[0].came, company[0].came) == (0, 2)
    assert own[0].capacity

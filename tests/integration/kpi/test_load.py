"""Managers' load over time: what a naive look at every holding says, whatever was known when."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from services.kpi.domain.load.holdings import Change, Moment
from services.kpi.domain.load.sums import LoadFigures
from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.reports.cohort import View
from services.kpi.repository.writing import write
from services.kpi.use_cases.load.report import LoadQuery, show_company_load, show_load
from shared.contracts.catalog import consumed_by
from shared.contracts.leads import LeadReturned, LeadWon
from shared.contracts.managers import ManagerChanged, ManagerStatusChanged
from shared.database import Database, transaction
from tests.integration.kpi.week import ANNA, BORIS, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.random_story import MANAGERS, SmallWorld

LIST_HOLDINGS = """
SELECT CAST(h->>0 AS uuid) AS manager_id, CAST(h->>1 AS timestamptz) AS since,
    CAST(h->>2 AS timestamptz) AS until
FROM lead_story, jsonb_array_elements(holdings) AS h
WHERE NOT is_test AND known_on <= :known_on AND known_until > :known_on
"""
DAY = {"from": "2026-03-02", "to": "2026-03-03", "tz": "UTC"}


def employ(streams: EventStreams, manager_id: UUID, capacity: float, **more: Any) -> None:
    streams.emit(
        ManagerChanged(
            manager_id=manager_id,
            changed_at=streams.at,
            capacity=capacity,
            time_zone="UTC",
            **more,
        )
    )


def naive(
    holdings: Sequence[tuple[datetime, datetime | None]], start: datetime, end: datetime
) -> tuple[int, float, int]:
    """How many began, the average and the peak, by a look between any two changes."""
    edges = {start, end} | {at for each in holdings for at in each if at and start < at < end}
    moments = sorted(edges)
    seconds, peak = 0.0, 0
    for begin, until in pairwise(moments):
        number = sum(since <= begin and (to is None or to > begin) for since, to in holdings)
        seconds += number * (until - begin).total_seconds()
        peak = max(peak, number)
    came = sum(start <= since < end for since, _ in holdings)
    return came, seconds / (end - start).total_seconds(), peak


def numbers(figures: LoadFigures) -> tuple[int, Any, int]:
    return figures.came, pytest.approx(figures.open_average), figures.open_peak


@pytest.mark.parametrize("seed", range(3))
async def test_load_is_what_every_holding_adds_up_to(database: Database, seed: int) -> None:
    streams = EventStreams()
    for number in range(MANAGERS):
        employ(streams, some_id("manager", number), 2)
    SmallWorld(random.Random(seed), streams, longest_pause=12).live(90)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    await consume(database, apply, events, batch=7)
    first, last, now = MORNING.date(), streams.at.date(), streams.at + timedelta(hours=3)
    checked = 0
    for zone, step, begin in (
        ("Asia/Kathmandu", "day", first),
        ("America/New_York", "week", first),
        ("Europe/Moscow", "hour", first + (last - first) * 2 / 3),
    ):
        days = period(begin, last + timedelta(days=2), require_zone(zone))
        for known_on in (None, first + (last - first) / 2, first + timedelta(days=6)):
            view = View(days, known_on)
            async with transaction(database) as session:
                params = {"known_on": known_on or last + timedelta(days=9)}
                rows = await session.execute(LIST_HOLDINGS, params)
            async with transaction(database) as session:
                found = await show_load(
                    session, LoadQuery(view, step), only=None, after=None, limit=200, now=now
                )
            async with transaction(database) as session:
                whole = await show_company_load(session, LoadQuery(view, step), now=now)
            assert whole.steps == found.steps
            for manager in found.managers:
                own = [(row[1], row[2]) for row in rows if row[0] == manager.manager_id]
                for moment, figures in zip(found.steps, manager.figures, strict=True):
                    assert numbers(figures) == naive(own, *moment), (zone, known_on, moment)
                    checked += figures.open_peak
            everybody = [(row[1], row[2]) for row in rows]
            for moment, figures in zip(whole.steps, whole.figures, strict=True):
                assert numbers(figures) == naive(everybody, *moment)
    assert checked > 20


def a_day(morning: datetime = MORNING) -> EventStreams:
    """From ten past nine Anna, who can hold 1, holds a lead, from half past also another of two
    units; at 10:10 the first is won, and she may hold 4 from 12:10 on. She is there from nine on,
    away at eleven; her shift begins at ten.
    """
    streams = EventStreams()
    streams.at = morning
    calendar = {"shifts": [{"days": [1, 2, 3, 4, 5], "from": "10:00", "to": "14:00"}]}
    employ(streams, ANNA, 1, name="Anna", calendar=calendar)
    employ(streams, BORIS, 2, name="Boris")
    for status, hours in (("online", 0), ("away", 2)):
        streams.emit(
            ManagerStatusChanged(
                manager_id=ANNA, status=status, changed_at=morning + timedelta(hours=hours)
            )
        )
    leads = []
    for number, minutes, units in ((1, 10, 1.0), (2, 30, 2.0)):
        contact = some_id("contact", number)
        inquiry = streams.inquiry(number, contact=contact)
        lead = streams.opened(number, inquiry=inquiry, contact=contact, work_units=units)
        streams.at = morning + timedelta(minutes=minutes)
        streams.assigned(lead, contact, ANNA)
        leads.append((lead, contact))
    streams.at = morning + timedelta(minutes=70)
    streams.on_lead(LeadWon, *leads[0], amount=10, currency="RUB")
    streams.at = morning + timedelta(minutes=190)
    employ(streams, ANNA, 4, name="Anna", calendar=calendar)
    return streams


def a_day_and_one_more(*, days: int) -> EventStreams:
    """A lead comes so many days after the others."""
    streams = a_day()
    streams.at += timedelta(days=days)
    contact = some_id("contact", 9)
    streams.opened(9, inquiry=streams.inquiry(9, contact=contact), contact=contact)
    return streams


async def load(door: Door, **parameters: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await report(door, "/v1/managers/load", **parameters))["rows"]
    return [row["figures"] for row in sorted(rows, key=lambda row: str(row["name"]))]


async def test_a_day_of_two_managers(database: Database, door: Door) -> None:
    await consume(database, apply, a_day().events)
    anna, boris = await load(door, **DAY)
    # It is six in the evening: eighteen hours of the day have passed.
    (step,) = (await report(door, "/v1/managers/load", **DAY))["steps"]
    assert step == {"begins_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-02T18:00:00Z"}
    assert (anna["came"], anna["went"], anna["open_peak"]) == ([2], [1], [2])
    minutes = {
        "open_average": 60 + 510,
        "units_average": 60 + 2 * 510,
        "capacity_average": 1 * 190 + 4 * 350,
    }
    for name, total in minutes.items():
        assert anna[name] == [pytest.approx(total / (18 * 60))], name
    assert anna["utilisation"] == [pytest.approx(1080 / 1590)]
    assert anna["over_capacity_minutes"] == [160]  # from 9:30 to 12:10
    assert (anna["present_minutes"], anna["shift_minutes"]) == ([120], [240])
    assert anna["present_on_shift_minutes"] == [60]
    assert (boris["came"], boris["shift_minutes"]) == ([0], [539])
    hours = (await load(door, **DAY, step="hour"))[0]["open_peak"]
    assert (len(hours), hours[8:12]) == (18, [0, 2, 2, 1])
    company = (await report(door, "/v1/managers/load/company", **DAY))["figures"]
    assert (company["came"], company["open_peak"], company["went"]) == ([2], [2], [1])
    assert company["capacity_average"] == [pytest.approx((1590 + 2 * 539) / 1080)]
    assert company["present_minutes"] == [120]


async def test_load_can_be_read_as_it_stood(database: Database, late_door: Door) -> None:
    streams = a_day()
    streams.at += timedelta(days=9)
    contact = some_id("contact", 2)
    streams.on_lead(LeadWon, some_id("lead", 2), contact, at=MORNING + timedelta(minutes=90))
    await consume(database, apply, streams.events)
    for known_on, went in (("2026-03-02", 1), ("2026-03-10", 1), ("2026-03-11", 2)):
        (anna, _) = await load(late_door, **DAY, as_known_on=known_on)
        assert anna["went"] == [went], known_on
    anna, boris = await load(late_door, **DAY, as_known_on="2026-03-01")
    assert anna["open_peak"] == boris["open_peak"] == []


async def test_a_correction_is_no_rise_and_fall(database: Database) -> None:
    streams = EventStreams()
    employ(streams, ANNA, 1)
    await consume(database, apply, streams.events)
    days = [MORNING.date() + timedelta(days=number) for number in range(3)]
    async with transaction(database) as session:
        for day, times in zip(days, (1, 1, -1), strict=True):
            moment = Moment(ANNA, MORNING + timedelta(hours=1), day)
            load = {moment: Change(times, 0, 1000 * times)}
            await write(
                session, facts={}, corrections=(), removed=(), added=(), counters={}, load=load
            )
    view = View(period(days[0], days[1], require_zone("UTC")))
    async with transaction(database) as session:
        later = streams.at + timedelta(days=1)
        found = await show_load(
            session, LoadQuery(view, "day"), only=ANNA, after=None, limit=1, now=later
        )
    (figures,) = found.managers[0].figures
    assert (figures.came, figures.open_peak) == (1, 1)


async def test_what_came_and_went_leaves_no_row_of_nothing(database: Database) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=contact), contact=contact)
    streams.assigned(lead, contact, ANNA)
    streams.on_lead(LeadReturned, lead, contact, manager_id=ANNA, epoch=1)
    await consume(database, apply, streams.events, batch=1)
    async with transaction(database) as session:
        assert await session.execute("SELECT * FROM held_week") == []
        rows = await session.execute("SELECT begun, ended FROM held_change ORDER BY at")
        assert [tuple(row) for row in rows] == [(1, 0), (0, 1)]


async def test_load_is_shown_in_pages_to_whom_it_concerns(database: Database, door: Door) -> None:
    await consume(database, apply, a_day().events)
    first = await report(door, "/v1/managers/load", **DAY, limit="1")
    again = {"limit": "1", "cursor": first["next_cursor"]}
    second = await report(door, "/v1/managers/load", **DAY, **again)
    ids = {row["manager_id"] for each in (first, second) for row in each["rows"]}
    assert ids == {str(ANNA), str(BORIS)}
    anna = door.as_("manager", manager_id=ANNA)
    own = await door.client.get("/v1/managers/load", params=DAY, headers=anna)
    assert [row["manager_id"] for row in own.json()["rows"]] == [str(ANNA)]
    answer = await door.client.get("/v1/managers/load/company", params=DAY, headers=anna)
    assert answer.status_code == 403
    for more in ({"to": "2028-01-01", "step": "month"}, {"from": "2025-01-01", "step": "hour"}):
        params = {**DAY, **more}
        for path in ("/v1/managers/load", "/v1/managers/load/company"):
            answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
            is_long = more["step"] == "hour"
            assert answer.status_code == (422 if is_long else 200), answer.text
            if is_long:
                assert answer.json()["errors"][0]["pointer"] == "/step"

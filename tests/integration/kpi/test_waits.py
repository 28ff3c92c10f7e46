"""Waiting times as distributions: bins, promises, by hour, weekday and manager."""

import random
from collections import Counter
from datetime import timedelta
from typing import Any

from services.kpi.domain.waiting import BIN_ENDS, counts_up_to, in_bins
from services.kpi.handlers import apply
from shared.contracts.catalog import consumed_by
from shared.contracts.leads import LeadParked
from shared.database import Database
from tests.integration.kpi.test_response_steps import one_sale
from tests.integration.kpi.week import ANNA, BORIS, WEEK, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld

PATH = "/v1/response-times/distribution"


def filled(figures: dict[str, Any]) -> dict[int | None, int]:
    """The bins that have something."""
    return {item["up_to_seconds"]: item["count"] for item in figures["bins"] if item["count"]}


def test_every_time_is_in_one_bin() -> None:
    times = [0.0, 60.0, 60.5, 300.0, 3600.0, 1e9]
    bins = dict(zip((*BIN_ENDS, None), in_bins(counts_up_to(times), len(times)), strict=True))
    assert {end: count for end, count in bins.items() if count} == {
        60: 2,
        300: 2,
        3600: 1,
        None: 1,
    }


async def test_a_step_is_told_in_bins_and_held_against_its_promise(
    database: Database, door: Door
) -> None:
    streams = one_sale()
    contact = some_id("contact", 2)
    streams.at = MORNING + timedelta(days=1, hours=5)
    inquiry = streams.inquiry(2, contact=contact)
    late = streams.opened(2, inquiry=inquiry, contact=contact)
    streams.assigned(late, contact, BORIS)
    streams.at += timedelta(minutes=50)
    streams.accepted(late, contact, BORIS)
    await consume(database, apply, streams.events)
    touch = (await report(door, PATH, **WEEK))["totals"]
    assert (touch["count"], touch["p50_seconds"], filled(touch)) == (1, 900, {900: 1})
    assert touch["promise"] == {"due": 1, "kept": 1, "share": 1.0}  # the other is of tomorrow
    later = await report(door, PATH, **WEEK, step="accept", group_by="manager")
    rows = {row["value"]: row for row in later["rows"]}
    assert filled(rows[str(ANNA)]) == {60: 1}
    assert filled(rows[str(BORIS)]) == {3600: 1}
    assert (rows[str(ANNA)]["promise"]["kept"], rows[str(BORIS)]["promise"]["kept"]) == (1, 0)
    worked = await report(door, PATH, **WEEK, time="working", group_by="weekday")
    assert {row["value"]: filled(row) for row in worked["rows"]} == {1: {300: 1}, 2: {}}
    moscow = {**WEEK, "tz": "Europe/Moscow"}
    hours = (await report(door, PATH, **moscow, group_by="hour", step="owner"))["rows"]
    assert {row["value"]: filled(row) for row in hours} == {12: {300: 1}, 17: {60: 1}}


async def test_who_is_forgotten_in_time_takes_the_promise_back(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    for number, minutes in enumerate((2, 6)):  # after the assignment, of five to accept it
        contact = some_id("contact", number)
        lead = streams.opened(
            number, inquiry=streams.inquiry(number, contact=contact), contact=contact
        )
        streams.assigned(lead, contact, ANNA)
        at = streams.at + timedelta(minutes=minutes)
        streams.on_lead(LeadParked, lead, contact, reason="erased", at=at)
    await consume(database, apply, streams.events)
    for group_by in ("source", "hour"):
        found = await report(door, PATH, **WEEK, step="accept", group_by=group_by)
        assert found["totals"]["promise"] == {"due": 1, "kept": 0, "share": 0.0}
        touch = await report(door, PATH, **WEEK, group_by=group_by)
        assert touch["totals"]["promise"]["due"] == 0


async def test_working_time_of_nobodys_calendar_is_the_clocks(
    database: Database, door: Door
) -> None:
    streams = SmallWorld(random.Random(5), longest_pause=12).live(80)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    await consume(database, apply, events)
    days = {"from": str(MORNING.date()), "to": str(streams.at.date() + timedelta(days=1))}
    checked: Counter[str] = Counter()
    clock: dict[str, Any] = {}
    for step in ("owner", "accept", "first_touch", "sale"):
        for group_by in ("source", "pipeline", "manager", "week", "hour"):
            clock, working = [
                await report(door, PATH, **days, step=step, group_by=group_by, time=time)
                for time in ("clock", "working")
            ]
            assert clock == working, (step, group_by)
            assert sum(row["count"] for row in clock["rows"]) == clock["totals"]["count"]
            checked[step] += clock["totals"]["count"]
        whole = await report(door, PATH, **days, step=step)
        assert (whole["rows"], whole["totals"]) == ([], clock["totals"])
    assert min(checked.values()) > 0


async def test_what_is_taken_without_having_been_given_took_no_time(
    database: Database, door: Door
) -> None:
    streams, contact = one_sale(), some_id("contact", 2)
    inquiry = streams.inquiry(2, contact=contact)
    lead = streams.opened(2, inquiry=inquiry, contact=contact)
    streams.accepted(lead, contact, BORIS)
    await consume(database, apply, streams.events)
    for time in ("clock", "working"):
        accepts = (await report(door, PATH, **WEEK, step="accept", time=time))["totals"]
        assert (accepts["count"], accepts["within_1"]) == (1, 1)  # the other one's


async def test_nothing_has_all_bins(database: Database, door: Door) -> None:
    await consume(database, apply, one_sale().events)
    days = {"from": "2026-03-09", "to": "2026-03-16", "tz": "UTC", "compare": "previous"}
    page = await report(door, PATH, **days, step="owner", group_by="channel")
    (row,) = page["rows"]
    assert [len(each["bins"]) for each in (row, row["previous"])] == [len(BIN_ENDS) + 1] * 2
    assert (row["count"], row["previous"]["count"]) == (0, 1)
    assert filled(row) == {}

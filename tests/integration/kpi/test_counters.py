"""Counters say what stories say, now and as it stood on any day before."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.reports.cohort import DIMENSIONS, View
from services.kpi.repository.reports.counted import sum_counters
from services.kpi.repository.reports.sides import Counts, count_cohort_and_activity
from services.kpi.repository.reports.story_counts import count_stories
from shared.contracts.catalog import consumed_by
from shared.contracts.leads import (
    LeadLost,
    LeadReopened,
    LeadReturned,
    LeadStageChanged,
    LeadWon,
)
from shared.database import Database, transaction
from tests.integration.kpi.week import ANNA, BORIS, WEEK, a_week, numbers, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.random_story import SmallWorld

FIRST = MORNING.date()


async def counts_by(database: Database, view: View, dimension: str) -> tuple[Any, Any]:
    """By counters and by stories; groups without any count are none."""
    async with transaction(database) as session:
        sides = await count_cohort_and_activity(session, view, dimension)
        told = await count_stories(session, view, [dimension])
    counted = {key: both.cohort for key, both in sides.items()}
    ours, theirs = (
        {key: item for key, item in each.items() if item != Counts()} for each in (counted, told)
    )
    return ours, theirs


@pytest.mark.parametrize("seed", range(3))
async def test_counters_agree_with_stories(database: Database, seed: int) -> None:
    streams = SmallWorld(random.Random(seed), longest_pause=12).live(60)
    events = [item for item in streams.events if item.envelope.topic in consumed_by("kpi")]
    await consume(database, apply, events, batch=7)
    last = streams.at.date()
    checked = 0
    for zone in ("Asia/Kathmandu", "America/New_York"):
        days = period(FIRST, last + timedelta(days=2), require_zone(zone))
        for known_on in (None, FIRST, FIRST + (last - FIRST) / 2):
            for dimension in DIMENSIONS:
                counted, told = await counts_by(database, View(days, known_on), dimension)
                assert counted == told, (zone, known_on, dimension)
                checked += len(told)
    assert checked > 20


async def test_a_report_can_be_read_as_it_stood(database: Database, late_door: Door) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=contact), contact=contact)
    streams.assigned(lead, contact, ANNA)
    streams.at += timedelta(days=2)
    streams.on_lead(LeadWon, lead, contact, manager_id=ANNA, amount=10, currency="RUB")
    await consume(database, apply, streams.events)
    now = await report(late_door, "/v1/funnel", **WEEK)
    assert numbers(now["totals"]) == (1, 1, 0, 0, 1, 0)
    for group_by in ("source", "source,manager"):
        before = await report(
            late_door,
            "/v1/funnel",
            **WEEK,
            as_known_on=str(FIRST + timedelta(days=1)),
            group_by=group_by,
        )
        assert numbers(before["totals"]) == (1, 1, 0, 0, 0, 0)
    earlier = await report(
        late_door, "/v1/funnel", **WEEK, as_known_on=str(FIRST - timedelta(days=1))
    )
    assert earlier["rows"] == []
    items = await report(
        late_door,
        "/v1/funnel/leads",
        **WEEK,
        measure="won",
        as_known_on=str(FIRST + timedelta(days=1)),
    )
    assert items["items"] == []


async def test_nobody_knows_what_will_be_known(database: Database, door: Door) -> None:
    for path in ("/v1/funnel", "/v1/sales", "/v1/loyalty", "/v1/managers/load"):
        today = {**WEEK, "as_known_on": str(FIRST)}
        await report(door, path, **today)
        answer = await door.client.get(
            path,
            params={**today, "as_known_on": str(FIRST + timedelta(days=1))},
            headers=door.as_("supervisor"),
        )
        assert answer.status_code == 422, path
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/as_known_on"
        assert str(FIRST) in error["detail"]


async def test_the_period_before_stands_beside(database: Database, door: Door) -> None:
    await consume(database, apply, a_week().events)
    found = await report(
        door, "/v1/funnel", **{"from": "2026-03-09", "to": "2026-03-16"}, compare="previous"
    )
    assert numbers(found["totals"]) == (0, 0, 0, 0, 0, 0)
    assert numbers(found["totals"]["previous"]) == (6, 2, 2, 0, 1, 1)
    assert [numbers(row["previous"])[0] for row in found["rows"]] in ([1, 5], [5, 1])


async def test_a_hand_over_neither_steals_nor_gives(database: Database) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=contact), contact=contact)
    streams.assigned(lead, contact, ANNA)
    streams.accepted(lead, contact, ANNA)
    for stage in ("talks", "new", "talks"):
        streams.on_lead(LeadStageChanged, lead, contact, from_stage="new", to_stage=stage)
    streams.on_lead(LeadReturned, lead, contact, manager_id=ANNA, epoch=1)
    streams.assigned(lead, contact, BORIS)
    streams.on_lead(LeadWon, lead, contact, amount=10, currency="RUB")
    await consume(database, apply, streams.events)
    days = period(FIRST, FIRST + timedelta(days=1), require_zone("UTC"))
    async with transaction(database) as session:
        managers = await sum_counters(session, days, "manager", None)
        stages = await sum_counters(session, days, "stage", None)
    anna, boris = managers[str(ANNA)].counts, managers[str(BORIS)].counts
    assert (anna["assigned"], anna["accepted"], anna["returned"], anna["won"]) == (1, 1, 1, 0)
    assert (boris["assigned"], boris["accepted"], boris["won"]) == (1, 0, 1)
    assert managers[str(BORIS)].amounts["amount"] == {"RUB": 10}
    assert {stage: sums.counts["entered"] for stage, sums in stages.items()} == {
        "sales/new": 1,
        "sales/talks": 1,
    }


async def test_what_counts_nothing_any_more_leaves_no_row(database: Database) -> None:
    streams = EventStreams()
    contact = some_id("contact", 1)
    lead = streams.opened(1, inquiry=streams.inquiry(1, contact=contact), contact=contact)
    streams.on_lead(LeadLost, lead, contact, loss_reason="price")
    streams.on_lead(LeadReopened, lead, contact, closed_as="lost")
    await consume(database, apply, streams.events, batch=1)
    async with transaction(database) as session:
        for table in ("counter", "day_counter"):
            rows = await session.execute(f"SELECT * FROM {table} WHERE axis = 'loss_reason'")
            assert rows == []


async def test_days_of_months_and_weeks_are_whole(database: Database, door: Door) -> None:
    await consume(database, apply, a_week().events)
    span = {"from": "2026-02-25", "to": "2026-03-20"}
    for group_by, labels in (("month", {"2026-03-01"}), ("week", {"2026-03-02"})):
        found = await report(door, "/v1/funnel", **span, group_by=group_by)
        assert {row["group"][group_by] for row in found["rows"]} == labels
        assert found["rows"][0]["received"] == 6
    assert date.fromisoformat("2026-03-02").weekday() == 0

"""Long periods, and lists and pages of much: what they tell is what the parts tell."""

import functools
import random
from datetime import date, timedelta
from typing import Any

import pytest

from services.kpi.handlers import apply
from services.kpi.repository.drill import quarters
from services.kpi.repository.reports import summed as reading
from services.kpi.repository.reports.cohort import View
from services.kpi.use_cases.load import report as load_cases
from services.kpi.use_cases.reports import drill_pages
from services.kpi.use_cases.reports.drill_down import list_received
from services.kpi.use_cases.reports.drill_pages import MOST_ON_PAGE
from shared.database import Database, transaction
from tests.integration.kpi.company import settle
from tests.integration.kpi.test_drill_downs import criteria_of, walk
from tests.integration.kpi.test_load import DAY, a_day
from tests.integration.kpi.test_rollups import live, some_view
from tests.integration.kpi.ways import REPORTS
from tests.integration.kpi.week import ANNA, BORIS, report
from tests.support.event_streams import consume
from tests.support.http_client import Door

CENTURY = {"from": "1975-01-01", "to": "2075-01-01"}
# Sums of money are of the days that are asked for.
NARROWED = [
    (path, choices) for path, choices in REPORTS if path not in {"/v1/sources", "/v1/campaigns"}
]


def year_of(days: dict[str, str]) -> dict[str, str]:
    first, end = (date.fromisoformat(days[name]) for name in ("from", "to"))
    more = timedelta(days=150)
    return {**days, "from": str(first - more), "to": str(end + more)}


async def test_a_century_tells_what_its_days_with_facts_tell(
    database: Database, late_door: Door
) -> None:
    days = await settle(database, late_door, seed=1, steps=70)
    year, rows = year_of(days), 0
    half = str(date.fromisoformat(days["from"]) + timedelta(days=20))
    for path, choices in (*NARROWED, ("/v1/funnel", {"group_by": "day"})):
        for known in ({}, {"as_known_on": half}):
            asked = {**choices, **known}
            found = await report(late_door, path, **{**year, **asked})
            assert await report(late_door, path, **{**days, **CENTURY, **asked}) == found, asked
            rows += len(found.get("rows", ()))
    assert rows > 50


async def test_a_century_of_nothing_has_no_rows(database: Database, door: Door) -> None:
    for group_by in ("day", "source,month"):
        found = await report(door, "/v1/funnel", **CENTURY, tz="Asia/Kathmandu", group_by=group_by)
        assert found["rows"] == []


async def test_a_century_leads_to_what_its_numbers_count(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=1, steps=70)
    for path, choices in (
        ("/v1/funnel/leads", {"measure": "leads"}),
        ("/v1/funnel/activity/leads", {"measure": "assigned"}),
        ("/v1/response-times/steps/leads", {"step": "owner"}),
    ):
        found = await report(door, path, **{**year_of(days), **choices})
        assert found["items"]
        assert await report(door, path, **{**days, **CENTURY, **choices}) == found


async def test_money_by_day_is_of_ten_years_at_most(door: Door) -> None:
    for path in ("/v1/sources", "/v1/campaigns", "/v1/sales"):
        params = {**CENTURY, "group_by": "day"}
        answer = await door.client.get(path, params=params, headers=door.as_("supervisor"))
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/to"
        await report(door, path, **{**CENTURY, "group_by": "month"})
        ten_years = {"from": "2016-01-01", "to": "2026-01-01", "group_by": "day"}
        await report(door, path, **ten_years)
        beside = {**ten_years, "compare": "previous"}
        answer = await door.client.get(path, params=beside, headers=door.as_("supervisor"))
        assert answer.status_code == 422


async def test_items_of_several_criteria_are_those_of_the_whole_period(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few quarters are looked into at first, and whoever counts them."""
    choice = random.Random(5)
    last = await live(database, choice)
    groups = [each for each in await criteria_of(database) if each]
    monkeypatch.setattr(reading, "EXACT_LEADS", 0)
    monkeypatch.setattr(drill_pages, "_LEAST_AMONG", 1)
    monkeypatch.setattr(drill_pages, "_MORE_AMONG", 2)
    looked: list[bool] = []
    find = quarters.find_quarters

    async def noted(*arguments: Any, **members: Any) -> quarters.Quarters:
        found = await find(*arguments, **members)
        looked.append(found.is_all)
        return found

    monkeypatch.setattr(drill_pages, "find_quarters", noted)
    several = 0
    for number in range(60):
        view: View = some_view(choice, last)
        criteria = {**choice.choice(groups), **choice.choice(groups)}
        measure = ("leads", "received", "won", "contacted", "open", "within_60")[number % 6]
        ask = functools.partial(list_received, measure=measure, criteria=criteria)
        pages = await walk(database, view, ask, limit=2)
        assert pages == await walk(database, view, ask, limit=MOST_ON_PAGE + 1), criteria
        several += len(pages) > 2
    assert several > 5
    assert False in looked, "some pages are full before all is looked through"
    async with transaction(database) as session:
        assert await session.scalar("SELECT count(*) FROM lead_day")


async def test_pages_of_many_steps_have_fewer_managers(
    database: Database, late_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    await consume(database, apply, a_day().events)
    days = {**DAY, "from": "2026-02-28"}  # three of them
    for most, params in ((5, {}), (10, {"compare": "previous"}), (5, {"as_known_on": DAY["to"]})):
        monkeypatch.setattr(load_cases, "MOST_CELLS", most)
        asked = {**days, **params}
        first = await report(late_door, "/v1/managers/load", **asked, limit="200")
        second = await report(late_door, "/v1/managers/load", **asked, cursor=first["next_cursor"])
        (anna, boris) = (row["manager_id"] for each in (first, second) for row in each["rows"])
        assert {anna, boris} == {str(ANNA), str(BORIS)}, params
    monkeypatch.setattr(load_cases, "MOST_CELLS", 6)
    whole = await report(late_door, "/v1/managers/load", **days, limit="200")
    assert (len(whole["rows"]), whole["next_cursor"]) == (2, None)

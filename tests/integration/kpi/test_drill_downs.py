"""Each number of each report leads to what it counts."""

import functools
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import get_args

import pytest

from services.kpi.domain.periods import period, require_zone
from services.kpi.repository.drill.pages import DrillDown, DrillDownItem
from services.kpi.repository.reports import summed as reading
from services.kpi.repository.reports.cohort import COLUMN_OF, NOTHING, FunnelFilter, View
from services.kpi.schemas.drill_down import ActivityMeasure, Measure
from services.kpi.use_cases.reports.conversions import show_curve
from services.kpi.use_cases.reports.drill_down import (
    CurvePoint,
    list_active,
    list_received,
    list_watched,
)
from services.kpi.use_cases.reports.drill_pages import MOST_ON_PAGE, Window
from shared.database import Database, transaction
from tests.integration.kpi.company import settle
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_rollups import UNTIL, live
from tests.integration.kpi.ways import REPORTS, numbers, way
from tests.integration.kpi.week import ANNA, BORIS, WEEK, a_week, report
from tests.support.event_streams import MORNING, consume
from tests.support.http_client import Door

LEAST = 150  # numbers that are not zero
COHORT, ACTIVITY = get_args(Measure), get_args(ActivityMeasure)


async def test_every_number_leads_to_what_it_counts(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=1, steps=70)
    checked: set[str] = set()
    positive = 0
    for path, choices in REPORTS:
        asked = {**days, **choices}
        for row, name, number in numbers(await report(door, path, **asked)):
            if not number and f"{path} {name}" in checked:
                continue  # one nothing is like another
            place, params = way(path, asked, row, name)
            page = await report(door, place, **params, limit="1")
            assert page["total"] == number, (path, choices, name, row, params)
            positive += number > 0
            checked.add(f"{path} {name}")
    assert positive > LEAST
    assert {"/v1/managers activity.declined", "/v1/sales figures.money.RUB.priced"} <= checked


async def test_pages_hold_what_the_number_counts(database: Database, door: Door) -> None:
    days = await settle(database, door, seed=1, steps=70)
    for path, measure in (
        ("/v1/funnel/leads", "received"),
        ("/v1/funnel/leads", "leads"),
        ("/v1/funnel/activity/leads", "accept_due"),
        ("/v1/sources/items", "contacts"),
        ("/v1/sales/items", "customers"),
    ):
        asked = {**days, "measure": measure, "limit": "1"}
        first = page = await report(door, path, **asked)
        items = page["items"]
        while page["next_cursor"] is not None:
            page = await report(door, path, **asked, cursor=page["next_cursor"])
            assert page["total"] is None
            items += page["items"]
        assert len(items) == first["total"] > 1, (path, measure)
        assert len({str(item) for item in items}) == len(items)


async def test_pages_hold_in_turn_what_the_whole_period_holds(
    database: Database, door: Door
) -> None:
    days = await settle(database, door, seed=3, steps=70)
    first, end = date.fromisoformat(days["from"]), date.fromisoformat(days["to"])
    whole = period(first, end, require_zone("Asia/Kathmandu"))
    groups, several = await criteria_of(database), 0
    for known_on in (None, first + (end - first) / 2):
        view = View(whole, known_on)
        for ask, measures in ((list_received, COHORT), (list_active, ACTIVITY)):
            for number, measure in enumerate(measures):
                for criteria in groups[number % 3 :: 3]:
                    turn = functools.partial(ask, measure=measure, criteria=criteria)
                    pages = await walk(database, view, turn, limit=2)
                    at_once = await walk(database, view, turn, limit=MOST_ON_PAGE + 1)
                    assert pages == at_once, (measure, criteria)
                    several += len(pages) > 5
    assert several > 5


async def test_points_of_a_long_curve_count_what_they_lead_to(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = await live(database, random.Random(7))
    monkeypatch.setattr(reading, "EXACT_LEADS", -1)
    first = MORNING.date() - timedelta(days=1)
    view = View(period(first, last + timedelta(days=1), require_zone("Europe/Moscow")))
    asked = 0
    for target, is_stage in (("won", False), ("contacted", False), ("new", True)):
        async with transaction(database) as session:
            curve = await show_curve(session, view, target, is_stage=is_stage, until=UNTIL)
        for point in curve.points:
            place = CurvePoint(target, is_stage, UNTIL, "at_risk", point.time)
            async with transaction(database) as session:
                page = await list_watched(session, view, place, Window(None, 1))
            assert page.total == point.at_risk
            asked += 1
    assert asked > 5


async def criteria_of(database: Database) -> list[FunnelFilter]:
    """Nothing at all, and two values of each dimension, of which one may be none."""
    criteria: list[FunnelFilter] = [{}]
    async with transaction(database) as session:
        for name, column in COLUMN_OF.items():
            rows = await session.execute(
                f"SELECT {column} AS value FROM lead_story"
                " GROUP BY value ORDER BY count(*) DESC, value LIMIT 2"
            )
            criteria += [{name: row.value or NOTHING} for row in rows]
    return criteria


async def walk(
    database: Database, view: View, ask: Callable[..., Awaitable[DrillDown]], *, limit: int
) -> list[DrillDownItem]:
    found: list[DrillDownItem] = []
    total: int | None = None
    while True:
        after = found[-1].place if found else None
        async with transaction(database) as session:
            page = await ask(session, view, window=Window(after, limit))
        if after is None:
            total = page.total
        found += page.items
        if len(page.items) < limit:
            assert len(found) == total
            return found


async def test_a_manager_sees_what_the_own_numbers_count(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_week().events)
    anna = door.as_("manager", manager_id=ANNA)
    for path in ("/v1/funnel/leads", "/v1/funnel/activity/leads"):
        asked = {**WEEK, "measure": "assigned"}
        own = await door.client.get(path, params=asked, headers=anna)
        named = await door.client.get(path, params={**asked, "manager": str(ANNA)}, headers=anna)
        assert own.json() == named.json() == await report(door, path, **asked, manager=str(ANNA))
        for other in (str(BORIS), "none"):
            refused = await door.client.get(path, params={**asked, "manager": other}, headers=anna)
            assert refused.status_code == 403

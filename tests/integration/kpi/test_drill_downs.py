"""Each number of each report leads to what it counts."""

from shared.database import Database
from tests.integration.kpi.company import settle
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.ways import REPORTS, numbers, way
from tests.integration.kpi.week import ANNA, BORIS, WEEK, a_week, report
from tests.support.event_streams import consume
from tests.support.http_client import Door

LEAST = 150  # numbers that are not zero


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

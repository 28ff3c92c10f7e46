"""Sales and repeat sales: counted once, by person, in time, as they were known."""

import asyncio
import random
from typing import Any

import pytest

from services.kpi.repository.money.rule import advance_to, set_rule
from services.kpi.use_cases.money.recount import recount_loop
from services.kpi.use_cases.restore import restore
from shared.contracts.indicators import SaleRuleChanged
from shared.database import Database, transaction
from shared.runtime.loop import keep
from tests.integration.kpi.spring import a_spring, bought, cancelled, joined, person, won
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import ANNA, WEEK, report
from tests.support.event_streams import MORNING, EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.journal_events import journal_events
from tests.support.random_story import SmallWorld
from tests.support.waiting import eventually


async def figures(door: Door, **params: str) -> dict[str, Any]:
    found = await report(door, "/v1/sales", **{**WEEK, "group_by": "", **params})
    totals: dict[str, Any] = found["totals"]["figures"]
    return totals


async def by(door: Door, name: str, **params: str) -> dict[Any, dict[str, Any]]:
    found = await report(door, "/v1/sales", **WEEK, group_by=name, **params)
    return {row["group"][name]: row["figures"] for row in found["rows"]}


async def test_a_win_and_its_order_are_one_sale(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    totals = await figures(door)
    names = ("sales", "new", "returning", "joined", "customers", "returning_customers")
    assert [totals[name] for name in names] == [4, 2, 2, 1, 2, 2]
    assert totals["repeat_rate"]["value"] == 1
    assert totals["money"]["RUB"]["amount"] == 160
    assert totals["money"]["RUB"]["average_check"] == 53.33
    assert totals["money"]["RUB"]["new_amount"] == 110
    assert totals["money"]["USD"] == {
        "priced": 1, "amount": 5, "average_check": 5, "new_amount": 0, "returning_amount": 5,
        "cancelled_amount": 0,
    }  # fmt: skip
    page = await report(door, "/v1/sales/items", **WEEK, measure="joined")
    (sale,) = page["items"]
    assert (sale["lead_id"], sale["purchase_id"], sale["joined_by"]) == (
        str(some_id("lead", "a")),
        str(some_id("purchase", "7")),
        "amount",
    )


async def test_a_rule_is_told_and_outlives_a_restore(database: Database, door: Door) -> None:
    for hours in (24, 5):
        answer = await door.client.put(
            "/v1/sales/rule", json={"same_sale_hours": hours}, headers=door.as_("supervisor")
        )
        assert answer.status_code == 200, answer.text
    events = await journal_events(database)
    rules = [item.event for item in events if isinstance(item.event, SaleRuleChanged)]
    assert [(rule.subject, rule.same_sale_hours) for rule in rules] == [
        ("company", 24),
        ("company", 5),
    ]
    assert all(rule.actor.startswith("supervisor") for rule in rules)
    async with transaction(database) as session:  # an older backup
        await set_rule(session, 72)
        await advance_to(session, None)
        await restore(session, events, now=MORNING)
    rule = await report(door, "/v1/sales/rule")
    assert rule == {"same_sale_hours": 5, "recounting": True}


async def test_a_changed_rule_counts_all_sales_again(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)

    async def is_recounted() -> bool:
        return not (await report(door, "/v1/sales/rule"))["recounting"]

    for hours, sales in ((0, 5), (72, 4)):
        answer = await door.client.put(
            "/v1/sales/rule", json={"same_sale_hours": hours}, headers=door.as_("admin")
        )
        assert answer.json() == {"same_sale_hours": hours, "recounting": True}
        loop = asyncio.create_task(keep(recount_loop(database)))
        try:
            await eventually(is_recounted, seconds=20, what="all sales follow the rule")
        finally:
            loop.cancel()
        assert (await figures(door))["sales"] == sales


async def test_a_cancelled_sale_counts_only_as_that(database: Database, door: Door) -> None:
    streams = a_spring()
    cancelled(streams, "8", person(0))
    await consume(database, apply_and_tell, streams.events)
    totals = await figures(door)
    assert (totals["sales"], totals["cancelled"], totals["returning_customers"]) == (3, 1, 1)
    assert totals["money"]["RUB"]["cancelled_amount"] == 50
    (item,) = (await report(door, "/v1/sales/items", **WEEK, measure="cancelled"))["items"]
    assert (item["purchase_id"], item["number"]) == (str(some_id("purchase", "8")), None)


async def test_by_region_source_and_manager(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, a_spring().events)
    regions = await by(door, "region")
    assert {name: row["sales"] for name, row in regions.items()} == {"Omsk": 1, "Tula": 1, None: 2}
    managers = await by(door, "manager")
    assert {name: row["sales"] for name, row in managers.items()} == {str(ANNA): 1, None: 3}
    items = await report(door, "/v1/sales/items", **WEEK, manager=str(ANNA), region="Tula")
    assert len(items["items"]) == 1
    found = await report(door, "/v1/sales", **WEEK, group_by="source,campaign")
    assert {(row["labels"]["source"], row["group"]["campaign"]) for row in found["rows"]} == {
        ("site", "spring"),
        ("site", "brand"),
    }


async def test_new_and_returning_by_days_of_any_zone(database: Database, door: Door) -> None:
    streams = EventStreams()
    for day, amount in ((2, 100), (4, 150), (4, 50)):
        streams.at = streams.at.replace(day=day, hour=22)
        bought(streams, f"{day}/{amount}", person(0), amount)
    await consume(database, apply_and_tell, streams.events)
    days = await report(door, "/v1/sales", **{**WEEK, "tz": "Asia/Tokyo"}, group_by="day")
    assert [
        (row["group"]["day"], row["figures"]["new"], row["figures"]["returning"])
        for row in days["rows"]
    ] == [("2026-03-03", 1, 0), ("2026-03-05", 0, 2)]
    weeks = await report(
        door,
        "/v1/sales",
        **{"from": "2026-03-03", "to": "2026-03-12", "tz": "UTC"},
        group_by="week",
    )
    (week,) = weeks["rows"]
    assert (week["group"]["week"], week["figures"]["sales"]) == ("2026-03-02", 2)
    assert week["figures"]["gap_p50_seconds"] == pytest.approx((2 * 86_400 + 60 + 60) / 2, abs=60)


async def test_the_trend_of_the_average_check(database: Database, door: Door) -> None:
    streams = EventStreams()
    for day, amount in ((2, 100), (3, 150), (3, 50), (5, -10), (6, 10)):  # one was given back
        streams.at = streams.at.replace(day=day)
        bought(streams, f"{day}/{amount}", person(abs(amount)), amount)
    await consume(database, apply_and_tell, streams.events)
    found = await report(door, "/v1/sales", **WEEK, group_by="day")
    assert [row["trend"] for row in found["rows"]] == [
        {},
        {"RUB": {"value": 0.0, "missing": None, "currency": None}},
        {},
        {"RUB": {"value": 2.0, "missing": None, "currency": None}},
    ]


async def test_a_test_that_was_won_is_no_sale(database: Database, door: Door) -> None:
    streams = EventStreams()
    inquiry = streams.inquiry(1, contact=person(0), is_test=True)
    streams.opened("t", inquiry=inquiry, contact=person(0), is_test=True)
    won(streams, "t", person(0), 100)
    await consume(database, apply_and_tell, streams.events)
    assert (await figures(door))["sales"] == 0


async def test_a_merge_makes_a_returning_customer_and_a_split_undoes_it(
    database: Database, door: Door
) -> None:
    streams = EventStreams()
    bought(streams, "1", person(0), 10)
    bought(streams, "2", person(1), 10)
    joined(streams, person(1), person(0))
    await consume(database, apply_and_tell, streams.events)
    assert (await figures(door))["returning"] == 1
    joined(streams, person(1), person(1))
    await consume(database, apply_and_tell, streams.events[-1:])
    assert (await figures(door))["returning"] == 0


async def test_as_known_for_ever_is_as_it_is_now(database: Database, late_door: Door) -> None:
    streams = SmallWorld(random.Random(11), longest_pause=9).live(200)
    await consume(database, apply_and_tell, streams.events)
    whole = {"from": "2026-03-01", "to": "2026-12-01", "tz": "Europe/Moscow"}
    for path, group_by in (
        ("/v1/sales", "source,region,manager"),
        ("/v1/sales", "week"),
        ("/v1/campaigns", "source,campaign,month"),
    ):
        asked = {**whole, "group_by": group_by}
        now = await report(late_door, path, **asked)
        assert now == await report(late_door, path, **asked, as_known_on="2026-12-27")
        assert now["rows"]

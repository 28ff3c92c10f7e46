"""Potentials that cover a region, a product or the company wholly are its ceiling together."""

from datetime import UTC, datetime
from typing import Any

from services.kpi.handlers import apply
from shared.database import Database
from tests.integration.kpi.eight_weeks import eight_weeks
from tests.integration.kpi.spring import bought, person
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_goals import PATH as GOALS
from tests.integration.kpi.test_potentials import (
    PATH,
    WEEK,
    forecast,
    goal,
    potential,
    put,
)
from tests.integration.kpi.test_territories import PATH as TERRITORIES
from tests.integration.kpi.test_territories import placed, pointers, send
from tests.support.event_streams import EventStreams, consume
from tests.support.http_client import Door

SEEN = {"If-Match": '"1"'}
NOVEMBER = datetime(2025, 11, 10, 12, tzinfo=UTC)


def of(sales: int) -> dict[str, int]:
    return {"market": 100_000, "sales": sales}


async def sold(database: Database, *places: tuple[str | None, str | None]) -> None:
    """One order of each region and product, in November."""
    streams = EventStreams()
    for number, (region, product) in enumerate(places):
        where = {"region": region, "product": product, "purchased_at": NOVEMBER}
        bought(streams, f"order {number}", person(number), 100, **where)
    await consume(database, apply_and_tell, streams.events)


async def two_regions(door: Door) -> tuple[str, dict[str, str]]:
    """Russia with Tver, of which windows and doors are known, and Pskov, of which all is."""
    russia = await placed(door, "Россия")
    tver = await placed(door, "Тверь", russia, region="Тверь")
    pskov = await placed(door, "Псков", russia, region="Псков")
    grounds = {
        "windows": await put(door, tver, product="Окна", estimate=of(20_000)),
        "doors": await put(door, tver, product="Двери", estimate=of(10_000)),
        "pskov": await put(door, pskov, estimate=of(8_000)),
    }
    return tver, grounds


async def test_a_goal_is_at_most_what_all_its_parts_allow(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Тверь", "Двери"), ("Псков", "Окна"))
    await two_regions(door)
    region = {"axis": "region", "key": "Тверь"}
    assert pointers(await goal(door, value=30_001, **region)) == ["/value"]
    made = (await goal(door, value=30_000, **region)).json()
    assert made["potential"] == 30_000
    assert made["cover"] == {"is_covered": True, "sales": 30_000, "unplaced": 0, "gaps": []}
    refused = await goal(door, value=38_001)
    assert pointers(refused) == ["/value"]
    assert "38000" in refused.json()["errors"][0]["detail"]
    assert (await goal(door, value=38_000)).status_code == 201
    # Of windows nothing is known in Pskov.
    windows = (await goal(door, value=90_000, axis="product", key="Окна")).json()
    assert windows["potential"] is None
    assert windows["cover"]["gaps"] == [
        {
            "why": "no_potential", "territory": "Россия / Псков", "region": None,
            "product": "Окна",
        }
    ]  # fmt: skip
    shown = (await send(door, "GET", f"{GOALS}/{windows['goal_id']}")).json()
    assert shown["cover"] == windows["cover"]
    channel = (await goal(door, axis="channel", key="form")).json()
    assert channel["cover"] is None, "potentials are of no channel"


async def test_a_goal_that_rests_on_some_is_below_all_too(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Псков", "Окна"))
    tver, _ = await two_regions(door)
    generous = await put(door, tver, product="Окна", estimate=of(90_000))
    region = {"axis": "region", "key": "Тверь"}
    assert pointers(await goal(door, generous, value=30_001, **region)) == ["/value"]
    assert (await goal(door, generous, value=30_000, **region)).status_code == 201


async def test_what_is_sold_elsewhere_leaves_the_sum_open(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Омск", "Окна"), (None, "Окна"), ("Псков", None))
    await two_regions(door)
    made = await goal(door, value=90_000)
    assert made.status_code == 201, made.text
    cover = made.json()["cover"]
    assert (cover["is_covered"], cover["sales"]) == (False, None)
    assert [(gap["why"], gap["territory"], gap["region"]) for gap in cover["gaps"]] == [
        ("no_territory", "Россия", "Омск"),
    ]
    pskov = await goal(door, value=8_001, axis="region", key="Псков")
    assert pointers(pskov) == ["/value"], "its own potential holds what has no product too"


async def test_a_sale_without_a_region_leaves_no_sum_open(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Тверь", "Двери"), ("Псков", "Окна"), (None, "Окна"))
    await two_regions(door)
    # One sale of four has no region: it is held against no potential, the other three are.
    refused = await goal(door, value=50666.68)
    assert pointers(refused) == ["/value"]
    assert "50666.67, 12666.67 of it for sales without" in refused.json()["errors"][0]["detail"]
    made = await goal(door, value=50666.67)
    assert made.status_code == 201, made.text
    cover = {"is_covered": True, "sales": 50666.67, "unplaced": 12666.67, "gaps": []}
    assert made.json()["cover"] == cover
    pskov = await goal(door, value=8_001, axis="region", key="Псков")
    assert pointers(pskov) == ["/value"]


async def test_sales_that_nobody_can_place_bind_nothing(database: Database, door: Door) -> None:
    await sold(database, (None, "Окна"), (None, None))
    await two_regions(door)
    made = await goal(door, value=90_000)
    assert made.status_code == 201, made.text
    whys = [(gap["why"], gap["territory"]) for gap in made.json()["cover"]["gaps"]]
    assert ("no_region", "Россия") in whys


async def test_spellings_of_a_region_or_product_are_one(database: Database, door: Door) -> None:
    await sold(database, ("ТВЕРЬ", "окна"), ("Тверь", "Двери"), ("Тверь", None), ("Псков", "ОКНА"))
    await two_regions(door)
    # One sale of three in Tver has no product: it stands beside what windows and doors allow.
    tver = await goal(door, value=45_000, axis="region", key="тверь")
    cover = {"is_covered": True, "sales": 45_000, "unplaced": 15_000, "gaps": []}
    assert tver.json()["cover"] == cover
    assert pointers(await goal(door, value=45_001, axis="region", key="ТВЕРЬ")) == ["/value"]
    windows = {"axis": "product", "key": "оКНА"}
    gaps = (await goal(door, value=20_000, **windows)).json()["cover"]["gaps"]
    assert [(gap["why"], gap["territory"]) for gap in gaps] == [("no_potential", "Россия / Псков")]
    territories = (await send(door, "GET", TERRITORIES)).json()["items"]
    (pskov,) = [item["territory_id"] for item in territories if item["name"] == "Псков"]
    await put(door, pskov, product=" окнА", estimate=of(5_000))
    assert pointers(await goal(door, value=25_001, **windows)) == ["/value"]
    assert (await goal(door, value=25_000, **windows)).status_code == 201


async def test_without_sales_nothing_tells_what_is_whole(door: Door) -> None:
    await two_regions(door)
    cover = (await goal(door, value=90_000)).json()["cover"]
    assert [gap["why"] for gap in cover["gaps"]] == ["nothing_sold"]
    tver = (await goal(door, value=90_000, axis="region", key="Тверь")).json()["cover"]
    assert [gap["why"] for gap in tver["gaps"]] == ["nothing_sold"]
    omsk = (await goal(door, value=90_000, axis="region", key="Омск")).json()["cover"]
    assert [(gap["why"], gap["region"]) for gap in omsk["gaps"]] == [("no_territory", "Омск")]


async def test_a_part_cannot_fall_below_what_rests_on_all(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Тверь", "Двери"), ("Псков", "Окна"))
    tver, grounds = await two_regions(door)
    assert (await goal(door, value=38_000)).status_code == 201
    low = potential(tver, product="Двери", estimate=of(9_999))
    answer = await send(door, "PUT", f"{PATH}/{grounds['doors']}", low, **SEEN)
    assert pointers(answer) == ["/estimate/sales"]
    assert "'Март'" in answer.json()["errors"][0]["detail"]
    second = await send(door, "POST", PATH, low)
    assert pointers(second) == ["/estimate/sales"], "the least of two counts"
    more = potential(tver, product="Двери", estimate=of(10_001))
    assert (await send(door, "PUT", f"{PATH}/{grounds['doors']}", more, **SEEN)).status_code == 200


async def test_a_region_cannot_leave_its_goals(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"), ("Псков", "Окна"))
    russia = await placed(door, "Россия")
    tver = await placed(door, "Тверь", russia, region="Тверь")
    spare = await placed(door, "Запас", russia)
    ground = await put(door, tver, estimate=of(40_000))
    await put(door, spare, estimate=of(10_000))
    assert (await goal(door, ground, axis="region", key="Тверь")).status_code == 201
    path = f"{TERRITORIES}/{tver}"
    body = {"name": "Тверь", "parent_id": russia}
    refused = await send(door, "PUT", path, {**body, "region": "Тверская"}, **SEEN)
    assert pointers(refused) == ["/region"]
    assert "'Март'" in refused.json()["errors"][0]["detail"]
    assert pointers(await send(door, "PUT", path, body, **SEEN)) == ["/region"]
    renamed = await send(door, "PUT", path, {**body, "name": "Т", "region": "Тверь"}, **SEEN)
    assert renamed.status_code == 200, renamed.text
    # A territory that becomes the region of a goal brings its own ceiling along.
    omsk = {"axis": "region", "key": "Омск"}
    assert (await goal(door, value=10_001, **omsk)).status_code == 201
    spare_body = {"name": "Запас", "parent_id": russia, "region": "Омск"}
    answer = await send(door, "PUT", f"{TERRITORIES}/{spare}", spare_body, **SEEN)
    assert pointers(answer) == ["/region"]


async def test_a_move_cannot_leave_goals_without_potential(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"))
    north, south = await placed(door, "Север", region="Север"), await placed(door, "Юг")
    town = await placed(door, "Город", north)
    ground = await put(door, town, estimate=of(40_000))
    assert (await goal(door, ground, axis="region", key="Север")).status_code == 201
    body = {"name": "Город", "parent_id": south}
    refused = await send(door, "PUT", f"{TERRITORIES}/{town}", body, **SEEN)
    assert pointers(refused) == ["/parent_id"]


async def test_a_forecast_is_at_most_what_all_its_parts_allow(
    database: Database, door: Door
) -> None:
    await sold(database, ("Тверь", "Окна"))
    await consume(database, apply, eight_weeks().events)
    past = {"from": "2026-01-05"}
    days: dict[str, Any] = {"from": "2026-03-02", "to": "2026-03-16"}
    russia = await placed(door, "Россия")
    tver = await placed(door, "Тверь", russia, region="Тверь")
    made = await forecast(door, **past)
    assert made.status_code == 201, made.text
    assert made.json()["ceilings"] == []
    assert made.json()["cover"]["is_covered"] is False
    tight = {"market": 10 * WEEK, "sales": 2 * WEEK - 1}
    refused = await send(door, "POST", PATH, potential(tver, estimate=tight, **days))
    assert pointers(refused) == ["/estimate/sales"]
    await put(door, tver, estimate={"market": 10 * WEEK, "sales": 2 * WEEK}, **days)
    made = await forecast(door, **past)
    assert made.status_code == 201, made.text
    (ceiling,) = made.json()["ceilings"]
    assert (ceiling["sales"], ceiling["forecast"]) == (2 * WEEK, 2 * WEEK)
    shown = (await send(door, "GET", f"/v1/forecasts/{made.json()['forecast_id']}")).json()
    assert shown["ceilings"] == [ceiling]
    assert [gap["why"] for gap in shown["cover"]["gaps"]] == ["no_potential"], "of three weeks"

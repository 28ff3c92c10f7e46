"""Market >= sales >= forecast and goal: each breach names its field, and assumptions are kept."""

from typing import Any
from uuid import UUID

import httpx

from services.kpi.handlers import apply
from shared.database import Database
from tests.integration.kpi.eight_weeks import CHECK, SALES, eight_weeks
from tests.integration.kpi.test_goals import GOAL
from tests.integration.kpi.test_goals import PATH as GOALS
from tests.integration.kpi.test_territories import placed, pointers, send
from tests.support.event_streams import consume
from tests.support.http_client import Door

PATH = "/v1/potentials"
# Now is the 2nd of March, 18:00 UTC; a week brings this much.
WEEK = CHECK * sum(SALES)
FORMULA = {"buyers": 12_000, "frequency": 2, "quantity": 1.5, "price": "10.30", "share": "0.25"}


def potential(territory_id: str, **changes: Any) -> dict[str, Any]:
    body = {
        "territory_id": territory_id,
        "measure": "revenue",
        "currency": "RUB",
        "from": "2026-02-23",
        "to": "2026-03-30",
        "estimate": {"market": 100_000, "sales": 40_000},
        "assumption": "12 000 семей, покупают 4 %",
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


async def put(door: Door, territory_id: str, **changes: Any) -> str:
    answer = await send(door, "POST", PATH, potential(territory_id, **changes))
    assert answer.status_code == 201, answer.text
    potential_id: str = answer.json()["potential_id"]
    return potential_id


async def goal(door: Door, *potential_ids: str, **changes: Any) -> httpx.Response:
    body = GOAL | {"potential_ids": list(potential_ids)} | changes
    return await send(door, "POST", GOALS, body)


async def forecast(door: Door, **changes: Any) -> httpx.Response:
    body = {"measure": "revenue", "step": "day", "steps": 21, "tz": "UTC"} | changes
    return await send(door, "POST", "/v1/forecasts", body)


async def test_a_potential_by_its_formula(door: Door) -> None:
    place = await placed(door, "Тверь")
    body = potential(place, formula=FORMULA, estimate=None, product="Окна")
    made = (await send(door, "POST", PATH, body)).json()
    # 12 000 x 2 x 1.5 x 10.30, and a quarter of it.
    assert (made["market"], made["sales"]) == (370_800, 92_700)
    assert made["formula"] == {**FORMULA, "price": 10.3, "share": 0.25}
    assert made["assumption"] == body["assumption"]
    pieces = {**FORMULA, "price": None}
    counted = potential(place, measure="quantity", currency=None, estimate=None, formula=pieces)
    made = (await send(door, "POST", PATH, counted)).json()
    assert (made["market"], made["sales"]) == (36_000, 9_000)


async def test_versions_keep_their_assumptions(door: Door) -> None:
    place = await placed(door, "Тверь")
    potential_id = await put(door, place)
    path = f"{PATH}/{potential_id}"
    change = potential(
        place, estimate={"market": 90_000, "sales": 30_000}, assumption="Новый конкурент"
    )
    assert pointers(await send(door, "PUT", path, change)) == ["/If-Match"]
    answer = await send(door, "PUT", path, change, **{"If-Match": '"1"'})
    assert (answer.json()["version"], answer.json()["sales"]) == (2, 30_000)
    assert (await send(door, "PUT", path, change, **{"If-Match": '"1"'})).status_code == 409
    versions = (await send(door, "GET", path)).json()
    assert [(item["sales"], item["assumption"]) for item in versions] == [
        (30_000, "Новый конкурент"),
        (40_000, "12 000 семей, покупают 4 %"),
    ]
    other = await put(door, place, product="Окна", measure="quantity", currency=None)
    listed = (await send(door, "GET", PATH)).json()["items"]
    assert [item["potential_id"] for item in listed] == [other, potential_id]
    for query in ("product=Окна", "measure=quantity", f"territory_id={place}&limit=1"):
        items = (await send(door, "GET", f"{PATH}?{query}")).json()["items"]
        assert [item["potential_id"] for item in items] == [other], query
    assert (await send(door, "GET", f"{PATH}?on=2027-01-01")).json()["items"] == []
    nowhere = f"{PATH}/{UUID(int=9)}"
    assert (await send(door, "GET", nowhere)).status_code == 404
    gone = await send(door, "PUT", nowhere, change, **{"If-Match": '"1"'})
    assert gone.status_code == 404


async def test_what_is_no_potential_names_the_field(door: Door) -> None:
    place = await placed(door, "Тверь")
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"estimate": {"market": 100, "sales": 101}}, "/estimate/sales"),
        ({"estimate": {"market": -1, "sales": 0}}, "/estimate/market"),
        ({"estimate": None, "formula": {**FORMULA, "share": 1.01}}, "/formula/share"),
        ({"estimate": None, "formula": {**FORMULA, "buyers": 10**14}}, "/formula"),
        ({"estimate": None, "formula": {**FORMULA, "price": None}}, "/formula/price"),
        ({"estimate": None}, "/estimate"),
        ({"formula": FORMULA}, "/estimate"),
        ({"currency": None}, "/currency"),
        ({"measure": "quantity"}, "/currency"),
        ({"measure": "conversion"}, "/measure"),
        ({"from": "2026-03-30"}, "/to"),
        ({"to": "2032-01-01"}, "/to"),
        ({"assumption": " "}, "/assumption"),
        ({"territory_id": str(UUID(int=9))}, "/territory_id"),
    )
    for change, pointer in changes:
        answer = await send(door, "POST", PATH, potential(**{"territory_id": place} | change))
        assert pointers(answer) == [pointer], change


async def test_a_goal_is_at_most_its_potential(door: Door) -> None:
    place = await placed(door, "Россия")
    inner = [await placed(door, name, place) for name in ("Тверь", "Псков")]
    grounds = [await put(door, one, estimate={"market": 50_000, "sales": 17_500}) for one in inner]
    made = await goal(door, *grounds)
    assert made.status_code == 201, made.text
    assert (made.json()["potential"], made.json()["potential_ids"]) == (35_000, grounds)
    assert pointers(await goal(door, *grounds, value="35000.01")) == ["/value"]
    assert pointers(await goal(door, grounds[0])) == ["/value"]


async def test_a_goal_rests_on_potentials_of_its_own(door: Door) -> None:
    place = await placed(door, "Россия")
    inner = await placed(door, "Тверь", place, region="Тверь")
    whole = await put(door, place)
    windows = await put(door, inner, product="Окна")
    doors = await put(door, inner, product="Двери")
    short = await put(door, place, to="2026-03-22")
    dollars = await put(door, place, currency="USD")
    second = ["/potential_ids/1"]
    for other in (short, dollars, str(UUID(int=9))):
        assert second[0] in pointers(await goal(door, whole, other)), other
    assert pointers(await goal(door, whole, windows)) == second, "it holds that in part"
    assert pointers(await goal(door, windows, windows)) == second
    assert (await goal(door, windows, doors)).status_code == 201
    of_region = {"axis": "region", "key": "Тверь"}
    assert (await goal(door, windows, **of_region)).status_code == 201
    assert pointers(await goal(door, whole, **of_region)) == ["/potential_ids/0"]
    of_product = {"axis": "product", "key": "Окна"}
    assert (await goal(door, windows, **of_product)).status_code == 201
    assert pointers(await goal(door, doors, **of_product)) == ["/potential_ids/0"]


async def test_a_potential_cannot_fall_below_its_goal(door: Door) -> None:
    place = await placed(door, "Россия")
    ground = await put(door, place)
    assert (await goal(door, ground)).status_code == 201
    path, seen = f"{PATH}/{ground}", {"If-Match": '"1"'}
    low = potential(place, estimate={"market": 100_000, "sales": 34_999})
    answer = await send(door, "PUT", path, low, **seen)
    assert pointers(answer) == ["/estimate/sales"]
    detail = answer.json()["errors"][0]["detail"]
    assert "'Март' of 35000" in detail, "not 3.5E+4, as a number of PostgreSQL may be written"
    shorter = potential(place, to="2026-03-22")
    assert pointers(await send(door, "PUT", path, shorter, **seen)) == ["/estimate/sales"]
    enough = potential(place, estimate={"market": 100_000, "sales": 35_000})
    assert (await send(door, "PUT", path, enough, **seen)).status_code == 200


async def test_a_goal_that_names_no_potential_is_below_the_ceiling_too(door: Door) -> None:
    place = await placed(door, "Россия")
    low = {"market": 100_000, "sales": 34_999}
    ceiling = await put(door, place, estimate={"market": 100_000, "sales": 36_000})
    await put(door, place, estimate=low, currency="USD")
    await put(door, place, estimate=low, to="2026-03-10")
    await put(door, await placed(door, "Тверь", place, region="Тверь"), estimate=low)
    refused = await goal(door, value=36_001)
    assert pointers(refused) == ["/value"]
    assert "36000" in refused.json()["errors"][0]["detail"]
    assert pointers(await goal(door, axis="region", key="Тверь")) == ["/value"]
    assert (await goal(door, axis="region", key="Псков")).status_code == 201
    made = await goal(door)
    assert (made.status_code, made.json()["potential"]) == (201, 36_000), made.text
    path, seen = f"{PATH}/{ceiling}", {"If-Match": '"1"'}
    answer = await send(door, "PUT", path, potential(place, estimate=low), **seen)
    assert pointers(answer) == ["/estimate/sales"]
    assert "Март" in answer.json()["errors"][0]["detail"]
    assert pointers(await send(door, "POST", PATH, potential(place, estimate=low))) == (
        ["/estimate/sales"]
    )


async def test_no_forecast_lies_above_the_potential(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    place = await placed(door, "Россия")
    tight = {"market": 2 * WEEK, "sales": 2 * WEEK}
    days = {"from": "2026-03-02", "to": "2026-03-16"}
    await put(door, place, estimate=tight, **days)
    made = await forecast(door)
    assert made.status_code == 201, made.text
    await put(door, place, estimate={"market": WEEK, "sales": WEEK - 1}, currency="USD", **days)
    await put(door, await placed(door, "Тверь", place), estimate={"market": 1, "sales": 1}, **days)
    assert (await forecast(door)).status_code == 201, "those are of something else"
    narrow = {"from": "2026-03-23", "to": "2026-03-30", "estimate": {"market": 1, "sales": 0}}
    await put(door, place, **narrow)
    refused = await forecast(door, steps=28)
    assert pointers(refused) == ["/measure"]
    assert "2026-03-23" in refused.json()["errors"][0]["detail"]


async def test_a_potential_below_its_forecast_is_refused(database: Database, door: Door) -> None:
    await consume(database, apply, eight_weeks().events)
    place = await placed(door, "Россия")
    assert (await forecast(door)).status_code == 201
    days = {"from": "2026-03-02", "to": "2026-03-16"}
    low = potential(place, estimate={"market": 10 * WEEK, "sales": 2 * WEEK - 1}, **days)
    assert pointers(await send(door, "POST", PATH, low)) == ["/estimate/sales"]
    pieces = {"buyers": 1, "frequency": 1, "quantity": 1, "price": 1, "share": 1}
    formula = potential(place, estimate=None, formula=pieces, **days)
    assert pointers(await send(door, "POST", PATH, formula)) == ["/formula"]
    await put(door, place, estimate={"market": 10 * WEEK, "sales": 2 * WEEK}, **days)
    await placed(door, "Другая страна")
    assert (await send(door, "POST", PATH, low)).status_code == 201, "no longer all there is"

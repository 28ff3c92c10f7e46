"""What is known of territories: by date and source, corrected, imported whole or not at all."""

from typing import Any
from uuid import UUID

import httpx

from shared.database import Database
from tests.integration.kpi.test_territories import PATH, placed, pointers, send
from tests.support.http_client import Door

FACTS = "/v1/territory-facts"
TABLE = (
    "Территория;Показатель;Дата;Значение;Товар;Источник\n"
    "Россия / Москва;население;01.01.2026;13 100 000;;Росстат\n"
    "москва;предпочтения;01.01.2026;0,35;Окна;Опрос\n"
)


def population(territory_id: str, value: Any = 100, day: str = "2026-01-01") -> dict[str, Any]:
    return {
        "territory_id": territory_id,
        "kind": "population",
        "day": day,
        "value": value,
        "source": "Росстат",
    }


async def put(door: Door, *facts: dict[str, Any]) -> dict[str, int]:
    answer = await send(door, "PUT", FACTS, {"facts": facts})
    assert answer.status_code == 200, answer.text
    summary: dict[str, int] = answer.json()
    return summary


async def listed(door: Door, query: str = "") -> list[dict[str, Any]]:
    answer = await send(door, "GET", f"{FACTS}?{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def sent(door: Door, content: bytes, **params: str) -> httpx.Response:
    return await door.client.post(
        f"{FACTS}/tables", params=params, content=content, headers=door.as_("admin")
    )


async def test_the_same_again_changes_nothing(door: Door) -> None:
    place = await placed(door, "Тверь")
    assert await put(door, population(place)) == {"recorded": 1, "corrected": 0, "unchanged": 0}
    assert await put(door, population(place)) == {"recorded": 0, "corrected": 0, "unchanged": 1}
    assert (await put(door, population(place, 120)))["corrected"] == 1
    (item,) = await listed(door)
    assert (item["value"], item["version"], item["source"]) == (120, 2, "Росстат")
    versions = (await send(door, "GET", f"{FACTS}/{item['fact_id']}")).json()
    assert [one["value"] for one in versions] == [120, 100]
    for status in (204, 404):
        assert (await send(door, "DELETE", f"{FACTS}/{item['fact_id']}")).status_code == status
    assert await listed(door) == []
    assert (await put(door, population(place)))["recorded"] == 1
    assert (await send(door, "GET", f"{FACTS}/{UUID(int=3)}")).status_code == 404


async def test_of_each_kind_the_last_that_was_true(door: Door) -> None:
    place = await placed(door, "Тверь")
    days = ("2024-01-01", "2025-01-01", "2026-01-01")
    await put(door, *(population(place, number, day) for number, day in enumerate(days, 1)))
    income = {**population(place, "45000.5"), "kind": "income", "currency": "rub"}
    wish = {**population(place, "0.4"), "kind": "preference", "product": "Окна"}
    other = {**wish, "product": "Двери", "value": "0.1"}
    await put(door, income, wish, other)
    shown = (await send(door, "GET", f"{PATH}/{place}?on=2025-06-01")).json()["facts"]
    assert [(item["kind"], item["value"]) for item in shown] == [("population", 2)]
    shown = (await send(door, "GET", f"{PATH}/{place}?on=2026-01-01")).json()["facts"]
    assert [(item["kind"], item["product"], item["value"]) for item in shown] == [
        ("income", "", 45000.5),
        ("population", "", 3),
        ("preference", "Двери", 0.1),
        ("preference", "Окна", 0.4),
    ]
    assert len(await listed(door, "kind=population&from=2025-01-01&to=2026-01-01")) == 1
    assert len(await listed(door, f"territory_id={place}&product=Окна")) == 1
    walk = await send(door, "GET", f"{FACTS}?limit=4")
    rest = await send(door, "GET", f"{FACTS}?limit=4&cursor={walk.json()['next_cursor']}")
    ids = {item["fact_id"] for item in [*walk.json()["items"], *rest.json()["items"]]}
    assert len(ids) == 6


async def test_what_cannot_be_true_names_the_field(door: Door) -> None:
    place = await placed(door, "Тверь")
    changes: tuple[tuple[dict[str, Any], str], ...] = (
        ({"value": -1}, "value"),
        ({"value": 1.5}, "value"),
        ({"value": "NaN"}, "value"),
        ({"kind": "weather"}, "kind"),
        ({"kind": "income"}, "currency"),
        ({"currency": "RUB"}, "currency"),
        ({"kind": "preference", "value": 0.5}, "product"),
        ({"kind": "preference", "value": 2, "product": "Окна"}, "value"),
        ({"product": "Окна"}, "product"),
        ({"source": " "}, "source"),
        ({"day": "1999-01-01"}, "day"),
        ({"territory_id": str(UUID(int=7))}, "territory_id"),
    )
    for change, name in changes:
        answer = await send(door, "PUT", FACTS, {"facts": [{**population(place), **change}]})
        assert pointers(answer) == [f"/facts/0/{name}"], change
    twice = await send(door, "PUT", FACTS, {"facts": [population(place), population(place, 2)]})
    assert pointers(twice) == ["/facts/1"]


async def test_a_table_is_tried_and_then_recorded(database: Database, door: Door) -> None:
    moscow = await placed(door, "Москва", await placed(door, "Россия"))
    content = TABLE.encode("windows-1251")
    tried = await sent(door, content, dry_run="true")
    assert tried.status_code == 200, tried.text
    assert (tried.json()["recorded"], tried.json()["faults"]) == (2, [])
    assert await listed(door) == []
    assert (await sent(door, content)).json()["recorded"] == 2
    assert (await sent(door, TABLE.encode("utf-8-sig"))).json()["unchanged"] == 2
    items = {item["kind"]: item for item in await listed(door)}
    assert {item["territory_id"] for item in items.values()} == {moscow}
    assert (items["population"]["value"], items["preference"]["value"]) == (13_100_000, 0.35)
    assert items["preference"]["product"] == "Окна"


async def test_a_table_with_a_fault_is_refused_whole(door: Door) -> None:
    await placed(door, "Москва", await placed(door, "Россия"))
    content = (
        TABLE
        + "Атлантида;население;01.01.2026;1;;Миф\n"
        + "Москва;погода;31.02.2026;много;;\n"
        + "Москва;доход;01.01.2026;-5;;Росстат\n"
    ).encode()
    refused = await sent(door, content)
    assert refused.status_code == 422
    assert pointers(refused) == [
        "/rows/4/Территория",
        "/rows/5/Показатель",
        "/rows/5/Дата",
        "/rows/5/Значение",
        "/rows/6/currency",
        "/rows/6/Значение",
    ]
    tried = (await sent(door, content, dry_run="true")).json()
    assert (tried["fault_count"], tried["recorded"]) == (6, 0)
    assert await listed(door) == []
    assert pointers(await sent(door, b"a;b\n1;2\n")) == ["/rows/1"] * 4
    assert pointers(await sent(door, b"")) == ["/rows/0"]
    assert (await sent(door, b"a" * (2 * 1_048_576 + 1))).status_code == 413


async def test_a_name_of_two_is_no_name(door: Door) -> None:
    for country in ("Россия", "США"):
        await placed(door, "Москва", await placed(door, country))
    content = TABLE.replace("\nмосква", "\nРоссия / Москва")
    assert pointers(await sent(door, TABLE.encode())) == ["/rows/3/Территория"]
    assert (await sent(door, content.encode())).json()["recorded"] == 2

"""What was spent: told again, corrected, deleted, imported whole or not at all, and kept."""

from typing import Any

import httpx

from services.kpi.repository.facts import clear
from shared.database import Database, transaction
from tests.support.http_client import Door

LINE = {
    "day": "2026-03-01",
    "ad_channel": "Yandex",
    "campaign": " Spring sale ",
    "amount": 1234.56,
    "currency": "rub",
}
TABLE = "Дата;Канал;Кампания;Расход (руб.)\n01.03.2026;Яндекс;Весна;1 234,56\n"


async def put(door: Door, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await door.client.put(
        "/v1/spend", json={"lines": lines}, headers=door.as_("supervisor")
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def listed(door: Door, **params: str) -> list[dict[str, Any]]:
    answer = await door.client.get("/v1/spend", params=params, headers=door.as_("supervisor"))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def sent(door: Door, content: bytes, **params: str) -> httpx.Response:
    return await door.client.post(
        "/v1/spend/tables", params=params, content=content, headers=door.as_("admin")
    )


async def test_told_again_it_is_the_same_and_a_correction_is_a_version(door: Door) -> None:
    assert await put(door, LINE) == {
        "recorded": 1,
        "corrected": 0,
        "unchanged": 0,
        "totals": {"RUB": 1234.56},
    }
    assert (await put(door, {**LINE, "campaign": "spring sale"}))["unchanged"] == 1
    assert (await put(door, {**LINE, "amount": "1000.00"}))["corrected"] == 1
    (item,) = await listed(door)
    assert (item["campaign"], item["ad_channel"], item["amount"], item["version"]) == (
        "spring sale",
        "yandex",
        1000.0,
        2,
    )
    path = f"/v1/spend/{item['spend_id']}"
    versions = await door.client.get(path, headers=door.as_("supervisor"))
    assert [one["amount"] for one in versions.json()] == [1000.0, 1234.56]
    assert {one["author"] for one in versions.json()} == {"supervisor"}


async def test_what_is_deleted_is_listed_no_more_and_may_be_told_again(door: Door) -> None:
    await put(door, LINE)
    (item,) = await listed(door)
    path = f"/v1/spend/{item['spend_id']}"
    for status in (204, 404):
        answer = await door.client.delete(path, headers=door.as_("admin"))
        assert answer.status_code == status
    assert await listed(door) == []
    assert (await put(door, LINE))["recorded"] == 1
    versions = (await door.client.get(path, headers=door.as_("admin"))).json()
    assert [one["amount"] for one in versions] == [1234.56, None, 1234.56]


async def test_a_list_is_walked_by_days_and_filtered(door: Door) -> None:
    await put(door, *({**LINE, "day": f"2026-03-{day:02}", "amount": day} for day in range(1, 8)))
    items, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        answer = await door.client.get("/v1/spend", params=params, headers=door.as_("supervisor"))
        items += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert [item["amount"] for item in items] == [7, 6, 5, 4, 3, 2, 1]
    some = await listed(
        door, **{"from": "2026-03-02", "to": "2026-03-04", "campaign": "SPRING sale"}
    )
    assert [item["amount"] for item in some] == [3, 2]
    assert await listed(door, ad_channel="google") == []


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"amount": -1}, "/lines/0/amount"),
    ({"amount": 1e13}, "/lines/0/amount"),
    ({"amount": "NaN"}, "/lines/0/amount"),
    ({"currency": "рубли"}, "/lines/0/currency"),
    ({"day": "1999-12-31"}, "/lines/0/day"),
    ({"campaign": "a\0"}, "/lines/0/campaign"),
    ({"campaign": "a" * 201}, "/lines/0/campaign"),
    ({"colour": "red"}, "/lines/0/colour"),
)


async def test_what_cannot_be_recorded_is_named(door: Door) -> None:
    for change, pointer in REFUSED:
        answer = await door.client.put(
            "/v1/spend", json={"lines": [{**LINE, **change}]}, headers=door.as_("admin")
        )
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_request_names_a_day_and_campaign_once(door: Door) -> None:
    answer = await door.client.put(
        "/v1/spend", json={"lines": [LINE, {**LINE, "amount": 1}]}, headers=door.as_("admin")
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/lines/1"


async def test_a_table_is_tried_and_then_recorded(door: Door) -> None:
    content = TABLE.encode("windows-1251")
    tried = await sent(door, content, dry_run="true")
    assert tried.status_code == 200, tried.text
    assert (tried.json()["recorded"], tried.json()["totals"]) == (1, {"RUB": 1234.56})
    assert await listed(door) == []
    assert (await sent(door, content)).json()["recorded"] == 1
    assert (await sent(door, TABLE.encode("utf-8-sig"))).json()["unchanged"] == 1
    (item,) = await listed(door)
    assert (item["campaign"], item["amount"]) == ("весна", 1234.56)


async def test_a_table_with_a_fault_is_refused_whole(door: Door) -> None:
    content = (TABLE + "31.02.2026;Яндекс;Весна;5\n").encode()
    refused = await sent(door, content)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"pointer": "/rows/3/Дата", "detail": "is no day of the calendar"}
    ]
    tried = (await sent(door, content, dry_run="true")).json()
    assert (tried["fault_count"], tried["recorded"]) == (1, 0)
    assert await listed(door) == []


async def test_a_table_that_is_too_large_or_none(door: Door) -> None:
    assert (await sent(door, b"a" * (5 * 1_048_576 + 1))).status_code == 413
    assert (await sent(door, b"a" * (5 * 1_048_576))).status_code == 422, "read, and no table"
    assert (await sent(door, b"")).status_code == 422
    assert (await sent(door, b"\x00\xff\xfe")).status_code == 422


async def test_no_rebuild_takes_it_away(database: Database, door: Door) -> None:
    await put(door, LINE)
    async with transaction(database) as session:
        await clear(session)
    assert len(await listed(door)) == 1

"""Territories: their tree without cycles, their versions, and what is known of each on a day."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from services.kpi.repository.facts import clear
from services.kpi.use_cases.territories import tree
from shared.database import Database, transaction
from tests.support.http_client import Door

PATH = "/v1/territories"


async def send(
    door: Door, method: str, path: str, body: Any = None, **headers: str
) -> httpx.Response:
    return await door.client.request(
        method, path, json=body, headers={**door.as_("supervisor"), **headers}
    )


async def placed(door: Door, name: str, parent_id: str | None = None, **more: Any) -> str:
    answer = await send(door, "POST", PATH, {"name": name, "parent_id": parent_id, **more})
    assert answer.status_code == 201, answer.text
    territory_id: str = answer.json()["territory_id"]
    return territory_id


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_a_tree_is_placed_and_shown(database: Database, door: Door) -> None:
    russia = await placed(door, " Россия ")
    moscow = await placed(door, "Москва", russia, region="Москва")
    shown = (await send(door, "GET", f"{PATH}/{moscow}")).json()
    assert shown["path"] == "Россия / Москва"
    assert (shown["territory"]["parent_id"], shown["territory"]["region"]) == (russia, "Москва")
    assert shown["facts"] == []
    inside = (await send(door, "GET", f"{PATH}?parent_id={russia}")).json()["items"]
    assert [item["territory_id"] for item in inside] == [moscow]
    first = (await send(door, "GET", f"{PATH}?limit=1")).json()
    rest = await send(door, "GET", f"{PATH}?limit=1&cursor={first['next_cursor']}")
    walk = [*first["items"], *rest.json()["items"]]
    assert [item["name"] for item in walk] == ["Москва", "Россия"]
    async with transaction(database) as session:
        await clear(session)
    assert (await send(door, "GET", f"{PATH}/{moscow}")).status_code == 200, "no rebuild takes it"
    assert (await send(door, "GET", f"{PATH}/{UUID(int=9)}")).status_code == 404


async def test_a_cycle_names_the_field(door: Door) -> None:
    outer = await placed(door, "Область")
    middle = await placed(door, "Район", outer)
    inner = await placed(door, "Посёлок", middle)
    for place in (outer, middle, inner):
        body = {"name": "Область", "parent_id": place}
        answer = await send(door, "PUT", f"{PATH}/{outer}", body, **{"If-Match": '"1"'})
        assert pointers(answer) == ["/parent_id"], place


async def test_corrections_are_versions(door: Door) -> None:
    outer, other = await placed(door, "Область"), await placed(door, "Край")
    inner = await placed(door, "Город", outer)
    path = f"{PATH}/{inner}"
    body = {"name": "Городок", "parent_id": other}
    assert pointers(await send(door, "PUT", path, body)) == ["/If-Match"]
    answer = await send(door, "PUT", path, body, **{"If-Match": '"1"'})
    assert (answer.json()["version"], answer.json()["parent_id"]) == (2, other)
    stale = await send(door, "PUT", path, body, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    shown = (await send(door, "GET", path)).json()
    assert shown["path"] == "Край / Городок"
    assert [item["name"] for item in shown["revisions"]] == ["Городок", "Город"]
    gone = await send(door, "PUT", f"{PATH}/{UUID(int=9)}", body, **{"If-Match": '"1"'})
    assert gone.status_code == 404


async def test_what_has_no_place_names_the_field(door: Door) -> None:
    outer = await placed(door, "Область", region="77")
    await placed(door, "Город", outer)
    bodies: tuple[tuple[dict[str, Any], str], ...] = (
        ({"name": "Город", "parent_id": outer}, "/name"),
        ({"name": "Область"}, "/name"),
        ({"name": " "}, "/name"),
        ({"name": "a\0"}, "/name"),
        ({"name": "a" * 201}, "/name"),
        ({"name": "Другая", "region": "77"}, "/region"),
        ({"name": "ГОРОД", "parent_id": outer}, "/name"),
        ({"name": "область"}, "/name"),
        ({"name": "Другая", "region": " ７７ "}, "/region"),
        ({"name": "Другая", "parent_id": str(UUID(int=7))}, "/parent_id"),
        ({"name": "Другая", "colour": "red"}, "/colour"),
    )
    for body, pointer in bodies:
        assert pointers(await send(door, "POST", PATH, body)) == [pointer], body


async def test_a_tree_is_not_too_deep(door: Door) -> None:
    place = None
    for level in range(10):
        place = await placed(door, f"Уровень {level}", place)
    answer = await send(door, "POST", PATH, {"name": "Одиннадцатый", "parent_id": place})
    assert pointers(answer) == ["/parent_id"]
    pair = await placed(door, "Внешняя")
    await placed(door, "Внутренняя", pair)
    ninth = (await send(door, "GET", f"{PATH}/{place}")).json()["territory"]["parent_id"]
    body = {"name": "Внешняя", "parent_id": ninth}
    answer = await send(door, "PUT", f"{PATH}/{pair}", body, **{"If-Match": '"1"'})
    assert pointers(answer) == ["/parent_id"]


async def test_there_are_only_so_many(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_TERRITORIES", 1)
    await placed(door, "Первая")
    assert (await send(door, "POST", PATH, {"name": "Вторая"})).status_code == 409


async def test_a_territory_on_which_nothing_hangs_is_deleted(door: Door) -> None:
    outer = await placed(door, "Область")
    inner = await placed(door, "Город", outer)
    seen = {"If-Match": '"1"'}
    path = f"{PATH}/{outer}"
    assert pointers(await send(door, "DELETE", path)) == ["/If-Match"]
    stale = await send(door, "DELETE", path, **{"If-Match": '"2"'})
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    held = await send(door, "DELETE", path, **seen)
    assert held.status_code == 409
    assert held.json()["type"].endswith("territory-in-use")
    assert held.json()["hanging"] == ["the territory 'Город' lies in it"]
    fact = {
        "territory_id": inner,
        "kind": "population",
        "day": "2026-01-01",
        "value": 9,
        "source": "Перепись",
    }
    assert (await send(door, "PUT", "/v1/territory-facts", {"facts": [fact]})).status_code == 200
    (fact_id,) = [
        item["fact_id"] for item in (await send(door, "GET", "/v1/territory-facts")).json()["items"]
    ]
    potential = {
        "territory_id": inner, "measure": "quantity", "from": "2026-01-01", "to": "2027-01-01",
        "estimate": {"market": 9, "sales": 3}, "assumption": "по опросу", "product": "Окна",
    }  # fmt: skip
    made = (await send(door, "POST", "/v1/potentials", potential)).json()
    held = await send(door, "DELETE", f"{PATH}/{inner}", **seen)
    assert held.json()["hanging"] == [
        f"the potential {made['potential_id']} of 'Окна' from 2026-01-01 to 2027-01-01",
        f"the fact {fact_id}: population on 2026-01-01",
    ]
    assert (await send(door, "DELETE", f"/v1/territory-facts/{fact_id}")).status_code == 204
    moved = {**potential, "territory_id": outer}
    answer = await send(door, "PUT", f"/v1/potentials/{made['potential_id']}", moved, **seen)
    assert answer.status_code == 200, answer.text
    assert (await send(door, "DELETE", f"{PATH}/{inner}", **seen)).status_code == 204
    assert (await send(door, "GET", f"{PATH}/{inner}")).status_code == 404
    assert (await send(door, "DELETE", f"{PATH}/{inner}", **seen)).status_code == 404
    refused = await send(door, "PUT", "/v1/territory-facts", {"facts": [fact]})
    assert pointers(refused) == ["/facts/0/territory_id"]
    assert (await send(door, "GET", f"/v1/territory-facts/{fact_id}")).status_code == 200, (
        "it stays"
    )


async def test_versions_are_shown_page_by_page(door: Door) -> None:
    place = await placed(door, "Город 0")
    fact = {"territory_id": place, "kind": "population", "day": "2026-01-01", "source": "Перепись"}
    for version in range(1, 4):
        body = {"name": f"Город {version}"}
        await send(door, "PUT", f"{PATH}/{place}", body, **{"If-Match": f'"{version}"'})
        await send(door, "PUT", "/v1/territory-facts", {"facts": [{**fact, "value": version}]})
    first = (await send(door, "GET", f"{PATH}/{place}?limit=3")).json()
    rest = await send(door, "GET", f"{PATH}/{place}?limit=3&cursor={first['next_cursor']}")
    pages = [first, rest.json()]
    assert [[one["version"] for one in page["revisions"]] for page in pages] == [[4, 3, 2], [1]]
    assert rest.json()["next_cursor"] is None
    assert {page["territory"]["name"] for page in pages} == {"Город 3"}
    (item,) = (await send(door, "GET", "/v1/territory-facts")).json()["items"]
    link: str | None = f"/v1/territory-facts/{item['fact_id']}?limit=2"
    versions: list[list[int]] = []
    while link is not None:
        answer = await send(door, "GET", link)
        versions.append([one["version"] for one in answer.json()])
        following = answer.links.get("next", {}).get("url")
        link = None if following is None else str(httpx.URL(link).join(following))
    assert versions == [[3, 2], [1]]

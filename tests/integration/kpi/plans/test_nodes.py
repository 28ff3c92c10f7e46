"""Nodes of a draft: set, completed, locked, tried, refused; sums agree at every node."""

import asyncio

from tests.integration.kpi.plans.planning import VALUES, a_version, amounts, get, post, put
from tests.support.http_client import Door


async def test_a_node_is_set_and_every_sum_agrees_to_the_kopeck(door: Door) -> None:
    version = await a_version(door)
    answer = await put(door, version, 1, "1000000.01")
    assert answer.json() == {
        "revision": 2, "before": 0, "after": 1000000.01, "changed_cells": 2 * 2 * 4 * 24,
    }  # fmt: skip
    for axis in ("region", "month", "product", "party", "seller", "nature"):
        assert round(sum((await amounts(door, version, axis)).values()), 2) == 1000000.01
    node = {"region": "Тула", "seller": VALUES["seller"][1], "month": "2027-03"}
    await put(door, version, 2, 7.77, node=node)
    assert (await get(door, f"{version}/nodes", **node))["amount"] == 7.77
    assert sum((await amounts(door, version, "party", **node)).values()) == 7.77
    assert (await get(door, f"{version}/nodes", measure="quantity"))["amount"] == 0


async def test_within_a_node_the_rest_gives_way(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 1000)
    await put(door, version, 2, 800, node={"region": "Тула"}, within={})
    assert await amounts(door, version, "region") == {"Москва": 200, "Тула": 800}
    refused = await put(door, version, 3, 1001, node={"region": "Тула"}, within={})
    assert refused.json()["errors"][0]["pointer"] == "/value"
    refused = await put(door, version, 3, 1, node={"region": "Тула"}, within={"region": "Москва"})
    assert refused.json()["errors"][0]["pointer"] == "/within"


async def test_what_is_locked_stays_and_the_rest_is_spread_only_if_asked(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 1000)
    lock = {"measure": "revenue", "node": {"region": "Тула"}, "reason": "договор"}
    locked = await post(door, f"{version}/locks", lock, revision=2)
    assert (locked.status_code, locked.json()["revision"]) == (201, 3)
    again = await post(door, f"{version}/locks", lock, revision=3)
    assert again.json()["type"].rpartition(":")[2] == "already-locked"
    refused = await put(door, version, 3, 2000)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/mismatch"
    assert (await put(door, version, 3, 2000, mismatch="spread")).status_code == 200
    assert await amounts(door, version, "region") == {"Москва": 1500, "Тула": 500}
    below = await put(door, version, 4, 499, mismatch="spread")
    assert (below.json()["errors"][0]["pointer"], below.json()["locked"]) == ("/value", "500.00")
    shown = (await get(door, f"{version}/nodes", axis="region"))["items"]
    assert [one["is_locked"] for one in shown] == [False, True]
    (listed,) = (await get(door, f"{version}/locks"))["items"]
    assert (listed["node"]["region"], listed["reason"]) == ("Тула", "договор")
    path = f"{version}/locks/{listed['lock_id']}"
    headers = door.as_("supervisor") | {"If-Match": '"4"'}
    gone = await door.client.delete(path, headers=headers, params={"reason": "расторгнут"})
    assert (gone.status_code, gone.headers["etag"]) == (204, '"5"')
    assert (await put(door, version, 5, 100)).status_code == 200
    assert await amounts(door, version, "region") == {"Москва": 75, "Тула": 25}


async def test_a_preview_tells_what_would_change_and_keeps_nothing(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 1000)
    body = {
        "measure": "revenue", "node": {"region": "Тула", "month": "2027-02"}, "value": 100,
        "reason": "проба",
    }  # fmt: skip
    shown = await post(door, f"{version}/preview", body, revision=2, axis="month")
    assert shown.json()["changed_cells"] == 2 * 2 * 2 * 2
    assert shown.json()["differences"] == [{"value": "2027-02", "before": 41.68, "after": 100}]
    assert (shown.json()["more"], shown.json()["revision"]) == (0, 2)
    assert (await get(door, f"{version}/nodes"))["amount"] == 1000


async def test_a_draft_is_changed_by_who_has_seen_it(door: Door) -> None:
    version = await a_version(door)
    stale = await put(door, version, 7, 1)
    assert (stale.status_code, stale.json()["version"]) == (409, 1)
    body = {"measure": "revenue", "value": 1, "reason": "x"}
    absent = await post(door, f"{version}/set", body)
    assert absent.json()["errors"][0]["pointer"] == "/If-Match"
    both = await asyncio.gather(put(door, version, 1, 1), put(door, version, 1, 2))
    assert sorted(answer.status_code for answer in both) == [200, 409]


REFUSED = (
    ({"value": -1}, "/value"),
    ({"value": "0.001"}, "/value"),
    ({"value": 10**13}, "/value"),
    ({"value": "NaN"}, "/value"),
    ({"node": {"region": "Омск"}}, "/node/region"),
    ({"node": {"month": "2026-12"}}, "/node/month"),
    ({"node": {"nature": "perhaps"}}, "/node/nature"),
    ({"node": {"planet": "Mars"}}, "/node/planet"),
    ({"within": {"seller": "Анна"}}, "/within/seller"),
    ({"measure": "quantity", "value": 1.5}, "/value"),
    ({"reason": ""}, "/reason"),
)


async def test_what_cannot_be_set_is_named(door: Door) -> None:
    version = await a_version(door)
    for change, pointer in REFUSED:
        body = {"measure": "revenue", "value": 1, "reason": "x", **change}
        answer = await post(door, f"{version}/set", body, revision=1)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.text


async def test_children_are_walked_in_pages(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 1200)
    months, cursor = [], None
    while True:
        params = {"axis": "month", "limit": 5} | ({"cursor": cursor} if cursor else {})
        found = await get(door, f"{version}/nodes", **params)
        months += [one["value"] for one in found["items"]]
        assert found["amount"] == 1200
        cursor = found["next_cursor"]
        if cursor is None:
            break
    assert months == [f"2027-{month:02}" for month in range(1, 13)]
    answer = await door.client.get(
        f"{version}/nodes",
        params={"axis": "region", "region": "Тула"},
        headers=door.as_("supervisor"),
    )
    assert answer.json()["errors"][0]["pointer"] == "/axis"

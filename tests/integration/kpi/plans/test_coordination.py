"""What came out too far from the plan is coordinated once, with its bridge as it was then."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest

from services.kpi.repository.money.untold import add_untold, take_untold
from services.kpi.use_cases.money.completeness import MOST_UNTOLD
from services.kpi.use_cases.plan.watch import coordination_loop, look
from shared.database import Database, transaction
from shared.runtime.loop import keep
from tests.integration.kpi.plans.planning import a_version, get, orders, post, put
from tests.integration.kpi.plans.test_control import YEAR
from tests.integration.kpi.spring import bought, person
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import EventStreams, consume, some_id
from tests.support.http_client import Door
from tests.support.waiting import eventually

PATH = "/v1/coordination"
MOSCOW = ZoneInfo("Europe/Moscow")
THRESHOLD: dict[str, Any] = {"measure": "revenue", "axes": ["whole", "region"], "percent": 10}
AGREED: dict[str, Any] = {
    "state": "agreed", "cause": "ушёл продавец", "action": "нанять двоих", "owner": "Борис",
    "due": "2026-04-01", "reason": "планёрка",
}  # fmt: skip


async def watched(door: Door, **threshold: Any) -> tuple[UUID, str]:
    """An approved plan of 120 for Moscow in each month, and its threshold."""
    version = await a_version(door, **YEAR)
    for revision, month in enumerate(("2026-01", "2026-02", "2026-03"), start=1):
        await put(door, version, revision, 120, node={"region": "Москва", "month": month})
    answer = await post(door, f"{version}/approve", {"reason": "да"}, revision=4, role="admin")
    assert answer.status_code == 200, answer.text
    plan = version.split("/versions")[0]
    answer = await put_to(door, f"{plan}/threshold", {**THRESHOLD, **threshold}, 0)
    assert answer.status_code == 200, answer.text
    return UUID(answer.json()["plan_id"]), plan


async def put_to(door: Door, path: str, body: Any, version: int) -> httpx.Response:
    headers = {**door.as_("supervisor"), "If-Match": f'"{version}"'}
    return await door.client.put(path, json=body, headers=headers)


async def listed(door: Door, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(door, PATH, **params))["items"]
    return items


async def test_a_cut_is_opened_once_with_its_bridge_as_it_was(
    database: Database, door: Door
) -> None:
    streams = orders()
    await consume(database, apply_and_tell, streams.events)
    plan_id, _ = await watched(door, percent=8, axes=["whole", "region"])
    # January came to 110.01 of 120, 8.3 % less; February to 111.01, 7.5 % less.
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 2
    whole, moscow = sorted(await listed(door), key=lambda one: str(one["node"]["region"] or ""))
    assert moscow["node"] == {
        "region": "Москва", "month": "2026-01", "product": None, "party": None, "seller": None,
        "nature": None,
    }  # fmt: skip
    assert (whole["node"]["region"], whole["plan"], whole["fact"]) == (None, 120, 110.01)
    assert (moscow["origin"], moscow["state"], moscow["version"]) == ("watch", "open", 1)
    bridge = {
        "plan": 120, "fact": 110.01, "difference": -9.99, "volume": 0, "conversion": None,
        "timing": 0, "mix": 0, "check": -9.99,
    }  # fmt: skip
    assert (whole["bridge"], moscow["bridge"]) == (bridge, bridge)
    # What becomes known late opens no second record, and moves no bridge.
    late = EventStreams()
    late.at = streams.at
    bought(late, "late", person(5), 50, purchased_at=streams.at.replace(month=1, day=15),
           region="Москва", product="чай")  # fmt: skip
    await consume(database, apply_and_tell, late.events)
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 0
    assert {one["fact"] for one in await listed(door)} == {110.01}


async def test_nothing_is_opened_before_sales_are_told(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    plan_id, _ = await watched(door, percent=8, axes=["whole"])
    waiting = {some_id("waiting", number): date.min for number in range(MOST_UNTOLD + 1)}
    async with transaction(database) as session:
        await add_untold(session, waiting)
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 0
    assert await listed(door) == []
    async with transaction(database) as session:
        await take_untold(session, 1)
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 1


async def test_more_than_planned_and_the_unplanned_are_coordinated_too(
    database: Database, door: Door
) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(
        door,
        **{**YEAR, "start": {**YEAR["start"], "region": ["Омск"]}},  # type: ignore[dict-item]
    )
    await put(door, version, 1, 50, node={"month": "2026-01"})
    await post(door, f"{version}/approve", {"reason": "да"}, revision=2, role="admin")
    plan = version.split("/versions")[0]
    body = {**THRESHOLD, "axes": ["region"], "least": 60}
    plan_id = UUID((await put_to(door, f"{plan}/threshold", body, 0)).json()["plan_id"])
    # Omsk fell short by 50 only, which is less than the least difference.
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 2
    items = await listed(door, plan_id=str(plan_id))
    assert {(one["node"]["region"], one["node"]["month"], one["plan"]) for one in items} == {
        ("Москва", "2026-01", 0),
        ("Москва", "2026-02", 0),
    }
    assert sorted(one["bridge"]["difference"] for one in items) == [110.01, 111.01]


async def test_the_watch_looks_again_and_again(
    database: Database, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kpi.use_cases.plan.watch.LOOK_SECONDS", 0.2)
    await consume(database, apply_and_tell, orders().events)
    loop = asyncio.create_task(keep(coordination_loop(database, MOSCOW, clock=door.clock)))

    async def opened() -> list[dict[str, Any]]:
        return await listed(door, state="open")

    try:
        await watched(door, percent=5)
        await eventually(opened, seconds=60, what="the watch opens records")
    finally:
        loop.cancel()


async def test_only_what_is_approved_is_watched(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    version = await a_version(door, **YEAR)
    plan = version.split("/versions")[0]
    plan_id = UUID((await put_to(door, f"{plan}/threshold", THRESHOLD, 0)).json()["plan_id"])
    assert await look(database, plan_id, MOSCOW, now=door.clock()) == 0
    body = {"node": {"month": "2026-01"}, "reason": "разобраться"}
    assert (await post(door, f"{plan}/coordination", body)).status_code == 409


async def test_by_hand_within_the_threshold_and_once(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    _, plan = await watched(door, percent=100)
    node = {"region": "Москва", "month": "2026-02", "product": "чай"}
    body = {"node": node, "reason": "разобраться"}
    made = await post(door, f"{plan}/coordination", body)
    assert made.status_code == 201, made.text
    assert (made.json()["origin"], made.json()["fact"], made.json()["plan"]) == (
        "hand", 111.01, 120,
    )  # fmt: skip
    assert made.json()["bridge"]["difference"] == -8.99
    again = await post(door, f"{plan}/coordination", body)
    assert again.status_code == 409
    assert again.json()["coordination_id"] == made.json()["coordination_id"]
    other = await post(door, f"{plan}/coordination", {**body, "measure": "quantity"})
    assert (other.status_code, other.json()["unit"], other.json()["fact"]) == (201, None, 1)


@pytest.mark.parametrize(
    ("node", "pointer"),
    [
        ({"region": "Москва"}, "/node/month"),
        ({"month": "2026-03"}, "/node/month"),  # it goes on
        ({"month": "2025-12"}, "/node/month"),
        ({"month": "2026-01", "region": "Чита"}, "/region"),
    ],
)
async def test_what_is_no_cut_is_named(door: Door, node: dict[str, str], pointer: str) -> None:
    _, plan = await watched(door)
    answer = await post(door, f"{plan}/coordination", {"node": node, "reason": "почему"})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_steps_follow_one_another_and_stay_in_the_history(door: Door) -> None:
    _, plan = await watched(door)
    body = {"node": {"month": "2026-01"}, "reason": "провал"}
    path = f"{PATH}/{(await post(door, f'{plan}/coordination', body)).json()['coordination_id']}"
    early = await put_to(door, path, {**AGREED, "state": "done"}, 1)
    assert early.json()["errors"] == [{"pointer": "/state", "detail": "cannot follow open"}]
    vague = await put_to(door, path, {**AGREED, "cause": None}, 1)
    assert vague.json()["errors"][0]["pointer"] == "/cause"
    agreed = await put_to(door, path, AGREED, 1)
    assert (agreed.status_code, agreed.json()["version"]) == (200, 2)
    stale = await put_to(door, path, AGREED, 1)
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    done = {**AGREED, "state": "done", "result": "наняты, план выполнен", "reason": "итог"}
    assert (await put_to(door, path, done, 2)).status_code == 200
    assert (await put_to(door, path, AGREED, 3)).status_code == 422
    shown = await get(door, path)
    assert [(one["state"], one["reason"], one["result"]) for one in shown["history"]] == [
        ("done", "итог", "наняты, план выполнен"),
        ("agreed", "планёрка", None),
        ("open", "провал", None),
    ]
    assert (shown["state"], shown["cause"], shown["due"]) == ("done", "ушёл продавец", "2026-04-01")


async def test_records_are_listed_by_what_is_asked(door: Door) -> None:
    plan_id, plan = await watched(door)
    ids = []
    for month in ("2026-01", "2026-02"):
        body = {"node": {"month": month}, "reason": "провал"}
        made = await post(door, f"{plan}/coordination", body)
        ids.append(made.json()["coordination_id"])
    await put_to(door, f"{PATH}/{ids[0]}", {**AGREED, "due": "2026-03-02"}, 1)

    async def found(**params: Any) -> list[str]:
        return [one["coordination_id"] for one in await listed(door, **params)]

    assert await found() == ids[::-1]
    assert await found(state="agreed", owner="Борис", plan_id=str(plan_id)) == ids[:1]
    assert await found(month="2026-02") == ids[1:]
    assert await found(overdue="true") == []  # it is due today
    first = await get(door, PATH, limit=1)
    assert first["next_cursor"] is not None
    assert await found(cursor=first["next_cursor"]) == ids[:1]


async def test_a_threshold_is_changed_by_who_has_seen_it(door: Door) -> None:
    _, plan = await watched(door)
    path = f"{plan}/threshold"
    assert (await put_to(door, path, THRESHOLD, 0)).status_code == 409
    second = await put_to(door, path, {**THRESHOLD, "percent": 20, "least": 0.5}, 1)
    shown = await get(door, path)
    assert second.json() == shown
    assert (shown["version"], shown["percent"], shown["least"]) == (2, 20, 0.5)
    fine = await put_to(door, path, {**THRESHOLD, "least": 0.001}, 2)
    assert fine.json()["errors"] == [{"pointer": "/least", "detail": "is finer than 0.01"}]
    headers = {**door.as_("supervisor"), "If-Match": '"2"'}
    assert (await door.client.delete(path, headers=headers)).status_code == 204
    assert (await door.client.get(path, headers=headers)).status_code == 404

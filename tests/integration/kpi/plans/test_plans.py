"""Plans: made from the past or empty, versions, approval, comparison, and who changed what."""

from services.kpi.repository.facts import clear
from shared.contracts.activities import ActivityRecorded
from shared.database import Database, transaction
from tests.integration.kpi.plans.planning import (
    EMPTY,
    VALUES,
    a_version,
    amounts,
    created,
    get,
    orders,
    post,
    put,
)
from tests.integration.kpi.spring import person
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume, some_id
from tests.support.http_client import Door

PAST = {"kind": "past", "growth_percent": 10}


async def test_a_plan_begins_as_the_same_months_came_out(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    plan = await created(door, first_month="2026-04", months=12, start=PAST)
    version = f"/v1/plans/{plan['plan_id']}/versions/1"
    # 12 orders of tea: 100.01 × 12 + 1 + … + 11 = 1266.12; with honey, and a tenth more: 2492.73.
    assert plan["cells"] == 2 * 12 * 2
    assert await amounts(door, version, "region") == {"Москва": 1392.73, "Тула": 1100}
    assert await amounts(door, version, "product", region="Тула") == {"мёд": 1100}
    months = await amounts(door, version, "month")
    assert (months["2026-05"], months["2027-01"]) == (1212.21, 121.01)
    assert await amounts(door, version, "seller") == {"": 2492.73}
    quantity = await get(door, f"{version}/nodes", measure="quantity", axis="region")
    assert (quantity["amount"], quantity["unit"]) == (14, None)  # 13 and a tenth


async def test_a_plan_of_a_past_time_knows_nothing_of_it(database: Database, door: Door) -> None:
    await consume(database, apply_and_tell, orders().events)
    # From September 2025 on nothing is known yet but March to August 2025, and of a year before
    # there is nothing: January and February have no past, September has none of its own either.
    version = await a_version(door, first_month="2025-09", months=12, start=PAST)
    months = await amounts(door, version, "month")
    assert {month for month, amount in months.items() if amount} == {
        f"2026-{number:02}" for number in range(3, 9)
    }
    # Tea for 100.01 to 105.01 and honey for 1000, and a tenth more.
    assert months["2026-05"] == 1212.21
    assert round(sum(months.values()), 2) == 1776.57
    early = {**EMPTY, "first_month": "2025-03", "months": 12, "start": PAST}
    answer = await post(door, "/v1/plans", early)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == "/start/years"
    assert "from 2024-03 to 2025-02" in error["detail"]


async def test_guaranteed_is_what_comes_as_usual_and_untouched(
    database: Database, door: Door
) -> None:
    streams = orders()
    activity = {
        "contact_id": person(0), "lead_id": None, "kind": "call", "direction": "outgoing",
        "at": "2025-09-01T09:00:00Z", "learned_at": "2025-09-01T09:00:00Z",
    }  # fmt: skip
    streams.emit(ActivityRecorded(activity_id=some_id("activity", 1), actor="anna", **activity))
    await consume(database, apply_and_tell, streams.events)
    start = {"kind": "past", "years": 1}
    version = await a_version(door, first_month="2026-04", start=start)
    natures = await get(door, f"{version}/nodes", measure="quantity", axis="nature")
    # The fourth order is the first after two gaps; before the one of September somebody called.
    assert {one["value"]: one["amount"] for one in natures["items"]} == {
        "guaranteed": 8,
        "planned": 5,
    }
    rule = {
        "contracts": [
            {"customer": str(person(1)), "first": "2025-05-01", "last": "2025-05-20"},
        ]
    }
    version = await a_version(door, first_month="2026-04", start=start, rule=rule)
    plan = await get(door, version.removesuffix("/versions/1"))
    assert plan["rule"] == {"least_gaps": 2, "tolerance_percent": 50, **rule}
    node = {"measure": "quantity", "nature": "guaranteed", "region": "Тула"}
    assert (await get(door, f"{version}/nodes", **node))["amount"] == 1


async def test_a_past_without_sales_is_named(door: Door) -> None:
    answer = await post(door, "/v1/plans", {**EMPTY, "start": PAST})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/start/years"


async def test_a_replay_leaves_plans_alone(database: Database, door: Door) -> None:
    version = await a_version(door)
    assert (await put(door, version, 1, 100)).status_code == 200
    async with transaction(database) as session:
        await clear(session)
    assert (await get(door, f"{version}/nodes"))["amount"] == 100


async def test_an_approved_version_never_changes(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 100)
    body = {"reason": "совет директоров"}
    approve = f"{version}/approve"
    assert (await post(door, approve, body, revision=2)).status_code == 403
    assert (await post(door, approve, body, revision=1, role="admin")).status_code == 409
    approved = await post(door, approve, body, revision=2, role="admin")
    assert (approved.json()["state"], approved.json()["revision"]) == ("approved", 3)
    refused = await put(door, version, 3, 200)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (409, "no-draft")
    lock = {"measure": "revenue", "reason": "x"}
    assert (await post(door, f"{version}/locks", lock, revision=3)).status_code == 409
    plan = version.removesuffix("/versions/1")
    assert (await door.client.delete(plan, headers=door.as_("admin"))).status_code == 409
    assert (await get(door, f"{version}/nodes"))["amount"] == 100


async def test_two_versions_are_compared_node_by_node(door: Door) -> None:
    first = await a_version(door)
    await put(door, first, 1, 400)
    versions = first.removesuffix("/1")
    draft = {"from": 1, "reason": "пересмотр"}
    assert (await post(door, versions, draft)).status_code == 409  # one draft at a time
    await post(door, f"{first}/approve", {"reason": "ok"}, revision=2, role="admin")
    assert (await post(door, versions, {**draft, "from": 7})).status_code == 422
    second = (await post(door, versions, draft)).json()
    assert (second["number"], second["from"], second["revision"]) == (2, 1, 1)
    await put(door, f"{versions}/2", 1, 300, node={"region": "Тула"})
    found = await get(door, f"{versions}/2/nodes", axis="region", against=1)
    assert (found["amount"], found["against"]) == (500, 400)
    assert [(one["value"], one["amount"], one["against"]) for one in found["items"]] == [
        ("Москва", 200, 200),
        ("Тула", 300, 200),
    ]
    plan = await get(door, versions.removesuffix("/versions"))
    assert [(one["number"], one["state"]) for one in plan["versions"]] == [
        (2, "draft"),
        (1, "approved"),
    ]


async def test_every_change_is_kept_with_its_author_and_reason(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 100, node={"region": "Тула", "month": "2027-03"})
    path = version.removesuffix("/versions/1") + "/changes"
    change, beginning = (await get(door, path))["items"]
    assert beginning["kind"] == "created"
    assert (change["kind"], change["before"], change["after"]) == ("set", 0, 100)
    assert (change["reason"], change["made_by"]) == ("уточнение", "supervisor")
    assert (change["node"]["region"], change["node"]["month"]) == ("Тула", "2027-03")
    assert change["node"]["product"] is None
    first = await get(door, path, limit=1)
    rest = await get(door, path, limit=1, cursor=first["next_cursor"])
    assert [one["kind"] for one in (*first["items"], *rest["items"])] == ["set", "created"]


REFUSED = (
    ({"currency": "рубль"}, "/currency"),
    ({"first_month": "2027-13"}, "/first_month"),
    ({"first_month": "1812-01"}, "/first_month"),
    ({"months": 37}, "/months"),
    ({"name": ""}, "/name"),
    ({"reason": " "}, "/reason"),
    ({"start": {"kind": "values", **VALUES, "region": ["a", "a"]}}, "/start/region"),
    ({"start": {"kind": "values", **VALUES, "product": []}}, "/start/product"),
    (
        {
            "start": {
                "kind": "values", **VALUES, "product": [f"p{n}" for n in range(1000)],
                "party": [f"c{n}" for n in range(100)],
            }
        },
        "/start",
    ),
    ({"start": {"kind": "past", "years": 6}}, "/start/years"),
    ({"colour": "red"}, "/colour"),
)  # fmt: skip


async def test_what_makes_no_plan_is_named(door: Door) -> None:
    for change, pointer in REFUSED:
        answer = await post(door, "/v1/plans", {**EMPTY, **change})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["pointer"] == pointer, answer.text


async def test_plans_are_listed_and_a_draft_is_deleted(door: Door) -> None:
    ids = [(await created(door, name=f"План {number}"))["plan_id"] for number in range(3)]
    first = await get(door, "/v1/plans", limit=2)
    rest = await get(door, "/v1/plans", limit=2, cursor=first["next_cursor"])
    assert [one["plan_id"] for one in (*first["items"], *rest["items"])] == ids[::-1]
    path = f"/v1/plans/{ids[0]}"
    for status in (204, 404):
        answer = await door.client.delete(path, headers=door.as_("supervisor"))
        assert answer.status_code == status
    values = await get(door, f"/v1/plans/{ids[1]}/values/party", limit=1)
    assert [one["value"] for one in values["items"]] == ["form"]
    rest = await get(door, f"/v1/plans/{ids[1]}/values/party", cursor=values["next_cursor"])
    assert [one["value"] for one in rest["items"]] == ["call"]
    answer = await door.client.get(
        f"/v1/plans/{ids[1]}/values/month", headers=door.as_("supervisor")
    )
    assert answer.json()["errors"][0]["pointer"] == "/axis"


async def test_new_combinations_are_added_to_a_draft(door: Door) -> None:
    version = await a_version(door)
    await put(door, version, 1, 1000)
    line = {"region": "Омск", "product": "мёд", "party": "form", "seller": ""}
    lines = [line, {**line, "region": "Тула"}, {**line, "region": "Тула", "party": "chat"}]
    answer = await post(door, f"{version}/lines", {"lines": lines, "reason": "Сибирь"}, revision=2)
    assert (answer.status_code, answer.json()) == (200, {"revision": 3, "added": 2})
    assert await amounts(door, version, "region") == {"Москва": 500, "Тула": 500, "Омск": 0}
    assert (await amounts(door, version, "party", region="Тула"))["chat"] == 0
    await put(door, version, 3, 240, node={"region": "Омск"})
    assert set((await amounts(door, version, "month", region="Омск")).values()) == {20}
    await put(door, version, 4, 60, node={"party": "chat"})
    assert await amounts(door, version, "region") == {"Москва": 500, "Тула": 560, "Омск": 240}
    quantity = await get(door, f"{version}/nodes", measure="quantity", axis="region")
    assert [one["value"] for one in quantity["items"]] == ["Москва", "Тула", "Омск"]
    stale = await post(door, f"{version}/lines", {"lines": lines, "reason": "x"}, revision=2)
    assert stale.status_code == 409
    none = await post(door, f"{version}/lines", {"lines": [], "reason": "x"}, revision=5)
    assert none.json()["errors"][0]["pointer"] == "/lines"

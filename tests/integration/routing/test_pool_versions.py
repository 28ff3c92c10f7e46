"""Every change of a pool is a version: who made it, when, and what the pool was then."""

from typing import Any
from uuid import UUID

from services.routing.use_cases.restore import restore
from shared.contracts.managers import ManagerChanged
from shared.database import transaction
from shared.ids import new_id
from tests.integration.routing.harness import Company


async def versions(company: Company, key: str = "some") -> list[Any]:
    """The newest first."""
    items: list[Any] = (await company.get(f"/v1/pools/{key}/versions"))["items"]
    return items


async def test_rules_policy_and_members_make_versions_and_nothing_else_does(
    company: Company,
) -> None:
    anna = await company.manager(status=None)
    body: dict[str, Any] = {"name": "Some", "rules": [{"when": {"product": ["kitchen"]}}]}
    numbers = []
    for more in ({}, {}, {"policy": {"accept_seconds": 60}}, {"manager_ids": [str(anna)]}):
        body |= more
        answer = await company.ask("PUT", "/v1/pools/some", json=body)
        numbers.append(answer.json()["version"])
    assert numbers == [1, 1, 2, 3]

    first, *_, last = reversed(await versions(company))
    assert (first["version"], first["actor"]) == (1, "admin")
    assert first["content"]["rules"] == [{"product": ["kitchen"]}]
    assert (last["version"], last["content"]["manager_ids"]) == (3, [str(anna)])
    assert [item["version"] for item in await versions(company, "default")] == [2, 1]


async def test_a_manager_s_own_pools_make_versions_too(company: Company) -> None:
    await company.pool("some")
    await company.pool("other")
    anna = await company.manager(status=None, pools=["some", "other"])
    path = f"/v1/managers/{anna}"
    await company.ask("PUT", path, json={"name": "Anna", "pools": ["other"]})
    await company.ask("PUT", path, json={"name": "Anna", "capacity": 3})
    assert [item["content"]["manager_ids"] for item in await versions(company)] == [
        [],
        [str(anna)],
        [],
    ]
    assert len(await versions(company, "other")) == 2


async def test_versions_are_compared_and_come_back(company: Company) -> None:
    anna = await company.manager(status=None)
    await company.pool("some", manager_ids=[str(anna)], rules=[{"when": {"city": ["Тверь"]}}])
    await company.pool("some", manager_ids=[], policy={"accept_seconds": 60})
    path = "/v1/pools/some/versions"
    compared = await company.get(f"{path}/2", params={"against": 1}, role="supervisor")
    assert {item["pointer"] for item in compared["differences"]} == {
        "/manager_ids",
        "/policy/accept_seconds",
        "/rules",
    }
    assert (await company.get(f"{path}/2"))["differences"] is None

    answer = await company.ask("POST", f"{path}/1/restore", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["pool"]["version"]) == (409, 2)
    answer = await company.ask("POST", f"{path}/1/restore", headers={"If-Match": '"2"'})
    assert answer.status_code == 200, answer.text
    pool = answer.json()
    assert (pool["version"], pool["manager_ids"]) == (3, [str(anna)])
    assert pool["policy"]["accept_seconds"] == 300
    first, _, last = reversed(await versions(company))
    assert first["content"] == last["content"]
    assert (await company.ask("GET", f"{path}/9")).status_code == 404
    assert (await company.ask("POST", f"{path}/9/restore")).status_code == 404


async def test_a_stale_change_is_refused_with_the_pool_as_it_is(company: Company) -> None:
    await company.pool("some")
    stale = {"If-Match": '"1"'}
    when = {"amount": {"from": 5}, "week": [{"days": ["mon"], "from": "09:00"}]}
    body = {"name": "New", "rules": [{"when": {**when, "not": {"channel": ["call"]}}}]}
    assert (await company.ask("PUT", "/v1/pools/some", json=body, headers=stale)).status_code == 200
    answer = await company.ask("PUT", "/v1/pools/some", json=body, headers=stale)
    assert answer.status_code == 409
    assert answer.json()["pool"]["name"] == "New"
    assert answer.json()["pool"] == await company.get("/v1/pools/some")
    answer = await company.ask("PUT", "/v1/pools/none", json=body, headers=stale)
    assert (answer.status_code, answer.json()["pool"]) == (409, None)


async def test_a_key_that_is_used_again_goes_on_counting(company: Company) -> None:
    await company.pool("some")
    await company.ask("DELETE", "/v1/pools/some")
    assert len(await versions(company)) == 1
    await company.pool("some")
    assert (await company.get("/v1/pools/some"))["version"] == 2
    assert len(await versions(company)) == 2


async def test_a_restored_database_has_versions_too(company: Company) -> None:
    anna = new_id()
    event = ManagerChanged(
        manager_id=anna, changed_at=company.now, capacity=5, time_zone="UTC", pools=["lost"]
    )
    for _ in range(2):
        async with transaction(company.database) as session:
            await restore(session, [company.received(event)], now=company.now)
    [version] = await versions(company, "lost")
    assert version["content"]["manager_ids"] == [str(UUID(str(anna)))]
    assert (await company.get("/v1/pools/lost"))["version"] == 1


async def test_new_rules_are_used_at_once(company: Company) -> None:
    assert (await company.inquire("a", city="Тверь"))["pool"] == "default"
    await company.pool("some", rules=[{"when": {"city": ["тверь"]}}])
    assert (await company.inquire("b", city="Тверь"))["pool"] == "some"
    await company.pool("some", rules=[{"when": {"city": ["москва"]}}])
    assert (await company.inquire("c", city="Тверь"))["pool"] == "default"

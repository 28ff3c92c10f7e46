"""A shadow policy decides beside the live one: it acts on nothing, breaks nothing, and its report
tells how it differs.
"""

from typing import Any

import pytest

from services.routing.repository.pools.shadow import forget
from services.routing.use_cases.pools import shadow
from shared.database import transaction
from tests.integration.routing.harness import Company

REPORT = "/v1/pools/default/shadow/report"


async def follow(company: Company) -> int:
    return await shadow.follow(company.database, now=company.now)


async def report(company: Company, **params: str) -> Any:
    return await company.get(REPORT, role="supervisor", params=params)


async def set_shadow(company: Company, **policy: Any) -> None:
    answer = await company.ask("PUT", "/v1/pools/default/shadow", json=policy)
    assert answer.status_code == 204, answer.text


async def test_the_report_tells_how_the_shadow_differs(company: Company) -> None:
    anna = await company.manager("Anna", capacity=10, skills={"b2b": 1})
    berta = await company.manager("Berta", capacity=10)
    await company.inquire("before")
    await company.assign()
    version = (await company.get("/v1/pools/default"))["version"]
    await set_shadow(company, skills={"b2b": 1}, units={"form": 2})
    owners = []
    for name in "abcd":
        lead = await company.inquire(name)
        await company.assign()
        owners.append((await company.lead(lead["lead_id"]))["owner_id"])
    assert await follow(company) == 0  # what was decided a moment ago may not be whole
    company.pass_time(seconds=11)
    assert await follow(company) > 0

    found = await report(company)
    differing = owners.count(str(berta))
    assert (found["decisions"], found["differing"]) == (4, differing)
    assert found["share_differing"] == differing / 4
    assert (found["parked_by_live_only"], found["parked_by_shadow_only"]) == (0, 0)
    shares = {item["manager_id"]: item for item in found["managers"]}
    assert (shares[str(anna)]["shadow_leads"], shares[str(anna)]["shadow_work_units"]) == (4, 8)
    assert (shares[str(berta)]["live_leads"], shares[str(berta)]["shadow_leads"]) == (differing, 0)
    assert found["shadow_jain"] == 0.5
    example = found["examples"][0]
    assert (example["live_owner_id"], example["shadow_owner_id"]) == (str(berta), str(anna))
    decisions = await company.get(example["decisions"])
    assert example["decision_id"] in [item["decision_id"] for item in decisions["items"]]
    pool = await company.get("/v1/pools/default")
    assert (pool["version"], pool["shadow_policy"]["units"]) == (version, {"form": 2})


async def test_nothing_is_compared_twice_and_a_new_shadow_begins_anew(company: Company) -> None:
    await company.manager()
    await set_shadow(company, skills={"nobody has": 1})
    await company.assigned("a")
    company.pass_time(seconds=11)
    await follow(company)
    assert await follow(company) == 0
    found = await report(company)
    assert (found["decisions"], found["parked_by_shadow_only"]) == (1, 1)

    company.pass_time(seconds=1)
    await set_shadow(company)
    assert (await report(company))["decisions"] == 0
    await company.assigned("b")
    company.pass_time(seconds=11)
    await follow(company)
    found = await report(company)
    assert (found["decisions"], found["differing"]) == (1, 0)
    assert (await company.ask("DELETE", "/v1/pools/default/shadow")).status_code == 204
    assert (await company.get("/v1/pools/default"))["shadow_policy"] is None
    assert await follow(company) == 0


async def test_what_cannot_be_compared_is_passed_over(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.manager()
    await set_shadow(company)
    await company.assigned("a")
    company.pass_time(seconds=11)
    with monkeypatch.context() as patch:
        patch.setattr(shadow, "decide_as", None)
        assert await follow(company) == 1
    assert await follow(company) == 0
    assert (await report(company))["decisions"] == 0


async def test_comparisons_are_forgotten(company: Company) -> None:
    await company.manager()
    await set_shadow(company)
    await company.assigned("a")
    company.pass_time(seconds=11)
    await follow(company)
    async with transaction(company.database) as session:
        await forget(session, before=company.now)
    assert not await company.rows("SELECT FROM shadow_decision")


async def test_a_shadow_needs_its_pool_and_a_range(company: Company) -> None:
    for method, path in (("PUT", ""), ("DELETE", ""), ("GET", "/report")):
        answer = await company.ask(method, f"/v1/pools/none/shadow{path}", json={})
        assert answer.status_code == 404
    answer = await company.ask("PUT", "/v1/pools/default/shadow", json={"accept_seconds": 0})
    assert answer.json()["errors"][0]["pointer"] == "/accept_seconds"
    moment = "2026-03-02T09:00:00Z"
    answer = await company.ask("GET", REPORT, params={"from": moment, "to": moment})
    assert answer.json()["errors"][0]["pointer"] == "/from"


async def test_a_pool_without_a_shadow_has_no_report(company: Company) -> None:
    answer = await company.ask("GET", REPORT)
    assert (answer.status_code, answer.json()["detail"]) == (
        404,
        "The pool has no shadow policy, and no decisions of a former one.",
    )
    await company.manager()
    await set_shadow(company)
    assert (await report(company))["decisions"] == 0
    await company.assigned("a")
    company.pass_time(seconds=11)
    await follow(company)
    assert (await company.ask("DELETE", "/v1/pools/default/shadow")).status_code == 204
    assert (await report(company))["decisions"] == 1, "what it has decided stays for 30 days"
    async with transaction(company.database) as session:
        await forget(session, before=company.now)
    assert (await company.ask("GET", REPORT)).status_code == 404

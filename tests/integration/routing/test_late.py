"""Whoever acts too late is told why, and a manager is told of nobody else by name."""

from typing import Any
from uuid import UUID

import httpx

from tests.integration.routing.harness import Company


async def late(company: Company, lead: Any, **more: Any) -> httpx.Response:
    answer = await company.attempt("accept", lead, **more)
    assert answer.status_code == 409, answer.text
    return answer


async def test_a_lease_that_ran_out_says_so_and_who_has_it_since_when(company: Company) -> None:
    names = {await company.manager("Anna"): "Anna", await company.manager("Boris"): "Boris"}
    lead = await company.assigned()
    company.pass_time(minutes=5)
    await company.tick()
    problem = (await late(company, lead)).json()
    assert problem["type"].endswith("lease-ended")
    assert "it was not accepted in time" in problem["detail"]
    assert problem["ending"]["outcome"] == "accept_expired"
    assert problem["ending"]["next_since"] is None
    company.pass_time(minutes=1)
    await company.assign()
    again = await company.lead(lead["lead_id"])
    answer = await late(company, lead)
    assert "Another manager has had the lead since 2026-03-02T09:06:00Z." in answer.json()["detail"]
    assert again["owner_id"] not in answer.text
    assert names[UUID(again["owner_id"])] not in answer.text
    assert "lead" not in answer.json(), "the lead is not theirs to see"
    supervisor = (await late(company, lead, role="supervisor")).json()
    assert supervisor["type"].endswith("stale-version")
    assert supervisor["ending"]["next_owner_id"] == again["owner_id"]
    assert supervisor["lead"]["version"] == again["version"]


async def test_each_way_of_losing_a_lead_has_its_reason(company: Company) -> None:
    await company.manager("Anna", capacity=100)
    boris = await company.manager("Boris", status="away", capacity=100)
    declined = await company.assigned("declined")
    await company.perform("decline", declined)
    returned = await company.perform("accept", await company.assigned("returned"))
    await company.perform("return", returned)
    moved = await company.assigned("moved")
    await company.perform("reassign", moved, role="supervisor", manager_id=str(boris))
    elder = await company.assigned("elder")
    company.pass_time(seconds=1)
    younger = await company.assigned("younger")
    await company.relink("younger", "elder")
    outcomes = {}
    for lead in (declined, returned, moved, younger):
        outcomes[lead["lead_id"]] = (await late(company, lead)).json()["ending"]
    assert [ending["outcome"] for ending in outcomes.values()] == [
        "declined",
        "returned",
        "reassigned",
        "merged",
    ]
    assert outcomes[younger["lead_id"]]["merged_into"] == elder["lead_id"]
    members = (await late(company, moved, role="supervisor")).json()["ending"]
    assert members["by"] is not None
    assert "by" not in outcomes[moved["lead_id"]]


async def test_for_whoever_never_had_it_there_is_no_such_lead(company: Company) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", status="away")
    lead = await company.assigned()
    for action in ("accept", "decline", "return"):
        assert (await company.attempt(action, lead, by=boris)).status_code == 404

"""A manager leaves the company: all their open leads move in batches, and it can be undone."""

from typing import Any
from unittest.mock import AsyncMock
from uuid import UUID

import pytest

from services.routing.repository.departures import departures
from services.routing.use_cases.departures import departing
from tests.integration.routing.harness import Company


def path(manager_id: UUID, rest: str = "") -> str:
    return f"/v1/managers/{manager_id}/leave-company{rest}"


async def leave(company: Company, manager_id: UUID, **body: Any) -> Any:
    answer = await company.ask("POST", path(manager_id), role="supervisor", json=body)
    assert answer.status_code == 202, answer.text
    return answer.json()


async def post(company: Company, manager_id: UUID, rest: str) -> Any:
    answer = await company.ask("POST", path(manager_id, rest), role="supervisor")
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


async def carry_out(company: Company) -> int:
    """All batches; returns how many."""
    await company.watch()
    count = 0
    while await departing.step(company.database, clock=lambda: company.now):
        count += 1
    return count


async def owning(company: Company, number: int, **more: Any) -> tuple[UUID, list[Any]]:
    """Anna with so many leads, every second of them accepted."""
    anna = await company.manager("Anna", capacity=20_000, **more)
    leads = []
    for place in range(number):
        lead = await company.assigned(place)
        leads.append(await company.perform("accept", lead) if place % 2 else lead)
    return anna, leads


async def test_all_open_leads_go_back_to_the_queues(company: Company) -> None:
    anna, leads = await owning(company, 4)
    lost = await company.perform("lost", leads[1], loss_reason="price")
    preview = await post(company, anna, "/preview")
    assert (preview["leads"], preview["accepted"], preview["alone_in"]) == (3, 1, ["default"])
    departure = await leave(company, anna, reason="retired")
    assert (departure["state"], departure["leads"]) == ("moving", 3)
    boris = await company.manager("Boris")
    await carry_out(company)
    departure = await company.get(path(anna), role="supervisor")
    assert (departure["state"], departure["moved"], departure["merged"]) == ("moved", 3, 0)
    await company.assign()
    owners = {(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads}
    assert owners == {str(boris), str(anna)}
    assert (await company.lead(lost["lead_id"]))["owner_id"] == str(anna), "closed ones stay"
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["pools"], manager["status"], manager["reserved"]) == ([], "offline", 0)
    assert manager["left_at"] is not None
    assert manager["name"] == "Anna"
    await company.check()


async def test_nobody_who_left_gets_anything(company: Company) -> None:
    anna, _ = await owning(company, 1)
    await leave(company, anna)
    await carry_out(company)
    lead = await company.inquire("later")
    answer = await company.attempt("reassign", lead, role="supervisor", manager_id=str(anna))
    assert answer.status_code == 422
    await company.status(anna, "online")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None


async def test_a_successor_gets_what_they_have_room_for(company: Company) -> None:
    anna, leads = await owning(company, 5)
    boris = await company.manager("Boris", capacity=3)
    plan = {"destination": "successor", "successor_id": str(boris)}
    answer = await company.ask("POST", path(anna, "/preview"), role="supervisor", json=plan)
    assert (answer.json()["fits"], answer.json()["successor_room"]) == (3, 3)
    await leave(company, anna, **plan)
    await carry_out(company)
    departure = await company.get(path(anna), role="supervisor")
    assert (departure["moved"], departure["without_room"]) == (5, 2)
    owners = [(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads]
    assert (owners.count(str(boris)), owners.count(None)) == (3, 2)
    await company.check()


async def test_spread_decides_each_batch_as_one_backlog(company: Company) -> None:
    anna, leads = await owning(company, 6)
    others = [await company.manager(name) for name in ("Boris", "Clara", "Dan")]
    await leave(company, anna, destination="spread")
    await carry_out(company)
    owners = [(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads]
    assert all(owners.count(str(manager_id)) == 2 for manager_id in others)
    await company.check()


async def test_moving_goes_on_where_it_stopped(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process dies between two batches, and in the middle of one; another goes on."""
    anna, _ = await owning(company, 7)
    monkeypatch.setattr(departing, "BATCH", 2)
    await leave(company, anna)
    await company.watch()
    assert await departing.step(company.database, clock=lambda: company.now)
    with monkeypatch.context() as dying:
        dying.setattr(departures, "count", AsyncMock(side_effect=RuntimeError("died")))
        with pytest.raises(RuntimeError, match="died"):
            await departing.step(company.database, clock=lambda: company.now)
    departure = await company.get(path(anna), role="supervisor")
    assert (departure["state"], departure["moved"]) == ("moving", 2)
    assert await carry_out(company) == 4, "three batches, and one look that nothing is left"
    departure = await company.get(path(anna), role="supervisor")
    assert (departure["state"], departure["moved"]) == ("moved", 7)
    await company.check()


async def test_asked_again_it_is_the_same_departure(company: Company) -> None:
    anna, _ = await owning(company, 1)
    first = await leave(company, anna)
    assert await leave(company, anna) == first
    other = await company.ask("POST", path(anna), role="supervisor", json={"destination": "spread"})
    assert (other.status_code, other.json()["type"][-12:]) == (409, "already-left")


async def test_cancelled_it_stops_and_goes_on_by_another_plan(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, leads = await owning(company, 3)
    boris = await company.manager("Boris")
    monkeypatch.setattr(departing, "BATCH", 1)
    await leave(company, anna)
    await departing.step(company.database, clock=lambda: company.now)
    assert (await post(company, anna, "/cancel"))["state"] == "cancelled"
    assert await carry_out(company) == 0
    owners = [(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads]
    assert owners.count(str(anna)) == 2
    await leave(company, anna, destination="successor", successor_id=str(boris))
    await carry_out(company)
    owners = [(await company.lead(lead["lead_id"]))["owner_id"] for lead in leads]
    assert (owners.count(str(boris)), owners.count(None)) == (2, 1)
    await company.check()


async def test_undone_it_gives_back_what_nobody_has_taken_on(company: Company) -> None:
    anna, leads = await owning(company, 4)
    boris = await company.manager("Boris", capacity=3)
    plan = {"destination": "successor", "successor_id": str(boris)}
    await leave(company, anna, **plan)
    await carry_out(company)
    moved = [await company.lead(lead["lead_id"]) for lead in leads]
    accepted, reached, open_one = [lead for lead in moved if lead["owner_id"]]
    await company.perform("accept", accepted)
    await company.act(reached)
    company.pass_time(days=29)
    assert (await post(company, anna, "/undo"))["state"] == "giving_back"
    await carry_out(company)
    departure = await company.get(path(anna), role="supervisor")
    assert (departure["state"], departure["given_back"], departure["kept"]) == ("given_back", 2, 2)
    for lead in (accepted, reached):
        assert (await company.lead(lead["lead_id"]))["owner_id"] == str(boris)
    before = {lead["lead_id"]: lead for lead in leads}
    again = await company.lead(open_one["lead_id"])
    assert again["owner_id"] == str(anna)
    was_accepted = before[again["lead_id"]]["accepted_at"] is not None
    assert (again["accepted_at"] is not None) == was_accepted
    manager = await company.get(f"/v1/managers/{anna}")
    assert (manager["pools"], manager["left_at"]) == (["default"], None)
    await company.check()


async def test_after_thirty_days_it_stays(company: Company) -> None:
    anna, _ = await owning(company, 1)
    await leave(company, anna)
    await carry_out(company)
    company.pass_time(days=30, seconds=1)
    answer = await company.ask("POST", path(anna, "/undo"), role="supervisor")
    assert answer.status_code == 409
    back = await company.ask("POST", f"/v1/managers/{anna}/return", role="supervisor")
    assert (back.json()["pools"], back.json()["left_at"]) == (["default"], None)
    await company.status(anna, "online")
    await company.assign()
    assert len(await company.leads(owner=str(anna))) == 1


async def test_a_supervisor_who_left_supervises_no_more_until_it_is_undone(
    company: Company,
) -> None:
    vera = await company.manager("Vera")
    await company.pool("default", supervisor_ids=[str(vera)])
    await leave(company, vera)
    assert (await company.get("/v1/pools/default"))["supervisor_ids"] == []
    await post(company, vera, "/undo")
    assert (await company.get("/v1/pools/default"))["supervisor_ids"] == [str(vera)]


async def test_two_accepted_siblings_of_one_who_leaves_become_one(company: Company) -> None:
    await owning(company, 0)
    first = await company.perform("accept", await company.assigned("phone"))
    second = await company.perform("accept", await company.assigned("mail"))
    await company.relink("mail", "phone")
    await leave(company, UUID(first["owner_id"]))
    await carry_out(company)
    states = {(await company.lead(lead["lead_id"]))["state"] for lead in (first, second)}
    assert states == {"open", "merged"}
    departure = await company.get(path(UUID(first["owner_id"])), role="supervisor")
    assert (departure["moved"], departure["merged"]) == (1, 1)
    await company.check()


async def test_who_left_is_told_why_they_cannot_act(company: Company) -> None:
    anna, [lead] = await owning(company, 1)
    await leave(company, anna)
    await carry_out(company)
    answer = await company.attempt("accept", lead, by=anna)
    assert answer.status_code == 409
    assert answer.json()["ending"]["outcome"] == "left"

"""Leases end by a row, whoever accepts first wins, and our own absence punishes nobody."""

import asyncio
from uuid import UUID

from services.routing.use_cases.lead_actions import LeadAction, accept
from services.routing.use_cases.leases import expire
from shared.database import transaction
from tests.integration.routing.harness import Company


async def test_an_unaccepted_lead_goes_on_to_somebody_else(company: Company) -> None:
    await company.manager("Anna")
    await company.manager("Boris")
    lead = await company.assigned()
    company.pass_time(minutes=4, seconds=59)
    await company.tick()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == lead["owner_id"]
    company.pass_time(seconds=1)
    await company.tick()
    freed = await company.lead(lead["lead_id"])
    assert (freed["owner_id"], freed["version"]) == (None, lead["version"] + 1)
    await company.assign()
    again = await company.lead(lead["lead_id"])
    assert again["owner_id"] not in {None, lead["owner_id"]}
    assert again["accept_by"] == "2026-03-02T09:10:00Z"
    assert await company.emitted(lead["lead_id"]) == [
        "lead.opened",
        "lead.assigned",
        "lead.lease_expired",
        "lead.assigned",
    ]
    await company.check()


async def test_whoever_let_it_lapse_is_passed_over_even_if_the_least_loaded(
    company: Company,
) -> None:
    anna = await company.manager("Anna", capacity=100)
    boris = await company.manager("Boris", capacity=2, status=None)
    busy = await company.inquire("keeps Boris busy")
    await company.perform("reassign", busy, role="supervisor", manager_id=str(boris))
    await company.status(boris, "online")
    lead = await company.assigned()
    assert lead["owner_id"] == str(anna)
    company.pass_time(minutes=5)
    await company.perform("accept", await company.lead(busy["lead_id"]), by=boris)
    await company.tick()
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(boris)
    await company.check()


async def test_when_everybody_had_the_lead_the_round_starts_again(company: Company) -> None:
    await company.manager("Anna")
    await company.manager("Boris")
    lead = await company.assigned()
    owners = [lead["owner_id"]]
    for _ in range(3):
        company.pass_time(minutes=5)
        await company.tick()
        await company.assign()
        owners.append((await company.lead(lead["lead_id"]))["owner_id"])
    found = await company.lead(lead["lead_id"])
    assert len(set(owners[:2])) == 2
    assert len(set(owners[2:])) == 2
    assert (found["round"], found["epoch"]) == (2, 4)
    await company.check()


async def test_accepting_stops_the_accept_deadline_but_not_the_first_touch(
    company: Company,
) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    company.pass_time(minutes=29)
    await company.tick()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == lead["owner_id"]
    company.pass_time(minutes=1)
    await company.tick()
    freed = await company.lead(lead["lead_id"])
    assert (freed["owner_id"], freed["accepted_at"]) == (None, None)
    assert (await company.emitted(lead["lead_id"]))[-1] == "lead.lease_expired"
    await company.check()


async def test_a_touch_keeps_the_lead(company: Company) -> None:
    await company.manager()
    touched = await company.perform("accept", await company.assigned("touched"))
    noted = await company.perform("accept", await company.assigned("noted"))
    planned = await company.perform("accept", await company.assigned("planned"))
    by_contact = await company.perform("accept", await company.assigned("by contact"))
    company.pass_time(minutes=10)
    await company.act(touched)
    await company.act(noted, kind="note", direction=None)
    await company.act(planned, kind="task", due_at=company.now)
    await company.act(by_contact, kind="mail", lead_id=None)
    company.pass_time(minutes=21)
    await company.tick()
    assert (await company.lead(touched["lead_id"]))["first_touched_at"] is not None
    assert (await company.lead(touched["lead_id"]))["owner_id"] is not None
    assert (await company.lead(by_contact["lead_id"]))["owner_id"] is not None
    assert (await company.lead(noted["lead_id"]))["owner_id"] is None
    assert (await company.lead(planned["lead_id"]))["owner_id"] is None
    await company.check()


async def test_an_answered_incoming_call_is_a_touch(company: Company) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    company.pass_time(minutes=1)
    again = await company.inquire(
        channel="call", call={"direction": "incoming", "outcome": "answered"}
    )
    assert again["lead_id"] == lead["lead_id"]
    assert again["first_touched_at"] is not None


async def test_first_touch_waits_while_we_are_behind_on_activities(company: Company) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    company.pass_time(minutes=31)
    await company.tick(behind=True)
    assert (await company.lead(lead["lead_id"]))["owner_id"] == lead["owner_id"]
    await company.tick()
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None


async def test_an_accept_that_commits_first_wins_even_late(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    company.pass_time(minutes=7)
    late = await company.perform("accept", lead)
    await company.tick()
    found = await company.lead(lead["lead_id"])
    assert (found["owner_id"], found["version"]) == (lead["owner_id"], late["version"])


async def test_expiry_that_waits_for_an_accept_lets_it_win(company: Company) -> None:
    """Both want the lead's row; the accept holds it when the expiry has already chosen the lead."""
    anna = await company.manager()
    lead = await company.assigned()
    company.pass_time(minutes=7)
    action = LeadAction(UUID(lead["lead_id"]), lead["version"], "manager", anna, company.now)
    async with transaction(company.database) as session:
        await accept(session, action)
        expiring = asyncio.create_task(company.tick())
        done, _ = await asyncio.wait({expiring}, timeout=0.5)
        assert not done, "the expiry waits for the accept"
    await expiring
    found = await company.lead(lead["lead_id"])
    assert found["owner_id"] == str(anna)
    assert found["accepted_at"] is not None
    await company.check()


async def test_an_accept_after_a_committed_expiry_is_refused(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    company.pass_time(minutes=7)
    await company.tick()
    assert (await company.attempt("accept", lead)).status_code == 409
    assert (await company.attempt("accept", lead, role="admin")).status_code == 409


async def test_a_status_lapses_and_says_so(company: Company) -> None:
    anna = await company.manager(status=None)
    await company.status(anna, "online", ttl_seconds=60)
    company.pass_time(seconds=59)
    await company.tick()
    assert (await company.get(f"/v1/managers/{anna}"))["status"] == "online"
    company.pass_time(seconds=1)
    await company.tick()
    found = await company.get(f"/v1/managers/{anna}")
    assert (found["status"], found["status_until"]) == ("offline", None)
    assert (await company.emitted(anna)).count("manager.status_changed") == 2
    lead = await company.inquire()
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["parked_reason"] == "nobody_on_duty"


async def test_many_leases_expire_in_batches(company: Company) -> None:
    await company.manager(capacity=1000)
    await company.consume(*(company.inquiry(number) for number in range(450)))
    await company.assign()
    assert len(await company.leads(waiting="false")) == 450
    company.pass_time(minutes=6)
    await company.tick()
    assert len(await company.leads(waiting="true")) == 450
    assert expire.BATCH < 450
    await company.check()


async def test_leases_that_cannot_be_ended_hold_up_nobody(company: Company) -> None:
    """A batch full of them is passed, and those behind it end."""
    await company.manager(capacity=1000)
    await company.consume(*(company.inquiry(number) for number in range(expire.BATCH)))
    await company.rows(
        "UPDATE lead SET state = 'lost', closed_at = opened_at WHERE state = 'open' RETURNING 1"
    )
    company.pass_time(seconds=1)
    lead = await company.assigned("behind them")
    company.pass_time(minutes=31)
    async with asyncio.timeout(60):
        await company.tick()
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None

"""Leads whose leases run out too often go to the supervisors of their pool, and to nobody else."""

from typing import Any
from uuid import UUID

from services.routing.use_cases.leases.escalate import serve_escalated
from tests.integration.routing.harness import Company


async def serve(company: Company) -> int:
    await company.watch()
    return await serve_escalated(company.database, clock=lambda: company.now)


async def lapse(company: Company, lead: Any, times: int = 1) -> Any:
    """Let so many leases of the lead run out, each given by the assigner."""
    for _ in range(times):
        company.pass_time(minutes=5)
        await company.tick()
        await company.assign()
    return await company.lead(lead["lead_id"])


async def supervised(company: Company, **more: Any) -> tuple[UUID, UUID]:
    """A manager in a pool of two hops, and its supervisor, who is in no pool and not online."""
    anna = await company.manager("Anna", capacity=100)
    vera = await company.manager("Vera", pools=[], status=None, **more)
    await company.pool(
        "default", supervisor_ids=[str(vera)], policy={"max_hops": 2, "supervisor": True}
    )
    return anna, vera


async def test_after_so_many_leases_the_lead_goes_to_the_supervisor(company: Company) -> None:
    anna, vera = await supervised(company)
    lead = await company.assigned()
    again = await lapse(company, lead)
    assert (again["hops"], again["owner_id"]) == (1, str(anna))
    aside = await lapse(company, lead)
    assert (aside["hops"], aside["owner_id"], aside["parked_reason"]) == (2, None, "escalated")
    assert await serve(company) == 1
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(vera)
    assert await company.emitted(lead["lead_id"], without="lead.opened.v1") == [
        "lead.assigned",
        "lead.lease_expired",
        "lead.assigned",
        "lead.lease_expired",
        "lead.parked",
        "lead.assigned",
    ]
    rows = await company.rows(
        """SELECT payload->>'hops' AS hops FROM journal
        WHERE key = :key AND type = 'lead.lease_expired.v1' ORDER BY version""",
        key=lead["lead_id"],
    )
    assert [row["hops"] for row in rows] == ["1", "2"]
    [tier] = await company.rows("SELECT tier FROM assignment WHERE ended_at IS NULL")
    assert tier["tier"] == "supervisor"
    [pool] = (await company.get("/v1/load"))["pools"]
    assert pool["assigned_by_tier"] == {"shift": 2, "on_call": 0, "supervisor": 1, "named": 0}
    await company.check()


async def test_without_room_at_the_supervisors_it_waits_for_them_alone(company: Company) -> None:
    _, vera = await supervised(company, capacity=1)
    busy = await company.inquire("keeps Vera busy")
    busy = await company.perform("reassign", busy, role="supervisor", manager_id=str(vera))
    busy = await company.perform("accept", busy)
    lead = await company.inquire()
    lead = await lapse(company, lead, 2)
    assert (lead["owner_id"], lead["parked_reason"]) == (None, "escalated")
    assert await serve(company) == 0
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] is None
    await company.perform("lost", busy, by=vera, loss_reason="price")
    assert await serve(company) == 1
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(vera)
    await company.check()


async def test_a_supervisor_who_is_away_does_not_get_it(company: Company) -> None:
    _, vera = await supervised(company)
    await company.status(vera, "away")
    lead = await lapse(company, await company.assigned(), 2)
    assert await serve(company) == 0
    await company.status(vera, "online")
    assert await serve(company) == 1
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(vera)


async def test_declining_is_a_hop_and_accepting_does_not_hide_what_went_before(
    company: Company,
) -> None:
    await supervised(company)
    lead = await company.assigned()
    await company.perform("decline", lead, reason="not mine")
    await company.assign()
    lead = await company.perform("accept", await company.lead(lead["lead_id"]))
    assert lead["hops"] == 1
    company.pass_time(minutes=30)
    await company.tick()
    lead = await company.lead(lead["lead_id"])
    assert (lead["hops"], lead["parked_reason"]) == (2, "escalated")


async def test_once_the_customer_was_reached_or_the_lead_returned_it_begins_anew(
    company: Company,
) -> None:
    await supervised(company)
    lead = await lapse(company, await company.assigned())
    await company.act(lead)
    assert (await company.lead(lead["lead_id"]))["hops"] == 0
    lead = await lapse(company, lead)  # reached, but never accepted
    assert (lead["hops"], lead["parked_reason"]) == (1, None)
    lead = await company.perform("accept", lead)
    lead = await company.perform("return", lead)
    assert lead["hops"] == 0


async def test_a_pool_without_supervisors_lets_a_lead_go_round(company: Company) -> None:
    anna, vera = await supervised(company)
    lead = await lapse(company, await company.assigned(), 2)
    assert lead["parked_reason"] == "escalated"
    await company.pool("default", supervisor_ids=[], policy={"max_hops": 2})
    assert await serve(company) == 0
    await company.assign()
    lead = await company.lead(lead["lead_id"])
    assert lead["owner_id"] == str(anna)
    lead = await lapse(company, lead)
    assert (lead["hops"], lead["owner_id"]) == (3, str(anna))
    assert str(vera) != lead["owner_id"]
    await company.check()

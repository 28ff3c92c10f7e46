"""Whoever was erased cannot be rung: their open leads go round among managers no more."""

from uuid import UUID

from services.routing.use_cases.gauges import show_counts
from shared.contracts.contacts import ContactErased
from shared.database import transaction
from tests.integration.routing.harness import Company, contact


def erased(company: Company, *names: str) -> ContactErased:
    births = [contact(name) for name in names]
    return ContactErased(contact_id=births[0], birth_ids=births, erased_at=company.now)


async def waiting(company: Company) -> tuple[int, int]:
    [pool] = (await company.get("/v1/load"))["pools"]
    return pool["waiting"], pool["parked"]


async def reserved(company: Company, manager_id: UUID) -> float:
    loads = (await company.get("/v1/load"))["managers"]
    [units] = [item["reserved"] for item in loads if item["manager_id"] == str(manager_id)]
    return float(units)


async def test_a_lead_of_an_erased_person_is_taken_out_of_the_queue(company: Company) -> None:
    anna = await company.manager("Anna", capacity=100)
    lead = await company.assigned("customer")
    assert await reserved(company, anna) > 0
    await company.consume(erased(company, "customer"))
    aside = await company.lead(lead["lead_id"])
    assert (aside["state"], aside["owner_id"], aside["parked_reason"]) == ("open", None, "erased")
    assert (await reserved(company, anna), await waiting(company)) == (0, (0, 0))
    for _ in range(3):
        company.pass_time(minutes=30)
        await company.tick()
        await company.assign()
    assert await company.emitted(lead["lead_id"], without="lead.opened.v1") == [
        "lead.assigned",
        "lead.parked",
    ]
    [lease] = await company.rows("SELECT outcome FROM assignment")
    assert lease["outcome"] == "erased"
    await company.consume(erased(company, "customer"))  # told again
    assert (await company.lead(lead["lead_id"]))["version"] == aside["version"]


async def test_an_accepted_one_is_closed_by_a_supervisor_alone(company: Company) -> None:
    anna = await company.manager("Anna", capacity=100)
    lead = await company.perform("accept", await company.assigned("customer"))
    await company.consume(erased(company, "customer"))
    assert await reserved(company, anna) == 0
    aside = await company.lead(lead["lead_id"])
    closed = await company.perform("won", aside, role="supervisor", amount="100", currency="RUB")
    assert (closed["state"], closed["parked_reason"]) == ("won", None)


async def test_one_that_comes_late_is_given_to_nobody(company: Company) -> None:
    await company.consume(erased(company, "customer"))
    await company.consume(company.inquiry("customer"))  # nobody is there yet
    await company.manager("Anna", capacity=100)
    await company.assign()
    [lead] = await company.leads()
    assert (lead["owner_id"], lead["parked_reason"]) == (None, "erased")


async def test_a_lead_that_is_somebody_elses_too_goes_on(company: Company) -> None:
    anna = await company.manager("Anna", capacity=100)
    lead = await company.assigned("customer")
    await company.relink("wife", "customer")
    await company.consume(erased(company, "customer"))
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)
    await company.consume(erased(company, "wife"))
    assert (await company.lead(lead["lead_id"]))["parked_reason"] == "erased"


async def test_nobody_neglects_a_lead_of_an_erased_person(company: Company) -> None:
    terms = {"new": {"rot_hours": 24, "max_hours": 24}}
    body = {"name": "Sales", "stages": ["new"], "terms": {"stages": terms}}
    answer = await company.ask("PUT", "/v1/pipelines/sales", json=body)
    assert answer.status_code == 200, answer.text
    await company.manager("Anna", capacity=100)
    leads = [
        await company.perform("accept", await company.assigned(who, pipeline="sales"))
        for who in ("customer", "other")
    ]
    tomorrow = {"text": "call", "due_at": "2026-03-03T09:00:00Z"}
    aside, other = [await company.perform("next-action", lead, **tomorrow) for lead in leads]
    await company.consume(erased(company, "customer"))
    company.pass_time(days=2)
    for filters in (
        {"rotting": "true"},
        {"overdue": "true"},
        {"next_action_before": "2026-03-09T00:00:00Z"},
        {"sort": "rots_at"},
        {"sort": "next_action_at"},
        {"sort": "priority"},
        {"state": "open", "set_aside": "false"},
    ):
        listed = [item["lead_id"] for item in await company.leads(**filters)]
        assert listed == [other["lead_id"]], filters
    for filters in ({"waiting": "true"}, {"sort": "queue"}):
        assert await company.leads(**filters) == [], filters
    (lead,) = await company.leads(state="open", set_aside="true")
    assert (lead["lead_id"], lead["rots_at"], lead["is_rotting"]) == (aside["lead_id"], None, False)
    async with transaction(company.database) as session:
        await session.execute(
            "UPDATE lead SET rot_seconds = 1, next_action_at = now() - interval '1 day'"
        )
        await show_counts(session)
    gauges = (await company.door.client.get("/metrics")).text
    for how in ("rotting", "overdue"):
        assert (
            f'leadflow_leads_neglected{{how="{how}",pipeline="sales",service="routing"}} 1.0'
            in gauges
        )
    path = await company.get(f"/v1/leads/{aside['lead_id']}/conformance", role="supervisor")
    assert path["deviations"] == []
    path = await company.get(f"/v1/leads/{other['lead_id']}/conformance", role="supervisor")
    assert {item["kind"] for item in path["deviations"]} == {"overstayed", "rotting"}
    waiting = await company.lead(aside["lead_id"])
    await company.perform("lost", waiting, role="supervisor", loss_reason="forgotten")
    path = await company.get(f"/v1/leads/{aside['lead_id']}/conformance", role="supervisor")
    assert path["deviations"] == [], "nobody had to close it"
    period = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    measured = await company.get("/v1/pipelines/sales/conformance", params=period)
    assert (measured["leads"], measured["conforming"]) == (2, 1)

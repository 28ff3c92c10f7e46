"""Whoever was erased cannot be rung: their open leads go round among managers no more."""

from uuid import UUID

from shared.contracts.contacts import ContactErased
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

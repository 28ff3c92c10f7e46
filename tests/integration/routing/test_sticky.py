"""A customer stays with their own manager, unless that one is loaded far above the others."""

from typing import Any
from uuid import UUID

from tests.integration.routing.harness import Company


async def two(company: Company) -> tuple[UUID, UUID]:
    return (
        await company.manager("Анна", capacity=100),
        await company.manager("Борис", capacity=100),
    )


async def won(company: Company, who: object) -> Any:
    lead = await company.perform("accept", await company.inquire(who))
    return await company.perform("won", lead, amount=1, currency="RUB")


async def test_a_new_lead_goes_to_whoever_won_the_last_one(company: Company) -> None:
    await two(company)
    lead = await won(company, "customer")
    await company.inquire("others, so that the owner has had one more")
    await company.inquire("and another")
    again = await company.inquire("customer")
    assert again["owner_id"] == lead["owner_id"]
    decision = (await company.get(f"/v1/leads/{again['lead_id']}/decisions"))["items"][0]
    assert (decision["reason"], decision["inputs"]["sticky"]) == ("sticky", [lead["owner_id"]])
    await company.check()


async def test_the_assigner_knows_the_customers_too_and_open_leads_come_first(
    company: Company,
) -> None:
    anna, boris = await two(company)
    former = await won(company, "customer")
    first = await company.inquire("customer", pipeline="default")
    other = anna if first["owner_id"] == str(boris) else boris
    await company.perform("reassign", first, role="supervisor", manager_id=str(other))
    await company.perform("accept", await company.lead(first["lead_id"]))
    await company.rows(
        """INSERT INTO pipeline (key, name, stages) VALUES ('service', 'Service', '["new"]')
        RETURNING key"""
    )
    for manager_id in (anna, boris):
        await company.status(manager_id, "away")
    event = company.inquiry("customer", pipeline="service")
    await company.consume(event)
    lead = await company.lead_of(event.inquiry_id)
    assert lead["owner_id"] is None
    for manager_id in (anna, boris):
        await company.status(manager_id, "online")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(other) != former["owner_id"]


async def test_a_customer_keeps_their_manager_under_another_contact(company: Company) -> None:
    await two(company)
    lead = await won(company, "phone")
    await company.inquire("others")
    await company.relink("mail", "phone")
    assert (await company.inquire("mail"))["owner_id"] == lead["owner_id"]


async def test_an_owner_far_above_the_others_is_passed_by(company: Company) -> None:
    await company.pool("default", policy={"sticky_above": 0.1})
    anna = await company.manager("Анна", capacity=4)
    lead = await won(company, "customer")
    await company.inquire("one")
    await company.inquire("two")
    boris = await company.manager("Борис", capacity=4)
    assert lead["owner_id"] == str(anna)
    assert (await company.inquire("customer"))["owner_id"] == str(boris)


async def test_it_can_be_switched_off_and_tests_bind_nobody(company: Company) -> None:
    anna, boris = await two(company)
    lead = await company.perform("accept", await company.inquire("tester", is_test=True))
    await company.perform("won", lead)
    other = boris if lead["owner_id"] == str(anna) else anna
    assert (await company.inquire("tester"))["owner_id"] == str(other)
    lead = await won(company, "customer")
    await company.pool("default", policy={"sticky": False})
    again = await company.inquire("customer")
    decision = (await company.get(f"/v1/leads/{again['lead_id']}/decisions"))["items"][0]
    assert "sticky" not in decision["inputs"]

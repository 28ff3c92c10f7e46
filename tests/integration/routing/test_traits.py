"""What leads are about is corrected, and comes back after a restore; and how far managers are."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from services.routing.use_cases.restore import restore
from shared.contracts.indicators import AttainmentMeasured
from shared.contracts.inquiries import InquiryReceived, InquiryUpdated
from shared.database import transaction
from tests.integration.routing.harness import Company, contact
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables

ABOUT = ("language", "region", "product", "expected_amount", "expected_currency")
SAID = {
    "language": "de", "region": "Bayern", "product_interest": "boat", "amount": Decimal(1500),
    "currency": "EUR",
}  # fmt: skip


async def about(company: Company, lead: Any) -> list[Any]:
    found = await company.lead(lead["lead_id"])
    return [found[name] for name in ABOUT]


async def correct(company: Company, inquiry: InquiryReceived, **changes: Any) -> None:
    await company.consume(
        InquiryUpdated(
            contact_id=inquiry.contact_id,
            inquiry_id=inquiry.inquiry_id,
            changed_at=company.now,
            changes=changes,
        )
    )


async def test_corrections_say_what_the_lead_is_about(company: Company) -> None:
    first, second = company.inquiry(**SAID), company.inquiry(region="Berlin")
    await company.consume(first, second)
    lead = await company.lead_of(first.inquiry_id)
    assert await about(company, lead) == ["de", "Bayern", "boat", 1500, "EUR"]
    await correct(company, first, region="Hessen", amount=20.5, product_interest=None)
    assert await about(company, lead) == ["de", "Hessen", None, 20.5, "EUR"]
    await correct(company, second, region="Hamburg", product_interest="car", language="en")
    assert await about(company, lead) == ["de", "Hessen", "car", 20.5, "EUR"], "only what lacks"
    inquiries = (await company.lead(lead["lead_id"]))["inquiries"]
    assert sorted(item["language"] for item in inquiries) == ["de", "en"]
    for nonsense in ("many", "NaN", 10**15, [1], {"amount": 1}):
        await correct(company, first, amount=nonsense, region=7)
    assert await about(company, lead) == ["de", "Hessen", "car", 20.5, "EUR"]


async def test_a_correction_finds_the_lead_an_owner(company: Company) -> None:
    anna = await company.manager(languages=["de"])
    await company.pool("default", policy={"match": ["language"]})
    inquiry = company.inquiry(language="fr")
    await company.consume(inquiry)
    await company.assign()
    lead = await company.lead_of(inquiry.inquiry_id)
    assert lead["parked_reason"] == "nobody_skilled"
    await correct(company, inquiry, language="DE")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)


async def test_what_a_lead_is_about_comes_back_after_a_restore(company: Company) -> None:
    tables = ("lead", "lead_inquiry", "contact_link", "assignment", "manager", "pool_member")
    backup = await OldTables.of(company.database, *tables)
    inquiry = company.inquiry(**SAID)
    await company.consume(inquiry)
    lead = await company.lead_of(inquiry.inquiry_id)
    before = await about(company, lead)
    events = await journal_events(company.database)
    await backup.bring_back()
    async with transaction(company.database) as session:
        await restore(session, events, now=company.now)
    assert await about(company, lead) == [None] * len(ABOUT)
    await company.consume(inquiry)
    assert await about(company, lead) == before


def measured(subject: object, attainment: object, company: Company) -> AttainmentMeasured:
    return AttainmentMeasured(
        subject=str(subject), measured_at=company.now, attainment=Decimal(str(attainment))
    )


async def attainments(company: Company) -> dict[UUID, Any]:
    rows = await company.rows("SELECT manager_id, attainment_milli FROM manager")
    return {row["manager_id"]: row["attainment_milli"] for row in rows}


async def test_measures_of_kpi_are_noted_once_each(company: Company) -> None:
    anna, boris = await company.manager("Анна"), await company.manager("Борис")
    await company.consume(measured(anna, "0.75", company), measured("company", 2, company))
    assert await attainments(company) == {anna: 750, boris: None}
    late = company.received(measured(anna, "0.5", company))
    await company.consume(measured(anna, "0.9", company), measured(boris, -3, company))
    assert await attainments(company) == {anna: 900, boris: 0}
    await company.consume(measured(contact("nobody"), 1, company), measured(boris, "1e9", company))
    await company.consume_again(late)
    assert await attainments(company) == {anna: 900, boris: 1_000_000}


async def test_whoever_is_behind_their_plan_is_helped(company: Company) -> None:
    parts = {"load": 1.0, "fairness": 0.0, "fit": 0.0, "plan": 0.2}
    await company.pool("default", policy={"score": parts})
    anna = await company.manager("Анна", capacity=100)
    boris = await company.manager("Борис", capacity=100)
    inquiries = [company.inquiry(number) for number in range(2)]
    await company.consume(measured(anna, 1, company), measured(boris, "0.5", company), *inquiries)
    await company.assign()
    owners = {(await company.lead_of(item.inquiry_id))["owner_id"] for item in inquiries}
    assert owners == {str(boris)}

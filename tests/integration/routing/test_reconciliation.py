"""What routing counts: an inquiry stands in one unmerged lead, whatever leads are merged."""

from services.routing.repository.reconciliation import INQUIRIES, LEADS
from services.routing.use_cases.gauges import show_counts
from shared.database import transaction
from shared.reconciliation.digests import renew
from tests.integration.routing.company import Company


async def test_a_merge_moves_inquiries_and_loses_or_doubles_none(company: Company) -> None:
    first = await company.inquire("anna")
    second = await company.inquire("boris")
    before = await company.got("/v1/reconciliation", role="service")
    await company.relink("boris", "anna")
    marked = await company.rows("SELECT DISTINCT ledger FROM reconciliation_mark")
    assert sorted(row.ledger for row in marked) == ["inquiries", "leads"]
    after = await company.got("/v1/reconciliation", role="service")
    assert after == before
    (digest,) = after["digests"]
    assert digest["count"] == 2
    ids = await company.got(
        "/v1/reconciliation/ids", role="service", params={"minute": digest["begins_at"]}
    )
    every = [*first["inquiry_ids"], *second["inquiry_ids"]]
    assert ids["ids"] == [{"inquiry_id": one, "times": 1} for one in sorted(every)]


async def test_an_inquiry_that_is_lost_from_its_lead_is_not_counted(company: Company) -> None:
    lead = await company.inquire()
    await company.got("/v1/reconciliation", role="service")
    await company.rows(
        "DELETE FROM lead_inquiries WHERE lead_id = :lead_id RETURNING 1", lead_id=lead["lead_id"]
    )
    assert (await company.got("/v1/reconciliation", role="service"))["digests"] == []


async def test_leads_that_ended_are_counted_by_their_minutes(company: Company) -> None:
    await company.inquire("anna")
    await company.inquire("boris")
    await company.relink("boris", "anna")
    await renew(company.database, LEADS)
    await renew(company.database, INQUIRIES)
    async with transaction(company.database) as session:
        await show_counts(session)
    metrics = (await company.door.client.get("/metrics")).text
    for state, count in (("waiting", 1), ("owned", 0), ("merged", 1), ("won", 0)):
        assert f'leadflow_leads{{service="routing",state="{state}"}} {count}.0' in metrics

"""What routing counts: an inquiry stands in one unmerged lead, whatever leads are merged."""

from tests.integration.routing.harness import Company


async def test_a_merge_moves_inquiries_and_loses_or_doubles_none(company: Company) -> None:
    first = await company.inquire("anna")
    second = await company.inquire("boris")
    before = await company.get("/v1/reconciliation", role="service")
    await company.relink("boris", "anna")
    marked = await company.rows("SELECT DISTINCT ledger FROM reconciliation_mark")
    assert [row.ledger for row in marked] == ["inquiries"]
    after = await company.get("/v1/reconciliation", role="service")
    assert after == before
    (digest,) = after["digests"]
    assert digest["count"] == 2
    ids = await company.get(
        "/v1/reconciliation/ids", role="service", params={"minute": digest["begins_at"]}
    )
    every = [*first["inquiry_ids"], *second["inquiry_ids"]]
    assert ids["ids"] == [{"inquiry_id": one, "times": 1} for one in sorted(every)]


async def test_an_inquiry_that_is_lost_from_its_lead_is_not_counted(company: Company) -> None:
    lead = await company.inquire()
    await company.get("/v1/reconciliation", role="service")
    await company.rows(
        "DELETE FROM lead_inquiry WHERE lead_id = :lead_id RETURNING 1", lead_id=lead["lead_id"]
    )
    assert (await company.get("/v1/reconciliation", role="service"))["digests"] == []

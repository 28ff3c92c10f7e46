"""Lists are walked, filtered and counted; nothing personal is in them."""

import pytest

from services.routing.use_cases.gauges import show_counts
from shared.database import transaction
from tests.integration.routing.harness import Company


@pytest.mark.parametrize("sort", ["newest", "oldest", "-received_at", "received_at"])
async def test_a_walk_gives_each_lead_once_whatever_changes_meanwhile(
    company: Company, sort: str
) -> None:
    await company.manager(capacity=5)
    for number in range(12):
        await company.inquire(number)
        company.pass_time(seconds=-1 if number % 2 else 2)
    await company.assign()
    before = {lead["lead_id"] for lead in await company.leads()}
    seen: list[str] = []
    cursor = None
    for turn in range(20):
        params = {"limit": "5", "sort": sort, **({"cursor": cursor} if cursor else {})}
        answer = await company.get("/v1/leads", params=params)
        seen += [lead["lead_id"] for lead in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        await company.inquire(f"meanwhile {turn}")
        await company.perform("decline", (await company.leads(waiting="false"))[0])
        await company.assign()
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


async def test_cursors_that_are_not_ours_are_refused(company: Company) -> None:
    for path in ("/v1/leads", "/v1/managers", "/v1/pools", "/v1/pipelines"):
        for cursor in ("x", "W10", "WyItMSJd", "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OSJd"):
            answer = await company.ask("GET", path, params={"cursor": cursor})
            assert answer.status_code == 422, (path, cursor)


async def test_filters(company: Company) -> None:
    anna = await company.manager(capacity=1)
    first = await company.assigned("first")
    second = await company.inquire("second")
    for wanted, found in (
        ({"owner": str(anna)}, [first]),
        ({"waiting": "true"}, [second]),
        ({"state": "open", "pool": "default"}, [second, first]),
        ({"state": "won"}, []),
        ({"pool": "unknown"}, []),
    ):
        leads = await company.leads(**wanted)
        assert [lead["lead_id"] for lead in leads] == [lead["lead_id"] for lead in found]
    assert (await company.ask("GET", "/v1/leads", params={"state": "odd"})).status_code == 422


async def test_pipelines_reconciliation_journal_and_metrics(company: Company) -> None:
    pipelines = (await company.get("/v1/pipelines"))["items"]
    assert pipelines[0]["key"] == "default"
    assert pipelines[0]["stages"][:2] == ["new", "in_work"]
    lead = await company.inquire()
    buckets = (await company.get("/v1/reconciliation", role="service"))["digests"]
    assert [bucket["count"] for bucket in buckets] == [1]
    present = await company.get(
        "/v1/reconciliation/ids", role="service", params={"minute": buckets[0]["begins_at"]}
    )
    assert present["ids"] == [{"inquiry_id": lead["inquiry_ids"][0], "times": 1}]
    journal = await company.get("/v1/journal", role="service", params={"topic": "leads"})
    assert [item["type"] for item in journal["items"]] == ["lead.opened.v1"]
    async with transaction(company.database) as session:
        await show_counts(session)
    metrics = await company.door.client.get("/metrics")
    assert 'leadflow_leads{service="routing",state="waiting"} 1.0' in metrics.text


async def test_no_personal_data_are_kept_of_an_inquiry(company: Company) -> None:
    await company.consume(
        company.inquiry(
            contact={"name": "Секретное Имя", "phones": ["+79995550001"]}, text="личные слова"
        )
    )
    dump = await company.rows(
        "SELECT CAST(l AS text) || CAST(i AS text) || CAST(j AS text) AS everything "
        "FROM lead AS l, lead_inquiry AS i, journal AS j"
    )
    for secret in ("Секретное", "79995550001", "личные"):
        assert secret not in dump[0]["everything"]

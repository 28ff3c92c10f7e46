"""A backlog is solved as one, so that whoever can only go to one place finds it free; and it can
be previewed.
"""

from typing import Any
from uuid import UUID

from tests.integration.routing.harness import Company

MATCHING = "least-cost-matching.1"


async def verified(company: Company, lead: Any) -> Any:
    """The lead's last decision, computed again."""
    decision = (await company.get(f"/v1/leads/{lead['lead_id']}/decisions"))["items"][0]
    answer = await company.ask("POST", f"/v1/decisions/{decision['decision_id']}/verify")
    assert answer.json()["same"] is True
    return decision


async def backlog(company: Company, number: int, **more: Any) -> list[Any]:
    events = [company.inquiry((number, turn), **more) for turn in range(number)]
    await company.consume(*events)
    return [await company.lead_of(event.inquiry_id) for event in events]


async def preview(company: Company, role: str = "supervisor") -> Any:
    answer = await company.ask("POST", "/v1/pools/default/backlog/preview", role=role)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_backlog_is_matched_as_one_and_can_be_computed_again(company: Company) -> None:
    """One by one the first would take the only manager of the second."""
    await company.pool("default", policy={"match_language": True, "matching_from": 2})
    russian = await backlog(company, 1, language="ru")
    german = await backlog(company, 2, language="de")
    both = await company.manager("Both", capacity=1, skills={"ru": 1, "de": 1})
    await company.manager("Russian", capacity=2, skills={"ru": 1})
    shown = await preview(company)
    assert (shown["assigned"], shown["whole"], shown["algorithm"]) == (2, True, MATCHING)
    assert {item["name"]: item["leads"] for item in shown["managers"]} == {"Both": 1, "Russian": 1}
    assert [item["reason"] for item in shown["waiting"]] == ["no_room"]
    assert not await company.rows("SELECT 1 FROM assignment"), "nothing was done"
    await company.assign()
    (served,) = [
        lead
        for lead in [await company.lead(item["lead_id"]) for item in german]
        if lead["owner_id"]
    ]
    assert served["owner_id"] == str(both)
    assert [item["lead_id"] for item in shown["waiting"]] != [served["lead_id"]]
    for lead in (*russian, served):
        decision = await verified(company, lead)
        assert (decision["algorithm"], decision["reason"]) == (MATCHING, "matched")
    await company.check()


async def test_leads_that_go_on_waiting_are_recorded_once(company: Company) -> None:
    """What is written can be computed again without those of which there is no news."""
    await company.pool("default", policy={"matching_from": 5})
    await backlog(company, 30)
    anna = await company.manager(capacity=3)
    await company.assign()
    count = "SELECT count(*) AS number FROM decision"
    assert (await company.rows(count))[0]["number"] == 30
    body = {"name": "Анна", "capacity": 8}
    assert (await company.ask("PUT", f"/v1/managers/{anna}", json=body)).status_code == 200
    await company.assign()
    assert (await company.rows(count))[0]["number"] == 35
    leads = await company.leads(sort="oldest")
    owned = [lead for lead in leads if lead["owner_id"] == str(anna)]
    assert owned == leads[:8], "in the order of the queue"
    for lead in owned:
        await verified(company, lead)


async def test_few_leads_are_decided_one_by_one(company: Company) -> None:
    leads = await backlog(company, 3)
    await company.manager(capacity=3)
    assert (await preview(company))["algorithm"] == "least-score.1"
    await company.assign()
    assert (await verified(company, leads[0]))["algorithm"] == "least-score.1"


async def test_a_preview_shows_the_beginning_of_a_long_queue(company: Company) -> None:
    anna = await company.manager(capacity=1000, status=None)
    await company.consume(*(company.inquiry(turn) for turn in range(501)))
    shown = await preview(company)
    assert (shown["whole"], shown["assigned"], len(shown["waiting"])) == (False, 0, 500)
    assert shown["managers"] == [
        {
            "manager_id": str(anna), "name": "Анна Петрова", "tier": None, "leads": 0,
            "work_units": 0, "reserved": 0, "capacity": 1000,
        }
    ]  # fmt: skip
    await company.status(anna, "online")
    shown = await preview(company)
    assert (shown["assigned"], shown["managers"][0]["reserved"]) == (500, 500)
    answer = await company.ask("POST", "/v1/pools/none/backlog/preview", role="supervisor")
    assert answer.status_code == 404
    answer = await company.ask(
        "POST", "/v1/pools/default/backlog/preview", role="manager", manager_id=UUID(int=1)
    )
    assert answer.status_code == 403

"""What a pipeline's terms refuse, and that they name the field; next actions and rotting."""

from datetime import timedelta
from typing import Any

import httpx

from services.routing.use_cases.gauges import show_counts
from shared.database import transaction
from tests.integration.routing.harness import NINE, Company

STAGES = ["new", "offer", "contract"]
TOMORROW = (NINE + timedelta(days=1)).isoformat()
PLAN = {"text": "send the offer", "due_at": TOMORROW}


async def working(company: Company, who: object = "someone", **terms: Any) -> Any:
    """An accepted lead in a pipeline with these terms."""
    body = {"name": "Sales", "stages": STAGES, "terms": terms}
    answer = await company.ask("PUT", "/v1/pipelines/sales", json=body)
    assert answer.status_code == 200, answer.text
    await company.manager()
    return await company.perform("accept", await company.assigned(who, pipeline="sales"))


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_an_entry_rule_is_kept(company: Company) -> None:
    lead = await working(
        company, stages={"contract": {"skip": False}, "new": {"back": False}, "offer": {}}
    )
    assert pointers(await company.attempt("stage", lead, stage="contract")) == ["/stage"]
    lead = await company.perform("stage", lead, stage="offer")
    assert pointers(await company.attempt("stage", lead, stage="new")) == ["/stage"]
    lead = await company.perform("stage", lead, stage="contract")
    assert (await company.lead(lead["lead_id"]))["stage"] == "contract"


async def test_mandatory_facts_are_asked_for_by_name(company: Company) -> None:
    lead = await working(
        company,
        stages={"offer": {"requires": ["budget", "amount", "next_action"]}},
        won_requires=["amount", "contract no/1"],
        lost_requires=["competitor"],
        loss_reasons=["price", "time"],
    )
    refused = await company.attempt("stage", lead, stage="offer")
    assert pointers(refused) == ["/facts/budget", "/amount", "/next_action"]
    lead = await company.perform(
        "stage",
        lead,
        stage="offer",
        facts={"budget": "500"},
        amount=500,
        currency="RUB",
        next_action=PLAN,
    )
    assert (lead["expected_amount"], lead["next_action"]) == (500, "send the offer")
    refused = await company.attempt("won", lead)
    assert pointers(refused) == ["/amount", "/facts/contract no~11"]
    refused = await company.attempt("lost", lead, loss_reason="weather")
    assert pointers(refused) == ["/facts/competitor", "/loss_reason"]
    lead = await company.perform(
        "won", lead, amount=450, currency="RUB", facts={"contract no/1": "17"}
    )
    assert (lead["state"], lead["amount"]) == ("won", 450)
    await company.check()


async def test_a_fact_that_was_once_said_stays_at_hand(company: Company) -> None:
    lead = await working(
        company, stages={"contract": {"requires": ["budget"]}}, won_requires=["budget"]
    )
    lead = await company.perform("stage", lead, stage="offer", facts={"budget": "500"})
    lead = await company.perform("stage", lead, stage="contract")
    await company.perform("won", lead)


async def test_a_pipeline_may_measure_without_refusing(company: Company) -> None:
    lead = await working(company, stages={"contract": {"skip": False}}, enforce=False)
    lead = await company.perform("stage", lead, stage="contract")
    measured = await company.get(f"/v1/leads/{lead['lead_id']}/conformance")
    assert [item["kind"] for item in measured["deviations"]] == ["skipped"]


async def test_no_accepted_lead_without_a_next_action_where_that_is_wanted(
    company: Company,
) -> None:
    body = {"name": "Sales", "stages": STAGES, "terms": {"next_action": True}}
    await company.ask("PUT", "/v1/pipelines/sales", json=body)
    await company.manager()
    lead = await company.assigned(pipeline="sales")
    assert pointers(await company.attempt("accept", lead)) == ["/next_action"]
    assert (await company.lead(lead["lead_id"]))["accepted_at"] is None
    lead = await company.perform("accept", lead, next_action=PLAN)
    assert (lead["next_action"], lead["version"]) == ("send the offer", 4)
    assert pointers(await company.attempt("next-action", lead)) == ["/next_action"]
    later = {"text": "call", "due_at": TOMORROW}
    lead = await company.perform("next-action", lead, **later)
    assert lead["next_action"] == "call"
    await company.perform("stage", lead, stage="offer")
    assert await company.emitted(lead["lead_id"]) == [
        *("lead.opened", "lead.assigned", "lead.accepted", "lead.next_action_set"),
        *("lead.next_action_set", "lead.stage_changed"),
    ]


async def test_a_next_action_is_set_cleared_and_overdue(company: Company) -> None:
    lead = await working(company)
    assert pointers(await company.attempt("next-action", lead, text="call")) == ["/due_at"]
    assert pointers(await company.attempt("next-action", lead, text="x" * 501, due_at=TOMORROW))
    assert pointers(await company.attempt("next-action", lead, text="x", due_at="never")) == [
        "/due_at"
    ]
    lead = await company.perform("next-action", lead, **PLAN)
    same = await company.perform("next-action", lead, **PLAN)
    assert same["version"] == lead["version"]
    assert await company.leads(overdue="true") == []
    company.pass_time(days=2)
    assert [item["lead_id"] for item in await company.leads(overdue="true")] == [lead["lead_id"]]
    lead = await company.perform("next-action", lead)
    assert (lead["next_action"], lead["next_action_at"]) == (None, None)
    assert await company.leads(overdue="true") == []
    assert len(await company.leads(overdue="false")) == 1


async def test_a_lead_rots_without_a_touch_or_change(company: Company) -> None:
    lead = await working(company, stages={"new": {"rot_hours": 24}, "offer": {"rot_hours": 1}})
    assert (lead["rots_at"], lead["is_rotting"]) == ("2026-03-03T09:00:00Z", False)
    company.pass_time(hours=24)
    assert (await company.lead(lead["lead_id"]))["is_rotting"] is True
    touch = "UPDATE lead SET last_touch_at = :at WHERE lead_id = :id RETURNING rots_at"
    for at, rots_at in ((company.now, company.now + timedelta(hours=24)), (None, company.now)):
        [row] = await company.rows(touch, at=at, id=lead["lead_id"])
        assert row["rots_at"] == rots_at
    assert len(await company.leads(rotting="true")) == 1
    lead = await company.perform("stage", lead, stage="offer")
    assert (lead["rots_at"], lead["is_rotting"]) == ("2026-03-03T10:00:00Z", False)
    assert await company.leads(rotting="true") == []
    company.pass_time(hours=2)
    async with transaction(company.database) as session:
        await show_counts(session)
    metrics = await company.door.client.get("/metrics")
    gauge = 'leadflow_leads_neglected{how="rotting",pipeline="sales",service="routing"} 1.0'
    assert gauge in metrics.text
    lost = await company.perform("lost", lead, loss_reason="price")
    assert (lost["rots_at"], lost["is_rotting"]) == (None, False)
    async with transaction(company.database) as session:
        await show_counts(session)
    metrics = await company.door.client.get("/metrics")
    assert 'pipeline="sales"' not in metrics.text

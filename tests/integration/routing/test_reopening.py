"""Leads that were won or lost are opened again: by whom, with whom, and what that takes back."""

from typing import Any
from uuid import UUID

from tests.integration.routing.harness import Company


async def won(company: Company, who: object = "someone", **more: object) -> dict[str, Any]:
    lead = await company.perform("accept", await company.assigned(who, **more))
    closed: dict[str, Any] = await company.perform("won", lead, amount=1500.5, currency="RUB")
    return closed


async def test_the_owner_reopens_and_works_on(company: Company) -> None:
    anna = await company.manager(capacity=1)
    lead = await won(company)
    company.pass_time(days=3)
    lead = await company.perform("reopen", lead, reason="they want more")
    assert (lead["state"], UUID(lead["owner_id"]), lead["epoch"]) == ("open", anna, 2)
    assert lead["accepted_at"] is not None
    assert (lead["amount"], lead["currency"], lead["closed_at"]) == (None, None, None)
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    assert (await company.emitted(lead["lead_id"]))[-3:] == [
        *("lead.reopened", "lead.assigned", "lead.accepted"),
    ]
    lead = await company.perform("lost", lead, loss_reason="price")
    assert lead["state"] == "lost"
    await company.check()


async def test_whom_a_supervisor_gives_it_back_to_accepts_it_like_any_other(
    company: Company,
) -> None:
    anna = await company.manager()
    lead = await company.perform("reopen", await won(company), role="supervisor", reason="again")
    assert (UUID(lead["owner_id"]), lead["accepted_at"]) == (anna, None)
    assert lead["accept_by"] == "2026-03-02T09:05:00Z"
    lead = await company.perform("accept", lead)
    await company.check()


async def test_without_room_it_waits_for_whoever_has_some(company: Company) -> None:
    anna = await company.manager("Anna", capacity=1)
    lead = await won(company)
    await company.assigned("somebody who fills her day")
    lead = await company.perform("reopen", lead, reason="they want more")
    assert (lead["owner_id"], lead["state"], lead["round"]) == (None, "open", 2)
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    boris = await company.manager("Boris")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(boris)
    await company.check()


async def test_not_beside_another_lead_of_the_contact_that_waits(company: Company) -> None:
    await company.manager()
    lead = await won(company, "Иван")
    waiting = await company.assigned("Иван")
    answer = await company.attempt("reopen", lead, reason="again")
    assert answer.status_code == 409
    assert answer.json()["waiting_lead_id"] == waiting["lead_id"]
    assert (await company.lead(lead["lead_id"]))["state"] == "won"
    await company.perform("accept", waiting)
    lead = await company.perform("reopen", lead, reason="again")
    assert lead["state"] == "open"
    await company.check()


async def test_the_lead_of_a_person_who_is_another_now_is_seen_too(company: Company) -> None:
    await company.manager()
    lead = await won(company, "Иван")
    waiting = await company.assigned("Ivan")
    await company.relink("Иван", "Ivan")
    answer = await company.attempt("reopen", lead, reason="again")
    assert answer.status_code == 409
    assert answer.json()["waiting_lead_id"] == waiting["lead_id"]


async def test_who_may_reopen(company: Company) -> None:
    boris = await company.manager("Boris", status="away")
    await company.manager("Anna")
    body = {"name": "Sales", "stages": ["new"], "terms": {"managers_reopen": False}}
    await company.ask("PUT", "/v1/pipelines/sales", json=body)
    lead = await won(company, pipeline="sales")
    assert (await company.attempt("reopen", lead, by=boris, reason="x")).status_code == 404
    assert (await company.attempt("reopen", lead, reason="x")).status_code == 403
    assert (await company.attempt("reopen", lead, role="supervisor")).status_code == 422
    lead = await company.perform("reopen", lead, role="supervisor", reason="x")
    again = await company.attempt("reopen", lead, role="supervisor", reason="x")
    assert again.status_code == 409, "it is open already"


async def test_a_pipeline_with_next_actions_wants_one_again(company: Company) -> None:
    await company.manager()
    body = {"name": "Sales", "stages": ["new"], "terms": {"next_action": True}}
    await company.ask("PUT", "/v1/pipelines/sales", json=body)
    plan = {"text": "call", "due_at": "2026-03-03T09:00:00Z"}
    lead = await company.perform(
        "accept", await company.assigned(pipeline="sales"), next_action=plan
    )
    lead = await company.perform("won", lead)
    refused = await company.attempt("reopen", lead, reason="x")
    assert refused.json()["errors"][0]["pointer"] == "/next_action"
    lead = await company.perform("reopen", lead, reason="x", next_action=plan)
    assert (lead["next_action"], lead["state"]) == ("call", "open")


async def test_only_what_was_closed_is_reopened(company: Company) -> None:
    await company.manager()
    lead = await company.assigned("Иван")
    answer = await company.attempt("reopen", lead, role="supervisor", reason="x")
    assert answer.status_code == 409
    await company.inquire("Ivan")
    await company.relink("Иван", "Ivan")
    [merged] = await company.rows("SELECT lead_id FROM lead WHERE state = 'merged'")
    lead = await company.lead(merged["lead_id"])
    answer = await company.attempt("reopen", lead, role="supervisor", reason="x")
    assert answer.status_code == 409

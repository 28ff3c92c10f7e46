"""A lead's way through every action, with the events emitted about it."""

from typing import Any
from uuid import UUID

from shared.ids import new_id
from tests.integration.routing.harness import Company


async def test_an_inquiry_becomes_an_assigned_accepted_won_lead(company: Company) -> None:
    anna = await company.manager()
    lead = await company.assigned("Иван", priority_class="high")
    assert UUID(lead["owner_id"]) == anna
    assert (lead["state"], lead["stage"], lead["pool"]) == ("open", "new", "default")
    assert lead["accept_by"] == "2026-03-02T09:05:00Z"
    assert lead["first_touch_by"] == "2026-03-02T09:30:00Z"
    assert (lead["epoch"], lead["version"], lead["work_units"]) == (1, 2, 1.0)
    assert [item["inquiry_id"] for item in lead["inquiries"]] == lead["inquiry_ids"]
    lead = await company.perform("accept", lead)
    assert lead["accepted_at"] is not None
    lead = await company.perform("stage", lead, stage="offer")
    lead = await company.perform("won", lead, amount=1500.5, currency="RUB")
    assert (lead["state"], lead["amount"], lead["currency"]) == ("won", 1500.5, "RUB")
    assert UUID(lead["owner_id"]) == anna
    assert lead["version"] == 5
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 0
    assert await company.emitted(lead["lead_id"]) == [
        "lead.opened",
        "lead.assigned",
        "lead.accepted",
        "lead.stage_changed",
        "lead.won",
    ]
    await company.check()


async def test_a_lost_lead_gives_its_units_back(company: Company) -> None:
    anna = await company.manager(capacity=1)
    lead = await company.perform("accept", await company.assigned())
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    lead = await company.perform("lost", lead, loss_reason="дорого")
    assert (lead["state"], lead["loss_reason"]) == ("lost", "дорого")
    assert (await company.assigned("another"))["owner_id"] == str(anna)
    await company.check()


async def test_a_declined_lead_goes_to_somebody_else(company: Company) -> None:
    anna, boris = await company.manager("Anna"), await company.manager("Boris")
    lead = await company.assigned()
    first = UUID(lead["owner_id"])
    lead = await company.perform("decline", lead, reason="not my region")
    assert (lead["owner_id"], lead["accept_by"], lead["version"]) == (None, None, 3)
    await company.assign()
    again = await company.lead(lead["lead_id"])
    assert {first, UUID(again["owner_id"])} == {anna, boris}
    assert (again["epoch"], again["round"]) == (2, 1)
    await company.check()


async def test_a_returned_lead_waits_again_and_its_former_owner_sees_it_no_more(
    company: Company,
) -> None:
    await company.manager("Anna")
    await company.manager("Boris")
    lead = await company.perform("accept", await company.assigned())
    first = UUID(lead["owner_id"])
    assert (await company.attempt("decline", lead)).status_code == 409
    freed = await company.perform("return", lead, reason="on leave")
    assert freed["owner_id"] is None
    assert freed["accepted_at"] is None
    gone = await company.ask(
        "GET", f"/v1/leads/{lead['lead_id']}", role="manager", manager_id=first
    )
    assert gone.status_code == 404
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] != str(first)
    assert await company.emitted(lead["lead_id"]) == [
        "lead.opened",
        "lead.assigned",
        "lead.accepted",
        "lead.returned",
        "lead.assigned",
    ]
    await company.check()


async def test_work_needs_acceptance_and_return_too(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    for action, body in (
        ("stage", {"stage": "offer"}),
        ("won", {"amount": 1, "currency": "RUB"}),
        ("lost", {"loss_reason": "spam"}),
        ("return", {}),
    ):
        answer = await company.attempt(action, lead, **body)
        assert answer.status_code == 409, action
        assert answer.json()["lead"]["version"] == lead["version"]


async def test_a_stale_version_is_a_conflict_that_shows_the_lead(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    await company.perform("accept", lead)
    answer = await company.attempt("stage", lead, stage="offer")
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"].endswith("stale-version")
    assert problem["lead"]["version"] == lead["version"] + 1
    assert problem["lead"]["stage"] == "new"


async def test_an_absent_version_is_named(company: Company) -> None:
    anna = await company.manager()
    lead = await company.assigned()
    for headers in ({}, {"If-Match": "seven"}):
        answer = await company.ask(
            "POST",
            f"/v1/leads/{lead['lead_id']}/accept",
            role="manager",
            manager_id=anna,
            headers=headers,
            json={},
        )
        assert answer.status_code == 422
        assert "If-Match" in answer.json()["errors"][0]["pointer"]


async def test_versions_rise_only_with_owner_state_or_stage(company: Company) -> None:
    lead = await company.inquire()
    await company.assign()
    parked = await company.lead(lead["lead_id"])
    assert (parked["version"], parked["parked_reason"]) == (1, "no_members")
    attached = await company.inquire(priority_class="high")
    assert (attached["lead_id"], attached["version"]) == (lead["lead_id"], 1)
    assert attached["priority_class"] == "high"
    await company.manager()
    await company.assign()
    owned = await company.perform("accept", await company.lead(lead["lead_id"]))
    same = await company.perform("stage", owned, stage="new")
    again = await company.perform("accept", same)
    assert (owned["version"], same["version"], again["version"]) == (3, 3, 3)


async def test_a_stage_must_be_the_pipelines(company: Company) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    answer = await company.attempt("stage", lead, stage="dreaming")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/stage"


async def test_a_repeat_under_its_key_works_once_and_answers_the_same(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    first = await company.attempt("accept", lead, key="k-1")
    second = await company.attempt("accept", lead, key="k-1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    other = await company.attempt("decline", lead, key="k-1")
    assert (other.status_code, other.json()["type"]) == (
        409,
        "urn:leadflow:problem:idempotency-key-reused",
    )
    assert (await company.attempt("accept", lead, key="k-2")).status_code == 409
    assert (await company.emitted(lead["lead_id"])).count("lead.accepted") == 1


async def test_a_supervisor_names_the_owner_whom_capacity_still_binds(company: Company) -> None:
    anna = await company.manager("Anna", capacity=1)
    boris = await company.manager("Boris", capacity=1, status=None)
    lead = await company.perform("accept", await company.assigned())
    assert UUID(lead["owner_id"]) == anna
    moved = await company.perform(
        "reassign", lead, role="supervisor", manager_id=str(boris), reason="her region"
    )
    assert (moved["owner_id"], moved["accepted_at"]) == (str(boris), None)
    assert (moved["epoch"], moved["version"]) == (lead["epoch"] + 1, lead["version"] + 1)
    other = await company.assigned("another")
    full = await company.attempt("reassign", other, role="supervisor", manager_id=str(boris))
    assert full.status_code == 409
    problem = full.json()
    assert (problem["manager_id"], problem["capacity"], problem["reserved"]) == (str(boris), 1, 1)
    unknown = await company.attempt("reassign", other, role="supervisor", manager_id=str(new_id()))
    assert unknown.status_code == 422
    assert unknown.json()["errors"][0]["pointer"] == "/manager_id"
    same = await company.perform("reassign", moved, role="supervisor", manager_id=str(boris))
    assert same["version"] == moved["version"]
    await company.check()


async def test_reassigning_ignores_who_was_passed_over(company: Company) -> None:
    anna = await company.manager("Anna")
    lead = await company.perform("decline", await company.assigned())
    found = await company.perform("reassign", lead, role="supervisor", manager_id=str(anna))
    assert found["owner_id"] == str(anna)
    await company.check()


async def test_a_closed_lead_stays_closed(company: Company) -> None:
    anna = await company.manager()
    lead = await company.perform("accept", await company.assigned())
    lead = await company.perform("lost", lead, loss_reason="spam")
    bodies: dict[str, dict[str, Any]] = {
        "accept": {},
        "decline": {},
        "return": {},
        "stage": {"stage": "offer"},
        "won": {},
        "lost": {"loss_reason": "again"},
    }
    for action, body in bodies.items():
        assert (await company.attempt(action, lead, **body)).status_code == 409, action
    answer = await company.attempt("reassign", lead, role="supervisor", manager_id=str(anna))
    assert answer.status_code == 409
    reopened = await company.inquire()
    assert reopened["lead_id"] != lead["lead_id"]
    assert reopened["contact_id"] == lead["contact_id"]

"""One action on many leads: each has its own result, and a repeat under its key does nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from shared.ids import new_id
from tests.integration.routing.harness import Company


def items(leads: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"lead_id": lead["lead_id"], "version": lead["version"]} for lead in leads]


async def bulk(
    company: Company,
    action: str,
    leads: Sequence[Mapping[str, Any]],
    *,
    role: str = "supervisor",
    by: str | None = None,
    key: str | None = None,
    **body: Any,
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    whose: dict[str, Any] = {"manager_id": by} if by else {}
    return await company.ask(
        "POST",
        "/v1/leads/bulk",
        role=role,
        headers=headers,
        json={"action": action, "items": items(leads), **body},
        **whose,
    )


def statuses(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [result["status"] for result in answer.json()["results"]]


async def test_each_lead_has_its_own_result(company: Company) -> None:
    anna = await company.manager("Anna", capacity=3)
    first, second = await company.assigned("a"), await company.assigned("b")
    stale = {**await company.assigned("c"), "version": 1}
    nobody = {"lead_id": str(new_id()), "version": 1}
    answer = await bulk(company, "accept", [first, stale, nobody, second])
    assert statuses(answer) == [200, 409, 404, 200]
    results = answer.json()["results"]
    assert answer.json()["done"] == 2
    assert results[0]["lead"]["accepted_at"] is not None
    assert results[1]["lead"]["version"] == 2
    assert results[1]["problem"]["type"] == "urn:leadflow:problem:stale-version"
    assert (results[2]["lead"], results[2]["problem"]["status"]) == (None, 404)
    working = [results[0]["lead"], results[3]["lead"]]
    moved = await bulk(company, "stage", working, stage="offer")
    assert [result["lead"]["stage"] for result in moved.json()["results"]] == ["offer", "offer"]
    wrong = await bulk(company, "stage", [moved.json()["results"][0]["lead"]], stage="gone")
    assert statuses(wrong) == [422]
    assert wrong.json()["results"][0]["problem"]["errors"][0]["pointer"] == "/stage"
    leads = [result["lead"] for result in moved.json()["results"]]
    assert statuses(await bulk(company, "lost", leads[:1], loss_reason="price")) == [200]
    assert statuses(await bulk(company, "return", leads[1:], reason="ill")) == [200]
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 1
    await company.check()


async def test_many_are_given_to_somebody_as_far_as_there_is_room(company: Company) -> None:
    boris = await company.manager("Boris", capacity=2, status="away")
    leads = [await company.inquire(number) for number in range(4)]
    answer = await bulk(company, "reassign", leads, manager_id=str(boris))
    assert statuses(answer) == [200, 200, 409, 409]
    await company.check()


async def test_managers_act_on_their_own_and_reassign_nothing(company: Company) -> None:
    anna = await company.manager("Anna", capacity=2)
    mine = await company.assigned("a")
    await company.status(anna, "away")
    boris = await company.manager("Boris")
    other = await company.assigned("b")
    answer = await bulk(company, "accept", [mine, other], role="manager", by=str(anna))
    assert statuses(answer) == [200, 404]
    refused = await bulk(
        company, "reassign", [mine], role="manager", by=str(anna), manager_id=str(boris)
    )
    assert refused.status_code == 403


async def test_a_repeat_does_nothing_again_and_a_key_is_for_one_request(company: Company) -> None:
    await company.manager(capacity=3)
    leads = [await company.assigned(number) for number in range(3)]
    first = await bulk(company, "accept", leads, key="k1")
    assert statuses(first) == [200, 200, 200]
    again = await bulk(company, "accept", leads, key="k1")
    assert again.json() == first.json()
    assert (await company.emitted(leads[0]["lead_id"])).count("lead.accepted") == 1
    other = await bulk(company, "accept", leads[:1], key="k1")
    assert other.status_code == 409
    assert other.json()["type"] == "urn:leadflow:problem:idempotency-key-reused"


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"action": "won"}, "/action"),
    ({"action": "accept", "items": []}, "/items"),
    ({"action": "accept", "items": "all"}, "/items"),
    ({"action": "accept", "items": [{"lead_id": "x", "version": 1}]}, "/items/0/lead_id"),
    ({"action": "accept", "items": [{"version": 1}]}, "/items/0/lead_id"),
    ({"action": "accept", "version": 2}, "/version"),
    ({"action": "accept", "stage": "offer"}, "/stage"),
    ({"action": "stage"}, "/stage"),
    ({"action": "lost"}, "/loss_reason"),
    ({"action": "lost", "loss_reason": "\x00"}, "/loss_reason"),
    ({"action": "reassign"}, "/manager_id"),
    ({"action": "accept", "next_action": {"text": "x"}}, "/next_action/due_at"),
)


async def test_what_does_not_fit_is_refused_by_name(company: Company) -> None:
    one = {"items": [{"lead_id": str(new_id()), "version": 1}]}
    for body, pointer in UNFIT:
        answer = await company.ask("POST", "/v1/leads/bulk", json={**one, **body})
        assert answer.status_code == 422, answer.text
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_lead_twice_and_too_many_are_refused(company: Company) -> None:
    lead = {"lead_id": str(new_id()), "version": 1}
    for leads in ([lead, lead], [{"lead_id": str(new_id()), "version": 1} for _ in range(201)]):
        answer = await bulk(company, "accept", leads)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/items"

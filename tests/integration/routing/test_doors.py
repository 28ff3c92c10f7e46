"""Routing's HTTP door: who may do what, what is refused, how lists are walked."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.ids import new_id
from tests.integration.routing.doors import MATRIX, NOBODY, ROLES
from tests.integration.routing.harness import Company


@pytest.mark.parametrize(
    ("method", "path", "more", "roles"), MATRIX, ids=[f"{row[0]} {row[1]}" for row in MATRIX]
)
async def test_each_role_may_do_its_own_and_nothing_else(
    company: Company, method: str, path: str, more: dict[str, Any], roles: set[str]
) -> None:
    for role in ROLES:
        who = {"manager_id": new_id()} if role == "manager" else {}
        owner = {"source_id": new_id()} if role == "source" else {}
        token = company.door.as_(role, **who, **owner)
        headers = {**token, **more.get("headers", {})}
        rest = {name: value for name, value in more.items() if name != "headers"}
        answer = await company.door.client.request(method, path, headers=headers, **rest)
        allowed = role in roles or role == "admin"
        assert (answer.status_code != 403) is allowed, (role, answer.status_code)
        assert answer.status_code < 500
    bare = await company.door.client.request(method, path, headers=more.get("headers"))
    assert bare.status_code == 401


async def test_the_matrix_names_every_route(company: Company) -> None:
    described = (await company.door.client.get("/openapi.json")).json()["paths"]
    routes = {
        (method.upper(), path)
        for path, methods in described.items()
        if path.startswith("/v1/")
        for method in methods
    }
    named = {
        (
            method,
            path.replace(f"leads/{NOBODY}", "leads/{lead_id}")
            .replace(f"managers/{NOBODY}", "managers/{manager_id}")
            .replace(f"decisions/{NOBODY}", "decisions/{decision_id}")
            .replace(f"webhooks/{NOBODY}", "webhooks/{webhook_id}")
            .replace(f"deliveries/{NOBODY}", "deliveries/{delivery_id}")
            .replace(f"erasure-receipts/{NOBODY}", "erasure-receipts/{erasure_id}")
            .replace("holiday-calendars/ru", "holiday-calendars/{key}")
            .replace("pools/default", "pools/{key}")
            .replace("versions/1", "versions/{version}")
            .replace("pools/other", "pools/{key}")
            .replace("pipelines/default", "pipelines/{key}")
            .replace("pipelines/other", "pipelines/{key}"),
        )
        for method, path, _, _ in MATRIX
    } | {("GET", "/v1/reconciliation/ids")}
    assert routes == named


async def test_a_foreign_lead_does_not_exist_for_a_manager(company: Company) -> None:
    anna = await company.manager("Anna")
    lead = await company.assigned()
    boris = await company.manager("Boris")
    for action, body in (
        ("accept", {}),
        ("decline", {}),
        ("return", {}),
        ("stage", {"stage": "offer"}),
        ("won", {}),
        ("lost", {"loss_reason": "x"}),
        ("next-action", {}),
        ("reopen", {"reason": "x"}),
    ):
        assert (await company.attempt(action, lead, by=boris, **body)).status_code == 404, action
    for path in ("", "/decisions", "/conformance"):
        answer = await company.ask(
            "GET", f"/v1/leads/{lead['lead_id']}{path}", role="manager", manager_id=boris
        )
        assert answer.status_code == 404
    own = await company.get("/v1/leads", role="manager", manager_id=anna)
    assert [item["lead_id"] for item in own["items"]] == [lead["lead_id"]]
    assert (await company.get("/v1/leads", role="manager", manager_id=boris))["items"] == []
    foreign = await company.get(
        "/v1/leads", role="manager", manager_id=boris, params={"owner": str(anna)}
    )
    assert foreign["items"] == []


async def test_a_manager_says_their_own_status_only(company: Company) -> None:
    anna, boris = await company.manager("Anna", status=None), await company.manager("Boris")
    body = {"status": "online", "ttl_seconds": 3600}
    own = await company.ask(
        "PUT", f"/v1/managers/{anna}/status", role="manager", manager_id=anna, json=body
    )
    assert (own.status_code, own.json()["status_until"]) == (200, "2026-03-02T10:00:00Z")
    for path in (f"/v1/managers/{boris}/status", f"/v1/managers/{new_id()}/status"):
        answer = await company.ask("PUT", path, role="manager", manager_id=anna, json=body)
        assert answer.status_code == 404
    default = await company.ask(
        "PUT", f"/v1/managers/{anna}/status", role="supervisor", json={"status": "busy"}
    )
    assert default.json()["status_until"] == "2026-03-02T21:00:00Z"


async def test_bodies_of_actions_are_refused_by_name(company: Company) -> None:
    await company.manager()
    lead = await company.perform("accept", await company.assigned())
    for action, body, pointer in (
        ("won", {"amount": -1, "currency": "RUB"}, "/amount"),
        ("won", {"amount": 1, "currency": "rubles"}, "/currency"),
        ("lost", {}, "/loss_reason"),
        ("lost", {"loss_reason": "a\x00b"}, "/loss_reason"),
        ("stage", {"stage": ""}, "/stage"),
        ("accept", {"epoch": 1}, "/epoch"),
    ):
        answer = await company.attempt(action, lead, **body)
        assert answer.status_code == 422, (action, body)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await company.attempt("won", lead, amount=1)).status_code == 422
    surrogate = await company.ask(
        "POST",
        f"/v1/leads/{lead['lead_id']}/lost",
        headers={"If-Match": str(lead["version"]), "Content-Type": "application/json"},
        content=b'{"loss_reason": "\\ud800"}',
    )
    assert surrogate.status_code == 422


async def test_a_body_that_is_too_large_is_no_defect_of_ours(company: Company) -> None:
    """Whoever sends such ones could fill the log with them."""
    with capture_logs() as lines:
        answer = await company.ask("POST", "/v1/pools/test", content=b"x" * 1_100_000)
    assert answer.status_code == 413
    assert not [line for line in lines if line["log_level"] == "error"]

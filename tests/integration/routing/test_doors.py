"""Routing's HTTP door: who may do what, what is refused, how lists are walked."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.routing.harness import Company

ROLES = ("admin", "supervisor", "manager", "source", "ops", "service")
NOBODY = "01900000-0000-7000-8000-000000000000"
LEAD = f"/v1/leads/{NOBODY}"
MANAGER = f"/v1/managers/{NOBODY}"
WEBHOOK = f"/v1/webhooks/{NOBODY}"
SEEN = {"If-Match": '"1"'}
TO_ANYBODY = {"name": "x", "url": "https://x.example/"}
LEAVE = {"from": "2026-03-02", "to": "2026-03-03"}
MATRIX: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("GET", "/v1/leads", {}, {"supervisor", "manager"}),
    ("GET", LEAD, {}, {"supervisor", "manager"}),
    ("GET", f"{LEAD}/decisions", {}, {"supervisor", "manager"}),
    ("GET", f"{LEAD}/conformance", {}, {"supervisor", "manager"}),
    ("GET", "/v1/leads/counts", {}, {"supervisor", "manager"}),
    (
        "POST",
        "/v1/leads/bulk",
        {"json": {"action": "accept", "items": [{"lead_id": NOBODY, "version": 1}]}},
        {"supervisor", "manager"},
    ),
    ("POST", f"{LEAD}/next-action", {"json": {}, "headers": SEEN}, {"supervisor", "manager"}),
    (
        "POST",
        f"{LEAD}/reopen",
        {"json": {"reason": "x"}, "headers": SEEN},
        {"supervisor", "manager"},
    ),
    ("POST", f"/v1/decisions/{NOBODY}/verify", {}, {"supervisor"}),
    ("GET", "/v1/load", {}, {"supervisor"}),
    ("POST", f"{LEAD}/accept", {"json": {}, "headers": SEEN}, {"supervisor", "manager"}),
    ("POST", f"{LEAD}/decline", {"json": {}, "headers": SEEN}, {"supervisor", "manager"}),
    ("POST", f"{LEAD}/return", {"json": {}, "headers": SEEN}, {"supervisor", "manager"}),
    (
        "POST",
        f"{LEAD}/stage",
        {"json": {"stage": "new"}, "headers": SEEN},
        {"supervisor", "manager"},
    ),
    ("POST", f"{LEAD}/won", {"json": {}, "headers": SEEN}, {"supervisor", "manager"}),
    (
        "POST",
        f"{LEAD}/lost",
        {"json": {"loss_reason": "x"}, "headers": SEEN},
        {"supervisor", "manager"},
    ),
    (
        "POST",
        f"{LEAD}/reassign",
        {"json": {"manager_id": NOBODY}, "headers": SEEN},
        {"supervisor"},
    ),
    ("POST", "/v1/managers", {"json": {"name": "x"}}, set()),
    ("GET", "/v1/managers", {}, {"supervisor"}),
    ("GET", MANAGER, {}, {"supervisor", "manager"}),
    ("PUT", MANAGER, {"json": {"name": "x"}}, set()),
    ("PUT", f"{MANAGER}/status", {"json": {"status": "online"}}, {"supervisor", "manager"}),
    ("GET", f"{MANAGER}/calendar", {}, {"supervisor", "manager"}),
    ("PUT", f"{MANAGER}/calendar", {"json": {}}, {"supervisor"}),
    ("DELETE", f"{MANAGER}/calendar", {}, {"supervisor"}),
    ("POST", f"{MANAGER}/leave", {"json": LEAVE}, {"supervisor"}),
    ("GET", f"{MANAGER}/duty", {"params": LEAVE}, {"supervisor", "manager"}),
    ("GET", "/v1/holiday-calendars", {}, {"supervisor"}),
    ("GET", "/v1/holiday-calendars/ru", {}, {"supervisor"}),
    ("PUT", "/v1/holiday-calendars/ru", {"json": {"name": "x"}}, set()),
    ("DELETE", "/v1/holiday-calendars/ru", {}, set()),
    ("POST", f"{MANAGER}/leave-company/preview", {"json": {}}, {"supervisor"}),
    ("POST", f"{MANAGER}/leave-company", {"json": {}}, {"supervisor"}),
    ("GET", f"{MANAGER}/leave-company", {}, {"supervisor"}),
    ("POST", f"{MANAGER}/leave-company/cancel", {}, {"supervisor"}),
    ("POST", f"{MANAGER}/leave-company/undo", {}, {"supervisor"}),
    ("POST", f"{MANAGER}/return", {}, {"supervisor"}),
    ("POST", "/v1/pools", {"json": {"key": "new", "name": "New"}}, set()),
    ("GET", "/v1/pools", {}, {"supervisor"}),
    ("GET", "/v1/pools/default", {}, {"supervisor"}),
    ("POST", "/v1/pools/default/backlog/preview", {}, {"supervisor"}),
    ("PUT", "/v1/pools/default", {"json": {"name": "All"}}, set()),
    ("DELETE", "/v1/pools/other", {}, set()),
    ("GET", "/v1/pools/default/versions", {}, {"supervisor"}),
    ("GET", "/v1/pools/default/versions/1", {}, {"supervisor"}),
    ("POST", "/v1/pools/default/versions/1/restore", {}, set()),
    ("POST", "/v1/pools/test", {"json": {"facts": {"channel": "form"}}}, {"supervisor"}),
    ("POST", "/v1/pools/test/batch", {"json": {}}, {"supervisor"}),
    ("PUT", "/v1/pools/default/shadow", {"json": {}}, set()),
    ("DELETE", "/v1/pools/default/shadow", {}, set()),
    ("GET", "/v1/pools/default/shadow/report", {}, {"supervisor"}),
    ("GET", "/v1/pipelines", {}, {"supervisor", "manager"}),
    ("GET", "/v1/stream", {}, {"supervisor", "manager"}),
    ("POST", "/v1/webhooks", {"json": TO_ANYBODY}, set()),
    ("GET", "/v1/webhooks", {}, set()),
    ("GET", WEBHOOK, {}, set()),
    ("PUT", WEBHOOK, {"json": TO_ANYBODY}, set()),
    ("DELETE", WEBHOOK, {}, set()),
    ("POST", f"{WEBHOOK}/rotate-secret", {}, set()),
    ("POST", f"{WEBHOOK}/ping", {}, set()),
    ("POST", f"{WEBHOOK}/replay", {"json": {"event_id": NOBODY}}, set()),
    ("GET", f"{WEBHOOK}/deliveries", {}, set()),
    ("POST", f"{WEBHOOK}/deliveries/{NOBODY}/replay", {}, set()),
    ("POST", "/v1/pipelines", {"json": {"key": "new", "name": "New", "stages": ["new"]}}, set()),
    ("GET", "/v1/pipelines/default", {}, {"supervisor", "manager"}),
    ("PUT", "/v1/pipelines/default", {"json": {"name": "Sales", "stages": ["new"]}}, set()),
    ("DELETE", "/v1/pipelines/other", {}, set()),
    ("GET", "/v1/pipelines/default/versions", {}, {"supervisor", "manager"}),
    (
        "GET",
        "/v1/pipelines/default/conformance",
        {"params": {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}},
        {"supervisor"},
    ),
    ("GET", "/v1/journal", {}, {"service"}),
    ("GET", "/v1/journal/state", {"params": {"topic": "leads"}}, {"service"}),
    (
        "GET",
        "/v1/journal/heads",
        {"params": {"topic": "leads", "after": "0-0", "until": "5"}},
        {"service"},
    ),
    ("POST", "/v1/journal/lacking", {"json": {"ranges": []}}, {"service"}),
    ("GET", "/v1/consumed/digest", {"params": {"topic": "inquiries"}}, {"service"}),
    (
        "GET",
        "/v1/consumed/heights",
        {"params": {"topic": "inquiries", "until": "z"}},
        {"service"},
    ),
    ("POST", "/v1/recovery/overrule", {}, {"ops"}),
    ("GET", "/v1/reconciliation", {}, {"service"}),
    ("GET", "/v1/held", {}, {"ops"}),
    ("POST", "/v1/held/replay", {"json": {}}, {"ops"}),
]


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

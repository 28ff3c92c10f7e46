"""Routing's HTTP door: who may do what, what is refused, how lists are walked."""

from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.integration.routing.company import Company

ROLES = ("admin", "supervisor", "manager", "source", "ops", "service")
NOBODY = str(new_id())
LEAD = f"/v1/leads/{NOBODY}"
MANAGER = f"/v1/managers/{NOBODY}"
SEEN = {"If-Match": '"1"'}
MATRIX: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("GET", "/v1/leads", {}, {"supervisor", "manager"}),
    ("GET", LEAD, {}, {"supervisor", "manager"}),
    ("GET", f"{LEAD}/decisions", {}, {"supervisor", "manager"}),
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
    ("POST", "/v1/pools", {"json": {"key": "new", "name": "New"}}, set()),
    ("GET", "/v1/pools", {}, {"supervisor"}),
    ("GET", "/v1/pools/default", {}, {"supervisor"}),
    ("PUT", "/v1/pools/default", {"json": {"name": "All"}}, set()),
    ("DELETE", "/v1/pools/other", {}, set()),
    ("GET", "/v1/pipelines", {}, {"supervisor", "manager"}),
    ("GET", "/v1/journal", {}, {"service"}),
    ("GET", "/v1/presence", {}, {"service"}),
]


@pytest.mark.parametrize(
    ("method", "path", "more", "roles"), MATRIX, ids=lambda found: str(found)[:40]
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
            .replace("pools/default", "pools/{key}")
            .replace("pools/other", "pools/{key}"),
        )
        for method, path, _, _ in MATRIX
    } | {("GET", "/v1/presence/ids")}
    assert routes == named


async def test_a_foreign_lead_does_not_exist_for_a_manager(company: Company) -> None:
    anna = await company.manager("Anna")
    lead = await company.assigned()
    boris = await company.manager("Boris")
    for verb, body in (
        ("accept", {}),
        ("decline", {}),
        ("return", {}),
        ("stage", {"stage": "offer"}),
        ("won", {}),
        ("lost", {"loss_reason": "x"}),
    ):
        assert (await company.verb(verb, lead, by=boris, **body)).status_code == 404, verb
    for path in ("", "/decisions"):
        answer = await company.ask(
            "GET", f"/v1/leads/{lead['lead_id']}{path}", role="manager", manager_id=boris
        )
        assert answer.status_code == 404
    own = await company.got("/v1/leads", role="manager", manager_id=anna)
    assert [item["lead_id"] for item in own["items"]] == [lead["lead_id"]]
    assert (await company.got("/v1/leads", role="manager", manager_id=boris))["items"] == []
    foreign = await company.got(
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


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "x", "capacity": 0}, "/capacity"),
        ({"name": "x", "capacity": -1}, "/capacity"),
        ({"name": "x", "capacity": "many"}, "/capacity"),
        ({"name": "x", "capacity": 1e300}, "/capacity"),
        ({"name": "x", "time_zone": "Europe/Atlantis"}, "/time_zone"),
        ({"name": "x", "time_zone": "../../etc/passwd"}, "/time_zone"),
        ({"name": "x", "email": "nobody"}, "/email"),
        ({"name": "x", "pools": ["nowhere"]}, "/pools/0"),
        ({"name": "x", "pools": ["default", "default"]}, "/pools"),
        ({"name": "x", "skills": {"ru": -1}}, "/skills/ru"),
        ({"name": "x", "status": "online"}, "/status"),
    ],
)
async def test_a_bad_manager_is_refused_by_name(
    company: Company, body: dict[str, Any], pointer: str
) -> None:
    answer = await company.ask("POST", "/v1/managers", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await company.got("/v1/managers"))["items"] == []


async def test_a_manager_is_created_shown_and_replaced(company: Company) -> None:
    answer = await company.ask(
        "POST",
        "/v1/managers",
        json={
            "name": "  Ольга  Ёлкина ",
            "email": "olga@example.com",
            "capacity": 7.5,
            "time_zone": "Asia/Yekaterinburg",
            "skills": {"ru": 3},
        },
    )
    assert answer.status_code == 201
    made = answer.json()
    assert (made["status"], made["pools"], made["capacity"]) == ("offline", ["default"], 7.5)
    path = f"/v1/managers/{made['manager_id']}"
    assert await company.got(path) == made
    replaced = await company.ask("PUT", path, json={"name": "Ольга", "pools": []})
    assert replaced.status_code == 200
    assert replaced.json()["email"] is None
    assert (replaced.json()["capacity"], replaced.json()["pools"]) == (10.0, [])
    assert await company.said(made["manager_id"]) == ["manager.changed", "manager.changed"]
    assert (await company.ask("PUT", MANAGER, json={"name": "x"})).status_code == 404


async def test_pools_are_created_ordered_replaced_and_removed(company: Company) -> None:
    anna = await company.manager("Anna", status=None)
    body = {
        "key": "calls",
        "name": "Звонки",
        "manager_ids": [str(anna)],
        "rules": [{"when": {"channel": ["call"], "language": ["ru"]}}],
        "policy": {"accept_seconds": 60, "units": {"call": 2}},
    }
    made = await company.ask("POST", "/v1/pools", json=body)
    assert made.status_code == 201
    assert made.json()["position"] == 1
    assert made.json()["rules"][0]["when"]["channel"] == ["call"]
    assert (await company.ask("POST", "/v1/pools", json=body)).status_code == 409
    assert (await company.got(f"/v1/managers/{anna}"))["pools"] == ["calls", "default"]
    second = await company.ask("PUT", "/v1/pools/mail", json={"name": "Mail"})
    assert second.json()["position"] == 2
    kept = await company.ask("PUT", "/v1/pools/calls", json={"name": "Calls", "position": 3})
    assert (kept.json()["manager_ids"], kept.json()["rules"]) == ([str(anna)], [])
    listed = (await company.got("/v1/pools"))["items"]
    assert [pool["key"] for pool in listed] == ["mail", "calls", "default"]
    assert (await company.ask("DELETE", "/v1/pools/calls")).status_code == 204
    assert (await company.got(f"/v1/managers/{anna}"))["pools"] == ["default"]
    assert (await company.ask("DELETE", "/v1/pools/default")).status_code == 409
    assert (await company.ask("DELETE", "/v1/pools/calls")).status_code == 404
    await company.ask(
        "PUT", "/v1/pools/mail", json={"name": "M", "rules": [{"when": {"channel": ["email"]}}]}
    )
    assert (await company.inquire(channel="email"))["pool"] == "mail"
    assert (await company.ask("DELETE", "/v1/pools/mail")).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "x", "manager_ids": [NOBODY]}, "/manager_ids/0"),
        ({"name": "x", "rules": [{"when": {"weather": ["sunny"]}}]}, "/rules/0/when/weather"),
        ({"name": "x", "policy": {"accept_seconds": 0}}, "/policy/accept_seconds"),
        ({"name": "x", "policy": {"units": {"call": 0}}}, "/policy/units/call"),
        ({"name": "x", "position": 0}, "/position"),
        ({"rules": []}, "/name"),
    ],
)
async def test_a_bad_pool_is_refused_by_name(
    company: Company, body: dict[str, Any], pointer: str
) -> None:
    answer = await company.ask("PUT", "/v1/pools/some", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await company.ask("GET", "/v1/pools/some")).status_code == 404


async def test_bodies_of_verbs_are_refused_by_name(company: Company) -> None:
    await company.manager()
    lead = await company.worked("accept", await company.assigned())
    for verb, body, pointer in (
        ("won", {"amount": -1, "currency": "RUB"}, "/amount"),
        ("won", {"amount": 1, "currency": "rubles"}, "/currency"),
        ("lost", {}, "/loss_reason"),
        ("lost", {"loss_reason": "a\x00b"}, "/loss_reason"),
        ("stage", {"stage": ""}, "/stage"),
        ("accept", {"epoch": 1}, "/epoch"),
    ):
        answer = await company.verb(verb, lead, **body)
        assert answer.status_code == 422, (verb, body)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await company.verb("won", lead, amount=1)).status_code == 422
    surrogate = await company.ask(
        "POST",
        f"/v1/leads/{lead['lead_id']}/lost",
        headers={"If-Match": str(lead["version"]), "Content-Type": "application/json"},
        content=b'{"loss_reason": "\\ud800"}',
    )
    assert surrogate.status_code == 422


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
        answer = await company.got("/v1/leads", params=params)
        seen += [lead["lead_id"] for lead in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
        await company.inquire(f"meanwhile {turn}")
        await company.worked("decline", (await company.leads(waiting="false"))[0])
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


async def test_pipelines_presence_journal_and_metrics(company: Company) -> None:
    pipelines = (await company.got("/v1/pipelines"))["items"]
    assert pipelines[0]["key"] == "default"
    assert pipelines[0]["stages"][:2] == ["new", "in_work"]
    lead = await company.inquire()
    buckets = (await company.got("/v1/presence", role="service"))["buckets"]
    assert [bucket["count"] for bucket in buckets] == [1]
    present = await company.got(
        "/v1/presence/ids", role="service", params={"minute": buckets[0]["minute"]}
    )
    assert present["ids"] == [{"inquiry_id": lead["inquiry_ids"][0], "times": 1}]
    journal = await company.got("/v1/journal", role="service", params={"topic": "leads"})
    assert [item["type"] for item in journal["items"]] == ["lead.opened.v1"]
    metrics = await company.door.client.get("/metrics")
    assert 'leadflow_leads{service="routing",state="waiting"} 1.0' in metrics.text


async def test_no_personal_data_are_kept_of_an_inquiry(company: Company) -> None:
    await company.hear(
        company.inquiry(
            contact={"name": "Секретное Имя", "phones": ["+79995550001"]}, text="личные слова"
        )
    )
    dump = await company.rows(
        "SELECT CAST(l AS text) || CAST(i AS text) || CAST(j AS text) AS everything "
        "FROM leads AS l, lead_inquiries AS i, journal AS j"
    )
    for secret in ("Секретное", "79995550001", "личные"):
        assert secret not in dump[0]["everything"]
    assert UUID(int=0) not in dump

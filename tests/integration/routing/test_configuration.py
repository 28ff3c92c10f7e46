"""Managers and pools through the door: made, replaced, refused by name."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.integration.routing.harness import Company

NOBODY = str(new_id())
MANAGER = f"/v1/managers/{NOBODY}"


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
    assert (await company.get("/v1/managers"))["items"] == []


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
    assert await company.get(path) == made
    replaced = await company.ask("PUT", path, json={"name": "Ольга", "pools": []})
    assert replaced.status_code == 200
    assert replaced.json()["email"] is None
    assert (replaced.json()["capacity"], replaced.json()["pools"]) == (10.0, [])
    assert await company.emitted(made["manager_id"]) == ["manager.changed", "manager.changed"]
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
    assert (await company.get(f"/v1/managers/{anna}"))["pools"] == ["calls", "default"]
    second = await company.ask("PUT", "/v1/pools/mail", json={"name": "Mail"})
    assert second.json()["position"] == 2
    kept = await company.ask("PUT", "/v1/pools/calls", json={"name": "Calls", "position": 3})
    assert (kept.json()["manager_ids"], kept.json()["rules"]) == ([str(anna)], [])
    listed = (await company.get("/v1/pools"))["items"]
    assert [pool["key"] for pool in listed] == ["mail", "calls", "default"]
    assert (await company.ask("DELETE", "/v1/pools/calls")).status_code == 204
    assert (await company.get(f"/v1/managers/{anna}"))["pools"] == ["default"]
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

"""A query parameter that a route does not know is refused, at every route of every service."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.apps import SERVICES, build_app, document_of, operations, tokens
from tests.contract.role_table import ALLOWED
from tests.contract.roles import EVERYBODY

SOME_ID = "019abc10-0000-7000-8000-000000000001"
# Whoever probes or scrapes adds what they want, and so do providers to their hooks. An inquiry is
# worth more than the spelling of its address.
FOREIGN = {"GET /health/live", "GET /health/ready", "GET /metrics", "POST /v1/inquiries"}
HOOKS = "/v1/hooks/"
PAGES = ("/openapi.json", "/docs", "/health/live", "/metrics")


@dataclass(frozen=True)
class Door:
    service: str
    client: httpx.AsyncClient
    tokens: dict[str, str]

    def routes(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(method, path, operation) of all that is ours alone."""
        return [
            (method, path, operation)
            for (method, path), operation in operations(document_of(self.service)).items()
            if f"{method} {path}" not in FOREIGN and not path.startswith(HOOKS)
        ]

    async def ask(self, method: str, path: str, query: str, role: str = "admin") -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[role]}"} if role in self.tokens else {}
        filled = re.sub(r"\{[^}]+\}", SOME_ID, path)
        return await self.client.request(method, f"{filled}?{query}", headers=headers)


@pytest.fixture(params=SERVICES)
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    """An app that was never started: what is refused is refused before the database is asked."""
    keys = tmp_path / "keys.json"
    minted = tokens(keys)
    transport = httpx.ASGITransport(app=build_app(request.param, keys=keys))
    async with httpx.AsyncClient(transport=transport, base_url="http://leadflow.test") as client:
        yield Door(request.param, client, minted)


def told(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]


def queries(operation: dict[str, Any]) -> dict[str, bool]:
    """The parameters of an operation, and whether each is a list."""
    return {
        parameter["name"]: "array" in str(parameter["schema"])
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query"
    }


async def test_a_misspelt_parameter_is_named_beside_the_known_ones(door: Door) -> None:
    routes = door.routes()
    assert len(routes) > 20
    for method, path, operation in routes:
        answer = await door.ask(method, path, "manger=x&x~/y=1")
        assert answer.status_code == 422, (method, path, answer.text)
        faults = told(answer)
        assert [pointer for pointer, _ in faults] == ["/manger", "/x~0~1y"], (method, path)
        words = set(re.findall(r"\w+", faults[0][1].partition(":")[2]))
        assert words >= queries(operation).keys(), (method, path)


async def test_what_is_read_once_is_given_once(door: Door) -> None:
    lists = 0
    for method, path, operation in door.routes():
        for name, is_list in queries(operation).items():
            answer = await door.ask(method, path, f"{name}=1&{name}=2")
            refusal = (f"/{name}", "may be given once")
            once = answer.status_code == 422 and refusal in told(answer)
            assert once is not is_list, (method, path, name, answer.text)
            lists += is_list
    assert lists


async def test_it_is_told_to_nobody_who_may_not_ask(door: Door) -> None:
    for method, path, _ in door.routes():
        allowed = ALLOWED[door.service][f"{method} {path}"]
        for role in EVERYBODY - set(allowed):
            answer = await door.ask(method, path, "manger=x", role)
            assert answer.status_code == (401 if role == "nobody" else 403), (method, path, role)


async def test_whoever_probes_or_opens_a_page_may_add_parameters(door: Door) -> None:
    for path in PAGES:
        plain = await door.client.get(path)
        assert (await door.client.get(f"{path}?utm_source=x")).status_code == plain.status_code
        assert plain.status_code in {200, 503}

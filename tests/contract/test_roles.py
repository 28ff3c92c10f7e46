"""Who may call what: one hand-written row per route, tried with every role against the real apps.

Its law: a route that has no row here fails the suite, and so does a row without a route.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from shared.ids import new_id
from tests.contract.apps import SERVICES, document_of, operations, running_app, tokens
from tests.contract.role_table import ALLOWED
from tests.contract.roles import EVERYBODY
from tests.support.infrastructure import DatabaseFactory


@dataclass(frozen=True)
class Running:
    client: httpx.AsyncClient
    tokens: dict[str, str]

    async def call(self, method: str, path: str, role: str) -> httpx.Response:
        """With ids that nobody has and an empty body: only the door's opinion counts."""
        filled = re.sub(r"\{[^}]+\}", lambda _: str(new_id()), path)
        headers = {"If-Match": '"1"'}
        if role != "nobody":
            headers["Authorization"] = f"Bearer {self.tokens[role]}"
        body: dict[str, str] | None = {} if method in {"POST", "PUT", "PATCH"} else None
        return await self.client.request(method, filled, headers=headers, json=body)


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
async def running(
    service: str, migrated_database: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[Running]:
    keys = tmp_path / "keys.json"
    minted = tokens(keys)
    database_url = await migrated_database(service)
    async with running_app(service, keys=keys, database_url=database_url) as client:
        yield Running(client, minted)


def test_every_route_has_a_row_and_every_row_a_route(service: str) -> None:
    routes = {f"{method} {path}" for method, path in operations(document_of(service))}
    assert routes == set(ALLOWED[service])


async def test_every_route_lets_in_whom_it_should(service: str, running: Running) -> None:
    wrong = []
    for route, allowed in ALLOWED[service].items():
        method, path = route.split(" ")
        if "/hooks/" in path:
            continue  # a source proves itself in its provider's way, tested below
        for role in sorted(EVERYBODY):
            answer = await running.call(method, path, role)
            found = "let in"
            if answer.status_code in {401, 403}:
                found = str(answer.status_code)
                kind = answer.headers["content-type"]
                assert kind == "application/problem+json", (route, role, kind)
            expected = "let in" if role in allowed else "401" if role == "nobody" else "403"
            if found != expected or answer.status_code >= 500:
                wrong.append(f"{route} as {role}: {answer.status_code}, expected {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer not-a-token", "Basic YWRtaW46YWRtaW4=", "Bearer eyJhbGciOiJub25lIn0.e30."],
)
async def test_what_is_no_token_of_ours_is_nobody_s(
    service: str, running: Running, authorization: str
) -> None:
    for route, allowed in ALLOWED[service].items():
        method, path = route.split(" ")
        if allowed != EVERYBODY:
            filled = re.sub(r"\{[^}]+\}", lambda _: str(new_id()), path)
            answer = await running.client.request(
                method, filled, headers={"Authorization": authorization}, json={}
            )
            assert answer.status_code == 401, (route, answer.status_code)
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_route_that_is_not_there_is_nobody_s(running: Running) -> None:
    for role in sorted(EVERYBODY):
        answer = await running.call("GET", "/v1/no-such-thing", role)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"

"""A body that is too large is refused in the API's own words, at every door of every service."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from shared.process import server
from shared.web.limits import MAX_BODY_BYTES
from tests.contract.apps import SERVICES, build_app, document_of, operations, tokens
from tests.integration.shared.http_server import serving
from tests.support.infrastructure import DatabaseFactory
from tests.support.raw_http import RawAnswer, exchange, head

BEYOND_ALL_LIMITS = 64 * 1_048_576
SOME_ID = "0" * 32
# Whose key is known to nobody, their bodies are not looked at.
HOOKS = "/v1/hooks/"
# Their own limit is larger, and less than is declared here.
LARGER = {
    "/v1/imports/{import_id}/file", "/v1/spend/tables", "/v1/motivation/targets/tables",
    "/v1/plans/{plan_id}/versions/{number}/file",
    "/v1/marketing/budget/tables",
    "/v1/territory-facts/tables",
}  # fmt: skip


@dataclass(frozen=True)
class Served:
    service: str
    url: str
    token: str

    async def send(self, method: str, path: str, line: str, body: bytes = b"") -> RawAnswer:
        target = "/".join(SOME_ID if part.startswith("{") else part for part in path.split("/"))
        lines = (f"Authorization: Bearer {self.token}", "Content-Type: application/json", line)
        return await exchange(self.url, head(target, *lines, method=method) + body)

    def taking_bodies(self) -> list[tuple[str, str]]:
        """(method, path) of every operation that takes a body."""
        found = operations(document_of(self.service))
        return [place for place, operation in found.items() if "requestBody" in operation]


@pytest.fixture(params=SERVICES)
async def served(
    request: pytest.FixtureRequest, migrated_database: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[Served]:
    service, keys = request.param, tmp_path / "keys.json"
    token = tokens(keys)["admin"]
    app: Any = build_app(service, keys=keys, database_url=await migrated_database(service))
    async with serving(server(cast(Any, app), host="127.0.0.1", port=0, service=service)) as url:
        yield Served(service, url, token)


async def test_it_is_refused_before_and_while_it_comes(served: Served) -> None:
    declared = f"Content-Length: {BEYOND_ALL_LIMITS}"
    size = MAX_BODY_BYTES + 1
    chunks = b"%x\r\n" % size + b"x" * size + b"\r\n0\r\n\r\n"
    places = [place for place in served.taking_bodies() if not place[1].startswith(HOOKS)]
    assert len(places) > 1
    for method, path in places:
        answers = [await served.send(method, path, declared)]
        if path not in LARGER:
            answers.append(await served.send(method, path, "Transfer-Encoding: chunked", chunks))
        for answer in answers:
            assert answer.status == 413, (method, path, answer)
            assert answer.headers["content-type"] == "application/problem+json", (method, path)
            assert json.loads(answer.body)["type"] == "urn:leadflow:problem:too-large"
            assert answer.headers["x-content-type-options"] == "nosniff", (method, path)
        assert answers[0].headers["connection"] == "close", "what comes is no further request"


async def test_where_nobody_reads_it_the_answer_is_the_usual_one(served: Served) -> None:
    declared = f"Content-Length: {BEYOND_ALL_LIMITS}"
    answer = await served.send("GET", "/health/live", declared)
    assert answer.status == 200
    assert answer.headers["connection"] == "close"
    nowhere = await served.send("POST", "/v1/nowhere", declared)
    assert (nowhere.status, nowhere.problem["title"]) == (404, "Not found")

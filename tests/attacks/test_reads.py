"""Hostile reads: every GET route of the four services, asked for what no database can give."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.web.pagination import tag_of
from tests.attacks.hostile_values import (
    CURSORS,
    IDS,
    MOMENTS,
    NUMBERS,
    SOME_ID,
    TEXTS,
    cursor,
    values,
)
from tests.contract.apps import SERVICES, document_of, operations, running_app, tokens
from tests.support.infrastructure import DatabaseFactory

pytestmark = pytest.mark.attacks

NEEDED: Mapping[str, str] = {
    "q": "слово",
    "from": "2026-01-01",
    "to": "2026-01-08",
    "measure": "received",
    "topic": "leads",
    "key": SOME_ID,
    "minute": "2026-01-01T00:00:00Z",
    "after": "0-0",
    "until": "5",
    "contact_ids": SOME_ID,
    "month": "2026-01",
    "from_month": "2026-01",
    "to_month": "2026-02",
    "currency": "RUB",
}
# All others are ids.
PLACES: Mapping[str, str] = {
    "day": "2026-01-01",
    "version": "1",
    "line": "1",
    "axis": "region",
    "number": "1",
}


@dataclass
class Served:
    client: httpx.AsyncClient
    tokens: dict[str, str]
    routes: dict[str, list[dict[str, Any]]]

    async def ask(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        role = "service" if "journal" in path or "reconciliation" in path else "admin"
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        params = dict(params)
        if "cursor" in params:  # what stands in it is read as one of this list
            params["cursor"] += f".{tag_of(path, params.items())}"
        return await self.client.get(path, params=params, headers=headers)


@pytest.fixture(params=SERVICES)
async def served(
    request: pytest.FixtureRequest, migrated_database: DatabaseFactory, tmp_path: Path
) -> AsyncIterator[Served]:
    service: str = request.param
    keys = tmp_path / "keys.json"
    minted = tokens(keys)
    routes = {
        path: operation.get("parameters", [])
        for (method, path), operation in operations(document_of(service)).items()
        if method == "GET" and not path.startswith(("/health", "/metrics", "/v1/hooks"))
    }
    url = await migrated_database(service)
    async with running_app(service, keys=keys, database_url=url) as client:
        yield Served(client, minted, routes)


def hostile(parameters: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """(name, value): each parameter with everything, the others with what is needed."""
    for parameter in parameters:
        if parameter["in"] == "query":
            is_cursor = parameter["name"] in {"cursor", "after"}
            for value in CURSORS if is_cursor else values(parameter["schema"]):
                yield parameter["name"], value


def needed(parameters: list[dict[str, Any]]) -> dict[str, str]:
    return {
        parameter["name"]: parameter["schema"].get("enum", [NEEDED.get(parameter["name"])])[0]
        for parameter in parameters
        if parameter["in"] == "query" and parameter.get("required")
    }


def placed(path: str) -> str:
    """The path with something in each of its places."""
    return re.sub(r"\{([^}]+)\}", lambda place: PLACES.get(place[1], SOME_ID), path)


async def test_no_read_is_a_fault_of_ours(served: Served) -> None:
    wrong: list[str] = []
    for path, parameters in served.routes.items():
        place = placed(path)
        usual = needed(parameters)
        for name, value in hostile(parameters):
            answer = await served.ask(place, {**usual, name: value})
            if answer.status_code >= 500:
                wrong.append(f"{path} {name}={value!r}: {answer.status_code}")
            elif name == "cursor" and answer.status_code == 422:
                pointers = [error["pointer"] for error in answer.json()["errors"]]
                assert pointers == ["/cursor"], (path, value, pointers)
    assert not wrong, "\n".join(wrong)


async def test_no_path_is_a_fault_of_ours(served: Served) -> None:
    wrong: list[str] = []
    for path in served.routes:
        if "{" not in path:
            continue
        for value in (*IDS, *NUMBERS, *TEXTS):
            filled = re.sub(r"\{[^}]+\}", _quoted(value), path)
            answer = await served.ask(filled, {})
            if answer.status_code >= 500:
                wrong.append(f"{path} with {value!r}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def _quoted(value: str) -> str:
    return "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "replace")) or "%20"


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        ("/v1/leads", "newest"),
        ("/v1/leads", "received_at"),
        ("/v1/leads", "accept_by"),
        ("/v1/leads", "priority"),
        ("/v1/leads", "amount"),
        ("/v1/pipelines/default/versions", ""),
        ("/v1/managers", ""),
        ("/v1/pools", ""),
        ("/v1/pipelines", ""),
    ],
)
async def test_a_cursor_out_of_range_is_named(
    migrated_database: DatabaseFactory, tmp_path: Path, path: str, sort: str
) -> None:
    minted = tokens(tmp_path / "keys.json")
    url = await migrated_database("routing")
    async with running_app("routing", keys=tmp_path / "keys.json", database_url=url) as client:
        for content in (["9" * 19], ["9" * 19, MOMENTS[0]], ["5", MOMENTS[2]], ["0" * 90]):
            answer = await client.get(
                path,
                params={"cursor": cursor(content), **({"sort": sort} if sort else {})},
                headers={"Authorization": f"Bearer {minted['admin']}"},
            )
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"] == [{"pointer": "/cursor", "detail": "unknown cursor"}]

"""Hostile reads: every GET route of the four services, asked for what no database can give."""

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.ids import new_id
from tests.contract.apps import SERVICES, document_of, operations, running_app, tokens
from tests.support.infrastructure import DatabaseFactory

pytestmark = pytest.mark.attacks
SOME_ID = str(new_id())


def cursor(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")


NUMBERS: tuple[str, ...] = (
    "-1",
    "0",
    "1e3",
    "1.5",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "9" * 25,
    "9" * 150,
)
NUMBERS += ("0" * 60 + "1", "NaN", "Infinity", "١٢٣", "+5", " 5", "1_000", "0x10", "")
MOMENTS = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59-23:59",
    "10000-01-01T00:00:00Z",
    "-4713-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:00:00",
    "infinity",
    "-infinity",
    "1e18",
    "-1e18",
    "99999999999999",
)
DATES = ("0001-01-01", "9999-12-31", "0000-00-00", "10000-01-01", "1970-01-01", "2200-01-02")
ZONES = (
    "../../../etc/passwd",
    "/etc/passwd",
    "Europe/../Europe/Moscow",
    "Europe",
    "Europe/Moscow\0",
    "\0",
    ".",
    "",
    "a" * 64,
    "Etc/GMT+14",
    "posixrules",
    "ÿ",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
)
IDS: tuple[str, ...] = (
    "00000000-0000-0000-0000-000000000000",
    "f" * 32,
    f"{{{SOME_ID}}}",
    f"urn:uuid:{SOME_ID}",
)
IDS += ("x", "' OR 1=1 --", "\0", "%00", "none", "١" * 32)
TEXTS = ("\0", "a\0b", "'; DROP TABLE lead --", "%", "\\", "�", "𐀀", "a" * 5000, "[]", "{}", "null")
CURSORS = (
    "?",
    "AA",
    "é",
    cursor("["),
    cursor("[" * 120),
    cursor({}),
    cursor(None),
    cursor([]),
    cursor(["\0"]),
    cursor(["\ud800"]),
    cursor([[1]]),
    cursor([True]),
    cursor([SOME_ID]),
    cursor([SOME_ID, SOME_ID]),
    cursor(["topic", "key\0", "1"]),
    *(cursor(["topic", "key", number]) for number in NUMBERS),
    *(cursor([number]) for number in NUMBERS),
    *(cursor([number, "2026-01-01T00:00:00Z"]) for number in NUMBERS),
    *(cursor([moment, SOME_ID]) for moment in MOMENTS),
    *(cursor(["5", moment]) for moment in MOMENTS),
    *(f"{number}-{number}" for number in NUMBERS),
)
EVERYTHING = (*NUMBERS[:8], *MOMENTS, *DATES, *ZONES, *IDS, *TEXTS)
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
}
PLACES: Mapping[str, str] = {"day": "2026-01-01"}  # all others are ids


@dataclass
class Served:
    client: httpx.AsyncClient
    tokens: dict[str, str]
    routes: dict[str, list[dict[str, Any]]]

    async def ask(self, path: str, params: Mapping[str, str]) -> httpx.Response:
        role = "service" if "journal" in path or "reconciliation" in path else "admin"
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
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
            for value in CURSORS if parameter["name"] in {"cursor", "after"} else EVERYTHING:
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
                params={"cursor": cursor(content), "sort": sort},
                headers={"Authorization": f"Bearer {minted['admin']}"},
            )
            assert answer.status_code == 422, answer.text
            assert answer.json()["errors"] == [{"pointer": "/cursor", "detail": "unknown cursor"}]

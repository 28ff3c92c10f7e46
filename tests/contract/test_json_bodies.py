"""A body that can be understood in several ways, or in none, is refused, and its place is named."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.contract.apps import SERVICES, build_app, document_of, operations, tokens
from tests.contract.test_parameters import SOME_ID, told

JSON = "application/json"
# The door reads the native inquiry once, by its own rules: tests/attacks/test_hostile_bodies.py.
DOOR = ("POST", "/v1/inquiries")
# Probes say what they like, and senders what their systems do.
OPEN = ("/health/", "/metrics", "/v1/hooks/")
REFUSED: list[tuple[str, str | None, bytes, str, str]] = [
    ("twice", JSON, b'{"zz":1,"zz":2}', "/zz", "is there several times"),
    ("twice inside", JSON, b'{"zz":[{"y":1,"y":2}]}', "/zz/0/y", "is there several times"),
    ("no number", "application/problem+json; charset=utf-8", b'{"zz":NaN}', "/zz", "is no number"),
    ("beyond all numbers", JSON, b'{"zz":-1e999}', "/zz", "is no number"),
    ("text", "text/plain", b'{"zz":1}', "/Content-Type", "expected application/json"),
    ("a form", "application/x-www-form-urlencoded", b"zz=1", "/Content-Type", "expected"),
    ("of no kind", None, b'{"zz":1}', "/Content-Type", "expected application/json"),
    ("cut", JSON, b'{"zz":', "", "is no JSON: Expecting value at character 6"),
    ("no UTF-8", JSON, b'{"zz":"\xff"}', "", "is no JSON in UTF-8"),
    ("deep", JSON, b"[" * 100_000, "", "is no JSON in UTF-8, or nested too deep"),
    ("a long number", JSON, b'{"zz":' + b"9" * 5000 + b"}", "", "holds a number that is too long"),
]


@dataclass(frozen=True)
class Door:
    """`routes` take JSON, `others` no body at all."""

    client: httpx.AsyncClient
    routes: list[tuple[str, str]]
    others: list[tuple[str, str]]

    async def send(self, place: tuple[str, str], kind: str | None, body: bytes) -> httpx.Response:
        path = re.sub(r"\{[^}]+\}", SOME_ID, place[1])
        headers = {} if kind is None else {"Content-Type": kind}
        return await self.client.request(place[0], path, headers=headers, content=body)


@pytest.fixture(params=SERVICES)
async def door(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Door]:
    """An app that was never started: what is refused is refused before the database is asked."""
    keys = tmp_path / "keys.json"
    headers = {"Authorization": f"Bearer {tokens(keys)['admin']}", "If-Match": '"1"'}
    routes = [
        place
        for place, operation in operations(document_of(request.param)).items()
        if JSON in operation.get("requestBody", {}).get("content", {}) and place != DOOR
    ]
    others = [
        place
        for place, operation in operations(document_of(request.param)).items()
        if "requestBody" not in operation and not place[1].startswith(OPEN)
    ]
    transport = httpx.ASGITransport(app=build_app(request.param, keys=keys))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://leadflow.test", headers=headers
    ) as client:
        yield Door(client, routes, others)


async def test_what_is_ambiguous_or_no_json_is_named(door: Door) -> None:
    assert len(door.routes) > 5
    for place in door.routes:
        for name, kind, body, pointer, detail in REFUSED:
            answer = await door.send(place, kind, body)
            assert answer.status_code == 422, (place, name, answer.text)
            [(found, words)] = told(answer)
            assert found == pointer, (place, name)
            assert detail in words, (place, name)


async def test_an_unknown_member_is_named(door: Door) -> None:
    for place in door.routes:
        answer = await door.send(place, JSON, b'{"zz":1}')
        assert answer.status_code == 422, (place, answer.text)
        assert "/zz" in dict(told(answer)), (place, answer.text)


async def test_whoever_is_nobody_is_told_nothing_of_a_body(door: Door) -> None:
    door.client.headers["Authorization"] = "Bearer nobody"
    for place in door.routes:
        answer = await door.send(place, JSON, b'{"zz":1,"zz":NaN}')
        assert answer.status_code == 401, place


async def test_a_body_that_nobody_reads_is_refused(door: Door) -> None:
    assert len(door.others) > 5
    for place in door.others:
        for body in (b'{"zz":1}', b"zz=1", b"[" * 70):
            answer = await door.send(place, JSON, body)
            assert answer.status_code == 422, (place, answer.text)
            assert answer.json()["detail"] == "The call takes no body.", place
            assert [pointer for pointer, _ in told(answer)] == [""], place


async def test_an_empty_object_where_nobody_reads_says_nothing(door: Door) -> None:
    for place in door.others:
        answers = [await door.send(place, JSON, body) for body in (b"", b" {} ")]
        assert len({answer.status_code for answer in answers}) == 1, place
        assert "takes no body" not in answers[1].text, place

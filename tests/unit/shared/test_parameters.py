"""Which query parameters of a request are refused, and what its sender is told."""

import time
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Query
from pydantic import BaseModel, Field

from shared.web import problems
from shared.web.parameters import LONGEST_COMPARED, MOST_TOLD, require_known


class Choice(BaseModel):
    manager: str | None = None
    channels: Annotated[list[str], Field(alias="channel")] = []


def period(begin: Annotated[str | None, Query(alias="from")] = None) -> str | None:
    return begin


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    problems.install(app)

    @app.get("/{place}", dependencies=[Depends(require_known)])
    def read(
        place: str,
        choice: Annotated[Choice, Query()],
        begin: Annotated[str | None, Depends(period)],
        page: Annotated[Annotated[list[int], Query()] | None, Query()] = None,
    ) -> dict[str, Any]:
        return {"choice": choice.model_dump(), "begin": begin, "page": page, "place": place}

    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://leadflow.test")


async def faults(client: httpx.AsyncClient, query: str) -> list[tuple[str, str]]:
    answer = await client.get(f"/there?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:leadflow:problem:invalid"
    return [(error["pointer"], error["detail"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "manager=a",
        "channel=a&channel=b&from=c",
        "page=1&page=2",
        "manager=",
        "&",
        "manager=%ff",
    ],
)
async def test_what_a_route_declares_is_taken(client: httpx.AsyncClient, query: str) -> None:
    assert (await client.get(f"/there?{query}")).status_code == 200


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("manger", "manager"), ("chanels", "channel"), ("form", "from"), ("PAGE", "page")],
)
async def test_the_nearest_spelling_comes_first(
    client: httpx.AsyncClient, name: str, nearest: str
) -> None:
    [(pointer, detail)] = await faults(client, f"{name}=x")
    assert pointer == f"/{name}"
    words = detail.removeprefix("there is no such parameter: the call takes ").split(", ")
    assert words[0] == nearest
    assert sorted(words) == ["channel", "from", "manager", "page"]


async def test_each_fault_is_told_once(client: httpx.AsyncClient) -> None:
    found = await faults(client, "manager=a&manager=b&place=c&place=d&begin=e")
    assert [pointer for pointer, _ in found] == ["/manager", "/place", "/begin"]
    assert found[0][1] == "may be given once"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("a/b=1", "/a~1b"),
        ("a~b=1", "/a~0b"),
        ("%D0%B8%D0%BC%D1%8F=1", "/имя"),
        ("=1", "/"),
        ("x", "/x"),
    ],
)
async def test_a_name_is_told_as_a_pointer(
    client: httpx.AsyncClient, query: str, pointer: str
) -> None:
    assert [place for place, _ in await faults(client, query)] == [pointer]


async def test_many_and_long_names_cost_little(client: httpx.AsyncClient) -> None:
    many = "&".join(f"{number:x}{'y' * LONGEST_COMPARED}=1" for number in range(800))
    began = time.process_time()
    found = await faults(client, f"{many}&{'z' * 5000}")
    assert len(found) == MOST_TOLD
    assert time.process_time() - began < 1

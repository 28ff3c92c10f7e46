"""The page about an API and all it loads come from the service itself, under any prefix."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from tests.contract.apps import SERVICES, build_app, document_of

# A proxy that tells nobody of the prefix it takes off.
PREFIXED = "http://leadflow.test/some/prefix/"


@pytest.fixture(params=SERVICES)
async def client(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(request.param, keys=tmp_path / "keys-are-not-read.json")
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://leadflow.test") as client:
        yield client


async def test_every_address_of_the_page_is_right_behind_a_prefix(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/docs")).text
    addresses = re.findall(r"(?:href|src)=\"([^\"]+)\"|url: '([^']+)'", page)
    loaded = {urljoin(f"{PREFIXED}docs", linked or fetched) for linked, fetched in addresses}
    assert len(loaded) == 4
    for address in loaded:
        assert address.startswith(PREFIXED), address
        response = await client.get("/" + address.removeprefix(PREFIXED))
        assert response.status_code == 200, address
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_sends_calls_to_the_service_behind_any_prefix(service: str) -> None:
    (server,) = document_of(service)["servers"]
    assert urljoin(f"{PREFIXED}openapi.json", server["url"]) == PREFIXED


async def test_what_was_loaded_once_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/docs/swagger-ui-bundle.js")
    again = await client.get(
        "/docs/swagger-ui-bundle.js", headers={"If-None-Match": first.headers["etag"]}
    )
    assert len(first.content) > 1_000_000
    assert (again.status_code, again.content) == (304, b"")


async def test_the_package_shows_nothing_else_of_itself(client: httpx.AsyncClient) -> None:
    for path in ("/docs/", "/docs/__init__.py", "/docs/../docs/main.py", "/docs/..%2fmain.py"):
        assert (await client.get(path)).status_code == 404, path

"""What a process answers about itself when a check fails, or has a fault of its own."""

from typing import NoReturn

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from shared.errors import UnavailableError
from shared.web.health import health_router


def _no_database() -> NoReturn:
    raise UnavailableError("away")


async def _passes() -> None:
    return


async def _is_away() -> None:
    raise UnavailableError("away")


async def _is_broken() -> None:
    raise KeyError("private@example.org")


@pytest.fixture
def client() -> httpx.AsyncClient:
    app = FastAPI()
    checks = {"passes": _passes, "writer": _is_away, "broken": _is_broken}
    app.include_router(health_router(_no_database, checks=checks))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door")


async def test_whatever_does_not_show_that_it_works_is_missing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "missing": ["database", "writer", "broken"]}


async def test_a_fault_of_a_check_is_logged_and_an_outage_is_not(client: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.get("/health/ready")

    assert [(line["event"], line["check"]) for line in lines] == [("health.fault", "broken")]
    assert "private@example.org" not in str(lines)

"""A scrape reads memory: however often somebody asks for /metrics, no database hears of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.contract.apps import SERVICES, build_app

SCRAPES = 20


@dataclass(eq=False)
class Listener:
    """Stands where the database should be and counts who comes."""

    url: str = ""
    visits: int = 0

    def visit(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        writer.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    counting = Listener()
    server = await asyncio.start_server(counting.visit, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        counting.url = f"postgresql+asyncpg://nobody@127.0.0.1:{port}/nothing"
        yield counting


@pytest.mark.parametrize("service", SERVICES)
async def test_a_scrape_asks_no_database(service: str, listener: Listener, tmp_path: Path) -> None:
    app = build_app(service, keys=tmp_path / "keys.json", database_url=listener.url)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://leadflow.test") as client:
        assert (await client.get("/health/ready")).status_code == 503
        assert listener.visits > 0, "the listener sees whoever asks"
        listener.visits = 0
        for _ in range(SCRAPES):
            answer = await client.get("/metrics")
            assert answer.status_code == 200
            assert "leadflow_requests_total" in answer.text
    assert listener.visits == 0

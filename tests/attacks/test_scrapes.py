"""A scrape reads memory: however often somebody asks for /metrics, no database hears of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.attacks.bystanders import Bystanders
from tests.contract.apps import SERVICES, build_app
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.attacks
SCRAPES = 20
FLOOD, AT_ONCE = 240, 4
# What is counted in tables, by service; the leading worker shows it.
COUNTS = {
    "intake": 'leadflow_submissions{service="intake",state="normalised"}',
    "routing": 'leadflow_leads{service="routing",state="owned"}',
    "history": 'leadflow_pending_events{service="history"}',
    "kpi": 'leadflow_held_events{reason="gap",service="kpi"}',
}


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


@pytest.mark.e2e
async def test_many_scrapes_harm_nobody(victim: Stack, bystanders: Bystanders) -> None:
    async def scrape(client: httpx.AsyncClient) -> None:
        for _ in range(FLOOD // AT_ONCE):
            assert (await client.get("/intake/metrics")).status_code == 200

    async with bystanders.watching(), victim.stranger() as stranger:
        await asyncio.gather(*(scrape(stranger) for _ in range(AT_ONCE)))
    await bystanders.assert_unharmed()


@pytest.mark.e2e
@pytest.mark.parametrize("service", SERVICES)
async def test_what_is_counted_is_shown_where_it_is_scraped(service: str, victim: Stack) -> None:
    async with victim.stranger() as stranger:

        async def shown() -> bool:
            return COUNTS[service] in (await stranger.get(f"/{service}/metrics")).text

        await eventually(shown, seconds=20, what=f"{service} counts")

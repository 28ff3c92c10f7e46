"""Routing on a real database: its handlers, its loops' rounds and its HTTP door, at our time."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.routing.service import ROUTING
from services.routing.settings import Settings
from shared.application import create_app
from shared.database import Database, open_database
from tests.integration.routing.harness import Company
from tests.integration.routing.sending import Post, open_post
from tests.support.http_client import open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.patience import patient
from tests.support.signer import new_signer, sealing_file, sealing_in


@pytest.fixture
async def url(migrated_database: DatabaseFactory) -> str:
    return await migrated_database("routing")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    found = patient(open_database(url, service="routing", pool_size=20, background=True))
    yield found
    await found.close()


@pytest.fixture
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a connection gets one, however slow the machine is."""
    monkeypatch.setattr("shared.connections.WAIT_SECONDS", 60.0)


@pytest.fixture
async def company(url: str, database: Database, tmp_path: Path) -> AsyncIterator[Company]:
    """A company without managers; `clock` of the door is the company's own."""
    keys = tmp_path / "keys.json"
    signer = new_signer(keys)
    settings = Settings(
        database_url=SecretStr(url),
        database_pool=20,
        keys_file=keys,
        allow_unsafe_database=True,
        sealing_keys_file=sealing_file(tmp_path),
        webhooks_to_private=True,
    )
    found = Company(database)
    async with open_door(create_app(ROUTING, settings, clock=lambda: found.now), signer) as door:
        found.door = door
        await found.watch()
        yield found


@pytest.fixture
async def post(company: Company, tmp_path: Path) -> AsyncIterator[Post]:
    """The sender of webhooks, with a receiver."""
    company.database.sealing = sealing_in(tmp_path)
    async with open_post(company) as opened:
        yield opened

"""History on a real database: its handlers, and its HTTP door at a moment of our choosing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.history.service import HISTORY
from services.history.settings import Settings
from shared.database import Database, open_database
from shared.web.application import create_app
from tests.support.event_streams import MORNING
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer


@pytest.fixture
async def url(migrated_database: DatabaseFactory) -> str:
    return await migrated_database("history")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    found = open_database(url, service="history", background=True)
    yield found
    await found.close()


@pytest.fixture
async def door(url: str, tmp_path: Path) -> AsyncIterator[Door]:
    keys = tmp_path / "keys.json"
    signer = new_signer(keys)
    settings = Settings(
        database_url=SecretStr(url),
        keys_file=keys,
        allow_unsafe_database=True,
    )
    async with open_door(
        create_app(HISTORY, settings, clock=lambda: MORNING.replace(hour=18)), signer
    ) as it:
        yield it

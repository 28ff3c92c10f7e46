"""Companies whose story history holds and whose indicators kpi shows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kpi.service import KPI
from services.kpi.settings import Settings
from shared.application import create_app
from shared.database import Database, open_database
from tests.integration.truth.cast import AUTUMN
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.signer import new_signer


@dataclass(eq=False)
class Clock:
    """Stands at `now`."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass(eq=False)
class Office:
    """History's and kpi's databases, and kpi's door with its clock."""

    history: Database
    kpi: Database
    clock: Clock
    door: Door


@pytest.fixture
async def office(migrated_database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        urls = [await migrated_database(service) for service in ("history", "kpi")]
        history, kpi = (
            open_database(url, service=service, background=True)
            for url, service in zip(urls, ("history", "kpi"), strict=True)
        )
        for database in (history, kpi):
            stack.push_async_callback(database.close)
        keys = tmp_path / "keys.json"
        settings = Settings(
            database_url=SecretStr(urls[1]), keys_file=keys, allow_unsafe_database=True
        )
        signer = new_signer(keys)
        clock = Clock(AUTUMN[0])
        app = create_app(KPI, settings, clock=clock)
        door = await stack.enter_async_context(open_door(app, signer))
        yield Office(history, kpi, clock, door)

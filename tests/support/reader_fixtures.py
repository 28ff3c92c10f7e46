"""Fixtures of a service that tells what it has heard: a database, and its door at a moment of the
test's choosing. A conftest imports them beside its own `reader`.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from shared.application import create_app
from shared.database import Database, open_database
from shared.service import Service
from tests.support.event_streams import MORNING
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.patience import patient
from tests.support.signer import new_signer


@dataclass(frozen=True)
class Reader:
    """A service and the class of its settings."""

    service: Service[Any]
    settings: type[Any]

    def opened(self, url: str, folder: Path, now: datetime) -> AbstractAsyncContextManager[Door]:
        """Its door on a database, with a clock that stands at `now`."""
        keys = folder / "keys.json"
        signer = new_signer(keys)
        settings = self.settings(
            database_url=SecretStr(url), keys_file=keys, allow_unsafe_database=True
        )
        return open_door(create_app(self.service, settings, clock=lambda: now), signer)


@pytest.fixture
async def url(migrated_database: DatabaseFactory, reader: Reader) -> str:
    return await migrated_database(reader.service.name)


@pytest.fixture
async def database(url: str, reader: Reader) -> AsyncIterator[Database]:
    found = patient(open_database(url, service=reader.service.name, background=True))
    yield found
    await found.close()


@pytest.fixture
async def door(url: str, reader: Reader, tmp_path: Path) -> AsyncIterator[Door]:
    async with reader.opened(url, tmp_path, MORNING.replace(hour=18)) as opened:
        yield opened

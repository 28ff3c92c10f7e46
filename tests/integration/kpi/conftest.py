"""Kpi on a real database: its handlers, and its HTTP door at a moment of our choosing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.kpi.service import KPI
from services.kpi.settings import Settings
from shared.database import Database, open_database
from shared.mailing import MailServer
from shared.web.application import create_app
from tests.integration.kpi.alerting import Alerting, open_alerting
from tests.integration.kpi.paying import Payroll, open_payroll
from tests.support.event_streams import MORNING
from tests.support.http_client import Door, open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.receiver import Receiver, receiver
from tests.support.signer import new_signer


@pytest.fixture
async def url(migrated_database: DatabaseFactory) -> str:
    return await migrated_database("kpi")


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    found = open_database(url, service="kpi", background=True)
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
        create_app(KPI, settings, clock=lambda: MORNING.replace(hour=18)), signer
    ) as it:
        yield it


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@pytest.fixture
async def desk() -> AsyncIterator[Receiver]:
    async with receiver() as opened:
        yield opened


@pytest.fixture
async def alerting(url: str, tmp_path: Path, sink: MailSink) -> AsyncIterator[Alerting]:
    mail = MailServer.of(f"smtp://127.0.0.1:{sink.port}", sender="leadflow@company.example")
    async with open_alerting(url, tmp_path, mail=mail) as opened:
        yield opened


@pytest.fixture
async def payroll(url: str, tmp_path: Path) -> AsyncIterator[Payroll]:
    async with open_payroll(url, tmp_path) as opened:
        yield opened

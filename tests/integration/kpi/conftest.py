"""Kpi on a real database: its handlers, and its HTTP door at a moment of our choosing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.kpi.service import KPI
from services.kpi.settings import Settings
from shared.mailing import MailServer
from tests.integration.kpi.alerting import Alerting, open_alerting
from tests.integration.kpi.digesting import Digests
from tests.integration.kpi.paying import Payroll, open_payroll
from tests.support.event_streams import MORNING
from tests.support.http_client import Door
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.reader_fixtures import Reader, database, door, url
from tests.support.receiver import Receiver, receiver

__all__ = ["database", "door", "url"]


@pytest.fixture
def reader() -> Reader:
    return Reader(KPI, Settings)


@pytest.fixture
async def late_door(url: str, reader: Reader, tmp_path: Path) -> AsyncIterator[Door]:
    """Months later, when all that the tests tell of has become known."""
    async with reader.opened(url, tmp_path, MORNING + timedelta(days=300)) as opened:
        yield opened


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
def digests(alerting: Alerting) -> Digests:
    return Digests(alerting)


@pytest.fixture
async def payroll(url: str, tmp_path: Path) -> AsyncIterator[Payroll]:
    async with open_payroll(url, tmp_path) as opened:
        yield opened

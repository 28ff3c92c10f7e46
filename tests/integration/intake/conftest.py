"""Intake on a real database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.intake.harness import House, open_house
from tests.integration.intake.mail_house import port_of
from tests.integration.intake.wire import Wire, wire_to
from tests.support.infrastructure import DatabaseFactory


@pytest.fixture
async def intake_url(migrated_database: DatabaseFactory) -> str:
    return await migrated_database("intake")


@pytest.fixture
async def house(intake_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(intake_url, tmp_path) as intake_house:
        yield intake_house


@pytest.fixture
async def wire(intake_url: str) -> AsyncIterator[Wire]:
    async with wire_to(intake_url) as open_wire:
        yield open_wire


@pytest.fixture
async def house_on_wire(intake_url: str, wire: Wire, tmp_path: Path) -> AsyncIterator[House]:
    """The app reaches its database by the wire, the test directly."""
    async with open_house(
        wire.url, tmp_path, direct_url=intake_url, commit_seconds=0.5
    ) as intake_house:
        yield intake_house


@pytest.fixture
async def mail_house(intake_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(intake_url, tmp_path, smtp_address="127.0.0.1:0") as house:
        await house.source(key="Leads-1", adapter="smtp")
        await port_of(house)
        yield house


@pytest.fixture
async def mail_house_on_wire(intake_url: str, wire: Wire, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(
        wire.url, tmp_path, direct_url=intake_url, commit_seconds=0.5, smtp_address="127.0.0.1:0"
    ) as house:
        await house.source(key="Leads-1", adapter="smtp")
        yield house

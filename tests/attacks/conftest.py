"""One running Leadflow that is attacked by all, and stacks of one's own for what may break it.

An attack on the shared `victim` leaves it well: the next one would suffer for it.
"""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import prepare_log
from deploy.embedded.processes.machine import free_port
from tests.attacks.bystanders import Bystanders
from tests.e2e.conftest import folder, stack_of
from tests.support.stack import Stack

__all__ = ["folder", "stack_of"]


@pytest.fixture(scope="session")
def victim_folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="lf-victim-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="session")
async def victim(victim_folder: Path) -> AsyncIterator[Stack]:
    """`./leadflow up --sample` with its SMTP door, started once for the whole folder."""
    smtp = f"127.0.0.1:{free_port()}"
    stack = Stack(data=victim_folder / "state", arguments=["--sample", "--smtp", smtp])
    stack.launch()
    try:
        await stack.ready(seconds=90)
        yield stack
    finally:
        stack.stop()


@pytest.fixture
async def bystanders(victim: Stack) -> AsyncIterator[Bystanders]:
    """Honest senders who post while the victim is attacked, from a process of their own."""
    async with Bystanders(victim) as others:
        yield others


@pytest.fixture(scope="session")
async def guarded_kafka() -> AsyncIterator[PrivateKafka]:
    """A broker as `up --kafka` has it, prepared for the services; a test leaves it as it was."""
    found = Path(tempfile.mkdtemp(prefix="lf-guarded-"))
    broker = PrivateKafka(found)
    try:
        broker.start()
        await prepare_log(broker)
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(found)

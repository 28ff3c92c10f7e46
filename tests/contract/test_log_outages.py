"""A log that freezes, dies or is wiped is an outage for those who use it, and nothing more."""

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from _pytest.fixtures import FixtureRequest

from deploy.embedded.kafka import PrivateKafka
from deploy.embedded.postgres import PrivatePostgres
from deploy.embedded.processes import alive
from shared.errors import UnavailableError
from shared.messaging.bus import Bus, Partition, Reader, Record
from tests.support.logs import (
    BOTH_LOGS,
    KafkaSite,
    PgLogSite,
    Site,
    from_,
    message,
    own_kafka_site,
    own_postgres_site,
    read,
    topic,
)
from tests.support.waiting import eventually


@pytest.fixture(scope="module", params=BOTH_LOGS)
async def own_site(request: FixtureRequest) -> AsyncIterator[Site]:
    """A server of this module's own, to be frozen, killed and wiped."""
    folder = Path(tempfile.mkdtemp(prefix="leadflow-log-"))
    found: KafkaSite | PgLogSite
    server: PrivateKafka | PrivatePostgres | None = None
    try:
        if request.param == "kafka":
            found = await own_kafka_site(folder)
            server = found.broker
        else:
            found = await own_postgres_site(folder)
            server = found.cluster
        yield found
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)


async def _outage(reader: Reader) -> UnavailableError | None:
    try:
        await reader.fetch(limit=100, wait_seconds=0.1)
    except UnavailableError as error:
        return error
    return None


async def _recovers(site: Site, bus: Bus, where: str, known: dict[Partition, int]) -> list[Record]:
    """What a consumer does after an outage: everything anew, from its own positions."""
    async with asyncio.timeout(60):
        while True:
            try:
                await bus.log_id()
                reader = await bus.reader(where, [where], positions=from_(known))
            except UnavailableError:
                continue
            try:
                return await read(reader, 1)
            except UnavailableError:
                continue
            finally:
                await reader.close()


@pytest.mark.faults
async def test_a_frozen_and_then_killed_log_is_an_outage_and_nothing_more(own_site: Site) -> None:
    where = topic(1)
    partition = Partition(where.name, 0)
    bus = own_site.bus()
    await bus.ensure_topics([where])
    log_id = await bus.log_id()
    assert all(await bus.publish([message(where, "k", b"%d" % n) for n in range(20)], seconds=10))
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    assert len(await read(reader, 20)) == 20

    os.kill(own_site.pid(), signal.SIGSTOP)
    for process in _children(own_site.pid()):
        os.kill(process, signal.SIGSTOP)
    began = time.monotonic()
    said = await bus.publish([message(where, "k", b"frozen")], seconds=1)
    assert list(said) == [False]
    assert time.monotonic() - began < 2
    began = time.monotonic()
    assert await eventually(lambda: _outage(reader), seconds=20, what="the outage is noticed")
    assert time.monotonic() - began < 20
    began = time.monotonic()
    with pytest.raises(UnavailableError):
        await bus.log_id()
    assert time.monotonic() - began < 15

    pid = own_site.pid()
    for process in _children(pid):
        os.kill(process, signal.SIGCONT)
    os.kill(pid, signal.SIGKILL)
    await reader.close()
    assert list(await bus.publish([message(where, "k", b"dead")], seconds=1)) == [False]
    await eventually(lambda: _gone(pid), seconds=10, what="the server is gone")
    await own_site.start()

    async def again() -> bool:
        return all(await bus.publish([message(where, "k", b"after")], seconds=5))

    await eventually(again, seconds=30, what="publishing works again")
    assert await bus.log_id() == log_id
    found = await _recovers(own_site, bus, where.name, {partition: 20})
    assert found[0].offset == 20
    assert {record.payload for record in found} <= {b"frozen", b"dead", b"after"}
    await bus.close()


def _children(pid: int) -> list[int]:
    """PostgreSQL answers through processes of its own."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in found.split()]


async def _gone(pid: int) -> bool:
    return not alive(pid)


@pytest.mark.faults
async def test_a_wiped_log_has_another_id_and_is_never_read_at_old_positions(
    own_site: Site,
) -> None:
    where = topic(1)
    bus = own_site.bus()
    await bus.ensure_topics([where])
    log_id = await bus.log_id()
    assert all(await bus.publish([message(where, "k", b"old")] * 5, seconds=10))
    reader = await bus.reader(where.name, [where.name], positions=from_({}))
    assert len(await read(reader, 5)) == 5

    await own_site.wipe()
    other = own_site.bus()
    await other.ensure_topics([where])
    assert all(await other.publish([message(where, "k", b"new")] * 20, seconds=10))
    got = await eventually(lambda: _outage(reader), seconds=20, what="the wipe is noticed")
    assert isinstance(got, UnavailableError)
    await reader.close()
    assert await bus.log_id() != log_id
    found = await _recovers(own_site, bus, where.name, {})
    assert (found[0].offset, found[0].payload) == (0, b"new")
    await other.close()
    await bus.close()

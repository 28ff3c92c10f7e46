"""The launcher as a person uses it: up, a second up, backup, restore, rebuild, reset."""

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from deploy.embedded.environment import SERVICES
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import alive
from deploy.embedded.processes.machine import free_port
from tests.support.inquiring import post, until_counted
from tests.support.oracle import assert_nothing_stands_aside
from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.e2e
Rows = TypeVar("Rows")

# What a backup must bring back, and a rebuild make anew: the rows, whoever wrote them and when.
COMPARED = {
    "intake": ("submission", "inquiry", "contact", "journal", "stream"),
    "routing": ("journal", "stream", "seen"),
    "history": ("timeline_entry", "inquiry_link", "seen", "stream"),
    "kpi": ("seen", "stream"),
}


async def _tables(
    cluster: PrivatePostgres, service: str, tables: tuple[str, ...]
) -> dict[str, int]:
    """A sum over the rows of each table, whatever order they lie in. Which transaction wrote a row
    is not compared, nor how many versions a stream has moved on by at once.
    """
    connection = await cluster.connect(service)
    try:
        return {
            table: await connection.fetchval(
                "SELECT count(*) + coalesce(sum(hashtextextended("
                f"(to_jsonb(t) - 'xid' - 'before')::text, 0)::numeric), 0) FROM {table} AS t"
            )
            for table in tables
        }
    finally:
        await connection.close()


async def _everything(cluster: PrivatePostgres) -> dict[str, dict[str, int]]:
    return {
        service: await _tables(cluster, service, tables) for service, tables in COMPARED.items()
    }


@pytest.fixture(scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A running Leadflow with the sample company and three leads."""
    made = Stack(tmp_path_factory.mktemp("up") / "state", arguments=("--sample",))
    made.launch()
    await made.ready(seconds=120)
    for number in range(3):
        await post(made, number)
    await until_counted(made, 3)
    yield made
    assert made.stop() == 0


async def test_it_says_where_everything_is(stack: Stack) -> None:
    async def words() -> str:
        return stack.words()

    said = await eventually(words, seconds=20, what="announced", until=lambda w: "Ctrl-C" in w)
    assert f"{stack.url}/intake/docs" in said
    assert str(stack.data / "admin.token") in said
    assert "curl" in said
    assert "Traceback" not in said
    async with httpx.AsyncClient(base_url=stack.url, timeout=60) as client:
        page = await client.get("/")
        assert "OpenAPI" in page.text
        for service in SERVICES:
            assert (await client.get(f"/{service}/openapi.json")).json()["paths"]


async def test_a_second_up_and_a_taken_port_are_one_line_each(stack: Stack, tmp_path: Path) -> None:
    second = stack.call("up", "--port", str(free_port()))
    assert second.returncode == 1
    assert second.stderr.strip().splitlines()[-1].startswith("leadflow: Leadflow already runs on")
    other = stack.call("up", "--port", str(stack.port), "--data", str(tmp_path / "other"))
    assert other.returncode == 1
    assert f"port {stack.port} is taken" in other.stderr.strip().splitlines()[-1]


async def test_status_and_doctor_know_it(stack: Stack) -> None:
    async def ready() -> bool:
        return bool(stack.status()["ready"])

    await eventually(ready, seconds=20, what="ready")
    status = stack.status()
    assert set(status) == {"url", "ready", "processes"}
    assert status["url"] == stack.url
    (postgres,) = status["processes"]
    assert set(postgres) == {"name", "pid", "up_since", "restarts"}
    assert postgres["name"] == "postgres"
    assert alive(postgres["pid"])
    doctor = stack.call("doctor", "--port", str(stack.port))
    assert doctor.returncode == 0, doctor.stdout
    assert "answers and keeps" in doctor.stdout


async def test_psql_opens_the_named_database(stack: Stack) -> None:
    answer = stack.call("psql", "kpi", "-Atc", "SELECT current_database()")
    assert answer.stdout.strip() == "kpi"


async def test_the_sample_is_loaded_once_however_often(stack: Stack) -> None:
    from deploy.embedded.demo import company, sample  # noqa: PLC0415 (only this test loads it)

    await sample.load(stack.url, stack.token())
    async with stack.client() as client:
        managers = (await client.get("/routing/v1/managers?limit=200")).json()["items"]
        sources = (await client.get("/intake/v1/sources?limit=200")).json()["items"]
    assert len(managers) == len(company.MANAGERS)
    present = {source["key"] for source in sources}
    assert {source.key for source in company.SOURCES} <= present
    online = {pool for row in managers if row["status"] == "online" for pool in row["pools"]}
    assert online == {pool.key for pool in company.POOLS}


async def _at_rest(read: Callable[[], Awaitable[Rows]]) -> Rows:
    """What was said a moment ago has been heard: two readings in a row are the same."""
    readings = [await read()]

    async def again() -> bool:
        readings.append(await read())
        return readings[-1] == readings[-2]

    await eventually(again, seconds=60, what="the projection is at rest", pause_seconds=1.5)
    return readings[-1]


@pytest.mark.parametrize("service", ["history", "kpi"])
async def test_a_rebuilt_projection_is_the_same(stack: Stack, service: str) -> None:
    cluster = PrivatePostgres(stack.data / "postgres")
    await assert_nothing_stands_aside(stack)
    before = await _at_rest(lambda: _tables(cluster, service, COMPARED[service]))
    answer = stack.call("rebuild", service)
    assert answer.returncode == 0, answer.stderr
    assert await _tables(cluster, service, COMPARED[service]) == before


async def test_a_backup_fills_an_empty_folder_with_all_four_services(
    stack: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "leadflow.backup"
    running = PrivatePostgres(stack.data / "postgres")
    before = await _at_rest(lambda: _everything(running))
    answer = stack.call("backup", str(file), seconds=120)
    assert answer.returncode == 0, answer.stderr
    assert file.stat().st_mode & 0o077 == 0
    restored = Stack(tmp_path / "restored")
    answer = restored.call("restore", str(file), seconds=120)
    assert answer.returncode == 0, answer.stderr
    cluster = PrivatePostgres(restored.data / "postgres")
    cluster.start()
    try:
        assert await _everything(cluster) == before
    finally:
        cluster.stop()
    restored.launch()
    try:
        await restored.ready(seconds=120)
        await post(restored, 7)
        await until_counted(restored, 4)
        again = restored.call("restore", str(file))
        assert again.returncode == 1
        assert "is not empty" in again.stderr
    finally:
        restored.stop()


async def test_a_killed_postgresql_is_back_under_a_new_pid(stack: Stack) -> None:
    old = stack.pids()["postgres"]
    os.kill(old, signal.SIGKILL)

    async def back() -> bool:
        status = stack.status()
        (postgres,) = status["processes"]
        return bool(status["ready"] and postgres["pid"] not in {None, old})

    await eventually(back, seconds=60, what="postgres is back")
    assert stack.status()["processes"][0]["restarts"] == 1
    assert "postgres was killed by signal 9; it is started again" in stack.words()


async def test_revoked_tokens_end_at_once(stack: Stack) -> None:
    async def status_of(token: str) -> int:
        async with stack.client(token=token) as client:
            return (await client.get("/routing/v1/managers")).status_code

    old = stack.token()
    assert stack.call("token", "rotate").returncode == 0
    assert stack.token() != old
    assert await status_of(old) == 200
    assert stack.call("token", "rotate", "--revoke").returncode == 0

    async def ended() -> int:
        return await status_of(old)

    await eventually(ended, seconds=10, what="the old token ends", until=lambda code: code == 401)
    assert await status_of(stack.token()) == 200

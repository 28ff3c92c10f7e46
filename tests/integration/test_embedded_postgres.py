"""The private PostgreSQL: its own life, its owner's death, locks left by the dead."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.postgres.files import user_for
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import Children, alive, stop

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, signal
from pathlib import Path
from deploy.embedded.postgres.server import PrivatePostgres
cluster = PrivatePostgres(Path(sys.argv[1]), durable=False)
cluster.start()
print(cluster.process.pid, flush=True)
signal.pause()
"""


def eventually(condition: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def _zombie() -> subprocess.Popen[bytes]:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    return ended


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster that was made, started and stopped, without what it said meanwhile."""
    folder = tmp_path_factory.mktemp("fresh") / "state"
    cluster = PrivatePostgres(folder, durable=False)
    cluster.start()
    cluster.stop()
    cluster.log.unlink()
    return folder


@pytest.fixture
def state(fresh: Path, tmp_path: Path) -> Path:
    """A copy of it, with its owner."""
    subprocess.run(["cp", "-a", fresh, tmp_path], check=True)
    return tmp_path / "state"


@pytest.fixture
def cluster(state: Path) -> Iterator[PrivatePostgres]:
    made = PrivatePostgres(state, durable=False)
    made.start()
    yield made
    made.stop()


async def _fetch(cluster: PrivatePostgres, query: str) -> object:
    connection = await cluster.connect("postgres")
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def test_it_starts_answers_and_stops_with_nothing_left(tmp_path: Path) -> None:
    cluster = PrivatePostgres(tmp_path / "state", durable=False)
    cluster.start()
    assert cluster.process is not None
    pid = cluster.process.pid
    assert cluster.ready()
    assert os.getpgid(pid) == pid != os.getpgid(0)
    cluster.stop()
    assert not alive(pid)
    assert not cluster.ready()
    assert "database system is shut down" in cluster.log.read_text()


async def test_durable_unless_a_test_says_otherwise(tmp_path: Path) -> None:
    cluster = PrivatePostgres(tmp_path / "state")
    cluster.start()
    try:
        for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert await _fetch(cluster, f"SHOW {name}") == "on"
        assert await _fetch(cluster, "SHOW listen_addresses") == ""
    finally:
        cluster.stop()


async def test_each_role_enters_its_own_database_only(cluster: PrivatePostgres) -> None:
    await cluster.create_databases()
    await cluster.create_databases()
    own = await asyncpg.connect(cluster.url("intake", "intake").replace("+asyncpg", ""))
    await own.execute("CREATE TABLE mine (n int)")
    await own.close()
    for foreign in ("routing", "history", "kpi", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(cluster.url(foreign, "intake").replace("+asyncpg", ""))


async def test_a_wrong_password_is_refused(cluster: PrivatePostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host=str(cluster.socket), user="leadflow", password="guess")


async def test_errors_in_its_log_carry_no_values(cluster: PrivatePostgres) -> None:
    connection = await cluster.connect("postgres")
    await connection.execute("CREATE TABLE people (email text PRIMARY KEY)")
    await connection.execute("INSERT INTO people VALUES ('anna@example.com')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO people VALUES ('anna@example.com')")
    await connection.close()
    log = cluster.log.read_text()
    assert "duplicate key" in log
    assert "anna" not in log


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_its_owner_is_killed(state: Path, number: int) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    assert alive(pid)
    owner.send_signal(number)
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not alive(pid))
    assert "database system is shut down" in (state / "postgres.log").read_text()


def test_a_frozen_server_is_ended_by_the_watchdog(state: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(state)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    os.kill(pid, signal.SIGSTOP)
    owner.kill()
    owner.wait()
    owner.stdout.close()
    eventually(lambda: not alive(pid))


async def test_a_killed_server_comes_back_with_its_data(cluster: PrivatePostgres) -> None:
    connection = await cluster.connect("postgres")
    await connection.execute("CREATE TABLE kept AS SELECT 41 + 1 AS n")
    assert cluster.process is not None
    cluster.process.kill()
    cluster.process.wait()
    connection.terminate()
    cluster.start()
    assert await _fetch(cluster, "SELECT n FROM kept") == 42


async def test_an_orphan_of_another_owner_gives_way(state: Path) -> None:
    first = PrivatePostgres(state, durable=False)
    first.start()
    second = PrivatePostgres(state, durable=False)
    second.start()
    try:
        assert not first.running()
        assert await _fetch(second, "SELECT 1") == 1
    finally:
        second.stop()
        first.stop()


async def test_a_lock_of_a_zombie_or_of_a_reused_pid_does_not_stop_it(
    cluster: PrivatePostgres,
) -> None:
    assert cluster.process is not None
    lock = (cluster.data / "postmaster.pid").read_text().split("\n")
    cluster.process.kill()
    cluster.process.wait()
    zombie = _zombie()
    for pid in (zombie.pid, os.getppid()):
        lock[0] = str(pid)
        (cluster.data / "postmaster.pid").write_text("\n".join(lock))
        cluster.start()
        assert await _fetch(cluster, "SELECT 1") == 1
        assert cluster.process is not None
        cluster.process.kill()
        cluster.process.wait()
    zombie.wait()
    cluster.start()


def test_a_long_folder_gets_a_short_socket(tmp_path: Path) -> None:
    cluster = PrivatePostgres(tmp_path / ("long" * 30), durable=False)
    assert len(str(cluster.socket)) < 80
    cluster.start()
    assert cluster.ready()
    cluster.stop()
    cluster.socket.rmdir()


def test_below_a_folder_that_only_its_owner_may_enter(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = closed.stat()
    cluster = PrivatePostgres(closed / "state", durable=False)
    cluster.start()
    assert cluster.process is not None
    assert Path(f"/proc/{cluster.process.pid}").stat().st_uid != 0
    cluster.stop()
    after = closed.stat()
    assert (after.st_mode, after.st_uid) == (before.st_mode, before.st_uid)


def test_as_a_user_who_is_not_root(tmp_path: Path) -> None:
    """When root runs the suite, an owner without root is started; else we are one already."""
    user = user_for(tmp_path / "none")
    home = tmp_path / "home"
    home.mkdir()
    if user is not None:
        os.chown(home, *user)
    children = Children()
    with (tmp_path / "said").open("wb") as said:
        owner = children.spawn(
            [sys.executable, "-c", OWNER, home / "state"],
            stop_signal=signal.SIGTERM,
            environment={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            output=said,
            user=user,
        )
    eventually(lambda: (tmp_path / "said").read_text().endswith("\n"))
    pid = int((tmp_path / "said").read_text())
    assert Path(f"/proc/{pid}").stat().st_uid != 0
    stop(owner, stop_signal=signal.SIGTERM, patience_seconds=20)
    children.close()
    eventually(lambda: not alive(pid))

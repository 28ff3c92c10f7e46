"""What the benchmarks share: pinned processes, the generator, a durable PostgreSQL, medians."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from deploy.embedded.postgres.server import PrivatePostgres

HERE = Path(__file__).resolve().parent
SERVER_CORE, OTHER_CORE = 0, 1


def build_generator(folder: Path) -> Path:
    """Compile the load generator. Exits with one line when there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        sys.exit("the load generator needs a C compiler: install gcc")
    target = folder / "generator"
    subprocess.run([compiler, "-O2", "-o", str(target), str(HERE / "generator.c")], check=True)
    return target


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder that is gone afterwards; others may enter it: PostgreSQL may be another user."""
    folder = Path(tempfile.mkdtemp(prefix="leadflow-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def process(
    command: Sequence[str], *, port: int, core: int, environment: Mapping[str, str], path: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A server pinned to one core, from its first answer on `path` to its end."""
    running = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        cwd=HERE.parent,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509  no threads here
    )
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert running.poll() is None, f"{command} ended with {running.returncode}"
            try:
                httpx.get(f"http://127.0.0.1:{port}{path}", timeout=1)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield running
    finally:
        running.terminate()
        running.wait(30)


@dataclass(frozen=True, slots=True)
class Shot:
    """One run of the generator; RATE 0 is closed loop, SEED keeps its numbers apart from others.

    It ends after `seconds`, or after `limit` requests if that is not 0. `core` is where it runs.
    """

    port: int
    path: str
    token: str
    body: bytes
    connections: int = 64
    seconds: float = 5.0
    rate: float = 0.0
    seed: int = 0
    limit: int = 0
    core: int | None = OTHER_CORE


def fire(generator: Path, shot: Shot) -> dict[str, Any]:
    """Run the generator and return what it measured."""
    cores = os.sched_getaffinity(0) if shot.core is None else {shot.core}
    found = subprocess.run(
        [
            str(generator),
            str(shot.port),
            shot.path,
            str(shot.connections),
            str(shot.seconds),
            str(shot.rate),
            str(shot.seed),
            str(shot.limit),
            shot.token,
            "application/json",
        ],
        input=shot.body,
        stdout=subprocess.PIPE,
        check=True,
        timeout=shot.seconds + 60,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    result: dict[str, Any] = json.loads(found.stdout)
    return result


def middle(rounds: Sequence[Mapping[str, Any]], name: str) -> float:
    return float(median(found[name] for found in rounds))


def at_work(process: int) -> float:
    """Seconds that the process has been on a CPU: what else the machine does is not among them."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


@contextmanager
def kept_postgres(folder: Path | None) -> Iterator[tuple[PrivatePostgres, bool]]:
    """A running PostgreSQL in the folder, where it stays for other runs, or in one that is gone
    afterwards; and whether it is new.
    """
    with ExitStack() as stack:
        home = folder or stack.enter_context(workshop()) / "state"
        is_new = not (home / "pg").exists()
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
        postgres = PrivatePostgres(home, durable=False)
        postgres.start()
        stack.callback(postgres.stop)
        yield postgres, is_new

"""From the webhook to the owner and into all four services, beside the hand-written floor.

`python -m benchmarks.whole_path [--modes floor embedded kafka]` starts `./leadflow up --sample`
with fifty more managers who have room. Waits are from commit to commit, as PostgreSQL kept them.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvloop

from benchmarks import floor
from benchmarks.accounting import Usage, usage_of
from benchmarks.commit_times import SERVICES, CommitTimes, record_commits
from benchmarks.every_part import POLICY, traits_of, with_traits
from benchmarks.intake_door import BODY
from benchmarks.machine import HERE, Shot, build_generator, fire, workshop
from benchmarks.phases import (
    PATIENCE_SECONDS,
    Sending,
    SendingTimes,
    add_arguments,
    measure,
    measure_put_off,
)
from benchmarks.report import HEADING, machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.machine import free_port
from deploy.embedded.state import Folder

MODES = ("floor", "embedded", "kafka")
MANAGERS = 50
CAPACITY = 10_000  # of each: room for half a million leads, so that none is parked
READY_SECONDS = 240.0
FIRST_NUMBER = 9_000_000_001  # so that +7 and the number is a mobile phone


@dataclass(eq=False)
class Product:
    """A started Leadflow. `launcher` is the process that everything else descends from."""

    name: str
    launcher: int
    port: int
    token: str
    generator: Path
    times: CommitTimes
    body: bytes = BODY
    next_number: int = FIRST_NUMBER

    def usage(self) -> Usage:
        return usage_of(self.launcher)

    async def send(self, sending: Sending) -> SendingTimes:
        shot = Shot(
            self.port,
            "/intake/v1/inquiries",
            self.token,
            self.body,
            seconds=PATIENCE_SECONDS,
            rate=sending.rate,
            seed=self.next_number,
            limit=sending.leads,
            core=None,
        )
        result = await asyncio.to_thread(fire, self.generator, shot)
        self.next_number = result["next_number"]
        if result["acks"] != sending.leads:
            sys.exit(f"{self.name}: {result['acks']} of {sending.leads} were acknowledged")
        return SendingTimes((result["p50_ms"], result["p99_ms"]), result["cpu_seconds"])


async def prepare_cluster(folder: Path) -> None:
    """The database files that `up` will find, with the one setting that is the benchmark's own."""
    postgres = PrivatePostgres(folder)
    postgres.start()
    try:
        await record_commits(postgres)
    finally:
        postgres.stop()


@contextmanager
def launched(mode: str, data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`./leadflow up` from its first ready answer to its end."""
    log = data.with_suffix(".out")
    flags = ["--kafka"] if mode == "kafka" else []
    with log.open("wb") as output:
        launcher = subprocess.Popen(
            [sys.executable, "leadflow", "up", "--sample", "--port", str(port), *flags],
            cwd=HERE.parent,
            env={**os.environ, "LEADFLOW_DATA": str(data), "LEADFLOW_LOG_LEVEL": "error"},
            stdout=output,
            stderr=output,
        )
    try:
        await_ready(launcher, data, port, log)
        yield launcher
    finally:
        launcher.send_signal(signal.SIGTERM)
        launcher.wait(60)


def await_ready(launcher: subprocess.Popen[bytes], data: Path, port: int, log: Path) -> None:
    """Return when the sample company is loaded and all four services are ready."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if launcher.poll() is not None:
            sys.exit(f"up ended with {launcher.returncode}:\n{log.read_text()[-3000:]}")
        if Folder(data).ready.exists() and all(_is_ready(port, service) for service in SERVICES):
            return
        time.sleep(0.1)
    sys.exit("the stack did not become ready")


def _is_ready(port: int, service: str) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/{service}/health/ready", timeout=5)
    except httpx.TransportError:
        return False
    return answer.status_code == 200


@asynccontextmanager
async def product(
    mode: str, folder: Path, generator: Path, *, every_part: bool = False
) -> AsyncIterator[Product]:
    data, port = folder / mode, free_port()
    state = Folder(data)
    data.mkdir(mode=0o700)
    await prepare_cluster(state.postgres)
    with launched(mode, data, port) as launcher:
        token = state.admin_token.read_text(encoding="ascii").strip()
        await hire(f"http://127.0.0.1:{port}", token, every_part=every_part)
        async with await CommitTimes.open(PrivatePostgres(state.postgres)) as times:
            await times.mark_submissions()
            body = with_traits(BODY) if every_part else BODY
            yield Product(mode, launcher.pid, port, token, generator, times, body)


async def hire(url: str, token: str, *, every_part: bool) -> None:
    """Managers enough that nothing waits for room: this measures the path, not the queue."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{url}/routing/v1", headers=headers, timeout=20) as http:
        if every_part:
            pool = {"name": "default", "policy": POLICY}
            (await http.put("/pools/default", json=pool)).raise_for_status()
        for number in range(MANAGERS):
            manager: dict[str, Any] = {
                "name": f"Менеджер {number}",
                "capacity": CAPACITY,
                "pools": ["default"],
            }
            if every_part:
                manager |= traits_of(number)
            answer = await http.post("/managers", json=manager)
            answer.raise_for_status()
            status = {"status": "online", "ttl_seconds": 43_200}
            manager_id = answer.json()["manager_id"]
            (await http.put(f"/managers/{manager_id}/status", json=status)).raise_for_status()


async def measure_mode(mode: str, folder: Path, arguments: argparse.Namespace) -> None:
    if mode == "floor":
        await floor.measure_floor(folder, arguments)
        return
    every_part = arguments.every_part
    async with product(mode, folder, build_generator(folder), every_part=every_part) as subject:
        await measure(subject, arguments)
        await measure_put_off(subject, arguments)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.whole_path",
        description="How long a lead takes to its owner, what it costs, and how many there can be.",
    )
    parser.add_argument("--modes", nargs="+", choices=MODES, default=["floor", "embedded"])
    parser.add_argument("--every-part", action="store_true", help="of the score, and all limits")
    add_arguments(parser)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line())
    print(HEADING, flush=True)
    with workshop() as folder:
        for mode in arguments.modes:
            uvloop.run(measure_mode(mode, folder, arguments))


if __name__ == "__main__":
    main()

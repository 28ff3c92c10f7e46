"""A running Leadflow as an operator starts it: `./leadflow up`, its status, its tokens, its end.

Processes are ended by the pids that the launcher has noted, never by name.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

import httpx

from deploy.embedded.processes.children import Children
from deploy.embedded.processes.machine import free_port
from deploy.embedded.state import Folder, read_status
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
CHILDREN = Children()  # they end with the tests, however these end
SERVICES = ("intake", "routing", "history", "kpi")


LIMITS = httpx.Limits(max_connections=200, max_keepalive_connections=200)


class Running(Protocol):
    """Four running services, reached under `/intake`, `/routing`, `/history` and `/kpi`."""

    @property
    def keys_file(self) -> Path: ...

    @property
    def intake(self) -> str:
        """The base address of intake's API."""

    def token(self) -> str:
        """The admin's."""

    def client(self, *, token: str | None = None) -> httpx.AsyncClient:
        """With the admin's token, or another."""

    def stranger(self) -> httpx.AsyncClient:
        """Without a token, as a provider calls."""

    def worker_metrics(self, service: str) -> str:
        """The address where the service's worker shows its metrics."""


@dataclass(eq=False)
class Stack:
    """One `./leadflow up` on a data folder and a port of its own."""

    data: Path
    port: int = field(default_factory=free_port)
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    checkout: Path = ROOT
    command: Sequence[str] = ()  # stands before ./leadflow: another user, another limit
    process: subprocess.Popen[bytes] | None = None
    output: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys_file(self) -> Path:
        return self.data / "keys.json"

    @property
    def intake(self) -> str:
        return f"{self.url}/intake"

    def launch(self) -> None:
        """Start the launcher; its words go to a file beside the data folder."""
        self.output = self.data.with_suffix(".out")
        environment = {**os.environ, "LEADFLOW_DATA": str(self.data), **self.environment}
        with self.output.open("ab") as words:
            self.process = self._run(
                ["up", "--port", str(self.port), *self.arguments], words, environment
            )

    def _run(
        self, arguments: Sequence[str], words: IO[bytes], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        program, *rest = self.command or (sys.executable,)
        python = ("python3",) if self.command else ()
        return CHILDREN.spawn(
            [shutil.which(program) or program, *rest, *python, "leadflow", *arguments],
            stop_signal=signal.SIGTERM,
            environment=environment,
            output=words,
            folder=self.checkout,
        )

    def words(self) -> str:
        """What the launcher has printed so far."""
        return self.output.read_text(errors="replace") if self.output else ""

    async def ready(self, *, seconds: float = 60.0) -> None:
        """Return when all four services say they are ready and the launcher has noted its pids."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30.0, verify=False) as client:

            async def ask() -> list[str]:
                assert self.process is not None
                ended = self.process.poll()
                assert ended is None, f"the launcher ended with {ended}:\n{self.words()[-4000:]}"
                missing = []
                for service in SERVICES:
                    try:
                        answer = await client.get(f"/{service}/health/ready")
                    except httpx.HTTPError as error:
                        return [f"{service}: {type(error).__name__}"]
                    if answer.status_code != 200:
                        missing.append(f"{service}: {answer.text}")
                return missing or ([] if self.pids() else ["the launcher's file"])

            await eventually(
                ask, seconds=seconds, what="the stack is ready", until=lambda missing: not missing
            )

    def token(self) -> str:
        return (self.data / "admin.token").read_text().strip()

    def client(self, *, token: str | None = None) -> httpx.AsyncClient:
        """An HTTP client with the admin's token, or another."""
        # Nothing here speaks TLS, and to read the machine's authorities takes longer than to ask.
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=60.0, limits=LIMITS, verify=False
        )

    def stranger(self) -> httpx.AsyncClient:
        """An HTTP client without a token."""
        return httpx.AsyncClient(base_url=self.url, timeout=60.0, verify=False)

    def worker_metrics(self, service: str) -> str:
        """Where one process runs everything, the API shows the worker's metrics with its own."""
        pid = self.pids().get(f"{service}-worker")
        if pid is None:
            return f"{self.url}/{service}/metrics"
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        return f"http://127.0.0.1:{command[command.index('--port') + 1]}/metrics"

    def call(self, *arguments: str, seconds: float = 180.0) -> subprocess.CompletedProcess[str]:
        """Run another `./leadflow` command on the same data."""
        return subprocess.run(
            [
                *self.command,
                sys.executable if not self.command else "python3",
                "leadflow",
                *arguments,
            ],
            cwd=self.checkout,
            env={**os.environ, "LEADFLOW_DATA": str(self.data), **self.environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        found = self.call("status", "--json")
        status: dict[str, Any] = json.loads(found.stdout)
        return status

    def pids(self) -> dict[str, int]:
        """Process name → pid, from the launcher's file: `status` would start a program."""
        return {item["name"]: item["pid"] for item in read_status(Folder(self.data))["processes"]}

    def stop(self, *, seconds: float = 120.0, number: int = signal.SIGTERM) -> int:
        """Ask the launcher to end and wait for it; returns its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

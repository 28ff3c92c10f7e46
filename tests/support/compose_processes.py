"""Every service as two processes, by the compose file's own commands and environment.

Only what names a container is replaced: addresses, ports and paths. Pids are kept, all are ended.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.machine import port_is_free
from tests.contract.compose_file import ROOT, SERVICES, environment_file, load
from tests.support.stack import CHILDREN, LIMITS
from tests.support.waiting import eventually

PARTS = tuple(f"{service}-{part}" for service in SERVICES for part in ("api", "worker"))
PRIVATE = ("mint", "keys", "sealing")  # the volumes that keys lie in
CONTAINER = re.compile(r"postgres:\d|kafka:\d|-api:\d|^/keys|^/mint|^/sealing|0\.0\.0\.0")
GRACE_SECONDS = 25.0


class ByPrefix(httpx.AsyncBaseTransport):
    """What the gateway does: `/intake/v1/…` goes to intake as `/v1/…`."""

    def __init__(self, bases: Mapping[str, str]) -> None:
        self._bases = {name: httpx.URL(base) for name, base in bases.items()}
        self._inner = httpx.AsyncHTTPTransport(limits=LIMITS)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name, _, rest = request.url.raw_path.removeprefix(b"/").partition(b"/")
        base = self._bases[name.decode()]
        request.url = base.copy_with(raw_path=b"/" + rest)
        request.headers["Host"] = f"{base.host}:{base.port}"
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def variables() -> dict[str, str]:
    """What an operator would write into `.env`: the example's values, and words for the rest."""
    example = environment_file(ROOT / ".env.example")
    return {name: value or f"a-word-for-{name.lower()}" for name, value in example.items()}


def _own_ports(number: int) -> list[int]:
    """Ports that nobody else takes before all these processes have started: other tests and
    launchers take theirs from higher ones, and each process of tests has a range of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 10
    first = 10_000 + 1_000 * worker
    return list(islice(filter(port_is_free, range(first, first + 1_000)), number))


@dataclass(eq=False)
class Split:
    """The processes of one installation in `folder`, on a database server and a broker."""

    folder: Path
    postgres: PrivatePostgres
    kafka: PrivateKafka
    variables: Mapping[str, str] = field(default_factory=variables)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        administrator = {"KAFKA_PASSWORD": self.kafka.password(ADMINISTRATOR)}
        self._compose: Mapping[str, Any] = load({**self.variables, **administrator})["services"]
        self._token = ""
        self._ports = dict(zip(PARTS, _own_ports(len(PARTS)), strict=True))

    # -- as Running ------------------------------------------------------------------------

    @property
    def keys_file(self) -> Path:
        return self.folder / "mint" / "signing-keys.json"

    @property
    def intake(self) -> str:
        return self.base("intake-api")

    def token(self) -> str:
        if not self._token:
            command = [*self._compose["token"]["entrypoint"], "--role", "admin"]
            words = self._placed_all(command, "token")
            self._token = self._finish(words, self._environment("token")).strip()
        return self._token

    def client(self, *, token: str | None = None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token or self.token()}"}
        return self._client(headers)

    def stranger(self) -> httpx.AsyncClient:
        return self._client({})

    def worker_metrics(self, service: str) -> str:
        return f"{self.base(f'{service}-worker')}/metrics"

    def _client(self, headers: Mapping[str, str]) -> httpx.AsyncClient:
        bases = {name: self.base(f"{name}-api") for name in SERVICES}
        return httpx.AsyncClient(
            transport=ByPrefix(bases), base_url="http://leadflow", headers=headers, timeout=60.0
        )

    # -- its life --------------------------------------------------------------------------

    def base(self, part: str) -> str:
        return f"http://127.0.0.1:{self._ports[part]}"

    def prepare(self) -> None:
        """Roles, databases, log, keys and tables, each by what the containers run for it."""
        for name in PRIVATE:
            (self.folder / name).mkdir()
        tools = self.postgres.tool_environment()
        given = self._compose["postgres"]["environment"]
        self._finish(
            ["sh", str(ROOT / "deploy/postgres/init.sh")],
            tools
            | {name: word for name, word in given.items() if name.endswith("_DATABASE_PASSWORD")}
            | {
                "PATH": f"{self.postgres.programs}{os.pathsep}{tools['PATH']}",
                "POSTGRES_USER": tools["PGUSER"],
                "LEADFLOW_INIT_SQL": str(ROOT / "deploy/postgres/service.sql"),
            },
        )
        jobs = ("keys", "kafka-access", *(f"{service}-migrate" for service in SERVICES))
        with ThreadPoolExecutor() as together:
            for done in [together.submit(self._job, name) for name in jobs]:
                done.result()

    def _job(self, name: str) -> None:
        self._finish(self._command(name), self._environment(name))

    async def up(self) -> None:
        for part in PARTS:
            self.start(part)
        for part in PARTS:
            await self.well(part)

    def start(self, part: str) -> None:
        with (self.folder / f"{part}.log").open("ab") as log:
            self.processes[part] = CHILDREN.spawn(
                self._command(part),
                stop_signal=signal.SIGTERM,
                environment=self._environment(part),
                output=log,
                folder=ROOT,
            )

    async def well(self, part: str, *, seconds: float = 60.0) -> None:
        """Return when the process is well as its container is asked, and ready for work."""
        probe = urlsplit(self._compose[part]["healthcheck"]["test"][-1]).path

        async def ask() -> list[str]:
            code = self.processes[part].poll()
            assert code is None, f"{part} ended with {code}:\n{self.words(part)}"
            try:
                answers = [await client.get(path) for path in (probe, "/health/ready")]
            except httpx.HTTPError as error:
                return [type(error).__name__]
            return [answer.text for answer in answers if answer.status_code != 200]

        async with httpx.AsyncClient(base_url=self.base(part), timeout=30.0) as client:
            await eventually(ask, seconds=seconds, what=f"{part} is well", until=lambda no: not no)

    def kill(self, part: str) -> None:
        process = self.processes.pop(part)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> dict[str, int]:
        """SIGTERM to all; part → exit code. Whoever outlives the grace period is killed."""
        for process in self.processes.values():
            process.terminate()
        codes = {}
        for part, process in self.processes.items():
            try:
                codes[part] = process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                codes[part] = process.wait()
        self.processes.clear()
        return codes

    def words(self, part: str) -> str:
        return (self.folder / f"{part}.log").read_text(errors="replace")[-3000:]

    # -- inside ----------------------------------------------------------------------------

    def _command(self, name: str) -> list[str]:
        return self._placed_all(self._compose[name]["command"], name)

    def _placed_all(self, words: Sequence[str], name: str) -> list[str]:
        placed = [self._placed(word, name) for word in words]
        assert placed[0] == "python"
        return [sys.executable, *placed[1:]]

    def _environment(self, name: str) -> dict[str, str]:
        """The compose file's own variables and nothing else, but where programs are found."""
        given = self._compose[name]["environment"]
        return {
            "PATH": os.environ["PATH"],
            **{key: self._placed(word, name) for key, word in given.items()},
        }

    def _placed(self, word: str, name: str) -> str:
        """The word with every container's address, port or path replaced by one of this machine."""
        if name in self._ports and word in {"8000", "8001"}:
            return str(self._ports[name])
        placed = word.replace("kafka:9092", self.kafka.bootstrap).replace("0.0.0.0", "127.0.0.1")
        if placed.startswith(tuple(f"/{folder}" for folder in PRIVATE)):
            placed = f"{self.folder}{placed}"
        for service in SERVICES:
            placed = placed.replace(f"http://{service}-api:8000", self.base(f"{service}-api"))
        placed = re.sub(
            r"@postgres:5432/(\w+)$",
            rf"@/\1?host={self.postgres.socket}&port={self.postgres.tool_environment()['PGPORT']}",
            placed,
        )
        assert not CONTAINER.search(placed), f"{name} still names a container: {placed}"
        return placed

    def _finish(self, command: Sequence[str], environment: Mapping[str, str]) -> str:
        done = subprocess.run(
            command,
            env=dict(environment),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

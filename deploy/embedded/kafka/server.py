"""A private Apache Kafka broker (KRaft, one node) under our own supervision.

Its cluster id is made once and kept for as long as its folder; whether it serves is learnt by
asking it over its own protocol.
"""

import base64
import fcntl
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.embedded.kafka import properties
from deploy.embedded.kafka.jars import KAFKA_VERSION, cache_folder, jars
from deploy.embedded.options import Say
from deploy.embedded.passwords import password
from deploy.embedded.processes.children import Children, LauncherError, last_line, stop
from deploy.embedded.processes.machine import find_java, free_port, port_is_free

USERS = (properties.ADMINISTRATOR, "intake", "routing", "history", "kpi")
START_PATIENCE_SECONDS = 300.0
STOP_PATIENCE_SECONDS = 15.0
LOCK_PATIENCE_SECONDS = 60.0
LOG_LIMIT_BYTES = 10_000_000

JVM = (
    "-Xmx384m",
    "-Xms128m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    # Else whoever knocks without proof writes a trace into the log each time.
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.network.Selector=error",
    "-Djava.awt.headless=true",
)


def answers(port: int) -> bool:
    """Asks for the API versions, the first thing that any client asks."""
    body = struct.pack(">hhih", 18, 0, 1, -1)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.recv(10, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


class PrivateKafka:
    """One broker in `folder` (`data/`, `server.properties`, `passwords.json`, `kafka.log`)."""

    def __init__(
        self,
        folder: Path,
        *,
        guarded: bool = True,
        settings: Mapping[str, str] | None = None,
        children: Children | None = None,
        say: Say | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "kafka.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._guarded = guarded
        self._settings = settings or {}
        self._own_children = children is None
        self._children = children or Children()
        self._say = say or (lambda _: None)
        self._command: list[str] = []
        self._ports: tuple[int, int] | None = None

    @property
    def bootstrap(self) -> str:
        """The broker's address; the same for as long as this object lives."""
        return f"127.0.0.1:{self.ports[0]}"

    @property
    def ports(self) -> tuple[int, int]:
        """The broker's and its controller's: those of last time while they are free, so that what
        knows them need not change.
        """
        if self._ports is None:
            path = self.folder / "ports.json"
            ports = json.loads(path.read_text(encoding="ascii")) if path.exists() else None
            if ports is None or not all(map(port_is_free, ports)):
                broker = free_port()
                ports = [broker, free_port(others=(broker,))]
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                path.write_text(json.dumps(ports), encoding="ascii")
            self._ports = (ports[0], ports[1])
        return self._ports

    @property
    def cluster_id(self) -> str:
        meta = (self.data / "meta.properties").read_text(encoding="utf-8")
        return dict(line.split("=", 1) for line in meta.splitlines() if "=" in line)["cluster.id"]

    def password(self, user: str) -> str:
        """Fixed for as long as the folder."""
        return password(self.folder / "passwords.json", user, roles=USERS)

    def start(self) -> None:
        """Returns when it answers; raises LauncherError with the last word of its log."""
        self.begin()
        self.await_ready()

    def begin(self) -> None:
        """Prepares and starts it, and does not wait until it serves."""
        self.prepare()
        self._wait_for_lock()
        self.spawn()

    def await_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE_SECONDS
        while not self.ready():
            if not self.running() or time.monotonic() > deadline:
                raise LauncherError(f"Apache Kafka did not start: {last_line(self.log)}")
            time.sleep(0.05)

    def prepare(self) -> None:
        """Fetches the jars and formats the folder, once."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        cache = cache_folder(os.environ, otherwise=self.folder) / f"kafka-{KAFKA_VERSION}"
        paths = jars(cache, environment=os.environ, say=self._say)
        classpath = os.pathsep.join(str(path) for path in paths)
        self._command = [str(find_java()), *JVM, "-cp", classpath]
        self._write_properties(self.data)
        if not (self.data / "meta.properties").exists():
            self._format()

    def spawn(self) -> None:
        """Starts the process and does not wait until it serves."""
        if not self._command or not (self.data / "meta.properties").exists():
            self.prepare()  # also after its data have been lost: it is another cluster then
        if self.process is not None and self.process.poll() is not None:
            self._children.forget(self.process)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = self._children.spawn(
                [*self._command, "kafka.Kafka", self.folder / "server.properties"],
                stop_signal=signal.SIGTERM,
                environment=self._environment(),
                output=log,
                folder=self.folder,
            )

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ready(self) -> bool:
        """Asks the broker itself."""
        return answers(self.ports[0])

    def answers_at_known_port(self) -> bool:
        """Asks a broker that another launcher has started in this folder."""
        path = self.folder / "ports.json"
        return path.exists() and answers(json.loads(path.read_text(encoding="ascii"))[0])

    def stop(self) -> None:
        """Stops the broker; with children of its own also their watchdog."""
        if self.process is not None:
            stop(
                self.process,
                stop_signal=signal.SIGTERM,
                patience_seconds=STOP_PATIENCE_SECONDS,
            )
            self._children.forget(self.process)
            self.process = None
        if self._own_children:
            self._children.close()

    def _environment(self) -> dict[str, str]:
        return {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}

    def _write_properties(self, data: Path) -> None:
        security = properties.OPEN
        if self._guarded:
            security = properties.guard(self.password(properties.ADMINISTRATOR))
        text = properties.text(ports=self.ports, data=data, other={**security, **self._settings})
        path = self.folder / "server.properties"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _format(self) -> None:
        """Formats under another name first, so that the data folder is complete or absent."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._write_properties(unfinished)
        cluster_id = base64.urlsafe_b64encode(os.urandom(16)).decode("ascii").rstrip("=")
        # The tool reads a leading dash as an option.
        cluster_id = cluster_id.replace("-", "A")
        tool = ["kafka.tools.StorageTool", "format", "-t", cluster_id]
        answer = subprocess.run(
            [*self._command, *tool, "-c", self.folder / "server.properties"],
            capture_output=True,
            text=True,
            env=self._environment(),
            check=False,
        )
        if answer.returncode != 0:
            lines = (answer.stderr or answer.stdout).strip().splitlines() or ["it printed nothing"]
            raise LauncherError(f"Apache Kafka could not be set up: {lines[-1]}")
        unfinished.rename(self.data)
        self._write_properties(self.data)

    def _wait_for_lock(self) -> None:
        """A broker orphaned by a killed launcher holds its folder until its watchdog ends it."""
        path = self.data / ".lock"
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while path.exists():
            with path.open("r+b") as file:
                try:
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    if time.monotonic() > deadline:
                        raise LauncherError(f"another broker runs in {self.data}") from None
                else:
                    return
            time.sleep(0.1)

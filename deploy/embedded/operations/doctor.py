"""`leadflow doctor`: checks of the machine, each one line with what to do.

The checks judge facts that are handed to them; `examine` is what gathers the facts.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.embedded.kafka.jars import KAFKA_VERSION, cache_folder, read_lock
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.processes.machine import find_java, port_is_free
from deploy.embedded.state import Folder, is_running, read_mode, read_status
from shared.clock import Clock
from shared.errors import ServiceError
from shared.mailing import NO_SERVER, MailServer
from shared.minting import ledger, mint
from shared.minting.signing import load_keys
from shared.sealing import read_sealing_keys
from shared.senders import sender_of

LEAST_FREE_BYTES = 1_000_000_000
FIRST_RELEASE = datetime(2026, 11, 1, tzinfo=UTC)
CLOCK_LEEWAY = timedelta(minutes=1)
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Finding:
    name: str
    well: bool
    says: str

    def line(self) -> str:
        return f"{'ok  ' if self.well else 'FAIL'}  {self.name:<11} {self.says}"


def check_port(port: int, *, free: bool, runs_here: bool) -> Finding:
    if runs_here:
        return Finding("port", True, f"{port} is served by this Leadflow")
    if free:
        return Finding("port", True, f"{port} is free")
    return Finding("port", False, f"{port} is taken: stop what uses it, or use --port")


def check_disk(path: Path, *, free_bytes: int) -> Finding:
    gigabytes = free_bytes / 1e9
    if free_bytes >= LEAST_FREE_BYTES:
        return Finding("disk", True, f"{gigabytes:.1f} GB free for {path}")
    return Finding(
        "disk", False, f"only {gigabytes:.1f} GB free for {path}: make room, or use --data"
    )


def check_postgres_programs(version: str | None, *, problem: str = "") -> Finding:
    if version is None:
        return Finding("postgresql", False, problem)
    major = version.split()[-1].split(".")[0]
    if int(major) >= 18:
        return Finding("postgresql", True, version)
    return Finding("postgresql", False, f"{version} is too old: run `uv sync`")


def check_postgres_settings(settings: dict[str, str] | None) -> Finding:
    """`settings` of the running server; None when it does not answer."""
    if settings is None:
        return Finding(
            "database", False, "PostgreSQL does not answer: see postgres/postgres.log, then restart"
        )
    off = [name for name in DURABLE if settings.get(name) == "off"]
    if off:
        return Finding("database", False, f"{', '.join(off)} off: acknowledged data may be lost")
    return Finding("database", True, "answers and keeps what it acknowledges")


def check_kafka(*, java: str | None, jars_missing: int, answers: bool | None) -> Finding:
    """`answers` is None while no broker is meant to run."""
    if java is None:
        return Finding("kafka", False, "no java >= 17: run `uv sync --group kafka-broker`")
    if answers is False:
        return Finding("kafka", False, "the broker does not answer: see kafka/kafka.log")
    if jars_missing:
        return Finding(
            "kafka", True, f"{java}; {jars_missing} files are fetched at the first start"
        )
    return Finding("kafka", True, f"Apache Kafka {KAFKA_VERSION}, {java}")


def check_keys(problem: str | None) -> Finding:
    """`problem` is what is wrong with the files of keys and tokens; None when nothing is."""
    if problem is not None:
        return Finding("keys", False, problem)
    return Finding("keys", True, "sign, seal, and are nobody else's to read")


def check_mail(url: str | None, sender: str | None = None) -> Finding:
    """Without a server Leadflow runs as well; the environment names both."""
    try:
        if sender is not None:
            sender_of(sender)
    except ValueError as error:
        return Finding("mail", False, f"KPI_MAIL_FROM {error}")
    if not url or url == NO_SERVER:
        return Finding("mail", True, "no server: no mail is sent until KPI_SMTP_URL names one")
    try:
        server = MailServer.of(url, sender="")
    except ValueError as error:
        return Finding("mail", False, f"KPI_SMTP_URL {error}")
    return Finding("mail", True, f"goes by {server.host}")


def check_clock(now: datetime, *, last_written: datetime | None) -> Finding:
    """A clock that went back would give new events old times."""
    if now < FIRST_RELEASE:
        return Finding("clock", False, f"{now:%Y-%m-%d %H:%M} UTC is in the past: set the clock")
    if last_written is not None and now + CLOCK_LEEWAY < last_written:
        return Finding(
            "clock", False, f"it went back: data of {last_written:%Y-%m-%d %H:%M} UTC exist already"
        )
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def _postgres_version(postgres: PrivatePostgres) -> Finding:
    try:
        answer = subprocess.run(
            [postgres.programs / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
    except LauncherError as failure:
        return check_postgres_programs(None, problem=str(failure))
    except (OSError, subprocess.SubprocessError) as failure:
        return check_postgres_programs(None, problem=f"its programs do not run: {failure}")
    return check_postgres_programs(answer.stdout.strip())


async def _settings(postgres: PrivatePostgres) -> dict[str, str] | None:
    try:
        connection = await postgres.connect("postgres")
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return None
    try:
        return {name: await connection.fetchval(f"SHOW {name}") for name in DURABLE}
    finally:
        await connection.close()


def _kafka(folder: Folder, *, runs: bool) -> Finding:
    try:
        java: str | None = str(find_java())
    except LauncherError:
        java = None
    jars = cache_folder(os.environ, otherwise=folder.kafka) / f"kafka-{KAFKA_VERSION}"
    missing = max(0, len(read_lock()) - len(list(jars.glob("*.jar"))))
    answers = None
    if runs:
        names = {process["name"] for process in read_status(folder)["processes"]}
        answers = PrivateKafka(folder.kafka).answers_at_known_port() if "kafka" in names else None
    return check_kafka(java=java, jars_missing=missing, answers=answers)


def _last_written(folder: Folder) -> datetime | None:
    try:
        newest = max(path.stat().st_mtime for path in folder.own() if path.exists())
    except ValueError:
        return None
    return datetime.fromtimestamp(newest, tz=UTC)


def _keys_problem(folder: Folder, *, now: datetime) -> str | None:
    """None also where nothing was made yet."""
    if not folder.keys.exists():
        return None
    try:
        load_keys(folder.keys)
        read_sealing_keys(folder.sealing_keys)
        ledger.living(folder.mint, now=now)
        if mint.current(folder.mint, mint.read_token(folder.admin_token), now=now) is None:
            return f"{folder.admin_token} holds no token that is good: restart Leadflow"
    except ServiceError as failure:
        return str(failure)
    return None


async def examine(folder: Folder, *, port: int, clock: Clock) -> list[Finding]:
    runs = is_running(folder)
    serves_port = runs and read_status(folder)["url"].endswith(f":{port}")
    beside = next(path for path in (folder.path, *folder.path.parents) if path.exists())
    postgres = PrivatePostgres(folder.postgres)
    findings = [
        check_port(port, free=port_is_free(port), runs_here=serves_port),
        check_disk(beside, free_bytes=shutil.disk_usage(beside).free),
        _postgres_version(postgres),
    ]
    if runs:
        findings.append(check_postgres_settings(await _settings(postgres)))
    if read_mode(folder) == "kafka":
        findings.append(_kafka(folder, runs=runs))
    findings.append(check_keys(_keys_problem(folder, now=clock())))
    findings.append(check_mail(os.environ.get("KPI_SMTP_URL"), os.environ.get("KPI_MAIL_FROM")))
    findings.append(check_clock(clock(), last_written=_last_written(folder)))
    return findings

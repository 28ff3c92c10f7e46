"""What the containers of PostgreSQL and Kafka run, tried on a real PostgreSQL and a real Kafka."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path

import asyncpg
import pytest

from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.machine import free_port
from tests.contract.compose_file import ROOT, SERVICES, environment_file, load
from tests.contract.test_kafka_access import broker_properties

INIT = ROOT / "deploy/postgres/init.sh"
START = ROOT / "deploy/kafka/start.sh"
BROKER = ROOT / "deploy/kafka/broker.env"
# Quotes and backslashes are the letters that a careless script trips over.
PASSWORDS = {name: f'{name}\'s \\ $word "1"' for name in SERVICES}


def _run_init(
    cluster: PrivatePostgres, passwords: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    environment = cluster.tool_environment()
    return subprocess.run(
        ["sh", str(INIT)],
        env={
            **environment,
            "PATH": f"{cluster.programs}{os.pathsep}{environment['PATH']}",
            "POSTGRES_USER": environment["PGUSER"],
            "LEADFLOW_INIT_SQL": str(ROOT / "deploy/postgres/service.sql"),
            **{f"{name.upper()}_DATABASE_PASSWORD": word for name, word in passwords.items()},
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


async def _remove(cluster: PrivatePostgres) -> None:
    connection = await cluster.connect("postgres")
    try:
        for name in SERVICES:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(f"DROP ROLE IF EXISTS {name}")
    finally:
        await connection.close()


@pytest.fixture
async def cluster(postgres_cluster: PrivatePostgres) -> AsyncIterator[PrivatePostgres]:
    await _remove(postgres_cluster)
    yield postgres_cluster
    await _remove(postgres_cluster)


async def _enter(cluster: PrivatePostgres, role: str, database: str) -> asyncpg.Connection:
    address = cluster.tool_environment()
    return await asyncpg.connect(
        host=address["PGHOST"],
        port=int(address["PGPORT"]),
        user=role,
        password=PASSWORDS[role],
        database=database,
    )


async def test_each_role_enters_its_own_database_and_no_other(cluster: PrivatePostgres) -> None:
    done = _run_init(cluster, PASSWORDS)
    assert done.returncode == 0, done.stderr

    for role, database in product(SERVICES, [*SERVICES, "postgres", "template1"]):
        if role == database:
            connection = await _enter(cluster, role, database)
            try:
                await connection.execute("CREATE TABLE own (id int); DROP TABLE own")
                assert await connection.fetchval("SELECT upper('ёжик')") == "ЁЖИК"
            finally:
                await connection.close()
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await _enter(cluster, role, database)


async def test_the_roles_have_no_power_and_cannot_become_one_another(
    cluster: PrivatePostgres,
) -> None:
    assert _run_init(cluster, PASSWORDS).returncode == 0

    connection = await _enter(cluster, "kpi", "kpi")
    try:
        rows = await connection.fetch(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY($1) AND (rolsuper OR rolcreatedb "
            "OR rolcreaterole OR rolreplication OR rolbypassrls)",
            list(SERVICES),
        )
        assert rows == []
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET ROLE intake")
    finally:
        await connection.close()


async def test_a_missing_password_stops_before_anything_is_made(cluster: PrivatePostgres) -> None:
    done = _run_init(cluster, {**PASSWORDS, "intake": ""})

    assert done.returncode != 0
    assert done.stderr.strip() == "set INTAKE_DATABASE_PASSWORD"
    connection = await cluster.connect("postgres")
    try:
        names = await connection.fetch(
            "SELECT 1 FROM pg_database WHERE datname = ANY($1)", list(SERVICES)
        )
    finally:
        await connection.close()
    assert names == []


def test_compose_hands_the_passwords_to_the_script_and_to_the_services() -> None:
    compose = load({f"{name.upper()}_DATABASE_PASSWORD": f"pw-{name}" for name in SERVICES})

    environment = compose["services"]["postgres"]["environment"]
    for name in SERVICES:
        assert environment[f"{name.upper()}_DATABASE_PASSWORD"] == f"pw-{name}"
        url = compose["services"][f"{name}-api"]["environment"][f"{name.upper()}_DATABASE_URL"]
        assert url == f"postgresql+asyncpg://{name}:pw-{name}@postgres:5432/{name}"
    assert "--builtin-locale=C.UTF-8" in environment["POSTGRES_INITDB_ARGS"]
    targets = [volume.split(":")[1] for volume in compose["services"]["postgres"]["volumes"]]
    assert "/var/lib/postgresql" in targets
    assert "/etc/leadflow/service.sql" in targets
    assert any(target.startswith("/docker-entrypoint-initdb.d/") for target in targets)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PrivateKafka]:
    """Prepared for its jars and its Java; never started."""
    found = PrivateKafka(tmp_path / "own")
    found.prepare()
    yield found
    found.stop()


def _cluster_id(data: Path) -> str:
    done = subprocess.run(
        ["sh", str(START), "printenv", "CLUSTER_ID"],
        env={"PATH": os.environ["PATH"], "KAFKA_LOG_DIRS": str(data)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.kafka
def test_the_broker_takes_its_settings_and_keeps_the_id_of_its_volume(
    broker: PrivateKafka, tmp_path: Path
) -> None:
    data = tmp_path / "volume"
    properties = tmp_path / "server.properties"
    settings = broker_properties(load()) | {
        "log.dirs": str(data),
        "listeners": f"CLIENTS://127.0.0.1:{free_port()},CONTROLLER://127.0.0.1:9093",
    }
    properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    first = _cluster_id(data)
    words = ["format", f"--cluster-id={first}", "--config", str(properties)]

    done = subprocess.run(
        [*broker._command, "kafka.tools.StorageTool", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"cluster.id={first}" in (data / "meta.properties").read_text()
    assert _cluster_id(data) == first, "a restart keeps the id"
    shutil.rmtree(data)
    assert _cluster_id(data) != first, "a new volume is a new log"


def test_the_broker_settings_are_the_embedded_brokers_where_they_must_agree() -> None:
    """A single node keeps one copy of everything, and no topic appears by a misspelt name."""
    settings = environment_file(BROKER)

    assert settings["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    single = {name for name in settings if "REPLICATION_FACTOR" in name or name.endswith("ISR")}
    assert len(single) == 6
    assert all(settings[name] == "1" for name in single)
    compose = load()["services"]["kafka"]
    assert f"kafka:{settings['KAFKA_LOG_DIRS']}" in compose["volumes"]
    assert settings["KAFKA_ADVERTISED_LISTENERS"] == "CLIENTS://kafka:9092"
    assert settings["KAFKA_PROCESS_ROLES"] == "broker,controller"
    voter = settings["KAFKA_CONTROLLER_QUORUM_VOTERS"]
    assert voter == f"{settings['KAFKA_NODE_ID']}@127.0.0.1:9093"

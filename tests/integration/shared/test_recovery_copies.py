"""Real copies of a database close its outbox: a folder's snapshot, a dump, a clone."""

import shutil
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from deploy.embedded.postgres.server import PrivatePostgres
from shared.clock import system_clock
from shared.database import open_database, transaction
from shared.messaging.outbox.gate import read_gate
from shared.messaging.outbox.recovery import Recovery, recover
from shared.messaging.schema import MESSAGING_V1
from shared.runtime.loop import Progress
from tests.support.infrastructure import DatabaseFactory
from tests.support.messaging_harness import CONSUMER, PRODUCER, World, messaging_database
from tests.support.restoring import Restoring


async def test_a_data_folder_copied_back_is_behind_its_consumers_and_goes_on_above_them(
    tmp_path: Path, migrated_database: DatabaseFactory
) -> None:
    postgres = PrivatePostgres(tmp_path / "live", durable=False)
    postgres.start()
    try:
        connection = await postgres.connect("postgres")
        await connection.execute("CREATE DATABASE routing")
        await connection.close()
        producer = open_database(postgres.url("routing"), service=PRODUCER, background=True)
        async with transaction(producer) as session:
            for statement in MESSAGING_V1:
                await session.execute(statement)
        world = World(producer, await messaging_database(migrated_database, CONSUMER))
        restoring = Restoring(world)
        await world.emit("ann", "online")
        postgres.stop()
        # With its owner, as any backup of a folder must.
        _copy(postgres.data, tmp_path / "snapshot")
        postgres.start()
        life = await _open_again(restoring)
        await world.emit("ann", "busy", "away")
        async with world.consumed(catches_up=True):
            await world.settled({"ann": [1, 2, 3]})
        postgres.stop()
        shutil.rmtree(postgres.data)
        (tmp_path / "snapshot").rename(postgres.data)
        postgres.start()
        assert await _open_again(restoring) != life
        await world.emit("ann", "online")
        async with world.consumed(catches_up=True):
            await world.settled({"ann": [1, 2, 3, 4]})
        await world.consumer.close()
        await producer.close()
    finally:
        postgres.stop()


def _copy(folder: Path, to: Path) -> None:
    subprocess.run(["cp", "-a", folder, to], check=True)


async def _open_again(restoring: Restoring) -> str:
    """Closed by the start of the server alone, and opened; the life it goes on in."""
    state = await restoring.gate()
    assert (state.is_open, state.intact) == (False, True)
    await restoring.recover()
    return str((await restoring.gate()).life)


async def test_a_dump_brought_back_into_the_same_database_closes_it(
    world: World, postgres_cluster: PrivatePostgres, tmp_path: Path
) -> None:
    await world.emit("ann", "online")
    name = make_url(world.producer.url).database or ""
    dump = tmp_path / "dump"
    _run(postgres_cluster, "pg_dump", "--format=custom", f"--file={dump}", name)
    await world.emit("ann", "busy")
    await world.producer.close()
    _run(postgres_cluster, "pg_restore", "--clean", f"--dbname={name}", dump)
    world.producer = open_database(world.producer.url, service=PRODUCER, background=True)
    state = await read_gate(world.producer)
    assert (state.is_open, state.intact) == (False, False)
    await Restoring(world).recover()
    await world.emit("ann", "away")
    async with world.consumed(catches_up=True):
        await world.settled({"ann": [1, 2]})
    await world.producer.close()


async def test_a_clone_beside_the_original_is_closed(
    migrated_database: DatabaseFactory, postgres_cluster: PrivatePostgres
) -> None:
    original = await messaging_database(migrated_database, PRODUCER)
    await original.close()
    name = make_url(original.url).database or ""
    connection = await postgres_cluster.connect("postgres")
    try:
        await connection.execute(f'CREATE DATABASE "{name}_clone" TEMPLATE "{name}"')
        clone = open_database(postgres_cluster.url(f"{name}_clone"), service=PRODUCER)
        assert not (await read_gate(clone)).is_open
        await recover(Recovery(clone, {}, system_clock), Progress())
        assert (await read_gate(clone)).is_open
        await clone.close()
        await connection.execute(f'DROP DATABASE "{name}_clone"')
    finally:
        await connection.close()


def _run(postgres: PrivatePostgres, program: str, *arguments: str | Path) -> None:
    subprocess.run(
        [postgres.programs / program, *arguments],
        env=postgres.tool_environment(),
        check=True,
        capture_output=True,
    )

"""The private Kafka: locked jars, a cluster id that stays, an end with its owner."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError

from deploy.embedded.kafka import jars
from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import kafka_settings, log_loop, prepare_log
from deploy.embedded.processes.children import LauncherError, alive
from shared.messaging.log.kafka.client import KafkaSettings
from shared.runtime.loop import running
from tests.integration.test_embedded_postgres import eventually
from tests.support.kafka_users import administering, anonymous, consume, producing, write
from tests.support.waiting import eventually as until

ROOT = Path(__file__).parents[2]
OWNER = """
import sys, signal
from pathlib import Path
from deploy.embedded.kafka.server import PrivateKafka
broker = PrivateKafka(Path(sys.argv[1]))
broker.start()
print(broker.process.pid, flush=True)
signal.pause()
"""

pytestmark = pytest.mark.kafka


async def _speak(settings: KafkaSettings) -> None:
    async with administering(settings) as admin, producing(settings) as producer:
        await admin.create_topics([NewTopic("kept", 1, 1)])
        assert await write(producer, "kept") == "written"


async def test_a_restart_keeps_the_cluster_id_the_address_and_the_records(tmp_path: Path) -> None:
    first = PrivateKafka(tmp_path / "kafka")
    first.start()
    await _speak(kafka_settings(first, ADMINISTRATOR))
    known = (first.cluster_id, first.bootstrap)
    assert first.process is not None
    first.process.kill()
    first.process.wait()
    first.stop()
    second = PrivateKafka(tmp_path / "kafka")
    second.start()
    try:
        assert (second.cluster_id, second.bootstrap) == known
        assert await consume(kafka_settings(second, ADMINISTRATOR), "kept") == b"forged"
    finally:
        second.stop()


async def test_a_broker_that_was_open_is_guarded_from_its_next_start_on(tmp_path: Path) -> None:
    before = PrivateKafka(tmp_path / "kafka", guarded=False)
    before.start()
    await _speak(anonymous(before))
    before.stop()
    after = PrivateKafka(tmp_path / "kafka")
    after.start()
    try:
        await prepare_log(after)
        assert (after.cluster_id, after.bootstrap) == (before.cluster_id, before.bootstrap)
        assert await consume(kafka_settings(after, ADMINISTRATOR), "kept") == b"forged"
        with pytest.raises(KafkaConnectionError):
            await _speak(anonymous(after))
    finally:
        after.stop()


async def test_a_broker_that_has_lost_its_data_is_another_cluster_and_prepared_anew(
    tmp_path: Path,
) -> None:
    broker = PrivateKafka(tmp_path / "kafka")
    broker.start()
    try:
        await prepare_log(broker)
        known = (broker.cluster_id, broker.bootstrap)
        async with running([log_loop(broker)]):
            assert broker.process is not None
            broker.process.kill()
            broker.process.wait()
            shutil.rmtree(broker.data)
            broker.spawn()  # as whoever supervises it does
            assert broker.bootstrap == known[1]
            assert broker.cluster_id != known[0]

            async def writes() -> str:
                try:
                    async with producing(kafka_settings(broker, "routing")) as producer:
                        return await write(producer, "leads")
                except KafkaError as error:
                    return type(error).__name__

            await until(writes, seconds=40, what="prepared", until=lambda found: found == "written")
    finally:
        broker.stop()


def test_it_ends_when_its_owner_is_killed_and_the_next_waits_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "kafka"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    heir = PrivateKafka(folder)
    heir.start()
    eventually(lambda: not alive(pid))
    assert heir.ready()
    heir.stop()


def test_an_altered_jar_is_fetched_again_and_a_wrong_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinate = "org.slf4j:slf4j-api:1.7.36"
    digest = jars.read_lock()[coordinate]
    lock = tmp_path / "lock.json"
    lock.write_text(f'{{"{coordinate}": "{digest}"}}')
    monkeypatch.setattr(jars, "LOCK", lock)
    said: list[str] = []
    (jar,) = jars.jars(tmp_path / "jars", environment={}, say=said.append)
    whole = jar.read_bytes()
    jar.write_bytes(whole[:-1])
    jars.jars(tmp_path / "jars", environment={}, say=said.append)
    assert jar.read_bytes() == whole
    assert said
    lock.write_text(f'{{"{coordinate}": "{"0" * 64}"}}')
    with pytest.raises(LauncherError, match="SHA-256"):
        jars.jars(tmp_path / "jars", environment={}, say=said.append)


async def test_the_suite_has_a_real_broker(kafka_bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        assert (await admin.describe_cluster())["cluster_id"]
    finally:
        await admin.close()

"""Whoever can connect to the log gets nothing; whoever is known gets what the catalogue says."""

import asyncio
import stat
import struct
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka.admin import NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError

from deploy.embedded.kafka import USERS, PrivateKafka
from deploy.embedded.kafka_properties import ADMINISTRATOR
from deploy.embedded.preparation import kafka_settings, prepare_log
from shared.contracts.catalog import TOPICS
from shared.errors import UnavailableError
from shared.messaging.kafka import KafkaBus, requests
from shared.messaging.kafka.access import Grant
from shared.messaging.kafka.administration import Administration
from shared.messaging.kafka.client import KafkaSettings, LogRefusesError
from tests.support.kafka_users import (
    administering,
    anonymous,
    consume,
    fetch,
    producing,
    refusal,
    write,
)
from tests.support.logs import from_
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.kafka]

SERVICES = ("intake", "routing", "history", "kpi")
NAMES = tuple(topic.name for topic in TOPICS)
INTERNAL = "__consumer_offsets"
DENIED = "TopicAuthorizationFailedError"
CLUSTER_DENIED = "ClusterAuthorizationFailedError"


@pytest.fixture(scope="module")
async def broker(guarded_kafka: PrivateKafka) -> AsyncIterator[PrivateKafka]:
    """With one record in the first partition of every topic, and a topic that is nobody's."""
    chief = kafka_settings(guarded_kafka, ADMINISTRATOR)
    async with administering(chief) as admin:
        await admin.create_topics([NewTopic("nobodys", 1, 1)])
        async with producing(chief) as producer:
            for name in (*NAMES, "nobodys"):
                assert await write(producer, name) == "written"
        yield guarded_kafka
        assert await refusal(admin.delete_topics(["nobodys"])) == "NoError"


# -- strangers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("port", [0, 1], ids=["broker", "controller"])
async def test_a_stranger_is_answered_nothing(broker: PrivateKafka, port: int) -> None:
    """Whatever it asks, in whatever version: it is told the versions, and which proofs count."""
    answered = set()
    for api in set(range(90)) - {18}:  # the versions themselves
        answers = [await _answer(broker.ports[port], api, version) for version in (0, 1, 4, 9)]
        answered |= {api} if any(answers) else set()
    assert answered == {17}, "SaslHandshake"


async def _answer(port: int, api: int, version: int) -> bytes:
    """What comes before the connection ends; everything in the request is zero."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = struct.pack(">hhih", api, version, 1, -1) + b"\0" * 16
    writer.write(struct.pack(">i", len(body)) + body)
    try:
        async with asyncio.timeout(1):
            return await reader.read(100)
    except ConnectionError:
        return b""  # it was thrown out before it had finished speaking
    finally:
        writer.close()


async def test_clients_without_a_name_or_with_a_wrong_one_do_not_come_in(
    broker: PrivateKafka,
) -> None:
    known = kafka_settings(broker, "kpi")
    for wrong in (
        anonymous(broker),
        replace(known, password="word"),
        replace(known, user="nobody"),
        replace(known, user=ADMINISTRATOR),
        replace(known, user=ADMINISTRATOR, mechanism="PLAIN"),
        replace(known, mechanism="PLAIN"),
        replace(known, mechanism="SCRAM-SHA-256"),
    ):
        with pytest.raises(KafkaConnectionError):
            async with administering(wrong):
                pass


async def test_the_controller_takes_no_client(broker: PrivateKafka) -> None:
    where = f"127.0.0.1:{broker.ports[1]}"
    for user in SERVICES:
        for mechanism in ("SCRAM-SHA-512", "PLAIN"):
            wrong = replace(kafka_settings(broker, user), bootstrap=where, mechanism=mechanism)
            with pytest.raises(KafkaConnectionError):
                async with administering(wrong):
                    pass


def test_no_password_can_be_read_by_others_or_in_the_brokers_words(broker: PrivateKafka) -> None:
    for name in ("passwords.json", "server.properties"):
        assert stat.S_IMODE((broker.folder / name).stat().st_mode) == 0o600
    words = broker.log.read_text(errors="replace")
    assert not [user for user in USERS if broker.password(user) in words]
    assert len({broker.password(user) for user in USERS}) == len(USERS)


# -- services ----------------------------------------------------------------------------------


async def test_what_each_may_write_and_read_is_what_the_catalogue_says(
    broker: PrivateKafka,
) -> None:
    written, read = set(), set()
    for user in SERVICES:
        settings = kafka_settings(broker, user)
        async with producing(settings) as producer, administering(settings) as reading:
            for name in (*NAMES, INTERNAL, "nobodys"):
                answers = {await write(producer, name), await fetch(reading, name)}
                assert answers <= {"written", "read", DENIED}, (user, name, answers)
                written |= {(user, name)} if "written" in answers else set()
                read |= {(user, name)} if "read" in answers else set()
            visible = {item["topic"] for item in await reading.describe_topics()}
            assert visible == {name for who, name in read | written if who == user}
    assert written == {(topic.speaker, topic.name) for topic in TOPICS}
    assert read == {
        (user, topic.name) for topic in TOPICS for user in (topic.speaker, *topic.listeners)
    }


async def test_consumers_read_what_is_theirs(broker: PrivateKafka) -> None:
    for user, name in (("kpi", "leads"), ("routing", "indicators"), ("intake", "inquiries")):
        assert await consume(kafka_settings(broker, user), name) == b"forged"


async def test_nobody_joins_anothers_group(broker: PrivateKafka) -> None:
    groups = [f"{user}{ending}" for user in SERVICES for ending in ("", "-own-voice", "-2")]
    joined = set()
    for user in SERVICES:
        bus = KafkaBus(replace(kafka_settings(broker, user), session=6.0, start=10.0))
        own = next(topic.name for topic in TOPICS if topic.speaker == user)
        for group in groups:
            try:
                reader = await bus.reader(group, [own], positions=from_({}))
            except LogRefusesError:
                continue
            await reader.close()
            joined.add((user, group))
        await bus.close()
    assert joined == {
        *((user, f"{user}-own-voice") for user in SERVICES),
        *((user, user) for user in SERVICES if any(user in topic.listeners for topic in TOPICS)),
    }


async def test_groups_of_others_are_not_seen(broker: PrivateKafka) -> None:
    bus = KafkaBus(kafka_settings(broker, "kpi"))
    reader = await bus.reader("kpi", ["leads"], positions=from_({}))
    async with (
        administering(kafka_settings(broker, "history")) as other,
        administering(kafka_settings(broker, "kpi")) as own,
    ):
        assert "kpi" not in {group for group, *_ in await other.list_consumer_groups()}
        assert "kpi" in {group for group, *_ in await own.list_consumer_groups()}
        with pytest.raises(GroupAuthorizationFailedError):
            await other.list_consumer_group_offsets("kpi")
    await reader.close()
    await bus.close()


async def test_no_service_administers(broker: PrivateKafka) -> None:
    topic = ConfigResource(ConfigResourceType.TOPIC, "activities", {"retention.ms": "1000"})
    own = requests.binding(Grant("history", "WRITE", "TOPIC", "leads"))
    async with administering(kafka_settings(broker, "history")) as admin:
        refused = [
            await refusal(admin.create_topics([NewTopic("new", 1, 1)])),
            await refusal(admin.create_topics([NewTopic("activities", 1, 1)])),
            await refusal(admin.delete_topics(["activities"])),
            await refusal(admin.create_partitions({"activities": NewPartitions(30)})),
            await refusal(admin._send_request(requests.create_grants([own]))),
            await refusal(admin._send_request(requests.delete_grants([own]))),
            await refusal(admin._send_request(requests.describe_grants())),
            await refusal(admin._send_request(requests.alter_users({"history": "word"}))),
            await refusal(admin._send_request(requests.alter_users({"intruder": "word"}))),
        ]
        assert set(refused) == {DENIED, CLUSTER_DENIED}, refused
        (altered,) = await admin.alter_configs([topic])
        assert altered.resources[0][0] != 0
    bus = KafkaBus(kafka_settings(broker, "history"))
    with pytest.raises(LogRefusesError):
        await bus.ensure_topics([replace(TOPICS[0], name="new")])
    await bus.close()


# -- the administrator -------------------------------------------------------------------------


async def test_the_administrator_takes_back_what_the_catalogue_does_not_say(
    broker: PrivateKafka,
) -> None:
    chief = kafka_settings(broker, ADMINISTRATOR)
    extra = requests.binding(Grant("kpi", "WRITE", "TOPIC", "leads"))
    async with administering(chief) as admin, producing(kafka_settings(broker, "kpi")) as producer:
        cluster = Administration(chief, admin)
        before = set(await cluster.bindings())

        async def writes() -> str:
            return await write(producer, "leads")

        assert await writes() == DENIED
        assert await refusal(admin._send_request(requests.create_grants([extra]))) == "NoError"
        await eventually(writes, seconds=5, what="granted", until=lambda found: found == "written")
        await prepare_log(broker)
        await eventually(writes, seconds=5, what="taken back", until=lambda found: found == DENIED)
        assert set(await cluster.bindings()) == before


async def test_a_new_password_replaces_the_old_one(broker: PrivateKafka) -> None:
    chief = kafka_settings(broker, ADMINISTRATOR)
    known = kafka_settings(broker, "kpi")
    other = replace(known, password="another-word")

    async def come_in(settings: KafkaSettings) -> bool:
        bus = KafkaBus(settings)
        try:
            return bool(await bus.log_id())
        except UnavailableError:
            return False
        finally:
            await bus.close()

    async with administering(chief) as admin:
        await Administration(chief, admin).set_passwords({"kpi": "another-word"})
    await eventually(lambda: come_in(other), seconds=5, what="the new password opens")
    assert not await come_in(known)
    await prepare_log(broker)
    await eventually(lambda: come_in(known), seconds=5, what="the old password opens again")
    assert not await come_in(other)

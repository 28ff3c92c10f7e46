"""Whoever the log knows may do with it what the catalogue says, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiokafka.admin import NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupAuthorizationFailedError

from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import kafka_settings, prepare_log
from deploy.kafka import requests
from deploy.kafka.access import Grant
from deploy.kafka.administration import Administration
from shared.contracts.catalog import TOPICS
from shared.errors import UnavailableError
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings, LogRefusesError
from tests.support.kafka_users import (
    administering,
    consume,
    fetch,
    producing,
    refusal,
    write,
)
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
        log = KafkaLog(chief)
        await (await log.subscribe("nobodys", ["leads"])).close()
        await log.close()
        assert await fetch(admin, INTERNAL) == "read", "it is there since the first group"
        yield guarded_kafka
        assert await refusal(admin.delete_topics(["nobodys"])) == "NoError"


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
    assert written == {(topic.producer, topic.name) for topic in TOPICS}
    assert read == {
        (user, topic.name) for topic in TOPICS for user in (topic.producer, *topic.consumers)
    }


async def test_consumers_read_what_is_theirs(broker: PrivateKafka) -> None:
    for user, name in (("kpi", "leads"), ("routing", "indicators"), ("intake", "inquiries")):
        assert await consume(kafka_settings(broker, user), name) == b"forged"


async def test_nobody_joins_anothers_group(broker: PrivateKafka) -> None:
    groups = [f"{user}{ending}" for user in SERVICES for ending in ("", "-2")]
    joined = set()
    for user in SERVICES:
        log = KafkaLog(replace(kafka_settings(broker, user), session=6.0, start=10.0))
        own = next(topic.name for topic in TOPICS if topic.producer == user)
        for group in groups:
            try:
                subscription = await log.subscribe(group, [own])
            except LogRefusesError:
                continue
            await subscription.close()
            joined.add((user, group))
        await log.close()
    assert joined == {
        (user, user) for user in SERVICES if any(user in topic.consumers for topic in TOPICS)
    }


async def test_groups_of_others_are_not_seen(broker: PrivateKafka) -> None:
    log = KafkaLog(kafka_settings(broker, "kpi"))
    subscription = await log.subscribe("kpi", ["leads"])
    async with (
        administering(kafka_settings(broker, "history")) as other,
        administering(kafka_settings(broker, "kpi")) as own,
    ):
        assert "kpi" not in {group for group, *_ in await other.list_consumer_groups()}
        assert "kpi" in {group for group, *_ in await own.list_consumer_groups()}
        with pytest.raises(GroupAuthorizationFailedError):
            await other.list_consumer_group_offsets("kpi")
    await subscription.close()
    await log.close()


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
    log = KafkaLog(kafka_settings(broker, "history"))
    with pytest.raises(LogRefusesError):
        await log.ensure_topics([replace(TOPICS[0], name="new")])
    await log.close()


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
        log = KafkaLog(settings)
        try:
            return bool(await log.cluster_id())
        except UnavailableError:
            return False
        finally:
            await log.close()

    async with administering(chief) as admin:
        await Administration(chief, admin).set_passwords({"kpi": "another-word"})
    await eventually(lambda: come_in(other), seconds=5, what="the new password opens")
    assert not await come_in(known)
    await prepare_log(broker)
    await eventually(lambda: come_in(known), seconds=5, what="the old password opens again")
    assert not await come_in(other)

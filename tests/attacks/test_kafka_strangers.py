"""Whoever can connect to the log, but cannot prove who they are, gets nothing from it."""

import asyncio
import stat
import struct
from dataclasses import replace

import pytest
from aiokafka.errors import KafkaConnectionError

from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import USERS, PrivateKafka
from deploy.embedded.preparation import kafka_settings
from tests.support.kafka_users import administering, anonymous

pytestmark = [pytest.mark.attacks, pytest.mark.kafka]

SERVICES = ("intake", "routing", "history", "kpi")


@pytest.fixture(name="broker")
def _broker(guarded_kafka: PrivateKafka) -> PrivateKafka:
    return guarded_kafka


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
        async with asyncio.timeout(30):
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


def test_no_password_can_be_read_by_others_or_in_the_brokers_words(
    broker: PrivateKafka,
) -> None:
    for name in ("passwords.json", "server.properties"):
        assert stat.S_IMODE((broker.folder / name).stat().st_mode) == 0o600
    words = broker.log.read_text(errors="replace")
    assert not [user for user in USERS if broker.password(user) in words]
    assert len({broker.password(user) for user in USERS}) == len(USERS)

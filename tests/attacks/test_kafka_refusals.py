"""A log that knows us no more, or forbids us something, is an outage that is said and passes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from structlog.typing import EventDict

from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.preparation import kafka_settings, prepare_log
from deploy.kafka import requests
from deploy.kafka.access import Grant
from deploy.kafka.administration import Administration
from deploy.kafka.requests import Binding
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.outbox.relay import relay_loop
from shared.runtime.loop import Loop, running
from shared.web.health import health_router
from tests.support.infrastructure import DatabaseFactory
from tests.support.kafka_users import administering, refusal
from tests.support.messaging_harness import (
    CONSUMER,
    EAGER,
    PRODUCER,
    TOPIC,
    World,
    manager,
    messaging_database,
)
from tests.support.waiting import eventually

pytestmark = [pytest.mark.attacks, pytest.mark.kafka]

TELLING = {"log.refused", "log.record_refused"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is taken away: grants, or the password of `user`."""

    user: str
    error: str
    grants: Sequence[Grant] = ()

    async def begin(self, broker: PrivateKafka) -> None:
        chief = kafka_settings(broker, ADMINISTRATOR)
        async with administering(chief) as admin:
            if self.grants:
                bindings = [requests.binding(grant) for grant in self.grants]
                answer = await refusal(admin._send_request(requests.delete_grants(bindings)))
                assert answer == "NoError"

                async def left() -> set[Binding]:
                    found = await Administration(chief, admin).bindings()
                    return set(found) & set(bindings)

                await eventually(left, seconds=5, what="gone", until=lambda found: not found)
            else:
                await Administration(chief, admin).set_passwords({self.user: "another"})


def _grants(user: str, *operations: str, kind: str = "TOPIC", name: str = TOPIC) -> list[Grant]:
    return [Grant(user, operation, kind, name) for operation in operations]  # type: ignore[arg-type]


REFUSALS = {
    "may not write": Refusal(
        PRODUCER, "TopicAuthorizationFailedError", _grants(PRODUCER, "WRITE")
    ),
    "does not see the topic to write": Refusal(
        PRODUCER, "TopicAuthorizationFailedError", _grants(PRODUCER, "READ", "WRITE")
    ),
    "is not known as a producer": Refusal(PRODUCER, "SaslAuthenticationFailed"),
    "may not read": Refusal(
        CONSUMER, "TopicAuthorizationFailedError", _grants(CONSUMER, "READ")
    ),
    "may not join": Refusal(
        CONSUMER,
        "GroupAuthorizationFailedError",
        _grants(CONSUMER, "READ", kind="GROUP", name=CONSUMER),
    ),
    "is not known as a consumer": Refusal(CONSUMER, "SaslAuthenticationFailed"),
}  # fmt: skip


@pytest.fixture
async def world(
    migrated_database: DatabaseFactory, guarded_kafka: PrivateKafka
) -> AsyncIterator[World]:
    made = World(
        producer=await messaging_database(migrated_database, PRODUCER),
        consumer=await messaging_database(migrated_database, CONSUMER),
    )
    yield made
    await prepare_log(guarded_kafka)
    await made.producer.close()
    await made.consumer.close()


def _stranger_to(loops: Sequence[Loop], world: World) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(health_router(lambda: world.producer, loops=lambda: loops))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker")


@dataclass(eq=False)
class Trial:
    """A relay and a consumer on the guarded log; `name` is a key that nobody else has."""

    world: World
    broker: PrivateKafka
    wrong: Refusal
    name: str
    client: httpx.AsyncClient = field(init=False)

    async def outages(self) -> dict[str, str]:
        answer = await self.client.get("/health/live")
        assert answer.status_code == 200, "to wait is progress"
        found: dict[str, str] = answer.json()["outages"]
        return found

    async def effects(self) -> list[int]:
        return await self.world.effects(self.name)

    async def consumed(self, versions: list[int]) -> None:
        await eventually(
            self.effects, seconds=30, what="consumed", until=lambda found: found == versions
        )

    async def until_said(self) -> None:
        """The refusal is named in health and log; only the relay's events wait."""
        loop = "relay" if self.wrong.user == PRODUCER else "consume"
        with capture_logs() as entries:

            async def told() -> bool:
                reason = (await self.outages()).get(loop)
                return reason in {"log-refuses", self.wrong.error} and bool(_errors(entries))

            await eventually(told, seconds=20, what="the refusal is told")
        assert _errors(entries) == {self.wrong.error}
        assert self.broker.password(self.wrong.user) not in repr(entries)
        await self.sent(pending=2 if loop == "relay" else 0)

    async def sent(self, *, pending: int = 0) -> None:
        await eventually(
            self.world.pending, seconds=10, what="sent", until=lambda count: count == pending
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All is well again at the end of the block, and nothing was set aside."""
        users = (PRODUCER, CONSUMER)
        sending, consuming = (KafkaLog(kafka_settings(self.broker, user)) for user in users)
        self.world.log = consuming  # type: ignore[assignment]  # only its consumer uses it
        loops = [relay_loop(self.world.producer, sending)]
        loops += self.world.loops(EAGER, catches_up=True)
        async with running(loops), _stranger_to(loops, self.world) as self.client:
            yield
            await eventually(
                self.outages, seconds=20, what="it is over", until=lambda found: not found
            )
            await self.sent()
        mine = manager(self.name)  # the broker is the module's: its topic holds the others' too
        assert [item for item in await self.world.held() if item[0] == mine] == []
        await sending.close()
        await consuming.close()


@pytest.mark.parametrize("name", REFUSALS)
async def test_nothing_is_lost_and_the_log_is_used_again_once_it_is_allowed(
    world: World, guarded_kafka: PrivateKafka, name: str
) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS[name], name)
    await trial.wrong.begin(guarded_kafka)
    await world.emit(name, "online", "busy")
    async with trial.running():
        await trial.until_said()
        await trial.consumed([1, 2])  # by the journal, whatever the log refuses
        await prepare_log(guarded_kafka)


async def test_what_may_be_written_no_more_waits(world: World, guarded_kafka: PrivateKafka) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS["may not write"], "may not write any more")
    await world.emit(trial.name, "online")
    async with trial.running():
        await trial.consumed([1])
        await trial.sent()
        await trial.wrong.begin(guarded_kafka)
        await world.emit(trial.name, "busy", "away")
        await trial.until_said()
        await prepare_log(guarded_kafka)
        await trial.consumed([1, 2, 3])


async def test_what_may_be_read_no_more_comes_by_the_journal(
    world: World, guarded_kafka: PrivateKafka
) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS["may not read"], "may not read any more")
    await world.emit(trial.name, "online")
    async with trial.running():
        await trial.consumed([1])
        await trial.wrong.begin(guarded_kafka)
        await trial.until_said()
        await world.emit(trial.name, "busy", "away")
        await trial.sent()
        await trial.consumed([1, 2, 3])
        await prepare_log(guarded_kafka)


def _errors(entries: Sequence[EventDict]) -> set[str]:
    return {entry["error"] for entry in entries if entry["event"] in TELLING}

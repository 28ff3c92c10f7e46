"""A log that knows us no more, or forbids us something, is an outage that is said and passes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs
from structlog.typing import EventDict

from deploy.embedded.kafka import PrivateKafka
from deploy.embedded.kafka_properties import ADMINISTRATOR
from deploy.embedded.preparation import kafka_settings, prepare_log
from shared.clock import system_clock
from shared.messaging.log.kafka import KafkaLog, requests
from shared.messaging.log.kafka.access import Grant
from shared.messaging.log.kafka.administration import Administration
from shared.messaging.log.kafka.requests import Binding
from shared.messaging.outbox.relay import relay_loop
from shared.runtime.loop import Loop, running
from shared.web.health import health_router
from tests.support.infrastructure import DatabaseFactory
from tests.support.kafka_users import administering, refusal
from tests.support.kernel import LISTENER, SPEAKER, TOPIC, World, kernel_database
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
        SPEAKER, "TopicAuthorizationFailedError", _grants(SPEAKER, "WRITE")
    ),
    "does not see the topic to write": Refusal(
        SPEAKER, "TopicAuthorizationFailedError", _grants(SPEAKER, "READ", "WRITE")
    ),
    "is not known as a speaker": Refusal(SPEAKER, "SaslAuthenticationFailed"),
    "may not read": Refusal(
        LISTENER, "TopicAuthorizationFailedError", _grants(LISTENER, "READ")
    ),
    "may not join": Refusal(
        LISTENER,
        "GroupAuthorizationFailedError",
        _grants(LISTENER, "READ", kind="GROUP", name=LISTENER),
    ),
    "is not known as a listener": Refusal(LISTENER, "SaslAuthenticationFailed"),
}  # fmt: skip


@pytest.fixture
async def world(
    empty_database: DatabaseFactory, guarded_kafka: PrivateKafka
) -> AsyncIterator[World]:
    made = World(
        speaker=await kernel_database(empty_database, SPEAKER),
        listener=await kernel_database(empty_database, LISTENER),
    )
    yield made
    await prepare_log(guarded_kafka)
    await made.speaker.close()
    await made.listener.close()


def _stranger_to(loops: Sequence[Loop], world: World) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(health_router(lambda: world.speaker, loops=lambda: loops))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://worker")


@dataclass(eq=False)
class Trial:
    """A relay and a listener on the guarded log; `name` is a key that nobody else has."""

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

    async def heard(self, versions: list[int]) -> None:
        await eventually(
            self.effects, seconds=30, what="heard", until=lambda found: found == versions
        )

    async def until_told(self) -> None:
        """The refusal is named in health and log; what was said meanwhile waits."""
        before, loop = await self.effects(), "relay" if self.wrong.user == SPEAKER else "hear"
        with capture_logs() as entries:

            async def told() -> bool:
                reason = (await self.outages()).get(loop)
                return reason in {"log-refuses", self.wrong.error} and bool(_errors(entries))

            await eventually(told, seconds=20, what="the refusal is told")
        assert _errors(entries) == {self.wrong.error}
        assert self.broker.password(self.wrong.user) not in repr(entries)
        await self.sent(pending=2 if loop == "relay" else 0)
        assert await self.effects() == before

    async def sent(self, *, pending: int = 0) -> None:
        await eventually(
            self.world.pending, seconds=10, what="sent", until=lambda count: count == pending
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All is well again at the end of the block, and nothing was set aside."""
        users = (SPEAKER, LISTENER)
        speaking, hearing = (KafkaLog(kafka_settings(self.broker, user)) for user in users)
        self.world.bus = hearing  # type: ignore[assignment]  # only its listener uses it
        loops = [relay_loop(self.world.speaker, speaking, clock=system_clock), self.world.hear()]
        async with running(loops), _stranger_to(loops, self.world) as self.client:
            yield
            await eventually(
                self.outages, seconds=10, what="it is over", until=lambda found: not found
            )
        assert await self.world.pending() == 0
        assert await self.world.rows(self.world.speaker, "SELECT id FROM unsendable") == []
        await speaking.close()
        await hearing.close()


@pytest.mark.parametrize("name", REFUSALS)
async def test_nothing_is_lost_and_all_goes_on_once_it_is_allowed(
    world: World, guarded_kafka: PrivateKafka, name: str
) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS[name], name)
    await trial.wrong.begin(guarded_kafka)
    await world.say(name, "online", "busy")
    async with trial.running():
        await trial.until_told()
        await prepare_log(guarded_kafka)
        await trial.heard([1, 2])


async def test_what_may_be_written_no_more_waits(world: World, guarded_kafka: PrivateKafka) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS["may not write"], "may not write any more")
    await world.say(trial.name, "online")
    async with trial.running():
        await trial.heard([1])
        await trial.wrong.begin(guarded_kafka)
        await world.say(trial.name, "busy", "away")
        await trial.until_told()
        await prepare_log(guarded_kafka)
        await trial.heard([1, 2, 3])


async def test_what_may_be_read_no_more_is_read_later(
    world: World, guarded_kafka: PrivateKafka
) -> None:
    trial = Trial(world, guarded_kafka, REFUSALS["may not read"], "may not read any more")
    await world.say(trial.name, "online")
    async with trial.running():
        await trial.heard([1])
        await trial.wrong.begin(guarded_kafka)
        await trial.until_told()
        await world.say(trial.name, "busy", "away")
        await trial.sent()
        assert await trial.effects() == [1]
        await prepare_log(guarded_kafka)
        await trial.heard([1, 2, 3])


def _errors(entries: Sequence[EventDict]) -> set[str]:
    return {entry["error"] for entry in entries if entry["event"] in TELLING}

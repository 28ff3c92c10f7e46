"""A producer and a consumer on a real Kafka of their own that may be frozen, killed and wiped."""

import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded.kafka.server import PrivateKafka
from shared.messaging.consumer.catch_up import CatchUp, catch_up_loop
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.loop import consumer_loop
from shared.messaging.consumer.sweep import sweep_loop
from shared.messaging.log.kafka import KafkaLog
from shared.messaging.log.kafka.client import KafkaSettings
from shared.messaging.outbox.relay import relay_loop
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, running
from tests.support.logs import settings
from tests.support.messaging_harness import CONSUMER, EAGER, TOPIC, World
from tests.support.waiting import eventually

LAG_SECONDS, LOOK_SECONDS = 3.0, 0.5  # of catch-up behind Kafka; production waits for a minute


@asynccontextmanager
async def own_kafka() -> AsyncIterator[PrivateKafka]:
    """A broker that nobody else uses and anybody may use."""
    folder = Path(tempfile.mkdtemp(prefix="leadflow-kafka-"))
    broker = PrivateKafka(folder, guarded=False)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder)


async def wipe(broker: PrivateKafka) -> None:
    """It dies, loses everything and is another cluster at the same address."""
    kill(broker)
    shutil.rmtree(broker.data)
    broker.start()


def kill(broker: PrivateKafka) -> None:
    assert broker.process is not None
    os.kill(broker.process.pid, signal.SIGKILL)
    broker.process.wait()


@dataclass(eq=False)
class KafkaWorld:
    """`world` is used for its databases and its handler; its scripted log is not."""

    world: World
    bootstrap: str
    loops: dict[str, Loop] = field(default_factory=dict)

    def settings(self) -> KafkaSettings:
        return settings(self.bootstrap, request=2.0, start=15.0)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[None]:
        log = KafkaLog(self.settings())
        loop = self.loops["relay"] = relay_loop(self.world.producer, log)
        async with running([loop]):
            yield
        await log.close()

    @asynccontextmanager
    async def member(self, *, leads: bool = False) -> AsyncIterator[Loop]:
        """One of the service's processes while the block runs; gives its consumer's loop. Whoever
        `leads` sweeps and catches up.
        """
        consumer = Consumer(
            self.world.consumer, CONSUMER, self.world.handler, self.world.consuming().clock, EAGER
        )
        fast_path = FastPath(LAG_SECONDS, LOOK_SECONDS, sees_all=False)
        log = KafkaLog(self.settings())
        loops = [consumer_loop(consumer, log, fast_path)]
        if leads:
            journals = self.world.journals()
            loops.append(sweep_loop(consumer, journals))
            loops.append(catch_up_loop(CatchUp(consumer, journals, fast_path)))
        async with running(loops):
            self.loops |= {loop.name: loop for loop in loops if leads}
            yield loops[0]
        await log.close()

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """Relay and one member."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.relaying())
            await stack.enter_async_context(self.member(leads=True))
            yield

    def outages(self) -> dict[str, str]:
        return {
            name: loop.progress.outage for name, loop in self.loops.items() if loop.progress.outage
        }

    async def well(self, *, seconds: float = 60.0) -> None:
        """Nothing keeps any loop, and nothing waits to be sent."""

        async def state() -> tuple[dict[str, str], int]:
            return self.outages(), await self.world.pending()

        await eventually(
            state, seconds=seconds, what="all is well", until=lambda found: found == ({}, 0)
        )

    async def troubled(self, names: set[str], *, seconds: float = 40.0) -> None:
        """These loops say that something keeps them."""

        async def troubles() -> set[str]:
            return set(self.outages())

        await eventually(troubles, seconds=seconds, what="it is said", until=names.issubset)

    async def effects(self, expected: dict[str, Sequence[int]], *, seconds: float = 30.0) -> None:
        """Wait until exactly these versions took effect, each once, in this order."""

        async def present() -> dict[str, Sequence[int]]:
            return {name: await self.world.effects(name) for name in expected}

        await eventually(
            present,
            seconds=seconds,
            what="effects",
            until=lambda found: all(len(found[name]) >= len(expected[name]) for name in found),
        )
        assert await present() == {name: list(versions) for name, versions in expected.items()}


def caught_up() -> float:
    """How many events only catch-up has brought so far."""
    child = metrics_of(CONSUMER).caught_up.labels(CONSUMER, TOPIC)
    return float(child._value.get())

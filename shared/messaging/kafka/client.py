"""What aiokafka needs around it: deadlines, one kind of error for an outage, and an end that comes.

One law: nothing of aiokafka is awaited without a limit of our own.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.errors import UnavailableError
from shared.messaging.deadline import leave, within

log = structlog.get_logger()
T = TypeVar("T")

# Besides its own errors, aiokafka meets a vanished broker with failed assertions and lookups: a
# controller that is None, a connection that has just left its table.
CLIENT_FAULTS = (KafkaError, OSError, AssertionError, AttributeError, KeyError)

STOP_SECONDS = 3.0
SLOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Times in seconds. `session` is how long a dead member keeps its partitions."""

    bootstrap: str
    request: float = 5.0
    session: float = 6.0  # the shortest that brokers allow by default
    heartbeat: float = 2.0
    metadata_age: float = 30.0  # how soon new partitions are noticed
    start: float = 30.0  # joining waits for the others, and for a dead member's session
    proof: float = 1.0  # how old the proof of contact and identity may be when records are given
    stuck: float = 20.0  # behind, yet nothing comes: the consumer is broken


async def ask(seconds: float, work: Coroutine[Any, Any, T], *, doing: str) -> T:
    """`within`, with Kafka's faults told as UnavailableError."""
    began = time.monotonic()
    try:
        return await within(seconds, work, doing=doing)
    except CLIENT_FAULTS as error:
        raise UnavailableError(f"Kafka cannot answer now ({doing}).") from error
    finally:
        took = time.monotonic() - began
        if took > SLOW_SECONDS:
            log.warning("log.slow", kind=doing, seconds=round(took, 1))


Client: TypeAlias = Any  # a producer, a consumer or an administrator: aiokafka is untyped


class Clients:
    """Starts clients, and ends them in the background; the last act is to see them ended."""

    def __init__(self) -> None:
        self._ending: set[asyncio.Task[None]] = set()

    async def start(self, client: Client, *, seconds: float) -> None:
        """Raises UnavailableError; half a start is undone, whatever ended it."""
        try:
            await ask(seconds, client.start(), doing="connect")
        except BaseException:
            self.drop(client)
            raise

    def drop(self, client: Client) -> None:
        if client is None:
            return
        task = asyncio.create_task(_end(client))
        leave(task)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def ended(self) -> None:
        if self._ending:
            await asyncio.wait(set(self._ending))


async def _end(client: Client) -> None:
    if isinstance(client, AIOKafkaAdminClient):
        await _bounded(client.close())
        return
    if isinstance(client, AIOKafkaProducer):
        # stop() would wait for what can no longer be delivered.
        client._message_accumulator.fail_all(KafkaError("given up"))  # noqa: SLF001
        await _bounded(client.stop())
        await _bounded(client._sender.close())  # noqa: SLF001
        await _bounded(client.client.close())
        return
    await _bounded(client.stop())
    # A stop that was broken off leaves its parts running, and they never end by themselves.
    coordinator = client._coordinator  # noqa: SLF001
    for name in ("_coordination_task", "_heartbeat_task", "_commit_refresh_task"):
        task = getattr(coordinator, name, None)
        if task is not None and not task.done():
            task.cancel()
            leave(task)
    if client._fetcher is not None:  # noqa: SLF001
        await _bounded(client._fetcher.close())  # noqa: SLF001
    await _bounded(client._client.close())  # noqa: SLF001


async def _bounded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await ask(STOP_SECONDS, work, doing="stop")
    except UnavailableError:
        return

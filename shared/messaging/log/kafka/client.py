"""What aiokafka needs around it: deadlines, one kind of error for an outage, and an end that comes.

Nothing of aiokafka is awaited without a limit of our own.
"""

import asyncio
import ssl
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from shared.errors import UnavailableError
from shared.runtime.deadline import leave, within

log = structlog.get_logger()
T = TypeVar("T")

# Besides its own errors, aiokafka meets a vanished broker with failed assertions and lookups: a
# controller that is None, a connection that has just left its table.
CLIENT_FAULTS = (KafkaError, OSError, AssertionError, AttributeError, KeyError)
# The broker lives and refuses: nothing is lost, but a person must put it right.
REFUSALS = (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
    ssl.SSLError,
)

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
    stuck: float = 20.0  # behind, yet nothing comes: the consumer is broken
    user: str = ""  # without one nothing is proved, for a cluster that lets everybody in
    password: str = field(default="", repr=False)
    mechanism: str = "SCRAM-SHA-512"
    tls: bool = False
    ca_file: Path | None = None  # the authorities believed instead of the machine's own

    def connection(self) -> dict[str, Any]:
        """What every client of aiokafka is made with. Raises UnavailableError without `ca_file`."""
        return {"bootstrap_servers": self.bootstrap, **self.proof_of_identity()}

    def proof_of_identity(self) -> dict[str, Any]:
        context = None
        if self.tls:
            try:
                context = ssl.create_default_context(cafile=self.ca_file)
            except OSError as error:
                raise refusal(error, doing="read the authorities' file") from error
        transport = "SSL" if self.tls else "PLAINTEXT"
        if not self.user:
            return {"security_protocol": transport, "ssl_context": context}
        return {
            "security_protocol": f"SASL_{transport}",
            "ssl_context": context,
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }


class LogRefusesError(UnavailableError):
    """The log does not know us, or does not allow what we ask. Until it does, all waits."""


def refusal(error: BaseException, *, doing: str) -> LogRefusesError:
    """Logs the class of the error, not its text, which is the broker's; returns what to raise."""
    log.error("log.refused", kind=doing, error=type(error).__name__)
    return LogRefusesError(f"Kafka refuses us ({doing}).")


def outage(error: BaseException, *, doing: str) -> UnavailableError:
    """What a fault of aiokafka means to us."""
    if isinstance(error, REFUSALS):
        return refusal(error, doing=doing)
    return UnavailableError(f"Kafka cannot answer now ({doing}).")


async def ask(seconds: float, work: Coroutine[Any, Any, T], *, doing: str) -> T:
    """`within`, with Kafka's faults raised as UnavailableError."""
    began = time.monotonic()
    try:
        return await within(seconds, work, doing=doing)
    except CLIENT_FAULTS as error:
        raise outage(error, doing=doing) from error
    finally:
        duration = time.monotonic() - began
        if duration > SLOW_SECONDS:
            log.warning("log.slow", kind=doing, seconds=round(duration, 1))


Client: TypeAlias = Any  # a producer, a consumer or an administrator: aiokafka is untyped


class Clients:
    """Starts clients, and ends them in the background; `ended` waits for that."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._ending: set[asyncio.Task[None]] = set()

    async def start(self, client: Client, *, seconds: float) -> None:
        """Raises UnavailableError; half a start is undone, whatever ended it."""
        try:
            await ask(seconds, client.start(), doing="connect")
        except BaseException as error:  # who gives up waiting leaves no half-open client, either
            self.drop(client)
            if isinstance(error.__cause__, KafkaConnectionError):
                await _tell_refusal(self._settings)
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


async def _tell_refusal(settings: KafkaSettings) -> None:
    """Raise LogRefusesError if a refusal is why aiokafka cannot connect: it does not say why."""
    for host, port, _family in collect_hosts(settings.bootstrap):
        try:
            connection = await within(
                settings.request,
                create_conn(host, port, **settings.proof_of_identity()),
                doing="connect",
            )
        except REFUSALS as error:
            raise refusal(error, doing="connect") from error
        except (UnavailableError, *CLIENT_FAULTS):
            continue
        connection.close()


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

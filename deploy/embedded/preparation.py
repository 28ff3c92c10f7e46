"""What stands before a service starts: databases and schemas, the log, keys, the admin's token."""

import asyncio
import time
from collections.abc import Callable

from deploy.embedded.environment import SERVICES
from deploy.embedded.kafka.properties import ADMINISTRATOR
from deploy.embedded.kafka.server import PrivateKafka
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder
from deploy.kafka.administration import set_up
from shared.clock import Clock
from shared.errors import UnavailableError
from shared.messaging.log.kafka.client import KafkaSettings, LogRefusesError
from shared.migrations import OtherVersionError, upgrade
from shared.minting import mint
from shared.minting.signing import DEFAULT_LIFETIME
from shared.runtime.loop import Loop, Progress
from shared.sealing import create_sealing_keys
from shared.secret_files import SecretFileError

RENEW_SECONDS = 60.0
LOG_PATIENCE_SECONDS = 60.0
LOG_PAUSE_SECONDS = 0.5
LOG_LOOK_SECONDS = 1.0


async def prepare_databases(postgres: PrivatePostgres) -> None:
    """Raises LauncherError for databases of another version, and leaves them as they are."""
    await postgres.create_databases()
    for service in SERVICES:
        try:
            await upgrade(service, postgres.url(service, service))
        except OtherVersionError as refusal:
            raise LauncherError(
                f"{refusal}: run that version, or save the data by ./leadflow backup FILE and "
                "start over by ./leadflow reset, or in another folder by --data"
            ) from None


async def forget_pending(postgres: PrivatePostgres) -> None:
    """Empty the queues of the relays."""
    # Nothing is relayed in one process: catch-up brings events that waited for a broker.
    for service in SERVICES:
        connection = await postgres.connect(service)
        try:
            await connection.execute("TRUNCATE pending")
        finally:
            await connection.close()


def kafka_settings(kafka: PrivateKafka, user: str) -> KafkaSettings:
    """As a client of that name has them; users other than the administrator come by `set_up`."""
    return KafkaSettings(
        bootstrap=kafka.bootstrap,
        user=user,
        password=kafka.password(user),
        mechanism="PLAIN" if user == ADMINISTRATOR else "SCRAM-SHA-512",
    )


async def prepare_log(kafka: PrivateKafka) -> None:
    """Topics, users and what each may do; a broker that is slow is asked again.

    Raises LauncherError.
    """
    passwords = {service: kafka.password(service) for service in SERVICES}
    deadline = time.monotonic() + LOG_PATIENCE_SECONDS
    while True:
        try:
            await set_up(kafka_settings(kafka, ADMINISTRATOR), passwords)
        except UnavailableError as failure:
            if isinstance(failure, LogRefusesError) or time.monotonic() > deadline:
                reason = f"Apache Kafka could not be prepared: {failure.detail}"
                raise LauncherError(reason) from None
            await asyncio.sleep(LOG_PAUSE_SECONDS)
        else:
            return


def log_loop(kafka: PrivateKafka) -> Loop:
    """The loop that prepares the log again when it is another cluster: its data were lost."""
    prepared = {kafka.cluster_id}

    async def keep_prepared(progress: Progress) -> None:
        while True:
            progress.beat()
            await asyncio.sleep(LOG_LOOK_SECONDS)
            if (kafka.data / "meta.properties").exists() and kafka.cluster_id not in prepared:
                await prepare_log(kafka)
                prepared.add(kafka.cluster_id)

    return Loop("log", keep_prepared)


def prepare_secrets(folder: Folder, *, clock: Clock) -> str:
    """Make missing keys, the services' token and the admin's; returns the admin's token.

    Raises SecretFileError for a file that holds something else.
    """
    mint.create(folder.mint)
    create_sealing_keys(folder.sealing_keys)
    return renew_tokens(folder, clock=clock)


def renew_tokens(folder: Folder, *, clock: Clock) -> str:
    """Renew the services' token and the admin's if need be; returns the admin's.

    Raises SecretFileError.
    """
    mint.renew_service_token(folder.mint, now=clock())
    return mint.renew(
        folder.mint, folder.admin_token, role="admin", now=clock(), lifetime=DEFAULT_LIFETIME
    )


async def keep_tokens(folder: Folder, *, clock: Clock, say: Callable[[str], None]) -> None:
    """Renew them until cancelled; a failure is printed once a minute."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await asyncio.to_thread(renew_tokens, folder, clock=clock)
        except SecretFileError as failure:  # they live for weeks: a full disk is waited for
            say(str(failure))

"""Wake-ups between the processes of one database, by NOTIFY and LISTEN without payload.

NOTIFY may be lost or come twice, so whoever waits also polls.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from shared.connections import driver_url
from shared.database import Database
from shared.errors import UnavailableError
from shared.runtime.loop import Loop, Progress

CONNECT_SECONDS = 5.0
PROBE_SECONDS = 10.0
BROADCAST_SECONDS = 0.03  # what is notified again within this time is carried once


def wakeup_loop(
    database: Database,
    channels: Sequence[str],
    *,
    leads: Callable[[], bool] | None = None,
    broadcasts: Sequence[str] = (),
) -> Loop:
    """The loop that holds one connection of its own, beside the pool, for the given channels, and
    on it the mark that this process works.

    Only a leader's loops wait: while this process `leads`, its own notifications are not carried.
    Without `leads` all are carried, and nothing is received from others. `broadcasts` are carried
    by every process and received by all.
    """

    async def run(progress: Progress) -> None:
        outgoing = _Outgoing(channels, broadcasts, leads)
        await _run(database, outgoing, (*(channels if leads else ()), *broadcasts), progress)

    return Loop("wakeup", run)


@dataclass(eq=False)
class _Outgoing:
    """The channels that are to be carried to other processes: `unsent` now, once `work` is set."""

    channels: Sequence[str]
    broadcasts: Sequence[str]
    leads: Callable[[], bool] | None
    unsent: set[str] = field(default_factory=set)
    work: asyncio.Event = field(default_factory=asyncio.Event)
    _coming: set[str] = field(default_factory=set)

    def remember(self, channel: str) -> None:
        if channel in self.broadcasts:
            if channel not in self._coming:
                self._coming.add(channel)
                later = asyncio.get_running_loop().call_later
                later(BROADCAST_SECONDS, self._carry, channel)
        elif channel in self.channels and not (self.leads and self.leads()):
            self._carry(channel)

    def _carry(self, channel: str) -> None:
        self._coming.discard(channel)
        self.unsent.add(channel)
        self.work.set()


async def _run(
    database: Database, outgoing: _Outgoing, incoming: Sequence[str], progress: Progress
) -> None:
    """Raises UnavailableError when the connection is lost: the next run subscribes again."""
    connection = await _connect(database)
    try:
        if database.mark is not None:
            await database.mark.hold(connection)
        for channel in incoming:
            await connection.add_listener(channel, _listener(database, connection))
        connection.add_termination_listener(lambda _connection: outgoing.work.set())
        database.wakeup.on_notify = outgoing.remember
        for channel in (*outgoing.channels, *outgoing.broadcasts):
            database.wakeup.notify_here(channel)  # one may have been lost while nobody listened
        while True:
            progress.beat()
            await _notify(connection, outgoing.unsent)
            outgoing.work.clear()
            if not outgoing.unsent:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PROBE_SECONDS):
                        await outgoing.work.wait()
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise UnavailableError("No wake-up comes from other processes now.") from error
    except asyncio.CancelledError:
        if database.mark is not None and not connection.is_closed():
            with suppress(Exception):  # a mark that stays makes the next one careful, no more
                await database.mark.release(connection)
        raise
    finally:
        database.wakeup.on_notify = None
        connection.terminate()


async def _connect(database: Database) -> Any:
    try:
        return await asyncpg.connect(
            driver_url(database.url),
            timeout=CONNECT_SECONDS,
            command_timeout=CONNECT_SECONDS,
            server_settings={"application_name": f"leadflow-{database.service}-wakeup"},
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise UnavailableError("No wake-up comes from other processes now.") from error


def _listener(database: Database, connection: Any) -> Any:
    own = connection.get_server_pid()

    def receive(_connection: Any, pid: int, channel: str, _payload: object) -> None:
        if pid != own:  # our own have already woken this process
            database.wakeup.notify_here(channel)

    return receive


async def _notify(connection: Any, unsent: set[str]) -> None:
    """Carry the channels to other processes in one statement. Without any it is a probe, so that
    a dead connection is noticed.
    """
    channels = sorted(unsent)
    unsent.clear()
    if channels:
        await connection.execute(
            "SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel", channels
        )
    else:
        await connection.execute("SELECT 1")

"""The floor: what a lead's way costs when it is written by hand, and nothing else is done.

`python -m benchmarks.floor`: one process, a private PostgreSQL with durable commits, tables of the
same kind, events handed over in memory after their commit. No HTTP, no checks, no recovery.
"""

import argparse
import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg
import uvloop

from benchmarks import floor_consumers, floor_intake
from benchmarks.accounting import Usage, usage_of
from benchmarks.commit_times import SERVICES, CommitTimes
from benchmarks.floor_intake import Submission
from benchmarks.floor_messages import Event, Inbox
from benchmarks.floor_tables import TABLES
from benchmarks.intake_door import BODY, refuse_unless_durable
from benchmarks.machine import workshop
from benchmarks.phases import Sending, SendingTimes, add_arguments, measure
from benchmarks.report import HEADING, machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from deploy.embedded.postgres.setup import PORT, SUPERUSER
from shared.clock import system_clock
from shared.ids import new_id

MANAGERS: Final = 50
SOURCE_ID: Final = new_id()
FIRST_NUMBER: Final = 9_000_000_001
PACE_SECONDS: Final = 0.05  # history and kpi, for whom nobody waits, rest unless much is there
MUCH: Final = 100
BURST_CHUNK: Final = 100
# One plan for each statement's life, made for tables that grow: see the sequential scans it avoids.
SETTINGS: Final = {"jit": "off", "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}


@dataclass(eq=False)
class Floor:
    """Five stages, each a loop with a connection of its own and an inbox."""

    times: CommitTimes
    name: str = "floor"
    next_number: int = FIRST_NUMBER
    ingest: Inbox[Submission] = field(default_factory=lambda: Inbox(500))
    normalise: Inbox[Submission] = field(default_factory=lambda: Inbox(200))
    route: Inbox[Event] = field(default_factory=lambda: Inbox(500))
    record: Inbox[Event] = field(default_factory=lambda: Inbox(1000))
    count: Inbox[Event] = field(default_factory=lambda: Inbox(1000))

    def usage(self) -> Usage:
        return usage_of(os.getpid())

    async def send(self, sending: Sending) -> SendingTimes:
        """Straight into ingest's inbox; the bodies are made before the clock runs."""
        bodies = [self._body() for _ in range(sending.leads)]
        began = time.perf_counter()
        step = 1 if sending.rate else BURST_CHUNK
        for place in range(0, len(bodies), step):
            if sending.rate:
                await asyncio.sleep(max(0.0, began + place / sending.rate - time.perf_counter()))
            now = system_clock()
            self.ingest.put(
                Submission(new_id(), body, now) for body in bodies[place : place + step]
            )
            await asyncio.sleep(0)
        return SendingTimes()

    def _body(self) -> bytes:
        self.next_number += 1
        return BODY.replace(b"@" * 10, b"%010d" % self.next_number)

    async def keep_storing(self, connection: Any) -> None:
        while True:
            batch = await self.ingest.take()
            await floor_intake.store(connection, SOURCE_ID, batch)
            self.normalise.put(batch)

    async def keep_normalising(self, connection: Any) -> None:
        while True:
            batch = await self.normalise.take()
            events = await floor_intake.normalise(connection, SOURCE_ID, batch)
            # Contact details are for history alone.
            inquiries = [event for event in events if event.draft.topic == "inquiries"]
            self.route.put(inquiries)
            self.record.put(events)
            self.count.put(inquiries)

    async def keep_routing(self, connection: Any) -> None:
        while True:
            events = await floor_consumers.route(connection, await self.route.take())
            self.record.put(events)
            self.count.put(events)

    async def keep_recording(self, connection: Any) -> None:
        await _at_leisure(self.record, partial(floor_consumers.record, connection))

    async def keep_counting(self, connection: Any) -> None:
        count = partial(floor_consumers.count, connection, source_id=SOURCE_ID)
        await _at_leisure(self.count, count)


async def _at_leisure(inbox: Inbox[Event], work: Callable[..., Awaitable[None]]) -> None:
    while True:
        events: Sequence[Event] = await inbox.take()
        await work(events, now=system_clock())
        if len(events) < MUCH:
            await asyncio.sleep(PACE_SECONDS)


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[PrivatePostgres]:
    """A cluster of its own with the floor's tables and managers."""
    postgres = PrivatePostgres(folder, settings={"track_commit_timestamp": "on"})
    postgres.start()
    try:
        await postgres.create_databases(SERVICES)
        await refuse_unless_durable(postgres)
        for service in SERVICES:
            connection = await postgres.connect(service)
            await connection.execute(TABLES[service])
            if service == "routing":
                managers = [(new_id(), 10_000_000) for _ in range(MANAGERS)]
                insert = "INSERT INTO manager (manager_id, capacity) VALUES ($1, $2)"
                await connection.executemany(insert, managers)
            await connection.close()
        yield postgres
    finally:
        postgres.stop()


async def measure_floor(folder: Path, arguments: argparse.Namespace) -> None:
    state = folder / "floor"
    state.mkdir(mode=0o755)
    # Nothing of it works by itself: there is no idling to be measured.
    phases = argparse.Namespace(**{**vars(arguments), "idle_seconds": 0.0})
    async with started(state) as postgres, await CommitTimes.open(postgres) as times:
        await times.mark_submissions()
        floor = Floor(times)
        async with _working(floor, postgres) as stages:
            measuring = asyncio.create_task(measure(floor, phases))
            await asyncio.wait({measuring, *stages}, return_when=asyncio.FIRST_COMPLETED)
            for task in (*stages, measuring):
                if task.done():
                    task.result()  # a stage never returns: it raises here what it has met


@asynccontextmanager
async def _working(
    floor: Floor, postgres: PrivatePostgres
) -> AsyncIterator[Sequence[asyncio.Task[None]]]:
    """The stages at work, each on a connection of its own."""
    databases = {
        floor.keep_storing: "intake",
        floor.keep_normalising: "intake",
        floor.keep_routing: "routing",
        floor.keep_recording: "history",
        floor.keep_counting: "kpi",
    }
    connections = [await _connect(postgres, database) for database in databases.values()]
    stages = [
        asyncio.create_task(stage(connection))
        for stage, connection in zip(databases, connections, strict=True)
    ]
    try:
        yield stages
    finally:
        for stage in stages:
            stage.cancel()
        await asyncio.gather(*stages, return_exceptions=True)
        for connection in connections:
            await connection.close()


async def _connect(postgres: PrivatePostgres, database: str) -> Any:
    return await asyncpg.connect(
        host=str(postgres.socket),
        port=PORT,
        user=SUPERUSER,
        password=postgres.password(SUPERUSER),
        database=database,
        server_settings=SETTINGS,
    )


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.floor",
        description="The least that a lead's way can cost, by the same phases as whole_path.",
    )
    add_arguments(parser)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line())
    print(HEADING, flush=True)
    with workshop() as folder:
        uvloop.run(measure_floor(folder, arguments))


if __name__ == "__main__":
    main()

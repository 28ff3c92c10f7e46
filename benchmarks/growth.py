"""What an event costs history and kpi while so much is stored: does it grow with that?

`python -m benchmarks.growth [--services kpi history] [--sizes 10000 100000] [--svg FILE]`: each in
a durable PostgreSQL of its own, filled by SQL with rows of a quarter of a year; then batches go
through the consumer, one event in seven on a stored lead. CPU in µs, and what the server does.
"""

import argparse
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import uvloop

from benchmarks import growth_rows
from benchmarks.accounting import Usage, usage_of
from benchmarks.growth_plot import Point, line_of, plot
from benchmarks.machine import workshop
from benchmarks.report import machine_line
from benchmarks.stages import COUNTING, SETTINGS
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.domain.months import month_of
from services.history.repository.months import open_months
from services.history.service import HISTORY
from services.history.use_cases.chain.seal import seal_batch
from services.kpi.service import KPI
from shared.clock import system_clock
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.leads import LeadAccepted, LeadAssigned, LeadOpened
from shared.database import Database, open_database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.work import consume
from shared.messaging.decoding import ReceivedEvent
from shared.migrations import upgrade
from shared.process import settle_memory
from shared.runtime.in_flight import InFlight
from shared.service import Service

DAYS: Final = 90
CHUNK: Final = 50_000  # leads a statement
FRESH, OLD = 400, 200  # leads of a batch: new ones with three events, stored ones with one
WARM, ROUNDS = 2, 8
SERVICES: Final[Mapping[str, Service[Any]]] = {"kpi": KPI, "history": HISTORY}
FILLS: Final = {"kpi": growth_rows.KPI, "history": growth_rows.HISTORY}
ROWS: Final = {"kpi": 4, "history": 4}  # facts or entries of a lead
# Of an event: blocks that statements look at, those that are not among the server's buffers, and
# pages written whole, being changed for the first time since a checkpoint.
WORK: Final = """
SELECT CAST(sum(shared_blks_hit + shared_blks_read) AS float), CAST(sum(shared_blks_read) AS float),
    CAST(sum(wal_fpi) AS float)
FROM pg_stat_statements JOIN pg_database AS d ON d.oid = dbid WHERE d.datname <> 'postgres'
"""


def _lead_events(number: int, now: datetime) -> Iterator[tuple[int, Event]]:
    """With their versions: what comes of a new lead."""
    lead: dict[str, Any] = {"lead_id": new_id(), "contact_id": new_id()}
    came: dict[str, Any] = {
        "inquiry_id": new_id(),
        "source_id": derived_id("source", number % 20),
        "channel": "form",
        "received_at": now,
    }
    campaign = {"utm_campaign": f"c{number % 100}"}
    yield 1, InquiryReceived(contact_id=lead["contact_id"], campaign=campaign, **came)
    yield 1, LeadOpened(
        **lead, **came, version=1, at=now, pool="default", pipeline="sales", stage="new",
        priority_class="normal", work_units=1.0,
    )  # fmt: skip
    manager_id = derived_id("manager", number % 50)
    yield 2, LeadAssigned(
        **lead, version=2, at=now, manager_id=manager_id, epoch=1, round=1, reason="least_score",
        accept_by=now + timedelta(minutes=5), first_touch_by=now + timedelta(minutes=30),
    )  # fmt: skip


def _received(version: int, event: Event, now: datetime) -> ReceivedEvent:
    envelope = Envelope(
        new_id(), event.TYPE, "/benchmark", now, event.TOPIC, event.stream_key(), version, ""
    )
    return ReceivedEvent(envelope, event)


class Bench:
    """One database of one service with so many rows."""

    def __init__(
        self, database: Database, service: str, rows: int, *, postgres_pid: int, counting: Any
    ) -> None:
        self._database = database
        self._service = service
        self._postgres_pid = postgres_pid
        self._counting = counting
        self._rows = rows
        self._stored: list[tuple[UUID, UUID]] = []
        handle = SERVICES[service].handle
        assert handle is not None
        self._consumer = Consumer(database, service, handle, system_clock)
        self._in_flight = InFlight(database, "consume")

    async def run(self, *statements: str, **params: object) -> None:
        for statement in statements:
            async with transaction(self._database) as session:
                await session.execute("SET LOCAL statement_timeout = 0")
                await session.execute(statement, params)

    async def fill(self) -> None:
        """As in life they lie over the same days, however many they are."""
        leads = self._rows // ROWS[self._service]
        tables = ["inquiry", "lead", "lead_event", "inquiry_link", "lead_story", "chain_link"]
        async with transaction(self._database) as session:
            indexes = list(await session.execute(growth_rows.INDEXES, {"tables": tables}))
            if self._service == "history":
                now = system_clock()
                months = {month_of(now - timedelta(days=15 * n)) for n in range(DAYS // 15 + 2)}
                await open_months(session, sorted(months))
        await self.run(*(f"DROP INDEX {index.name}" for index in indexes))
        for begin in range(0, leads, CHUNK):
            end = min(leads, begin + CHUNK)
            params = {"begin": begin + 1, "end": end, "total": leads, "days": DAYS}
            await self.run(FILLS[self._service], **params)
        await self.run(*(index.definition for index in indexes))
        if self._service == "kpi":
            await self.run(*growth_rows.COUNTERS)

    def batch(self) -> list[ReceivedEvent]:
        now = system_clock()
        events = [
            _received(version, event, now)
            for number in range(FRESH)
            for version, event in _lead_events(number, now)
        ]
        for number in range(OLD):
            lead_id, contact_id = self._stored.pop()
            accepted = LeadAccepted(
                lead_id=lead_id, contact_id=contact_id, version=3, at=now, epoch=1,
                manager_id=derived_id("manager", number % 50),
            )  # fmt: skip
            events.append(_received(3, accepted, now))
        return events

    async def choose(self) -> None:
        """Choose leads that something is to happen to, wherever they lie."""
        params = {"count": OLD * (WARM + ROUNDS)}
        async with transaction(self._database) as session:
            rows = await session.execute(growth_rows.SOME_LEADS, params)
        self._stored = [(lead_id, contact_id) for lead_id, contact_id in rows]

    async def measure(self) -> Point:
        await self.choose()
        python = postgres = sealing = 0.0
        count = sealed = 0
        for number in range(WARM + ROUNDS):
            if number == WARM:
                await self._counting.execute("SELECT pg_stat_statements_reset()")
            events = self.batch()
            begin = self._usage()
            await consume(self._consumer, self._in_flight, events)
            middle = self._usage()
            entries = await self._seal()
            end = self._usage()
            if number >= WARM:
                count, sealed = count + len(events), sealed + entries
                python += middle.python - begin.python
                postgres += middle.postgres - begin.postgres
                sealing += sum(end) - sum(middle) if entries else 0.0
        costs = (1e6 * python / count, 1e6 * postgres / count, 1e6 * sealing / max(1, sealed))
        work = [amount / count for amount in await self._counting.fetchrow(WORK)]
        return Point(self._service, self._rows, *costs, *work)

    async def _seal(self) -> int:
        count = 0
        while self._service == "history":
            if (taken := await seal_batch(self._database, now=system_clock())) == 0:
                break
            count += taken
        return count

    def _usage(self) -> Usage:
        return Usage(time.process_time(), usage_of(self._postgres_pid).postgres)


async def settle(postgres: PrivatePostgres, service: str) -> None:
    """Let nothing of the filling be left to do."""
    connection = await postgres.connect(service)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def measure_size(folder: Path, service: str, rows: int) -> Point:
    """In a cluster of its own: what lies over the same days is not what was there, and more."""
    # What it does by itself when it likes would count as this or that batch's.
    settings = {"autovacuum": "off", "checkpoint_timeout": "1h", "max_wal_size": "16GB"}
    postgres = PrivatePostgres(folder, settings=SETTINGS | settings)
    postgres.start()
    try:
        await postgres.create_databases([service])
        await upgrade(service, postgres.url(service))
        database = open_database(postgres.url(service), service=service, background=True)
        counting = await postgres.connect("postgres")
        await counting.execute(COUNTING)
        assert postgres.process is not None
        pid = postgres.process.pid
        bench = Bench(database, service, rows, postgres_pid=pid, counting=counting)
        await bench.fill()
        await settle(postgres, service)
        settle_memory()
        point = await bench.measure()
        await counting.close()
        await database.close()
    finally:
        postgres.stop()
    return point


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--services", nargs="+", choices=SERVICES, default=list(SERVICES))
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--svg", type=Path, metavar="FILE")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    heading = ("Python", "PostgreSQL", "sealing", "blocks", "read", "whole")
    print(f"{'':<10}{'rows':>12}{''.join(f'{name:>12}' for name in heading)}", flush=True)
    points: list[Point] = []
    for service in arguments.services:
        for rows in sorted(arguments.sizes):
            with workshop() as folder:
                points.append(uvloop.run(measure_size(folder / "state", service, rows)))
            print(f"{service:<10}{rows:>12}{line_of(points[-1])}", flush=True)
    if arguments.svg is not None:
        arguments.svg.write_text(plot(points), encoding="utf-8")


if __name__ == "__main__":
    main()

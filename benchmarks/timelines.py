"""How long a page of a timeline takes while so many entries are kept, over so many months.

`python -m benchmarks.timelines [--sizes 1000000] [--months 36] [--rounds 300]`: a private, durable
PostgreSQL, filled by SQL. p50 and p99 of pages of 50, each of another lead or contact, and of one
contact with 100 000 entries; what sealing an entry takes, and verifying a lead.
"""

import argparse
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from benchmarks.machine import workshop
from benchmarks.report import machine_line, quantile
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.domain.months import month_of
from services.history.repository.months import open_months
from services.history.repository.timeline_items import Choice, TimelineItem
from services.history.use_cases import timelines
from services.history.use_cases.chain.seal import SEALED_AT_ONCE, seal_batch
from services.history.use_cases.chain.verify import FIRST_PLACE, verify_lead
from shared.clock import system_clock
from shared.database import Database, Session, open_database, reading, transaction
from shared.migrations import upgrade
from shared.statistics import ANALYZE_FILLED

ENTRIES_PER_LEAD: Final = 16
LEADS_PER_CONTACT: Final = 3
OF_ONE: Final = 100_000  # entries of the largest contact
PAGE: Final = 50
CHUNK: Final = 20_000  # leads a statement
SEALED: Final = 20_000  # entries: what is behind them costs the same
_LEADS: Final = """
INSERT INTO lead (lead_id, contact_id)
SELECT uuidv7(), contact_id FROM (
    SELECT uuidv7() AS contact_id FROM generate_series(1, CAST(:contacts AS integer))
) AS c, generate_series(1, :leads) RETURNING lead_id, contact_id
"""
# The days of a lead are spread over all months, those of its entries over six weeks.
_ENTRIES: Final = (
    """
WITH added AS ("""
    + _LEADS
    + """), dated AS (
    SELECT lead_id, contact_id, random() * CAST(:days AS float) AS age FROM added
), entry AS (
    SELECT d.*, n, make_interval(secs => 86400.0 * (age + 42.0 * n / :entries)) AS ago
    FROM dated AS d, generate_series(1, CAST(:entries AS integer)) AS n
)
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, lead_id, inquiry_id,
    channel, text, facts)
SELECT uuidv7(-ago), CASE WHEN n > 12 THEN 'inquiry.received' ELSE 'lead.stage_changed' END,
    now() - ago, now() - ago, 'customer', contact_id, CASE WHEN n <= 12 THEN lead_id END,
    CASE WHEN n > 12 THEN uuidv7() END, CASE WHEN n > 12 THEN 'form' END,
    CASE WHEN n > 12 THEN repeat('words ', 20) END,
    '{"stage": "new", "to_stage": "qualified", "pipeline": "sales", "reason": "asked for it"}'
FROM entry
"""
)
_ONE: Final = """
INSERT INTO timeline_entry (event_id, kind, at, learned_at, actor, contact_id, channel, facts)
SELECT uuidv7(-ago), CASE n % 100 WHEN 0 THEN 'call.observed' ELSE 'inquiry.received' END,
    now() - ago, now() - ago, 'customer', :contact, 'call', '{"channel": "call"}'
FROM (SELECT n, make_interval(secs => 86400.0 * n * CAST(:days AS float) / :count) AS ago
    FROM generate_series(1, CAST(:count AS integer)) AS n) AS e
"""
_LINKS: Final = """
INSERT INTO inquiry_link (event_id, lead_id, inquiry_id, sign)
SELECT uuidv7(), l.lead_id, e.inquiry_id, 1 FROM timeline_entry AS e
JOIN LATERAL (SELECT lead_id FROM lead WHERE lead.contact_id = e.contact_id LIMIT 1) AS l ON true
WHERE e.inquiry_id IS NOT NULL
"""
_SAMPLE: Final = "SELECT lead_id, contact_id FROM lead ORDER BY random() LIMIT :count"
_QUEUE: Final = """
INSERT INTO unsealed (event_id) SELECT event_id FROM timeline_entry WHERE lead_id = ANY(:leads)
"""
Read = Callable[[Session], Awaitable[Sequence[TimelineItem]]]


class Bench:
    """One database of history, filled further and further."""

    def __init__(self, database: Database, *, months: int, rounds: int) -> None:
        self._database = database
        self._days = 30 * months - 45
        self._months = months
        self._rounds = rounds
        self._largest = UUID(int=1)
        self._entries = 0

    async def open(self) -> None:
        now = system_clock()
        months = {month_of(now - timedelta(days=15 * n)) for n in range(2 * self._months)}
        async with transaction(self._database) as session:
            await open_months(session, sorted(months))
            await session.execute(
                _ONE, {"contact": self._largest, "days": self._days, "count": OF_ONE}
            )
        self._entries = OF_ONE

    async def fill(self, entries: int) -> None:
        while self._entries < entries:
            leads = min(CHUNK, (entries - self._entries) // ENTRIES_PER_LEAD + 1)
            params = {
                "contacts": leads // LEADS_PER_CONTACT + 1,
                "leads": LEADS_PER_CONTACT,
                "days": self._days,
                "entries": ENTRIES_PER_LEAD,
            }
            async with transaction(self._database) as session:
                await session.execute(_ENTRIES, params)
            self._entries += params["contacts"] * LEADS_PER_CONTACT * ENTRIES_PER_LEAD
        async with transaction(self._database) as session:
            await session.execute(ANALYZE_FILLED)

    async def measure(self, requests: Database, entries: int) -> None:
        await self.fill(entries)
        async with transaction(self._database) as session:
            rows = await session.execute(_SAMPLE, {"count": self._rounds})
        leads, contacts = [row.lead_id for row in rows], [row.contact_id for row in rows]
        newest, calls = Choice(newest_first=True), Choice(kinds=["call.observed"])
        pages: dict[str, list[Read]] = {
            "lead": [_lead(lead_id, Choice()) for lead_id in leads],
            "contact": [_contact(contact_id, Choice()) for contact_id in contacts],
            "newest": [_contact(contact_id, newest) for contact_id in contacts],
            "largest": [_contact(self._largest, newest)] * self._rounds,
            "a kind": [_contact(self._largest, calls)] * self._rounds,
        }
        figures = [await _figure(requests, reads) for reads in pages.values()]
        print(f"{self._entries:>10}{''.join(f'{figure:>16}' for figure in figures)}", flush=True)
        await self._seal(requests, leads)

    async def _seal(self, requests: Database, leads: Sequence[UUID]) -> None:
        chosen = list(leads[: SEALED // ENTRIES_PER_LEAD])
        async with transaction(self._database) as session:
            await session.execute(_QUEUE, {"leads": chosen})
        begun, count = time.perf_counter(), 0
        while taken := await seal_batch(self._database, now=system_clock()):
            count += taken
        sealing = 1e6 * (time.perf_counter() - begun) / count
        seconds = []
        for lead_id in chosen:
            begun = time.perf_counter()
            async with reading(requests) as session:
                await verify_lead(session, lead_id, after=FIRST_PLACE)
            seconds.append(time.perf_counter() - begun)
        print(
            f"{'':>10}sealing {sealing:.0f} µs an entry, {count} in batches of {SEALED_AT_ONCE};"
            f" verifying a lead {_quantiles(seconds)} ms",
            flush=True,
        )


def _lead(lead_id: UUID, choice: Choice) -> Read:
    return lambda session: timelines.show_lead_timeline(
        session, lead_id, reader=None, choice=choice, after=None, limit=PAGE + 1
    )


def _contact(contact_id: UUID, choice: Choice) -> Read:
    return lambda session: timelines.show_contact_timeline(
        session, contact_id, reader=None, choice=choice, after=None, limit=PAGE + 1
    )


async def _figure(database: Database, reads: Sequence[Read]) -> str:
    seconds = []
    for read in reads:
        begun = time.perf_counter()
        async with reading(database) as session:
            assert await read(session)
        seconds.append(time.perf_counter() - begun)
    return _quantiles(seconds)


def _quantiles(seconds: Sequence[float]) -> str:
    return " / ".join(f"{1000 * quantile(sorted(seconds), part):.1f}" for part in (0.5, 0.99))


async def measure_all(folder: Path, sizes: Sequence[int], *, months: int, rounds: int) -> None:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    try:
        await postgres.create_databases(("history",))
        url = postgres.url("history")
        await upgrade("history", url)
        database = open_database(url, service="history", pool_size=2, background=True)
        requests = open_database(url, service="history", pool_size=5)
        try:
            bench = Bench(database, months=months, rounds=rounds)
            await bench.open()
            heads = ("lead", "contact", "newest", "largest", "a kind")
            print(f"{'entries':>10}{''.join(f'{head:>16}' for head in heads)}  p50 / p99, ms")
            for size in sizes:
                await bench.measure(requests, size)
        finally:
            await requests.close()
            await database.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timelines", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--rounds", type=int, default=300)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        sizes = sorted(arguments.sizes)
        uvloop.run(measure_all(folder, sizes, months=arguments.months, rounds=arguments.rounds))


if __name__ == "__main__":
    main()

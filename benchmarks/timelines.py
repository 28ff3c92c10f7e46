"""How long each kind of page of a timeline takes while so many entries are kept, over ten years.

`python -m benchmarks.timelines [--entries N] [--months N] [--rounds N] [--folder F]`: a private
PostgreSQL, filled by SQL, or as it is in the folder. Of pages of 50, p50 and p99 of the time and of
what the server's CPU was at work for, and the first, which is planned; then sealing and verifying.
"""

import argparse
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import uvloop

from benchmarks.machine import at_work, kept_postgres
from benchmarks.report import machine_line, quantile
from benchmarks.timeline_rows import ENTRIES_PER_LEAD, MANAGER, ODD, fill
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.repository.timeline_items import Choice, TimelineItem
from services.history.use_cases import timelines
from services.history.use_cases.chain.seal import SEALED_AT_ONCE, seal_batch
from services.history.use_cases.chain.verify import FIRST_PLACE, verify_lead
from shared.clock import system_clock
from shared.database import Database, Session, open_database, reading, transaction
from shared.migrations import upgrade

PAGE: Final = 50
SEALED: Final = 20_000  # entries: what is behind them costs the same
_NEWEST: Final = Choice(newest_first=True)
_SAMPLE: Final = """
SELECT lead_id, contact_id FROM lead
WHERE lead_id > gen_random_uuid() AND owner_id <> :manager ORDER BY lead_id LIMIT :count
"""
_QUEUE: Final = """
INSERT INTO unsealed (event_id) SELECT event_id FROM timeline_entry WHERE lead_id = ANY(:leads)
"""
Read = Callable[[Session], Awaitable[Sequence[TimelineItem]]]


def _lead(
    lead_id: UUID, choice: Choice, after: timelines.Place | None = None, reader: UUID | None = None
) -> Read:
    return lambda session: timelines.show_lead_timeline(
        session, lead_id, reader=reader, choice=choice, after=after, limit=PAGE + 1
    )


def _contact(
    contact_id: UUID,
    choice: Choice,
    after: timelines.Place | None = None,
    reader: UUID | None = None,
) -> Read:
    return lambda session: timelines.show_contact_timeline(
        session, contact_id, reader=reader, choice=choice, after=after, limit=PAGE + 1
    )


def _odd_pages(days: int) -> Iterator[tuple[str, Read]]:
    """Pages of what is odd: both orders, deep, filtered by what is rare, by a period, a manager's
    own.
    """
    now = system_clock()
    middle = (now - timedelta(days=days // 2), UUID(int=0))
    period = Choice(since=now - timedelta(days=90), until=now - timedelta(days=60))
    for odd in ODD:
        show, subject = (
            (_lead, odd.lead_ids[0]) if odd.name == "long lead" else (_contact, odd.contact_ids[0])
        )
        for name, read in (
            ("oldest", show(subject, Choice())),
            ("newest", show(subject, _NEWEST)),
            ("deep", show(subject, Choice(), middle)),
            ("deep, newest", show(subject, _NEWEST, middle)),
            ("rare kind", show(subject, Choice(kinds=["lead.reopened"]))),
            ("rare actor", show(subject, Choice(actors=["supervisor"]))),
            ("rare channel", show(subject, Choice(channels=["chat"]))),
            ("a month", show(subject, period)),
            ("manager's", show(subject, _NEWEST, None, MANAGER)),
        ):
            yield f"{odd.name}: {name}", read


async def _pages(database: Database, rounds: int, days: int) -> dict[str, list[Read]]:
    async with reading(database) as session:
        rows = list(await session.execute(_SAMPLE, {"count": rounds, "manager": MANAGER}))
    usual = {
        "lead": [_lead(row.lead_id, Choice()) for row in rows],
        "lead: newest": [_lead(row.lead_id, _NEWEST) for row in rows],
        "contact": [_contact(row.contact_id, Choice()) for row in rows],
        "contact: newest": [_contact(row.contact_id, _NEWEST) for row in rows],
    }
    return usual | {name: [read] * rounds for name, read in _odd_pages(days)}


async def _measure(database: Database, reads: Sequence[Read]) -> str:
    """Of all but the first reads, after which the server keeps its plan."""
    async with reading(database) as session:
        backend = int(await session.scalar("SELECT pg_backend_pid()"))
    seconds, cpu_seconds = [], []
    for read in reads:
        begun, worked = time.perf_counter(), at_work(backend)
        async with reading(database) as session:
            await read(session)
        seconds.append(time.perf_counter() - begun)
        cpu_seconds.append(at_work(backend) - worked)
    first = f"{1000 * cpu_seconds[0]:.0f}"
    return f"{_quantiles(seconds[6:]):>16}{_quantiles(cpu_seconds[6:]):>16}{first:>8}"


def _quantiles(seconds: Sequence[float]) -> str:
    return " / ".join(f"{1000 * quantile(sorted(seconds), part):.1f}" for part in (0.5, 0.99))


async def _seal(database: Database, rounds: int) -> None:
    async with transaction(database) as session:
        rows = await session.execute(
            _SAMPLE, {"count": SEALED // ENTRIES_PER_LEAD, "manager": MANAGER}
        )
        leads = [row.lead_id for row in rows]
        await session.execute(_QUEUE, {"leads": leads})
    begun, count = time.perf_counter(), 0
    while taken := await seal_batch(database, now=system_clock()):
        count += taken
    sealing = 1e6 * (time.perf_counter() - begun) / count
    seconds = []
    for lead_id in leads[:rounds]:
        begun = time.perf_counter()
        async with reading(database) as session:
            await verify_lead(session, lead_id, after=FIRST_PLACE)
        seconds.append(time.perf_counter() - begun)
    print(
        f"sealing {sealing:.0f} µs an entry, {count} in batches of {SEALED_AT_ONCE};"
        f" verifying a lead {_quantiles(seconds)} ms"
    )


async def measure_all(
    postgres: PrivatePostgres, *, is_new: bool, entries: int, months: int, rounds: int
) -> None:
    await postgres.create_databases(("history",))
    url = postgres.url("history")
    await upgrade("history", url)
    worker = open_database(url, service="history", pool_size=2, background=True)
    api = open_database(url, service="history", pool_size=1)
    try:
        if is_new:
            await fill(worker, entries=entries, months=months)
        print(f"{'page':<28}{'p50 / p99, ms':>16}{'of CPU':>16}{'first':>8}", flush=True)
        for name, reads in (await _pages(api, rounds, 30 * months)).items():
            print(f"{name:<28}{await _measure(api, reads)}", flush=True)
        await _seal(worker, rounds)
    finally:
        await api.close()
        await worker.close()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timelines", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the database is kept for other runs")
    return parser


def main() -> None:
    options = new_parser().parse_args()
    sizes = {"entries": options.entries, "months": options.months, "rounds": options.rounds}
    print(machine_line(), flush=True)
    with kept_postgres(options.folder) as (postgres, is_new):
        uvloop.run(measure_all(postgres, is_new=is_new, **sizes))


if __name__ == "__main__":
    main()

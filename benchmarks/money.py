"""How long reports of a year on money take, now and as known, and pages of what they count.

`python -m benchmarks.money [--sizes 1000000 10000000] [--rounds N]`: a private, durable PostgreSQL
with what comes of eight facts for each inquiry. Telling is measured with fewer people.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.machine import workshop
from benchmarks.money_tables import DRAW, FILL, KEEP_SEGMENTS, PARTS, SEGMENTS, TOLD
from benchmarks.report import machine_line, quantile
from benchmarks.rounds import Deed, rounds_of
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.paths.segments import (
    EVERYTHING,
    NOWHERE,
    Segment,
    groupings_within,
    parts_of,
    segment_id,
)
from services.kpi.domain.periods import period, require_zone
from services.kpi.repository.facts import clear
from services.kpi.use_cases.money import returns, sales
from services.kpi.use_cases.money.tell import tell_next
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, open_database, transaction
from shared.migrations import upgrade
from shared.statements import columns
from shared.statistics import ANALYZE_FILLED

FIRST: Final = date(2024, 11, 1)
DAYS: Final = 730
BEGINS_AT: Final = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
FACTS_EACH: Final = 8
CHUNK: Final = 100_000  # inquiries a statement
SPENT: Final = """
INSERT INTO spend (spend_id, version, day, source_key, ad_channel, campaign, amount, currency,
    author, recorded_at, is_latest)
SELECT gen_random_uuid(), 1, CAST(CAST(:first AS timestamptz) AS date) + d, '', 'ads ' || c / 5 % 5,
    'campaign ' || c, 100, 'RUB', 'x', CAST(:first AS timestamptz) + (d + 1) * interval '1 day',
    true
FROM generate_series(0, 729) AS d, generate_series(0, 99) AS c
"""
SPENT_SUMS: Final = """
INSERT INTO spend_sum
SELECT unit, date_trunc(unit, CAST(day AS timestamp)), '', channel, name, currency,
    date_trunc('month', recorded_at), count(*), sum(amount)
FROM spend, LATERAL (VALUES ('month', ad_channel, campaign), ('day', '', ''))
    AS u (unit, channel, name)
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_CLEAR: Final = "TRUNCATE segment"
FEW: Final = 10_000  # inquiries that the loop itself tells, to see what that costs


def wish(
    group_by: str, *, days: int = DAYS, zone: str = "Europe/Moscow", known_on: date | None = None
) -> MoneyWish:
    """The last `days` of all."""
    last = FIRST + timedelta(days=DAYS)
    span = period(last - timedelta(days=days), last, require_zone(zone))
    return MoneyWish(span, group_by.split(",") if group_by else [], "position", 90, known_on)


def _returns(group_by: str, **more: Any) -> Deed:
    asked = wish(group_by, **more)
    return lambda session: returns.show_returns(session, asked)


def _sales(group_by: str, **more: Any) -> Deed:
    asked = wish(group_by, **more)
    return lambda session: sales.show_sales(session, asked, "last_non_direct")


def _items(measure: str, **conditions: Any) -> Deed:
    return lambda session: returns.list_behind(
        session, wish(""), measure, [*conditions.items()], after=None, limit=51
    )


_RARE: Final = {"campaign": "campaign 7", "region": "region 60"}
_ASKED: Final[dict[str, Callable[..., Deed]]] = {
    "returns by source": partial(_returns, "source"),
    "returns by campaign": partial(_returns, "ad_channel,campaign"),
    "returns by day, Kathmandu": partial(_returns, "day", zone="Asia/Kathmandu"),
    "sales by product": partial(_sales, "product"),
    "sales by month": partial(_sales, "month"),
    "repeat rate": partial(_sales, ""),
}
SPANS: Final = {"30 days": 30, "year": 365, "2 years": DAYS}
PAGES: Final[dict[str, Deed]] = {
    "page of inquiries": _items("inquiries", campaign="campaign 7"),
    "page of contacts": _items("contacts", campaign="campaign 7"),
    "page of leads, rare": _items("leads", **_RARE),
    "page of sales": _items("sales", campaign="campaign 7"),
    "page of sales, rare": _items("sales", **_RARE),
}


def reports() -> dict[str, Deed]:
    """Each over each span, now and as it was known in the middle of the span."""
    asked: dict[str, Deed] = {}
    for name, report in _ASKED.items():
        for words, days in SPANS.items():
            middle = FIRST + timedelta(days=DAYS - days // 2)
            asked[f"{name}, {words}"] = report(days=days)
            asked[f"{name}, {words}, as known"] = report(days=days, known_on=middle)
    return asked | PAGES


async def fill(database: Database, statements: Sequence[str], inquiries: int) -> None:
    """Run the statements for the inquiries from 1 to that number."""
    for first in range(1, inquiries + 1, CHUNK):
        last = min(first + CHUNK - 1, inquiries)
        for statement in statements:
            await _run(database, statement, begin=first, end=last, first=BEGINS_AT)


async def _run(database: Database, statement: str, **params: Any) -> Any:
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("SET LOCAL enable_seqscan = on")
        await session.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        await session.execute("SET LOCAL work_mem = '256MB'")
        return await session.execute(statement, params)


async def tell(database: Database) -> None:
    """Tell all who wait."""
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await tell_next(session)


async def write_told(database: Database, inquiries: int) -> None:
    """Write at once what telling so many inquiries would: the loop would take some minutes."""
    await fill(database, FILL[:1], FEW)  # by these the names of sources are found
    await _run(database, DRAW, begin=1, end=inquiries, first=BEGINS_AT)
    segments = [NOWHERE, *(Segment(*row) for row in await _run(database, SEGMENTS))]
    parts = [
        (segment_id(one), grouping, number, *parts_of(one).segments[number])
        for one in segments
        for grouping, number in parts_of(one).numbers.items()
    ]
    names = " ".join(("numbers", "groupings", "parts", *Segment._fields))
    groupings = [groupings_within(number) for number in range(EVERYTHING + 1)]
    await _run(database, PARTS, **columns(names, parts))
    await _run(database, KEEP_SEGMENTS)
    sets = [number - (1 << 64) if number >> 63 else number for number in groupings]
    for statement in TOLD:
        await _run(database, statement, **({"sets": sets} if ":sets" in statement else {}))


async def measure_telling(database: Database, pid: int) -> None:
    await fill(database, FILL, FEW)
    await analyze(database)
    used, python = usage_of(pid).postgres, time.process_time()
    await tell(database)
    used, python = usage_of(pid).postgres - used, time.process_time() - python
    print(
        f"telling: {1_000_000 * python / FEW:.0f} us of Python, {1_000_000 * used / FEW:.0f} us"
        " of PostgreSQL an inquiry",
        flush=True,
    )


async def measure(door: Database, name: str, report: Deed, rounds: int, pid: int) -> None:
    walls, used = await rounds_of(door, report, rounds, pid)
    p50, p99 = (quantile(walls, part) for part in (0.5, 0.99))
    print(f"{name:>44}{p50:>10.1f}{p99:>10.1f}{used:>10.1f}", flush=True)


async def measure_all(folder: Path, sizes: Sequence[int], rounds: int) -> None:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    try:
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        door = open_database(postgres.url("kpi"), service="kpi")
        async with transaction(background) as session:
            await session.execute(SPENT, {"first": BEGINS_AT})
            await session.execute(SPENT_SUMS)
        assert postgres.process is not None
        await measure_telling(background, postgres.process.pid)
        for size in sizes:
            async with transaction(background) as session:
                await clear(session)
                await session.execute(_CLEAR)
            await write_told(background, size // FACTS_EACH)
            await analyze(background)
            print(
                f"{size} facts, {size // FACTS_EACH} inquiries\n{'report':>44}"
                f"{'p50, ms':>10}{'p99, ms':>10}{'CPU, ms':>10}",
                flush=True,
            )
            for name, report in reports().items():
                await measure(door, name, report, rounds, postgres.process.pid)
        await background.close()
        await door.close()
    finally:
        postgres.stop()


async def analyze(database: Database) -> None:
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(ANALYZE_FILLED)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.money", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(measure_all(folder, sorted(arguments.sizes), arguments.rounds))


if __name__ == "__main__":
    main()

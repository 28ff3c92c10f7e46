"""How long reports on managers' load take while so many facts are kept over two years.

`python -m benchmarks.load [--facts 10000000] [--managers 200]`: a private PostgreSQL with all that
says when leads came and went, and managers were there; each has an own calendar. CPU is of Python
and PostgreSQL, of an answer as JSON, and of summing up a day.
"""

import argparse
import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.indicator_events import EVENTS_PER_LEAD, events_of_week
from benchmarks.load_rows import COPY, FILL, FIRST, ROLLED, SUMMED, WEEKS
from benchmarks.machine import workshop
from benchmarks.money import measure
from benchmarks.report import machine_line
from benchmarks.rounds import Deed
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.load.keeping import keep_load_next
from services.kpi.repository.reports.cohort import View
from services.kpi.schemas.load import CompanyLoadOut, LoadOut
from services.kpi.use_cases.load.report import LoadQuery, show_company_load, show_load
from shared.database import Database, open_database, transaction
from shared.errors import InvalidError, UnavailableError
from shared.migrations import upgrade
from shared.process import settle_memory
from shared.statistics import ANALYZE_FILLED

NOW: Final = FIRST + timedelta(weeks=WEEKS, hours=-10)
STATUSES_A_DAY: Final = 8
PAGE: Final = 200


def _view(days: int, zone: str, *, until: date | None = None, known_on: date | None = None) -> View:
    end = until or NOW.date() - timedelta(days=20)
    first = max(FIRST.date(), end - timedelta(days=days))
    return View(period(first, end, require_zone(zone)), known_on)


def _page(view: View, step: str, *, compared: bool = False) -> Deed:
    before = View(view.period.previous(), view.known_on) if compared else None

    async def ask(session: Any) -> Any:
        query = LoadQuery(view, step, before)
        report = await show_load(session, query, only=None, after=None, limit=PAGE, now=NOW)
        return LoadOut.of(report, next_cursor=None).model_dump_json()

    return ask


def _company(view: View, step: str, *, compared: bool = False) -> Deed:
    before = View(view.period.previous(), view.known_on) if compared else None

    async def ask(session: Any) -> Any:
        report = await show_company_load(session, LoadQuery(view, step, before), now=NOW)
        return CompanyLoadOut.of(report).model_dump_json()

    return ask


def reports() -> dict[str, Deed]:
    today = NOW.date() + timedelta(days=1)
    asked: dict[str, Deed] = {}
    for kind, ask in (("company", _company), ("page", _page)):
        for zone in ("Europe/Moscow", "America/New_York", "Asia/Kathmandu"):
            asked |= {
                f"{kind}, month by day, {zone}": ask(_view(30, zone), "day"),
                f"{kind}, year by month, {zone}": ask(_view(365, zone), "month"),
                f"{kind}, 2 years as one, {zone}": ask(_view(720, zone), "period"),
            }
        asked |= {
            f"{kind}, month by day until now": ask(_view(30, "Europe/Moscow", until=today), "day"),
            f"{kind}, month by day, compared": ask(
                _view(30, "Europe/Moscow"), "day", compared=True
            ),
            f"{kind}, year by week": ask(_view(365, "Europe/Moscow"), "week"),
            f"{kind}, month by day, as known": ask(
                _view(30, "Europe/Moscow", known_on=NOW.date() - timedelta(days=30)), "day"
            ),
        }
    asked["company, 2 years by day"] = _company(_view(720, "Europe/Moscow"), "day")
    asked["company, month by hour"] = _company(_view(30, "Asia/Kolkata"), "hour")
    return asked


async def fill(database: Database, facts: int, managers: int) -> None:
    parameters = {
        "managers": managers, "weeks": WEEKS, "first": FIRST, "now": NOW,
        "statuses": STATUSES_A_DAY, "holdings": round(facts / EVENTS_PER_LEAD),
    }  # fmt: skip
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("SET LOCAL work_mem = '512MB'")
        for statement in FILL:
            await session.execute(statement, parameters)
    # Of stories only one matters here: days are summed up from that of the first lead on.
    events = [
        item for item in events_of_week(1, random.Random(1)) if item.envelope.topic == "leads"
    ]
    async with transaction(database) as session:
        await apply(session, events, now=NOW)
        await session.execute(ROLLED, {"until": NOW.date()})
        await session.execute(ANALYZE_FILLED)
        await session.execute("SELECT brin_summarize_new_values('held_change_known')")


async def sum_up(database: Database, pid: int) -> None:
    """Two weeks of days, and tell what each cost; those before are copies of these."""
    used, python = usage_of(pid).postgres, time.process_time()
    for _ in range(SUMMED):
        async with transaction(database) as session:
            assert await keep_load_next(session)
    used, python = usage_of(pid).postgres - used, time.process_time() - python
    print(f"{1000 * (used + python) / SUMMED:.0f} ms of CPU for each day", flush=True)
    for statement in COPY:
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute(statement, {"first": FIRST.date()})
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await keep_load_next(session)
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(ANALYZE_FILLED)
        for table in ("held_change", "load_sum", "load_part"):
            size = await session.scalar(f"SELECT pg_total_relation_size('{table}')")
            rows = await session.scalar(f"SELECT count(*) FROM {table}")
            print(f"{table:>44}{rows:>10} rows{size // 2**20:>7} MB", flush=True)


async def _measure_all(
    database: Database, title: str, only: Sequence[str], rounds: int, pid: int
) -> None:
    print(f"{title:>44}{'p50, ms':>10}{'p99, ms':>10}{'CPU, ms':>10}", flush=True)
    for name, report in reports().items():
        if not only or any(word in name for word in only):
            try:
                await measure(database, name, report, rounds, pid)
            except (InvalidError, UnavailableError) as error:
                print(f"{name:>44} {error}", flush=True)


async def measure_all(
    folder: Path, facts: int, managers: int, only: Sequence[str], rounds: int, *, is_summed: bool
) -> None:
    postgres = PrivatePostgres(folder / "state", durable=False)
    postgres.start()
    try:
        assert postgres.process is not None
        pid = postgres.process.pid
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        await fill(background, facts, managers)
        settle_memory()
        if not is_summed:
            await _measure_all(background, "from single changes", only, rounds, pid)
        await sum_up(background, pid)
        await _measure_all(background, "from what is summed up", only, rounds, pid)
        await background.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description="Times of reports on managers' load."
    )
    parser.add_argument("--facts", type=int, default=10_000_000)
    parser.add_argument("--managers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--only", nargs="+", default=(), metavar="WORD")
    parser.add_argument("--summed", action="store_true", help="only from what is summed up")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(
            measure_all(
                folder,
                arguments.facts,
                arguments.managers,
                arguments.only,
                arguments.rounds,
                is_summed=arguments.summed,
            )
        )


if __name__ == "__main__":
    main()

"""How long statements of pay, closing a month, a what-if and reports on customers take.

`python -m benchmarks.pay [--sales 1000000] [--rounds N] [--only WORD ...]`: a private PostgreSQL
with two years of sales, of which the months before the last one are closed and some are cancelled.
"""

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.machine import workshop
from benchmarks.money import DAYS, FIRST, analyze, measure
from benchmarks.pay_rows import HIRED, SOLD, TAKEN_BACK
from benchmarks.report import machine_line
from benchmarks.reports import of_customers
from benchmarks.rounds import Deed
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.months import later
from services.kpi.domain.motivation.targets import COMPANY, Target
from services.kpi.domain.motivation.terms import Company, GroupBonus, Personal, ProductGroup, Terms
from services.kpi.repository.motivation import schemes
from services.kpi.repository.motivation.changes import mark_sales
from services.kpi.use_cases.money.tell import keep_days_next
from services.kpi.use_cases.motivation import statements
from services.kpi.use_cases.motivation.close import close_month
from services.kpi.use_cases.motivation.explain import explain_line
from services.kpi.use_cases.motivation.targets import put_targets
from services.kpi.use_cases.motivation.what_if import compute_next, request_what_if
from shared.database import Database, Session, open_database, transaction
from shared.ids import derived_id
from shared.migrations import upgrade

ZONE: Final = ZoneInfo("Europe/Moscow")
MANAGERS: Final = [derived_id("manager", number) for number in range(200)]
CUSTOMERS, PRODUCTS, GROUPS = 300_000, 500, 10
PAGE: Final = 51
LAST: Final = (FIRST + timedelta(days=DAYS - 1)).replace(day=1)  # the month that is open
CLOSED: Final = 6
NOW: Final = datetime(LAST.year, LAST.month, 28, tzinfo=UTC)
SCHEME: Final = derived_id("scheme", 1)


def _terms() -> Terms:
    each = PRODUCTS // GROUPS
    groups = [
        ProductGroup(f"g{place}", tuple(f"product {place * each + n}" for n in range(each)))
        for place in range(GROUPS)
    ]
    bonuses = [
        GroupBonus(group.key, rate=Decimal("0.015"))
        if place % 2
        else GroupBonus(group.key, per_sale=Decimal("12.5"))
        for place, group in enumerate(groups)
    ]
    return Terms(
        currency="RUB", base=Decimal(40_000), personal=Personal(Decimal(30_000)), company=Company(),
        groups=tuple(groups), bonuses=tuple(bonuses), floor=Decimal(45_000), cap=Decimal(200_000),
    )  # fmt: skip


async def _run(database: Database, sql: str, **params: Any) -> Any:
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("SET LOCAL work_mem = '256MB'")
        return await session.execute(sql, params)


async def fill(database: Database, sales: int) -> None:
    first = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    more = {
        "first": first, "sales": sales, "managers": MANAGERS, "products": PRODUCTS,
        "customers": CUSTOMERS * sales // 1_000_000,
    }  # fmt: skip
    for statement in SOLD:
        await _run(database, statement, **more)
    await _run(database, HIRED, first=first, managers=MANAGERS)
    await analyze(database)
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await keep_days_next(session)
    item = schemes.Scheme(
        scheme_id=SCHEME, version=1, name="all", manager_ids=(), terms=_terms(), created_at=first,
        created_by="x",
    )  # fmt: skip
    of_each = Decimal(sales) / 24 / len(MANAGERS) * 500
    targets = [
        Target(month, subject, "revenue", value.quantize(Decimal(1)), "RUB")
        for month in (later(LAST, -place) for place in range(CLOSED + 7))
        for subject, value in [
            (COMPANY, of_each * len(MANAGERS)),
            *((str(manager), of_each) for manager in MANAGERS),
        ]
    ]
    async with transaction(database) as session:
        await schemes.add_version(session, item)
        await schemes.approve_version(session, SCHEME, 1, from_month=FIRST, actor="x", now=first)
        await put_targets(session, targets, author="x", now=first, dry_run=False)


async def close_months(database: Database, pid: int) -> None:
    """Close them one after the other; of each some sales are cancelled afterwards."""
    for place in range(CLOSED, 0, -1):
        month = later(LAST, -place)
        used, python = usage_of(pid).postgres, time.process_time()
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await close_month(session, month, ZONE, actor="x", now=NOW)
        used, python = usage_of(pid).postgres - used, time.process_time() - python
        print(f"closing {month:%Y-%m}: {python:.1f} s of Python, {used:.1f} s of PostgreSQL")
        await _take_back(database, month)
        await analyze(database)


async def _take_back(database: Database, last: date) -> None:
    first, begins, ends = (
        datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)
        for day in (later(LAST, -CLOSED), last, later(last, 1))
    )
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        rows = await session.execute(TAKEN_BACK, {"first": first, "end": ends, "last": begins})
        await mark_sales(session, {row.sale_id: [row.at] for row in rows})
        await session.execute("DELETE FROM sale_day WHERE day >= :first", {"first": first.date()})
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await keep_days_next(session)


def _page(month: date, limit: int = PAGE) -> Deed:
    return lambda session: statements.list_statements(session, month, ZONE, limit=limit)


async def _line(number: int, month: date, session: Session) -> Any:
    item = await statements.get_statement(session, month, ZONE, MANAGERS[150])
    return await explain_line(session, item, number, ZONE)


async def _own(month: date, manager_id: UUID, session: Session) -> Any:
    return await statements.get_statement(session, month, ZONE, manager_id)


async def _what_if(session: Session) -> Any:
    """A month of twelve, as the loop computes it."""
    await request_what_if(session, SCHEME, 1, ZONE, actor="x", now=NOW)
    return await compute_next(session, ZONE, now=NOW)


def of_pay() -> dict[str, Deed]:
    open_, closed = LAST, later(LAST, -1)
    return {
        "statements, open month with corrections": _page(open_),
        "statements, open month, all managers": _page(open_, 1000),
        "statements, month before any closed": _page(later(LAST, -CLOSED - 1)),
        "statements, closed month": _page(closed),
        "a statement, open month": partial(_own, open_, MANAGERS[150]),
        "a statement, closed month": partial(_own, closed, MANAGERS[150]),
        "sales of the bonus, open month": partial(_line, 2, open_),
        "sales of a group, open month": partial(_line, 5, open_),
        "sales of the bonus, closed month": partial(_line, 2, closed),
        "a month of a what-if, in the background": _what_if,
    }


async def measure_all(folder: Path, sales: int, only: Sequence[str], rounds: int) -> None:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    try:
        assert postgres.process is not None
        pid = postgres.process.pid
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        await fill(background, sales)
        await close_months(background, pid)
        await background.close()
        door = open_database(postgres.url("kpi"), service="kpi")
        print(f"{sales} sales\n{'':>44}{'p50, ms':>10}{'p99, ms':>10}{'CPU, ms':>10}", flush=True)
        for name, report in (of_pay() | of_customers()).items():
            if not only or any(word in name for word in only):
                await measure(door, name, report, rounds, pid)
        await door.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pay", description=__doc__)
    parser.add_argument("--sales", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="of reports' names")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(measure_all(folder, arguments.sales, arguments.only, arguments.rounds))


if __name__ == "__main__":
    main()

"""How long reports on customers, budgets, pay, goals, the past and a manager's day take.

`python -m benchmarks.reports [--sizes 1000000 10000000] [--rounds N] [--only REPORT ...]`: a
private, durable PostgreSQL with what `benchmarks.money` keeps of so many facts, of which one in
forty is a sale; counters and leads are those of as many facts as `--leads` says.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.indicator_events import EVENTS_PER_LEAD
from benchmarks.indicator_events import FIRST as FIRST_LEAD
from benchmarks.indicator_weeks import fill as fill_leads
from benchmarks.machine import workshop
from benchmarks.money import (
    BEGINS_AT,
    DAYS,
    FACTS_EACH,
    FIRST,
    SPENT,
    SPENT_SUMS,
    analyze,
    measure,
    wish,
    write_told,
)
from benchmarks.report import machine_line
from benchmarks.report_plans import (
    LATER,
    NOW,
    WEEKS,
    ZONE,
    add_plan,
    of_plans,
    of_sections,
)
from benchmarks.report_rows import LOYAL
from benchmarks.rounds import Deed
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.forecast.past import Measure
from services.kpi.domain.goals.goals import Goal
from services.kpi.domain.loyalty.customers import CustomerFilter
from services.kpi.domain.periods import period
from services.kpi.use_cases.forecast.past import PastWish, read_past, show_seasonality
from services.kpi.use_cases.goals.goals import measure_progress
from services.kpi.use_cases.loyalty import customers
from services.kpi.use_cases.marketing import advice, budget
from services.kpi.use_cases.money.tell import keep_days_next
from services.kpi.use_cases.motivation.months import read_book
from services.kpi.use_cases.organisation.day import Wish, show_day
from shared.database import Database, open_database, transaction
from shared.ids import derived_id
from shared.migrations import upgrade


def _months(first: date, end: date) -> Any:
    return period(first, end, ZONE)


def _loyalty(days: int, known_on: date | None = None) -> Deed:
    asked = wish("", days=days, known_on=known_on)
    return lambda session: customers.show_loyalty(session, asked, None, NOW)


def _cohorts(days: int, known_on: date | None = None) -> Deed:
    asked = wish("", days=days, known_on=known_on)
    return lambda session: customers.show_cohorts(session, asked, NOW)


def _products(days: int, known_on: date | None = None) -> Deed:
    asked = wish("", days=days, known_on=known_on)
    return lambda session: customers.show_next_products(session, asked, Fraction(1, 100), None)


def _customers(days: int, **criteria: Any) -> Deed:
    asked, only = wish("", days=days), CustomerFilter(**criteria)
    return lambda session: customers.list_customers(
        session, asked, only, None, now=NOW, after=None, limit=51
    )


def of_customers() -> dict[str, Deed]:
    middle = FIRST + timedelta(days=DAYS // 2)
    return {
        **{
            f"{name}, {words}": report(days)
            for name, report in (
                ("segments", _loyalty), ("retention", _cohorts), ("next products", _products),
            )
            for words, days in (("30 days", 30), ("year", 365), ("2 years", DAYS))
        },
        "segments, 2 years, as known": _loyalty(DAYS, middle),
        "retention, 2 years, as known": _cohorts(DAYS, middle),
        "next products, 2 years, as known": _products(DAYS, middle),
        "page of customers, 2 years": _customers(DAYS),
        "page of sleepers, 2 years": _customers(DAYS, sleeping=True),
        "page of champions, year": _customers(365, segment="champion"),
        "page of a pair, year": _customers(365, product="product 1", without="product 2"),
    }  # fmt: skip


def of_budgets(database: Database) -> dict[str, Deed]:
    end = FIRST + timedelta(days=DAYS)

    async def advise(_: Any) -> Any:
        asked = replace(wish("month,ad_channel"), model="last_non_direct")
        return await advice.show_advice(database, asked, "target", None, seed=1, now=NOW)

    return {
        "budget against fact": lambda session: budget.show_budget(session, FIRST, end, end),
        "advice on the budget": advise,
    }


def _past(axis: str, key: str | None, step: str, measure_: Measure) -> Deed:
    span = _months(FIRST_LEAD.date(), LATER.date())
    asked = PastWish(measure=measure_, step=step, span=span, currency="RUB", axis=axis, key=key)

    async def report(session: Any) -> Any:
        view = await read_past(session, asked, now=LATER)
        return show_seasonality(view.past, ())

    return report


def _goal(axis: str, key: str | None) -> Deed:
    first = date(LATER.year - 1, 1, 1)
    goal = Goal(
        name="goal", measure=Measure.QUANTITY, unit="sales", value=Decimal(1), first=first,
        end=date(LATER.year + 1, 1, 1), time_zone=ZONE.key, axis=axis, key=key, owner="x",
        challenge="",
    )  # fmt: skip
    return lambda session: measure_progress(session, goal, home="RU", now=LATER)


def of_leads() -> dict[str, Deed]:
    manager = derived_id("manager", 150)
    asked = Wish(manager, LATER.date(), ZONE, "offer", LATER)
    return {
        "past of the company by day": _past("company", None, "day", Measure.REVENUE),
        "past of the company by month": _past("company", None, "month", Measure.REVENUE),
        "past of a product by week": _past("product", "product 1", "week", Measure.QUANTITY),
        "past of a manager by day": _past("manager", str(manager), "day", Measure.REVENUE),
        "progress of the company's goal": _goal("company", None),
        "progress of a source's goal": _goal("source", str(derived_id("source", 1))),
        "a manager's day": lambda session: show_day(session, asked),
    }


def of_pay() -> dict[str, Deed]:
    last = (FIRST + timedelta(days=DAYS - 1)).replace(day=1)
    return {
        "facts of everybody's pay": lambda session: read_book(session, last, ZONE),
    }


async def _fill(database: Database, facts: int) -> None:
    await write_told(database, facts // FACTS_EACH)
    managers = [derived_id("manager", number) for number in range(200)]
    for statement in LOYAL:
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute("SET LOCAL enable_seqscan = on")
            await session.execute("SET LOCAL work_mem = '256MB'")
            await session.execute(statement, {"managers": managers})
    while await _keep_days(database):
        pass
    async with transaction(database) as session:
        await session.execute(SPENT, {"first": BEGINS_AT})
        await session.execute(SPENT_SUMS)
    await analyze(database)


async def _keep_days(database: Database) -> bool:
    async with transaction(database) as session:
        return await keep_days_next(session)


async def measure_size(
    folder: Path, facts: int, leads: int, only: Sequence[str], rounds: int
) -> None:
    postgres = PrivatePostgres(folder / f"state-{facts}")
    postgres.start()
    try:
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        if leads:
            each = max(1, round(leads / WEEKS / EVENTS_PER_LEAD))
            await fill_leads(background, leads_a_week=each, weeks=WEEKS)
        await _fill(background, facts)
        await add_plan(background)
        await background.close()
        door = open_database(postgres.url("kpi"), service="kpi")
        print(f"{facts} facts\n{'':>44}{'p50, ms':>10}{'p99, ms':>10}{'CPU, ms':>10}", flush=True)
        assert postgres.process is not None
        asked = of_customers() | of_budgets(door) | of_pay() | of_plans()
        asked |= of_leads() | of_sections(door) if leads else {}
        for name, report in asked.items():
            if not only or any(word in name for word in only):
                await measure(door, name, report, rounds, postgres.process.pid)
        await door.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000_000, 10_000_000])
    parser.add_argument("--leads", type=int, default=1_000_000, help="facts behind counters")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="of reports' names")
    parser.add_argument("--rounds", type=int, default=5)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    for size in arguments.sizes:
        with workshop() as folder:
            uvloop.run(
                measure_size(folder, size, arguments.leads, arguments.only, arguments.rounds)
            )


if __name__ == "__main__":
    main()

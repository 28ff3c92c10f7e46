"""How long kpi's reports and drill-downs take while so many facts are kept over two years.

`python -m benchmarks.indicators [--sizes 10000 100000 1000000 10000000] [--svg FILE]`: a private
PostgreSQL is filled anew for each size. Each report is asked for over different periods, in
different zones, now and as known before; p50 and p99 of the wall time, without HTTP.
"""

import argparse
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop

from benchmarks.indicator_events import EVENTS_PER_LEAD, FIRST
from benchmarks.indicator_weeks import fill
from benchmarks.machine import workshop
from benchmarks.report import machine_line, quantile
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.largest import most_groups
from services.kpi.domain.periods import period, require_zone
from services.kpi.repository.reports.cohort import View
from services.kpi.use_cases.reports import conversions, drill_down
from services.kpi.use_cases.reports import funnel as reports
from services.kpi.use_cases.reports.drill_pages import Window
from services.kpi.use_cases.reports.managers import show_managers
from services.kpi.use_cases.reports.response_steps import show_steps
from shared.database import Database, Session, open_database, transaction
from shared.ids import derived_id
from shared.migrations import upgrade
from shared.process import settle_memory

WEEKS: Final = 104
ASKED: Final = 24  # requests of each report
ZONES: Final = ("Europe/Moscow", "America/New_York", "Asia/Kathmandu", "UTC", "Asia/Tokyo")
DAYS: Final = (7, 30, 91, 365, 720)
NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
WIDTH, HEIGHT, MARGIN = 640, 320, 50
PAGE: Final = Window(None, 51)
Ask = Callable[[Session, View], Awaitable[Any]]


def _funnel(dimensions: str) -> Ask:
    return lambda session, view: reports.show_funnel(session, _wish(view, dimensions))


def _responses(dimensions: str) -> Ask:
    return lambda session, view: reports.show_response_times(session, _wish(view, dimensions))


def _wish(view: View, dimensions: str) -> reports.ReportWish:
    names = dimensions.split(",")
    return reports.ReportWish(view, None, names, most_groups(names))


def _conversions(axis: str) -> Ask:
    return lambda session, view: conversions.show_conversions(session, view, axis)


def _curve(target: str, *, is_stage: bool = False) -> Ask:
    return lambda session, view: conversions.show_curve(
        session, view, target, is_stage=is_stage, until=NOW
    )


def _leads(measure: str, **criteria: Any) -> Ask:
    return lambda session, view: drill_down.list_received(session, view, measure, criteria, PAGE)


def _active(measure: str, **criteria: Any) -> Ask:
    return lambda session, view: drill_down.list_active(session, view, measure, criteria, PAGE)


_MANAGER: Final = derived_id("manager", 150)
_SOURCE: Final = derived_id("source", 15)
REPORTS: Final[Mapping[str, Ask]] = {
    "funnel by source": _funnel("source"),
    "funnel by campaign": _funnel("campaign"),
    "funnel by manager": _funnel("manager"),
    "funnel by day": _funnel("day"),
    "funnel by pipeline": _funnel("pipeline"),
    "funnel by source, manager": _funnel("source,manager"),
    "funnel by campaign, manager": _funnel("campaign,manager"),
    "funnel by region, month": _funnel("region,month"),
    "conversions by region": _conversions("region"),
    "conversions by month": _conversions("month"),
    "stages": conversions.show_stages,
    "loss reasons": conversions.show_loss_reasons,
    "curve of sales": _curve("won"),
    "curve of a stage": _curve("offer", is_stage=True),
    "responses by source": _responses("source"),
    "responses by manager": _responses("manager"),
    "responses by source, manager": _responses("source,manager"),
    "response steps": lambda session, view: show_steps(session, view, in_working_time=False),
    "managers": lambda session, view: show_managers(session, view, only=None),
    "leads: all received": _leads("received"),
    "leads: won": _leads("won"),
    "leads: won of a source": _leads("won", source=_SOURCE),
    "leads: lost of a manager": _leads("lost", manager=_MANAGER),
    "leads: contacted of a campaign": _leads("contacted", campaign="campaign 140"),
    "active: won": _active("won"),
    "active: accepted of a manager": _active("accepted", manager=_MANAGER),
    "active: lost of a region": _active("lost", region="region 20"),
}


class Line(NamedTuple):
    """A report's p50 and p99, in milliseconds."""

    name: str
    p50: float
    p99: float


def _views(choice: random.Random, longest: int) -> list[View]:
    """Every length with and without knowledge of the past, in changing zones."""
    views = []
    for number in range(ASKED):
        days = min(DAYS[number % len(DAYS)], longest)
        first = FIRST.date() + timedelta(days=choice.randrange(longest - days + 1))
        zone = require_zone(ZONES[choice.randrange(len(ZONES))])
        known_on: date | None = None
        if number % 3 == 2:
            known_on = first + timedelta(days=choice.randrange(days, days + 60))
        views.append(View(period(first, first + timedelta(days=days), zone), known_on))
    return views


async def ask(database: Database, name: str, choice: random.Random) -> Line:
    walls = []
    for view in _views(choice, WEEKS * 7):
        begin = time.perf_counter()
        async with transaction(database) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await REPORTS[name](session, view)
        walls.append(1000 * (time.perf_counter() - begin))
    walls.sort()
    return Line(name, quantile(walls, 0.5), quantile(walls, 0.99))


async def measure(folder: Path, facts: int, only: Sequence[str]) -> list[Line]:
    """Fill a database of its own, and ask for all reports."""
    postgres = PrivatePostgres(folder / f"state-{facts}", durable=False)
    postgres.start()
    try:
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        leads = max(1, round(facts / WEEKS / EVENTS_PER_LEAD))
        begin = time.perf_counter()
        number = await fill(background, leads_a_week=leads, weeks=WEEKS)
        await background.close()
        print(f"{number} facts, filled in {time.perf_counter() - begin:.0f} s", flush=True)
        door = open_database(postgres.url("kpi"), service="kpi")
        settle_memory()
        lines: list[Line] = []
        for name in only or REPORTS:
            lines.append(await ask(door, name, random.Random(7)))
            print(_text(lines[-1]), flush=True)
        await door.close()
    finally:
        postgres.stop()
    return lines


def _text(line: Line) -> str:
    return f"{line.name:<34}{line.p50:>10.1f}{line.p99:>10.1f}"


def plot(sizes: Sequence[int], lines: Sequence[Sequence[Line]]) -> str:
    """The slowest and the middle p99 over the number of facts, which grows by powers, as an SVG."""
    curves = {
        "slowest": [max(line.p99 for line in each) for each in lines],
        "half of the reports": [
            sorted(line.p99 for line in each)[len(each) // 2] for each in lines
        ],
    }
    highest = max(map(max, curves.values())) or 1
    step = (WIDTH - 2 * MARGIN) / max(1, len(sizes) - 1)
    drawn = ""
    for name, values in curves.items():
        places = [
            (MARGIN + number * step, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / highest)
            for number, value in enumerate(values)
        ]
        dots = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        drawn += f'<polyline points="{dots}" fill="none" stroke="black"/>' + "".join(
            f'<text x="{x:.0f}" y="{y - 6:.0f}" text-anchor="middle">{value:.0f} ms {name}</text>'
            for (x, y), value in zip(places, values, strict=True)
        )
    labels = "".join(
        f'<text x="{MARGIN + number * step:.0f}" y="{HEIGHT - 20}"'
        f' text-anchor="middle">{size}</text>'
        for number, size in enumerate(sizes)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="12">{drawn}{labels}</svg>\n'
    )


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.indicators", description="Times of kpi's reports."
    )
    sizes = [10_000, 100_000, 1_000_000, 10_000_000]
    parser.add_argument("--sizes", nargs="+", type=int, default=sizes, metavar="FACTS")
    parser.add_argument("--only", nargs="+", choices=REPORTS, default=(), metavar="REPORT")
    parser.add_argument("--svg", type=Path, metavar="FILE")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    print(f"{'':<34}{'p50, ms':>10}{'p99, ms':>10}", flush=True)
    lines = []
    for size in arguments.sizes:
        with workshop() as folder:
            lines.append(uvloop.run(measure(folder, size, arguments.only)))
    if arguments.svg is not None:
        arguments.svg.write_text(plot(arguments.sizes, lines), encoding="utf-8")


if __name__ == "__main__":
    main()

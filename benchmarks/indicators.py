"""What an event costs kpi while its tables grow, and how long reports take.

`python -m benchmarks.indicators [--sizes 10000 100000 1000000 10000000] [--svg FILE]`: a private,
durable PostgreSQL; events of invented leads over a quarter of a year go through kpi's own handler
until so many are stored, then the next thousand are measured.
"""

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.machine import workshop
from benchmarks.report import machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from services.kpi.domain.periods import period, require_zone
from services.kpi.handlers import apply
from services.kpi.repository.cohort import View
from services.kpi.use_cases.reports import show_funnel
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.leads import LeadAccepted, LeadAssigned, LeadOpened, LeadWon
from shared.database import Database, open_database, transaction
from shared.ids import derived_id
from shared.messaging.decoding import ReceivedEvent
from shared.migrations import upgrade
from shared.process import settle_memory
from shared.statistics import ANALYZE_FILLED

FIRST: Final = date(2026, 1, 1)
DAYS: Final = 90
BATCH: Final = 500
MEASURED: Final = 2  # batches
SOURCES, CAMPAIGNS, MANAGERS = 20, 100, 50
REPORTS: Final = ("source", "manager", "day", "source,manager")
WIDTH, HEIGHT, MARGIN = 640, 320, 50


class Line(NamedTuple):
    """`events` were stored; milliseconds of CPU per event, and of each report's wall time."""

    events: int
    python: float
    postgres: float
    reports: tuple[float, ...]


def invented_events(choice: random.Random) -> Iterator[ReceivedEvent]:
    """Of one lead after the other, each with four or five, spread over the quarter."""
    number = 0
    while True:
        number += 1
        begin = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
        at = begin + timedelta(seconds=choice.random() * DAYS * 86_400)
        for version, event in enumerate(_lead(number, at, choice)):
            yield _received(event, max(1, version))


def _lead(number: int, at: datetime, choice: random.Random) -> Iterator[Event]:
    ids = {name: derived_id("benchmark", name, number) for name in ("lead", "contact", "inquiry")}
    source = derived_id("source", choice.randrange(SOURCES))
    manager = derived_id("manager", choice.randrange(MANAGERS))
    lead: dict[str, Any] = {"lead_id": ids["lead"], "contact_id": ids["contact"]}
    came = {"source_id": source, "channel": "form", "received_at": at}
    yield InquiryReceived(
        inquiry_id=ids["inquiry"],
        contact_id=ids["contact"],
        campaign={"utm_campaign": f"c{choice.randrange(CAMPAIGNS)}"},
        **came,
    )
    yield LeadOpened(
        **lead, **came, version=1, at=at, inquiry_id=ids["inquiry"], pool="default",
        pipeline="sales", stage="new", priority_class="normal", work_units=1.0,
    )  # fmt: skip
    later = at + timedelta(minutes=5)
    yield LeadAssigned(
        **lead, version=2, at=at, manager_id=manager, epoch=1, round=1, accept_by=later,
        first_touch_by=later, reason="least_score",
    )  # fmt: skip
    yield LeadAccepted(**lead, version=3, at=later, manager_id=manager, epoch=1)
    if choice.random() < 0.2:
        yield LeadWon(**lead, version=4, at=later, amount=100, currency="RUB")


def _received(event: Event, version: int) -> ReceivedEvent:
    key = event.stream_key()
    at: datetime = getattr(event, "at", None) or event.received_at  # type: ignore[attr-defined]
    envelope = Envelope(
        derived_id("event", event.TYPE, key, version), event.TYPE, "/benchmark", at, event.TOPIC,
        key, version, "",
    )  # fmt: skip
    return ReceivedEvent(envelope, event)


async def consume(database: Database, events: Iterator[ReceivedEvent], batches: int) -> None:
    for _ in range(batches):
        batch = [next(events) for _ in range(BATCH)]
        async with transaction(database) as session:
            await apply(session, batch, now=batch[-1].envelope.time)


async def measure(
    background: Database, door: Database, events: Iterator[ReceivedEvent], stored: int, pid: int
) -> Line:
    postgres, python = usage_of(pid).postgres, time.process_time()
    await consume(background, events, MEASURED)
    python = time.process_time() - python
    postgres = usage_of(pid).postgres - postgres
    view = View(period(FIRST, FIRST + timedelta(days=DAYS), require_zone("Europe/Moscow")))
    walls = []
    for dimensions in REPORTS:
        begin = time.perf_counter()
        async with transaction(door) as session:
            await show_funnel(session, view, dimensions.split(","))
        walls.append(1000 * (time.perf_counter() - begin))
    number = MEASURED * BATCH
    return Line(stored, 1000 * python / number, 1000 * postgres / number, tuple(walls))


async def measure_all(folder: Path, sizes: Sequence[int]) -> list[Line]:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    lines: list[Line] = []
    try:
        await postgres.create_databases(["kpi"])
        await upgrade("kpi", postgres.url("kpi"))
        background = open_database(postgres.url("kpi"), service="kpi", background=True)
        door = open_database(postgres.url("kpi"), service="kpi")
        settle_memory()
        events, stored = invented_events(random.Random(1)), 0
        assert postgres.process is not None
        for size in sizes:
            await consume(background, events, max(0, size - stored) // BATCH)
            stored = max(stored, size // BATCH * BATCH)
            async with transaction(background) as session:
                await session.execute(ANALYZE_FILLED)
            lines.append(await measure(background, door, events, stored, postgres.process.pid))
            stored += MEASURED * BATCH
            print(_text(lines[-1]), flush=True)
        await background.close()
        await door.close()
    finally:
        postgres.stop()
    return lines


def _text(line: Line) -> str:
    walls = "".join(f"{wall:>18.1f}" for wall in line.reports)
    return f"{line.events:>12}{line.python:>12.3f}{line.postgres:>12.3f}{walls}"


def plot(lines: Sequence[Line]) -> str:
    """CPU per event over the number of stored events, which grows by powers, as an SVG."""
    highest = max(line.python + line.postgres for line in lines) or 1
    step = (WIDTH - 2 * MARGIN) / max(1, len(lines) - 1)
    places = [
        (
            MARGIN + number * step,
            HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (line.python + line.postgres) / highest,
        )
        for number, line in enumerate(lines)
    ]
    dots = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    labels = "".join(
        f'<text x="{x:.0f}" y="{HEIGHT - MARGIN + 20}" text-anchor="middle">{line.events}</text>'
        f'<text x="{x:.0f}" y="{y - 8:.0f}" text-anchor="middle">'
        f"{line.python + line.postgres:.3f}</text>"
        for (x, y), line in zip(places, lines, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
        f' font-family="sans-serif" font-size="12"><text x="{MARGIN}" y="20">kpi: CPU per event,'
        f' ms, by events stored</text><polyline points="{dots}" fill="none" stroke="black"/>'
        f"{labels}</svg>\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.indicators", description="CPU per event, and reports."
    )
    sizes = [10_000, 100_000, 1_000_000, 10_000_000]
    parser.add_argument("--sizes", nargs="+", type=int, default=sizes, metavar="EVENTS")
    parser.add_argument("--svg", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    print(machine_line(), flush=True)
    heading = "".join(f"{f'{name}, ms':>18}" for name in REPORTS)
    print(f"{'events':>12}{'Python ms':>12}{'PostgreSQL':>12}{heading}", flush=True)
    with workshop() as folder:
        lines = uvloop.run(measure_all(folder, sorted(arguments.sizes)))
    if arguments.svg is not None:
        arguments.svg.write_text(plot(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

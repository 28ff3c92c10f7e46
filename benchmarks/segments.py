"""How fast segments answer and follow while the customer base is large.

`python -m benchmarks.segments [--cards N] [--rounds N] [--folder F]`: a private PostgreSQL, as it
is in the folder, or filled. Of each question, of changed cards, of sweeps and of an export: p50 and
p99 of its time, and of what the server's CPU was at work for.
"""

import argparse
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import uvloop
from sqlalchemy import Uuid, literal, select
from sqlalchemy.dialects.postgresql import insert

from benchmarks.machine import at_work, kept_postgres
from benchmarks.report import machine_line, quantile
from benchmarks.segment_export import export_whole
from benchmarks.segment_rows import SEGMENTS, UNSAVED, fill
from deploy.embedded.postgres.server import PrivatePostgres
from services.history.domain.segments.reading import read_filter
from services.history.repository.cards import cards, persons
from services.history.repository.cards.cards import CardFilter
from services.history.repository.segments import members, segments
from services.history.repository.segments.conditions import Moment, condition
from services.history.tables.cards import card
from services.history.tables.segments import segment_member
from services.history.use_cases.segments.configure import SegmentContent, create_segment
from services.history.use_cases.segments.membership import follow, sweep
from services.history.use_cases.segments.preview import preview
from shared.database import Database, Session, open_database, reading, transaction
from shared.ids import derived_id
from shared.migrations import upgrade

MANAGERS: Final = 500
PAGE: Final = 50
CHANGED_AT_ONCE: Final = 200
SWEPT: Final = 20  # slices of a new segment
OTHERS: Final = 17  # segments that nobody asks for, which every changed card is held against
END: Final = datetime(2026, 11, 1, tzinfo=UTC)
Ask = Callable[[Session, int], Awaitable[object]]


async def _measure(postgres: PrivatePostgres, *, is_new: bool, number: int, rounds: int) -> None:
    await postgres.create_databases(("history",))
    url = postgres.url("history")
    await upgrade("history", url)
    worker = open_database(url, service="history", background=True, pool_size=1)
    api = open_database(url, service="history", pool_size=2)
    try:
        if is_new:
            await fill(worker, number, managers=MANAGERS, until=END)
        ids = await _segments(worker)
        await _ask_all(api, ids, rounds)
        await _follow(worker, rounds)
        await _move(worker, rounds)
        await export_whole(api, ids["everybody"])
    finally:
        await api.close()
        await worker.close()


async def _segments(database: Database) -> dict[str, UUID]:
    """Save the segments if they are not there, and sweep them whole."""
    async with reading(database) as session:
        ids = {item.name: item.segment_id for item in await segments.list_live(session)}
    if not ids:
        others = {f"region {n}": _of_region(n) for n in range(OTHERS)}
        for name, content in {**SEGMENTS, **others}.items():
            async with transaction(database) as session:
                segment = await create_segment(
                    session, SegmentContent(name, content, "Europe/Moscow"), actor="a", now=END
                )
            ids[name] = segment.segment_id
        await _sweep_some(database)
        for segment_id in ids.values():
            await _admit(database, segment_id)
    return ids


async def _sweep_some(database: Database) -> None:
    server, work = await _server(database), []
    for _ in range(SWEPT):
        before = at_work(server)
        await sweep(database, now=END)
        work.append(at_work(server) - before)
    print(f"{'a slice of a new segment, 2 000 cards':40} CPU {_times(sorted(work))}")


async def _admit(database: Database, segment_id: UUID) -> None:
    """Let all in who fit, as if the segment had been swept."""
    async with transaction(database) as session:
        segment = await segments.get_segment(session, segment_id)
        node = read_filter(segment.filter, custom_types={})
        fits = condition(node, Moment(END, ZoneInfo(segment.time_zone)))
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute(
            insert(segment_member)
            .from_select(
                ["segment_id", "person_id", "entered_at"],
                select(literal(segment_id, Uuid), card.c.person_id, card.c.first_seen_at).where(
                    fits
                ),
            )
            .on_conflict_do_nothing()
        )
        await session.execute(
            """UPDATE segment SET swept_version = version, swept_to = NULL, swept_count = 0,
                swept_at = :now, member_count = (SELECT count(*) FROM segment_member AS m
                WHERE m.segment_id = segment.segment_id) WHERE segment_id = :id""",
            {"id": segment_id, "now": END},
        )


def _of_region(number: int) -> Mapping[str, Any]:
    return {"field": "regions", "op": "has_any", "value": [f"Регион {40 + number}"]}


async def _ask_all(database: Database, ids: Mapping[str, UUID], rounds: int) -> None:
    manager = derived_id("benchmark", 0)

    async def count(session: Session, _round: int) -> object:
        return await segments.list_segments(session, before=None, limit=PAGE)

    await _time(database, "all segments with counts", count, rounds)
    for name in SEGMENTS:
        await _time(database, f"members: {name}", _page(ids[name], None), rounds)
        await _time(database, f"of a manager: {name}", _page(ids[name], manager), rounds)
    for name, content in {**SEGMENTS, **UNSAVED}.items():
        await _preview(database, name, content, max(3, rounds // 10))


async def _preview(database: Database, name: str, content: Mapping[str, Any], rounds: int) -> None:
    """What somebody waits for, and what they are told."""
    spans, numbers = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        wish = SegmentContent(name, content, "Europe/Moscow")
        answer = await preview(database, wish, now=END)
        spans.append(time.perf_counter() - began)
        about = "" if answer.is_exact else "about "
        numbers.append(f"{about}{answer.number.count}")
    print(f"{f'preview: {name}':40} {_times(sorted(spans))}  {', '.join(numbers[:3])}", flush=True)


def _page(segment_id: UUID, reader_id: UUID | None) -> Ask:
    async def page(session: Session, number: int) -> object:
        """The first page, and in every other round one from a chance place on."""
        place = derived_id("place", number) if number % 2 else None
        if reader_id is None:
            return await persons.list_members(session, segment_id, after=place, limit=PAGE + 1)
        after = None if place is None else (place,)
        criteria = CardFilter(segment_id=segment_id, reader_id=reader_id)
        return await cards.list_cards(
            session, criteria, sort=cards.SORTS["person_id"], after=after, limit=PAGE + 1
        )

    return page


async def _follow(database: Database, rounds: int) -> None:
    async def changed(session: Session, number: int) -> None:
        """A lot of cards is held against all segments, as when they were computed anew."""
        ids = await members.list_next_persons(session, after=None, limit=CHANGED_AT_ONCE)
        now = END + timedelta(seconds=number)
        await follow(session, ids, now=now)

    await _time(database, f"{CHANGED_AT_ONCE} changed cards, all segments", changed, rounds)


async def _move(database: Database, rounds: int) -> None:
    """Ten minutes pass, again and again; each time the segments of relative dates are swept."""
    server = await _server(database)
    async with reading(database) as session:  # a kept folder has been swept by former runs
        swept = [item.swept_at or END for item in await segments.list_live(session)]
    work = []
    for number in range(1, rounds + 1):
        before, looks = at_work(server), 0
        while await sweep(database, now=max(swept) + timedelta(minutes=11 * number)):
            looks += 1
        if looks:
            work.append((at_work(server) - before) / looks)
    work.sort()
    print(f"{'ten minutes later, a segment':40} CPU {_times(work)}")


async def _server(database: Database) -> int:
    async with reading(database) as session:
        return int(await session.scalar("SELECT pg_backend_pid()"))


async def _time(database: Database, name: str, ask: Ask, rounds: int) -> None:
    server = await _server(database)
    spans, work = [], []
    for number in range(rounds):
        began, before = time.perf_counter(), at_work(server)
        async with transaction(database) as session:
            await ask(session, number)
        spans.append(time.perf_counter() - began)
        work.append(at_work(server) - before)
    print(f"{name:40} {_times(sorted(spans))}  CPU {_times(sorted(work))}", flush=True)


def _times(spans: list[float]) -> str:
    return f"p50 {1000 * quantile(spans, 0.5):6.1f} p99 {1000 * quantile(spans, 0.99):6.1f} ms"


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segments", description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the database is kept for other runs")
    return parser


def main() -> None:
    options = new_parser().parse_args()
    print(machine_line(), flush=True)
    with kept_postgres(options.folder) as (postgres, is_new):
        uvloop.run(_measure(postgres, is_new=is_new, number=options.cards, rounds=options.rounds))


if __name__ == "__main__":
    main()

"""How long each page of planning takes over HTTP, and each thing that is set, at size.

`python -m benchmarks.planning [--sales N] [--leads N] [--cells N] [--only WORD …] [--folder F]`: a
private PostgreSQL with two years of sales and leads, a cube of so many cells, and thousands of
forecasts and potentials. CPU is the least of some rounds, of this process with its client too.
"""

import argparse
import json
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import uvloop

from benchmarks import planning_rows as rows
from benchmarks.accounting import usage_of
from benchmarks.indicator_events import EVENTS_PER_LEAD, FIRST
from benchmarks.indicator_weeks import fill as fill_leads
from benchmarks.machine import kept_postgres
from benchmarks.planning_asked import Ask, files, places_of, reads
from benchmarks.planning_sets import sets
from benchmarks.plans import blocks_of, terms_of
from benchmarks.report import machine_line
from services.kpi.domain.paths.segments import Segment
from services.kpi.domain.plan.bridge import Bridge
from services.kpi.domain.plan.nodes import MEASURES
from services.kpi.repository.plan import plans
from services.kpi.repository.plan.blocks import Place, put_blocks
from services.kpi.repository.plan.plans import DRAFT, KeptPlan, Version
from services.kpi.repository.plan.values import add_values
from services.kpi.service import KPI
from services.kpi.use_cases.money.tell import keep_days_next
from services.kpi.use_cases.plan.versions import approve_version, draft_version
from shared.application import create_app
from shared.database import Database, open_database, transaction
from shared.ids import derived_id
from shared.migrations import upgrade
from shared.process import settle_memory
from shared.statements import columns
from shared.statistics import ANALYZE_FILLED
from tests.support.signer import new_signer, sealing_file

_PLAN_ID: Final = derived_id("plan", 1)


async def fill(database: Database, *, sales: int, leads: int, cells: int) -> None:
    """Fill the empty tables."""
    each = max(1, round(leads / rows.WEEKS / EVENTS_PER_LEAD))
    await fill_leads(database, leads_a_week=each, weeks=rows.WEEKS)
    names = " ".join(("numbers", "groupings", "parts", *Segment._fields))
    parts = [(*one, *segment) for *one, segment in rows.segments()]
    await _run(database, rows.PARTS, **columns(names, parts))
    for statement in (*rows.SALES, *rows.FORECASTS, *rows.TERRITORIES, *rows.GOALS, *rows.POLLS):
        await _run(database, statement, sales=sales)
    await _add_plan(database, cells)
    await _run(database, ANALYZE_FILLED)
    has_more = True
    while has_more:
        async with transaction(database) as session:
            has_more = await keep_days_next(session)
    await _run(database, ANALYZE_FILLED)


async def _run(database: Database, statement: str, **params: Any) -> None:
    known: Mapping[str, Any] = {
        "first": FIRST, "now": rows.NOW, "managers": rows.MANAGER_IDS, "sources": rows.SOURCE_IDS,
        "channels": list(rows.CHANNELS), "regions": 250, "towns": 2000,
        "goals": 5000, "polls": 3000,
        "bridge": json.dumps(Bridge(1000, 900, -50, -20, -10, -10, -10)._asdict()),
    } | params  # fmt: skip
    async with transaction(database) as session:
        await session.execute("SET LOCAL statement_timeout = 0")
        await session.execute("SET LOCAL enable_seqscan = on")
        await session.execute("SET LOCAL work_mem = '256MB'")
        used = {name: value for name, value in known.items() if f":{name}" in statement}
        await session.execute(statement, used)


async def _add_plan(database: Database, cells: int) -> None:
    """Of the last year, by the sales' own values; pieces and money in the same lines."""
    terms = replace(terms_of(), plan_id=_PLAN_ID, first_month=rows.PLAN_FROM)
    values: dict[Any, list[str]] = {
        "region": [f"region {number}" for number in range(rows.REGIONS)],
        "product": [f"product {number}" for number in range(rows.PRODUCTS)],
        "party": list(rows.CHANNELS),
        "seller": [str(manager_id) for manager_id in rows.MANAGER_IDS],
    }
    blocks = blocks_of(cells)
    async with transaction(database) as session:
        kept = KeptPlan(terms, {"kind": "values"}, rows.NOW, "x")
        await plans.add_plan(session, kept)
        await plans.add_version(session, Version(_PLAN_ID, 1, DRAFT, 0, None, rows.NOW, "x"))
        await add_values(session, _PLAN_ID, values)
        for measure in MEASURES:
            await put_blocks(session, Place(_PLAN_ID, 1, measure), blocks)
    why: dict[str, Any] = {"reason": "x", "actor": "x", "now": rows.NOW}
    async with transaction(database) as session:
        await approve_version(session, _PLAN_ID, 1, revision=0, **why)
        await draft_version(session, _PLAN_ID, 1, **why)
    await _run(database, rows.COORDINATION)


@asynccontextmanager
async def client_of(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """An administrator's client of the service, whose clock stands still."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys.json"
        token = new_signer(keys).mint(role="admin", now=rows.NOW, lifetime=timedelta(hours=1))
        settings = KPI.settings(
            database_url=database_url,
            keys_file=keys,
            allow_unsafe_database=True,
            sealing_keys_file=sealing_file(keys.parent),
        )
        app = create_app(KPI, settings, clock=lambda: rows.NOW)
        settle_memory()
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://leadflow.test",
                headers={"Authorization": f"Bearer {token}"},
                timeout=None,
            ) as client,
        ):
            yield client


async def measure(client: httpx.AsyncClient, ask: Ask, rounds: int, pid: int) -> tuple[Any, ...]:
    """The answer, and the least milliseconds: of Python and PostgreSQL, and by the clock."""
    answers, used = [], []
    for _ in range(rounds):
        postgres, begun, python = usage_of(pid).postgres, time.perf_counter(), time.process_time()
        answers.append(await ask(client))
        python, begun = time.process_time() - python, time.perf_counter() - begun
        used.append((python, usage_of(pid).postgres - postgres, begun))
    best = min(used, key=lambda each: each[0] + each[1])
    return answers[-1], *(1000 * seconds for seconds in best)


async def measure_all(
    database_url: str, only: Sequence[str], rounds: int, pid: int
) -> dict[str, httpx.Response]:
    """Prints a line for each; the answers by name."""
    database = open_database(database_url, service="kpi")
    async with transaction(database) as session:
        places = await places_of(session)
    await database.close()
    answers = {}
    heading = "".join(f"{name:>12}" for name in ("Python, ms", "PostgreSQL", "clock", "bytes"))
    print(f"{'':>36}{heading}", flush=True)
    async with client_of(database_url) as client:
        for name, ask in (reads(places) | files(places) | sets(places)).items():
            if only and not any(word in name for word in only):
                continue
            answer, *used = await measure(client, ask, rounds, pid)
            figures = "".join(f"{each:>12.1f}" for each in used)
            words = "" if answer.is_success else f"  {answer.status_code} {answer.text[:120]}"
            print(f"{name:>36}{figures}{len(answer.content):>12}{words}", flush=True)
            answers[name] = answer
    return answers


async def run(arguments: argparse.Namespace) -> None:
    with kept_postgres(arguments.folder) as (postgres, is_new):
        assert postgres.process is not None
        url = postgres.url("kpi")
        if is_new:
            await postgres.create_databases(["kpi"])
            await upgrade("kpi", url)
            background = open_database(url, service="kpi", background=True)
            sizes = {name: getattr(arguments, name) for name in ("sales", "leads", "cells")}
            await fill(background, **sizes)
            await background.close()
        answers = await measure_all(url, arguments.only, arguments.rounds, postgres.process.pid)
    if arguments.answers:
        texts = {
            name: answer.json() for name, answer in answers.items()
            if "json" in answer.headers.get("content-type", "")
        }  # fmt: skip
        arguments.answers.write_text(json.dumps(texts, indent=1, sort_keys=True))


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.planning", description="Times of planning's pages at size."
    )
    parser.add_argument("--sales", type=int, default=1_000_000)
    parser.add_argument("--leads", type=int, default=300_000, help="facts behind counters")
    parser.add_argument("--cells", type=int, default=1_000_000, help="of each measure of the plan")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="of pages' names")
    parser.add_argument("--folder", type=Path, help="where the data stay")
    parser.add_argument("--answers", type=Path, metavar="FILE", help="where answers are kept")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    uvloop.run(run(arguments))


if __name__ == "__main__":
    main()

"""`leadflow simulate`: recorded or invented days, played through policies and other algorithms.

The database is only read; it may be that of a running Leadflow, of a stopped one, or any other.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from deploy.embedded.operations.backup import running_postgres
from deploy.embedded.operations.policy_files import Policies, read_policies
from deploy.embedded.operations.simulate_arguments import ALGORITHMS as NAMES
from deploy.embedded.operations.simulate_arguments import COMPANIES
from deploy.embedded.options import say
from deploy.embedded.processes.children import LauncherError
from deploy.embedded.state import Folder
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.companies import invent
from services.routing.domain.simulation.drawing import drawing
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.figures import Figures, figures_of
from services.routing.domain.simulation.profiles import PROFILES
from services.routing.domain.simulation.report import record, share_table, table
from services.routing.domain.simulation.scenario import Scenario
from services.routing.use_cases.recordings.scenario import Window, read_recording, recorded_span
from shared.clock import system_clock
from shared.database import open_database
from shared.errors import UnavailableError

SAY_EVERY_SECONDS = 2.0
USUAL_SPAN = timedelta(days=28)
MOST_DAYS = 3660


@dataclass(eq=False)
class Progress:
    """Says how far something is, now and then."""

    what: str
    last: float = field(default_factory=time.monotonic)

    def __call__(self, done: int, whole: int) -> None:
        now = time.monotonic()
        if now - self.last >= SAY_EVERY_SECONDS:
            self.last = now
            say(f"{self.what}: {100 * done // max(1, whole)} %")


def run(folder: Folder, options: argparse.Namespace) -> int:
    """Prints the figures. Raises LauncherError, ServiceError."""
    policies = read_policies(options.policy) if options.policy else Policies(None, {})
    names = NAMES if options.compare else tuple(options.algorithm or ("product",))
    runs = []
    for scenario in _scenarios(folder, options, policies):
        played = [_play(scenario, name) for name in names]
        runs += played
        if options.svg:
            _draw(options.svg, played, scenario, options)
        if not options.json:
            print(_text(played, options), end="\n\n")
    if options.json:
        print(json.dumps([record(each) for each in runs], ensure_ascii=False, indent=2))
    return 0


def _scenarios(
    folder: Folder, options: argparse.Namespace, policies: Policies
) -> Iterator[Scenario]:
    is_recorded = options.begin or options.end or options.database
    if options.company or (options.compare and not is_recorded):
        for company in [options.company] if options.company else COMPANIES:
            yield _invented(company, options, policies)
    else:
        yield _recorded(folder, options, policies)


def _draw(
    file: Path, runs: Sequence[Figures], scenario: Scenario, options: argparse.Namespace
) -> None:
    """Several companies have a drawing each, named after them."""
    if options.compare and not options.company and scenario.attention:
        company = scenario.name.partition(" ")[0]
        file = file.with_name(f"{file.stem}-{company}{file.suffix}")
    file.write_text(drawing(runs, end=scenario.end, language=options.lang), encoding="utf-8")


def _play(scenario: Scenario, name: str) -> Figures:
    return figures_of(simulate(scenario, ALGORITHMS[name](scenario), progress=Progress(name)))


def _text(runs: Sequence[Figures], options: argparse.Namespace) -> str:
    parts = [table(runs, language=options.lang)]
    if options.shares:
        parts += [share_table(run, language=options.lang) for run in runs]
    return "\n\n".join(parts)


def _invented(company: str, options: argparse.Namespace, policies: Policies) -> Scenario:
    if options.begin or options.end or options.database:
        raise LauncherError("an invented company has no --from, --to or --database")
    if options.days is not None and not 1 <= options.days <= MOST_DAYS:
        raise LauncherError(f"--days: 1 to {MOST_DAYS}")
    unknown = sorted(policies.by_pool.keys() - {"default"})
    if unknown:
        raise LauncherError(f"an invented company has the pool default only, not {unknown[0]}")
    policy = policies.everywhere or policies.by_pool.get("default")
    return invent(PROFILES[company], seed=options.seed, days=options.days, policy=policy)


def _recorded(folder: Folder, options: argparse.Namespace, policies: Policies) -> Scenario:
    begin, end = _moment(options.begin, "--from"), _moment(options.end, "--to")
    if begin and end and begin >= end:
        raise LauncherError("--from must be before --to")

    def read(url: str) -> Scenario:
        return asyncio.run(_read(url, begin, end, policies))

    if options.database:
        return read(options.database)
    if not folder.postgres.exists():
        raise LauncherError(
            f"nothing is recorded in {folder.path}: name a --database, or try --company shop"
        )
    with running_postgres(folder) as postgres:
        return read(postgres.url("routing", "routing"))


async def _read(
    url: str, begin: datetime | None, end: datetime | None, policies: Policies
) -> Scenario:
    database = open_database(url, service="routing", pool_size=1)
    try:
        span = await recorded_span(database)
        if span is None:
            raise LauncherError("no lead is recorded yet: try --company shop")
        begin, end = span_of(span, begin, end, now=system_clock())
        window = Window(begin, end, policies.by_pool, policies.everywhere)
        return await read_recording(database, window, progress=Progress("reading"))
    except UnavailableError as failure:
        raise LauncherError(f"the database cannot be read: {failure.__cause__}") from None
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError):
        raise LauncherError("this is no database of routing, or of another version") from None
    finally:
        await database.close()


def span_of(
    recorded: tuple[datetime, datetime],
    begin: datetime | None,
    end: datetime | None,
    *,
    now: datetime,
) -> tuple[datetime, datetime]:
    """What is played: up to now at most, for what is still to come is not recorded, and nobody
    would have touched a lead until then. Raises LauncherError.
    """
    end = recorded[1] + timedelta(microseconds=1) if end is None else min(end, now)
    begin = begin or max(recorded[0], end - USUAL_SPAN)
    if begin >= end:
        raise LauncherError(f"nothing is recorded yet from {begin.isoformat()} on")
    return begin, end


def _moment(words: str | None, option: str) -> datetime | None:
    if words is None:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise LauncherError(f"{option} {words}: such as 2026-03-02T09:00 is expected") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

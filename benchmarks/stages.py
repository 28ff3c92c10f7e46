"""What each stage of a lead's way costs, driven step by step in one process.

`python -m benchmarks.stages [--batches 1 10 500]`; batches of 1 are what a quiet day looks like,
batches of 500 a backlog. No server and no timer runs, so nothing else is measured.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any, Final, NamedTuple

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.every_part import with_traits
from benchmarks.intake_door import BODY, refuse_unless_durable
from benchmarks.machine import workshop
from benchmarks.report import machine_line
from benchmarks.stage_steps import Step, Steps, opened
from deploy.embedded.postgres.server import PrivatePostgres

FIRST_NUMBER: Final = 9_000_000_001
LEADS_PER_SIZE: Final = 2000
LEAST_ROUNDS, MOST_ROUNDS = 4, 40
WARM_ROUNDS: Final = 2
SETTINGS: Final = {"shared_preload_libraries": "pg_stat_statements"}
COUNTING: Final = "CREATE EXTENSION pg_stat_statements"
_COUNTS = """
SELECT coalesce(sum(calls) FILTER (WHERE query !~* '^(begin|commit|rollback)'), 0)::int,
    coalesce(sum(calls) FILTER (WHERE query ~* '^(commit|rollback)'), 0)::int
FROM pg_stat_statements WHERE dbid <> (SELECT oid FROM pg_database WHERE datname = 'postgres')
"""


class Cost(NamedTuple):
    """Of one batch in one stage: seconds, and how many statements it took and how many blocks, each
    from BEGIN to COMMIT or ROLLBACK.

    A statement outside of a block is a transaction too, but PostgreSQL does not count it apart.
    """

    wall: float
    python: float
    postgres: float
    statements: int
    blocks: int


@dataclass(eq=False)
class Bench:
    """`counting` is a connection to a database in which none of the stages works."""

    postgres_pid: int
    counting: Any
    steps: Steps
    body: bytes = BODY
    next_number: int = FIRST_NUMBER

    def bodies(self, number: int) -> list[bytes]:
        first, self.next_number = self.next_number, self.next_number + number
        numbers = range(first, first + number)
        return [self.body.replace(b"@" * 10, b"%010d" % each) for each in numbers]

    async def measure(self, work: Step) -> Cost:
        await self.counting.execute("SELECT pg_stat_statements_reset()")
        postgres = usage_of(self.postgres_pid).postgres
        wall, python = time.perf_counter(), time.process_time()
        await work()
        python, wall = time.process_time() - python, time.perf_counter() - wall
        postgres = usage_of(self.postgres_pid).postgres - postgres
        return Cost(wall, python, postgres, *await self.counting.fetchrow(_COUNTS))

    async def bring_through(self, batch: int) -> dict[str, Cost]:
        """One batch through all stages."""
        ingest = partial(self.steps.store, self.bodies(batch))
        stages: dict[str, Step] = {"ingest": ingest, **self.steps.then}
        return {name: await self.measure(work) for name, work in stages.items()}


def rounds_for(batch: int) -> int:
    return max(LEAST_ROUNDS, min(MOST_ROUNDS, LEADS_PER_SIZE // batch))


def summary(costs: Sequence[Cost]) -> Cost:
    """The median of what is waited for and of what is counted, the mean of what is used up."""
    return Cost(
        wall=median(cost.wall for cost in costs),
        python=mean(cost.python for cost in costs),
        postgres=mean(cost.postgres for cost in costs),
        statements=round(median(cost.statements for cost in costs)),
        blocks=round(median(cost.blocks for cost in costs)),
    )


def table(batch: int, costs: Mapping[str, Cost]) -> list[str]:
    heading = (
        f"{f'batches of {batch}':<22}{'wall ms':>10}{'Python ms/lead':>16}"
        f"{'PostgreSQL ms/lead':>20}{'statements':>12}{'BEGIN … END':>16}"
    )
    whole = Cost(*(sum(each) for each in zip(*costs.values(), strict=True)))
    return [heading, *(_line(batch, *item) for item in (*costs.items(), ("together", whole)))]


def _line(batch: int, name: str, cost: Cost) -> str:
    return (
        f"{name:<22}{1000 * cost.wall:>10.1f}{1000 * cost.python / batch:>16.3f}"
        f"{1000 * cost.postgres / batch:>20.3f}{cost.statements:>12}{cost.blocks:>16}"
    )


async def measure_all(folder: Path, batches: Sequence[int], *, every_part: bool) -> None:
    postgres = PrivatePostgres(folder / "state", settings=SETTINGS)
    postgres.start()
    try:
        counting = await postgres.connect("postgres")
        await counting.execute(COUNTING)
        async with opened(postgres, folder, every_part=every_part) as steps:
            await refuse_unless_durable(postgres)
            assert postgres.process is not None
            body = with_traits(BODY) if every_part else BODY
            bench = Bench(postgres.process.pid, counting, steps, body)
            for batch in batches:
                for _ in range(WARM_ROUNDS):
                    await bench.bring_through(batch)
                rounds = [await bench.bring_through(batch) for _ in range(rounds_for(batch))]
                costs = {name: summary([each[name] for each in rounds]) for name in rounds[0]}
                print("\n".join(table(batch, costs)), flush=True)
        await counting.close()
    finally:
        await asyncio.to_thread(postgres.stop)


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.stages",
        description="Wall time, CPU of Python and of PostgreSQL, and statements of each stage.",
    )
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 10, 500], metavar="LEADS")
    parser.add_argument("--every-part", action="store_true", help="of the score, and all limits")
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(measure_all(folder, arguments.batches, every_part=arguments.every_part))


if __name__ == "__main__":
    main()

"""What a decision costs, in µs of CPU, by the number of managers and of leads decided together.

`python -m benchmarks.decisions [--managers 50 500 5000] [--batches 1 20 500]`, with every part of
the score switched on; half of the leads need a skill, and half of the managers have it.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from benchmarks.report import machine_line
from services.routing.domain.deciding.backlog import match_backlog
from services.routing.domain.deciding.batch import decide_batch
from services.routing.domain.deciding.board import Board
from services.routing.domain.deciding.candidates import Member, line_up
from services.routing.domain.deciding.terms import terms_of
from services.routing.domain.deciding.waiting import Waiting
from services.routing.domain.decision_records import snapshot_of
from services.routing.domain.policies import Policy, ScoreWeights

NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROUNDS: Final = 5  # the best of them counts: machines are busy
KEPT: Final = 20_000  # decisions on a board
POLICY: Final = Policy(score=ScoreWeights(plan=0.2), prefer=("language", "region"))
LANGUAGES: Final = ("ru", "en", "kk")


def member(chance: Random) -> Member:
    return Member(
        manager_id=UUID(int=chance.getrandbits(128)),
        capacity_milli=chance.choice((20_000, 30_000)),
        reserved_milli=chance.randrange(0, 15_000, 500),
        status="online",
        status_until=None,
        duty="shift",
        left_at=None,
        skills={"b2b": 2.0} if chance.random() < 0.5 else {},
        languages=[chance.choice(LANGUAGES)],
        regions=["RU-MOW"],
        products=[],
        weight_milli=chance.choice((500, 1000)),
        hourly_limit=None,
        daily_limit=None,
        received_milli=chance.random() * 100_000,
        received_as_of=NOW - timedelta(hours=chance.random() * 24),
        attainment_milli=chance.randrange(500, 1500),
        last_assigned_at=NOW - timedelta(seconds=chance.randrange(36_000)),
    )


def lead(chance: Random) -> Waiting:
    return Waiting(
        lead_id=UUID(int=chance.getrandbits(128)),
        units_milli=1000,
        round=1,
        skills={"b2b": 1.0} if chance.random() < 0.5 else {},
        language=chance.choice(LANGUAGES),
        region="RU-MOW",
    )


def microseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1e6


def row(managers: int, batches: Sequence[int]) -> list[float]:
    """What it takes to make candidates of all rows, and their snapshot; then for each lead: a
    batch with everything built anew, a decision and a release on a board that is kept, as
    simulations do it, and a backlog of 500 leads solved as one.
    """
    chance = Random(managers)
    members = [member(chance) for _ in range(managers)]
    leads = [lead(chance) for _ in range(max(500, *batches))]
    terms = terms_of(POLICY)
    candidates = line_up(members, at=NOW, policy=POLICY)
    return [
        microseconds(lambda: line_up(members, at=NOW, policy=POLICY)),
        microseconds(lambda: snapshot_of(candidates, terms)),
        *(
            microseconds(lambda: decide_batch(leads[:size], candidates, terms, seed=1)) / size  # noqa: B023
            for size in batches
        ),
        microseconds(lambda: _keep(Board(candidates, terms, seed=1), leads)) / KEPT,
        microseconds(lambda: match_backlog(leads[:500], candidates, terms, seed=1)) / 500,
    ]


def _keep(board: Board, leads: Sequence[Waiting]) -> None:
    """Decide, and after as many decisions as there are leads let the first of them end."""
    owners: list[UUID | None] = [None] * len(leads)
    for number in range(KEPT):
        at = number % len(leads)
        owner = owners[at]
        if owner is not None:
            board.release(owner, leads[at].units_milli)
        owners[at] = board.choose(leads[at]).manager_id


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--managers", type=int, nargs="+", default=[50, 100, 500, 1000, 5000])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 20, 500])
    options = parser.parse_args(arguments)
    print(machine_line())
    names = ["lined up", "record", *(f"of {size}" for size in options.batches), "board", "matched"]
    print(f"{'managers':>9}" + "".join(f"{name:>11}" for name in names))
    for managers in options.managers:
        figures = row(managers, options.batches)
        print(f"{managers:>9}" + "".join(f"{figure:>11.1f}" for figure in figures), flush=True)


if __name__ == "__main__":
    main()

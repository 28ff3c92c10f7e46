"""Rounds of one thing done to a database: how long each took, and the CPU of all."""

import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from benchmarks.accounting import usage_of
from shared.database import Database, Session, transaction

Deed = Callable[[Session], Awaitable[object]]


class Rounds(NamedTuple):
    """Milliseconds: of each round, in order of size, and of CPU on the average round, of this
    process and of PostgreSQL.
    """

    walls: list[float]
    used: float


async def rounds_of(database: Database, deed: Deed, count: int, pid: int) -> Rounds:
    """Each round is a transaction; `pid` is PostgreSQL's."""
    walls, used = [], usage_of(pid).postgres + time.process_time()
    for _ in range(count):
        begun = time.perf_counter()
        async with transaction(database) as session:
            await deed(session)
        walls.append(1000 * (time.perf_counter() - begun))
    used = usage_of(pid).postgres + time.process_time() - used
    return Rounds(sorted(walls), 1000 * used / count)

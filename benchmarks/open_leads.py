"""What an assignment costs while so many leads are open: does it grow with them?

`python -m benchmarks.open_leads [--sizes 1000 100000] [--rounds N]`: medians of ms, and CPU, of a
lone lead, of the assigner's look while nobody waits and while a thousand do, and of a batch of 500.
"""

import argparse
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import uvloop

from benchmarks.accounting import usage_of
from benchmarks.machine import workshop
from benchmarks.report import machine_line
from deploy.embedded.postgres.server import PrivatePostgres
from services.routing import handlers as routing
from services.routing.use_cases.assign import BATCH, LOOP, assign_waiting
from services.routing.use_cases.walks import Walks
from shared.clock import system_clock
from shared.contracts.envelope import Envelope
from shared.contracts.inquiries import InquiryReceived
from shared.database import Database, open_database, transaction
from shared.ids import derived_id, new_id
from shared.messaging.decoding import ReceivedEvent
from shared.migrations import upgrade
from shared.runtime.in_flight import InFlight
from shared.statistics import ANALYZE_FILLED

MANAGERS: Final = 200
WAITING: Final = 1000
ROOM: Final = 1_000_000_000
_HIRE = """
WITH hired AS (
    INSERT INTO manager (manager_id, name, capacity_milli, time_zone, skills, status, status_until)
    SELECT uuidv7(), 'Manager ' || n, :room, 'Europe/Moscow', '{}', 'online',
        now() + interval '1 day'
    FROM generate_series(1, :managers) AS n
    RETURNING manager_id
)
INSERT INTO pool_member (pool, manager_id) SELECT 'default', manager_id FROM hired
"""
# No timers run here, and nobody assigns while they are silent.
_WATCH = """
INSERT INTO heartbeat (id, beat_at, clock_at)
VALUES (1, clock_timestamp() + interval '1 day', clock_timestamp())
"""
_OWNED = """
WITH staff AS (
    SELECT manager_id, row_number() OVER (ORDER BY manager_id) - 1 AS place FROM manager
), filled AS (
    INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, owner_id, epoch,
        accepted_at, priority_class, priority_rank, units_milli, full_units_milli, channel,
        source_id, is_test, received_at, queue_at, opened_at, stage_since)
    SELECT uuidv7(), c.id, c.id, 'default', 'default', 'new', s.manager_id, 1, c.at, 'normal', 1,
        1000, 1000, 'form', c.id, false, c.at, c.at, c.at, c.at
    FROM (SELECT n, uuidv7() AS id, now() - n * interval '1 second' AS at
        FROM generate_series(CAST(:begin AS bigint), CAST(:end AS bigint)) AS n) AS c
    JOIN staff AS s ON s.place = c.n % (SELECT count(*) FROM staff)
    RETURNING lead_id, owner_id, accepted_at
)
INSERT INTO assignment (lead_id, epoch, manager_id, round, units_milli, assigned_at, accept_by,
    first_touch_by, accepted_at, touched_at)
SELECT lead_id, 1, owner_id, 1, 1000, accepted_at, accepted_at, accepted_at, accepted_at,
    accepted_at
FROM filled
"""
# Indexes are built more quickly over all rows than with each of them.
_INDEXES = """
SELECT CAST(CAST(indexrelid AS regclass) AS text) AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index AS i
WHERE indrelid IN (CAST('lead' AS regclass), CAST('assignment' AS regclass))
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
"""
_RESERVE = """
UPDATE manager AS m SET reserved_milli = coalesce((SELECT sum(units_milli) FROM assignment AS a
    WHERE a.manager_id = m.manager_id AND a.ended_at IS NULL), 0)
"""
# They wait because nobody has the room for their weight.
_PARK = """
INSERT INTO lead (lead_id, contact_id, canonical_id, pipeline, pool, stage, priority_class,
    priority_rank, units_milli, full_units_milli, channel, source_id, is_test, received_at,
    queue_at, opened_at, stage_since, parked_reason)
SELECT uuidv7(), c.id, c.id, 'default', 'default', 'new', 'normal', 1, 1000, 1000, 'form', c.id,
    false, now(), now(), now(), now(), :reason
FROM (SELECT uuidv7() AS id FROM generate_series(1, CAST(:number AS integer))) AS c
"""
_FILL_UP = "UPDATE manager SET capacity_milli = greatest(reserved_milli, 1)"
_EMPTY = "UPDATE manager SET capacity_milli = :room"
_STOP_WAITING = "DELETE FROM lead WHERE owner_id IS NULL"
CHUNK: Final = 100_000  # leads a statement
WARM_ROUNDS, BATCHES = 10, 3


class Bench:
    """One database of routing, filled further and further."""

    def __init__(self, database: Database, postgres_pid: int, rounds: int) -> None:
        self._database = database
        self._postgres_pid = postgres_pid
        self._rounds = rounds
        self._number = 0
        self._leads = 0

    async def run(self, *statements: str, **params: object) -> None:
        for statement in statements:
            async with transaction(self._database) as session:
                names = {name for name in params if f":{name}" in statement}
                await session.execute(statement, {name: params[name] for name in names} or None)

    async def fill(self, leads: int) -> None:
        async with transaction(self._database) as session:
            indexes = list(await session.execute(_INDEXES))
        await self.run(*(f"DROP INDEX {index.name}" for index in indexes))
        while self._leads < leads:
            end = min(leads, self._leads + CHUNK)
            await self.run(_OWNED, begin=self._leads + 1, end=end)
            self._leads = end
        await self.run(*(index.definition for index in indexes), _RESERVE, ANALYZE_FILLED)

    async def lone(self) -> None:
        """One inquiry opens a lead, which is assigned in the same transaction."""
        self._number += 1
        now = system_clock()
        event = InquiryReceived(
            inquiry_id=new_id(),
            contact_id=derived_id("benchmark", self._number),
            received_at=now,
            channel="form",
            source_id=derived_id("benchmark source"),
        )
        envelope = Envelope(
            event_id=new_id(),
            type=event.TYPE,
            source="/leadflow/benchmark",
            time=now,
            topic=event.TOPIC,
            key=event.stream_key(),
            version=1,
            payload=event.model_dump_json(),
        )
        async with transaction(self._database) as session:
            await routing.apply(session, [ReceivedEvent(envelope, event)], now=now)

    async def look(self) -> int:
        in_flight = InFlight(self._database, LOOP)
        return await assign_waiting(self._database, in_flight, self._walks, clock=system_clock)

    def _cpu(self) -> float:
        return time.process_time() + usage_of(self._postgres_pid).postgres

    async def cost(self, step: Callable[[], Awaitable[object]], rounds: int, units: int = 1) -> str:
        """The median of the milliseconds of a step, and the mean of their CPU, per unit."""
        seconds, cpu = [], self._cpu()
        for _ in range(rounds):
            begun = time.perf_counter()
            await step()
            seconds.append(time.perf_counter() - begun)
        cpu = self._cpu() - cpu
        return f"{1000 * median(seconds) / units:.2f} / {1000 * cpu / rounds / units:.2f}"

    async def measure(self, leads: int) -> None:
        await self.fill(leads)
        self._walks = Walks()
        await self.cost(self.lone, WARM_ROUNDS)
        lone = await self.cost(self.lone, self._rounds)
        idle = await self.cost(self.look, self._rounds)
        await self.run(_FILL_UP, _PARK, number=WAITING, reason="no_room")
        await self.look()
        full = await self.cost(self.look, self._rounds)
        await self.run(_STOP_WAITING, _EMPTY, room=ROOM)
        batch = await self.cost(self._batch, BATCHES, BATCH)
        print(f"{leads:>10}" + "".join(f"{cost:>16}" for cost in (lone, idle, full, batch)))

    async def _batch(self) -> None:
        """A backlog of one batch; letting it wait costs little beside."""
        await self.run(_PARK, number=BATCH, reason=None)
        assert await self.look() == BATCH


async def measure_all(folder: Path, sizes: Sequence[int], rounds: int) -> None:
    postgres = PrivatePostgres(folder / "state")
    postgres.start()
    try:
        await postgres.create_databases(("routing",))
        url = postgres.url("routing")
        await upgrade("routing", url)
        database = open_database(url, service="routing", pool_size=4, background=True)
        try:
            assert postgres.process is not None
            bench = Bench(database, postgres.process.pid, rounds)
            await bench.run(_HIRE, room=ROOM, managers=MANAGERS)
            await bench.run(_WATCH)
            names = ("lone", "look", "look full", "batch, per lead")
            print(f"{'open leads':>10}" + "".join(f"{name:>16}" for name in names), flush=True)
            for size in sizes:
                await bench.measure(size)
        finally:
            await database.close()
    finally:
        postgres.stop()


def new_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.open_leads", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--rounds", type=int, default=50)
    return parser


def main() -> None:
    arguments = new_parser().parse_args()
    print(machine_line(), flush=True)
    with workshop() as folder:
        uvloop.run(measure_all(folder, sorted(arguments.sizes), arguments.rounds))


if __name__ == "__main__":
    main()

"""Rebuild a projection beside the live one: fresh tables in a schema of their own, filled from the
journals, compared, and put in the place of the live ones by one transaction.

Meanwhile the live projection is read and written as always; only while the two are compared and
exchanged its consumer waits. Whatever interrupts it before that leaves the live one untouched.
"""

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared.clock import Clock
from shared.contracts.catalog import producers_for
from shared.database import Database, Session, open_database, reading, transaction
from shared.errors import UnavailableError
from shared.messaging.consumer.catch_up import CatchUp, walk_all
from shared.messaging.consumer.consumer import Consumer, Handler
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.rebuild import journal_ends, progress
from shared.messaging.outbox.walking import Journal
from shared.migrations import upgrade
from shared.runtime.loop import Progress

FRESH, FORMER, LIVE = "rebuilding", "replaced", "public"
# What consuming remembers goes with what was consumed; digests are of the rows that they count.
CONSUMING: Final = (
    "seen", "held", "journal_cursor", "reconciliation_digest", "reconciliation_mark",
    "erased_contact", "erasure_receipt",
)  # fmt: skip
LOCK_WAIT: Final = "60s"  # for the live consumer's transaction, which ends within seconds

_PREPARE = f"DROP SCHEMA IF EXISTS {FRESH} CASCADE"
_MAKE = f"CREATE SCHEMA {FRESH}"
# The sum does not depend on the order of rows; 64 bits of each are more than chance can meet. Equal
# rows have one hash however they are written: an amount of 10.0 that was added up is that of 10.
_DIGEST = """
SELECT count(*) AS rows, coalesce(sum(hash_record_extended(t, 0)), 0) AS digest
FROM {schema}.{table} AS t
"""
_TRIGGERS = f"""
SELECT tgname AS name, relname AS table, pg_get_triggerdef(t.oid) AS definition
FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = tgrelid
WHERE relnamespace = CAST('{LIVE}' AS regnamespace) AND relname = ANY(CAST(:tables AS text[]))
    AND NOT tgisinternal ORDER BY relname, tgname
"""


Settle = Callable[[Database], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Projection:
    """What is rebuilt: the tables of a service that its handler fills, and `settle` completes."""

    service: str
    handle: Handler
    tables: Sequence[str]
    settle: Settle | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows a table of the projection has, live and fresh, and whether they are equal."""

    table: str
    live_rows: int
    fresh_rows: int
    equal: bool


@dataclass(eq=False)
class Beside:
    """A rebuild under way: `tables` are the projection's, `walks` fill the fresh ones."""

    live: Database
    fresh: Database
    tables: Sequence[str]
    walks: CatchUp
    settle: Settle | None = None

    async def walk(self) -> None:
        """Walk all journals to where they end now. Raises UnavailableError."""
        consumer, journals = self.walks.consumer, self.walks.journals
        ends = await journal_ends(consumer, journals)
        while not (await progress(consumer, journals, ends)).done:
            outage = await walk_all(self.walks, Progress())
            if outage is not None:
                raise UnavailableError(f"A journal cannot be walked: {outage}.")
        if self.settle is not None:
            await self.settle(self.fresh)

    async def count_events(self) -> int:
        """How many events the fresh tables have been given."""
        async with reading(self.fresh) as session:
            return int(await session.scalar("SELECT coalesce(sum(version), 0) FROM seen"))

    async def exchange(self, *, only_compare: bool) -> list[Compared]:
        """Compare at the present, and put the fresh tables into the place of the live ones.

        Raises UnavailableError: then nothing was exchanged.
        """
        async with transaction(self.live) as session:
            await session.execute("SET LOCAL statement_timeout = 0")
            await session.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            await session.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            # Consumers claim their streams first: nothing is applied from here on.
            await session.execute(f"LOCK TABLE {LIVE}.seen, {LIVE}.held IN ACCESS EXCLUSIVE MODE")
            await self.walk()
            if self.settle is not None:
                await self.settle(self.live)
            compared = [await _compare(session, table) for table in self.tables]
            if not only_compare:
                await _exchange(session, [*self.tables, *CONSUMING])
        return compared

    async def close(self) -> None:
        """Drop what was not exchanged, or what was replaced."""
        await self.fresh.close()
        async with transaction(self.live) as session:
            await session.execute(_PREPARE)


async def begin_beside(
    projection: Projection, database_url: str, journals: Mapping[str, Journal], *, clock: Clock
) -> Beside:
    """Make the fresh tables, empty. A rebuild that was cut off begins anew."""
    service = projection.service
    live = open_database(database_url, service=service)
    async with transaction(live) as session:
        await session.execute(_PREPARE)
        await session.execute(_MAKE)
    await upgrade(service, database_url, schema=FRESH)
    fresh = open_database(database_url, service=service, background=True, schema=FRESH)
    consumer = Consumer(fresh, service, projection.handle, clock)
    needed = {name: journals[name] for name in producers_for(service)}
    walks = CatchUp(consumer, needed, _NoFastPath(0.0, 0.0, sees_all=False))
    return Beside(live, fresh, projection.tables, walks, projection.settle)


class _NoFastPath(FastPath):
    """Nothing else brings events: a walk goes to the present."""

    def walk_before(self) -> float:
        return time.monotonic()


async def _compare(session: Session, table: str) -> Compared:
    live, fresh = [
        (await session.execute(_DIGEST.format(schema=schema, table=table))).one()
        for schema in (LIVE, FRESH)
    ]
    return Compared(table, live.rows, fresh.rows, equal=tuple(live) == tuple(fresh))


async def _exchange(session: Session, tables: Collection[str]) -> None:
    await session.execute(f"CREATE SCHEMA {FORMER}")
    for table in tables:
        await session.execute(f"ALTER TABLE {LIVE}.{table} SET SCHEMA {FORMER}")
        await session.execute(f"ALTER TABLE {FRESH}.{table} SET SCHEMA {LIVE}")
    # A trigger still calls the function of the schema that it was made in.
    for trigger in await session.execute(_TRIGGERS, {"tables": list(tables)}):
        definition = trigger.definition.replace(
            f"EXECUTE FUNCTION {FRESH}.", f"EXECUTE FUNCTION {LIVE}."
        )
        await session.execute(f"DROP TRIGGER {trigger.name} ON {LIVE}.{trigger.table}")
        await session.execute(definition)
    await session.execute(f"DROP SCHEMA {FORMER} CASCADE")

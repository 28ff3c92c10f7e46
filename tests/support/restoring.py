"""A producer whose database is that of an older backup, and those it asks what they have heard."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.clock import system_clock
from shared.database import Database, Session, transaction
from shared.errors import UnavailableError
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.heights import HeightsPage, OwnConsumed, RangeDigest
from shared.messaging.log.protocol import OwnTopics
from shared.messaging.outbox.gate import Gate, read_gate
from shared.messaging.outbox.recovery import Recovery, recover, recovery_loop
from shared.runtime.loop import Loop, Progress, running
from tests.support.messaging_harness import CONSUMER, World, manager

# As a start of the server, and as a dump that was brought back, leave the row.
RESTARTED = "server = '-infinity', opened = pg_current_xact_id()"
BROUGHT_BACK = "opened = '5'"


@dataclass(eq=False)
class AnsweringConsumer:
    """What a consumer's own database says; `away` while it cannot be asked."""

    database: Database
    away: bool = False
    pages: int = 0

    async def digest(self, topic: str, *, after: str) -> RangeDigest:
        if self.away:
            raise UnavailableError("It is away.")
        return await self._own.digest(topic, after=after)

    async def heights(self, topic: str, *, after: str, until: str) -> HeightsPage:
        self.pages += 1
        return await self._own.heights(topic, after=after, until=until)

    @property
    def _own(self) -> OwnConsumed:
        return OwnConsumed(self.database, range=2, page=1)


@dataclass(eq=False)
class Restoring:
    """`restored` are the versions that the service was told to bring its tables to."""

    world: World
    kpi: AnsweringConsumer = field(init=False)
    restored: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kpi = AnsweringConsumer(self.world.consumer)

    async def close_gate(self, how: str = RESTARTED) -> None:
        async with transaction(self.world.producer) as session:
            await session.execute(f"UPDATE producer SET {how}")

    async def forget(self, *, above: int, how: str = RESTARTED) -> None:
        """The producer's database is the one of an older moment, when nothing was acknowledged."""
        async with transaction(self.world.producer) as session:
            await session.execute("DELETE FROM journal WHERE version > :above", {"above": above})
            await session.execute("UPDATE stream SET version = :above", {"above": above})
            await session.execute("TRUNCATE acknowledged, pending")
        await self.close_gate(how)

    async def restore(
        self,
        session: Session,
        events: Sequence[ReceivedEvent],
        *,
        now: datetime,
    ) -> None:
        assert now.tzinfo is not None
        self.restored.extend(item.version for item in events)

    def recovery(self, log: OwnTopics | None = None) -> Recovery:
        return Recovery(self.world.producer, {CONSUMER: self.kpi}, system_clock, log, self.restore)

    async def recover(self, log: OwnTopics | None = None) -> None:
        await recover(self.recovery(log), Progress())

    @asynccontextmanager
    async def recovering(self) -> AsyncIterator[Loop]:
        loop = recovery_loop(self.recovery())
        async with running([loop]):
            yield loop

    async def gate(self) -> Gate:
        return await read_gate(self.world.producer)

    async def journal(self, name: str) -> list[tuple[int, UUID, str]]:
        """(version, event id, type)."""
        rows = await self.world.rows(
            self.world.producer,
            f"SELECT version, event_id, type FROM journal WHERE key = '{manager(name)}'"
            " ORDER BY version",
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def types(self, name: str) -> list[str]:
        return [kind for _, _, kind in await self.journal(name)]

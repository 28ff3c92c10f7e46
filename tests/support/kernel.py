"""A speaker, a log made of lists and a listener: the kernel's whole way without any service."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.messaging.hearing import hear_loop
from shared.messaging.taking import Listener, Rules

from shared.clock import system_clock
from shared.contracts.catalog import TOPICS
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Database, Session, open_database, transaction
from shared.errors import InvalidError
from shared.ids import derived_id
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.outbox.journal import Journal, OwnJournal
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.relay import Relay, send_batch
from shared.messaging.schema import MESSAGING_V1
from shared.runtime.batch import Hand
from shared.runtime.loop import Loop, running
from tests.support.infrastructure import DatabaseFactory
from tests.support.list_log import ListBus, ListLog
from tests.support.waiting import eventually

SPEAKER = "routing"
LISTENER = "kpi"
TOPIC = "managers"
POISON = "poison"
PATIENT = Rules(
    first_pause_seconds=0.02, longest_pause_seconds=0.1, heal_seconds=0.05, gap=timedelta(hours=1)
)
EAGER = Rules(
    first_pause_seconds=0.02, longest_pause_seconds=0.1, heal_seconds=0.05, gap=timedelta(0)
)

_EFFECTS = """CREATE TABLE effect (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL, version bigint NOT NULL, status text NOT NULL)"""
_EFFECT = """
INSERT INTO effect (key, version, status)
SELECT * FROM unnest(
    CAST(:keys AS text[]), CAST(:versions AS bigint[]), CAST(:statuses AS text[]))
"""


def manager(name: str) -> UUID:
    return derived_id("manager", name)


def status(name: str, value: str) -> ManagerStatusChanged:
    return ManagerStatusChanged(manager_id=manager(name), status=value, changed_at=system_clock())


async def kernel_database(factory: DatabaseFactory, service: str) -> Database:
    """A database with the kernel's tables and one of effects; the caller closes it."""
    database = open_database(await factory(service), service=service, background=True)
    async with transaction(database) as session:
        for statement in (*MESSAGING_V1, _EFFECTS):
            await session.execute(statement)
    return database


@dataclass(eq=False)
class Handler:
    """Writes each event down as an effect. `poisonous` and `before` may be changed at any time."""

    poisonous: Callable[[str], bool] = lambda value: value == POISON
    before: Callable[[Sequence[ReceivedEvent]], None] = lambda _heard: None
    calls: int = 0

    async def __call__(
        self, session: Session, heard: Sequence[ReceivedEvent], *, now: datetime
    ) -> None:
        self.calls += 1
        self.before(heard)
        statuses = [getattr(item.event, "status", "") for item in heard]
        if any(self.poisonous(value) for value in statuses):
            raise InvalidError("This status can never take effect.")
        await session.execute(
            _EFFECT,
            {
                "keys": [item.envelope.key for item in heard],
                "versions": [item.envelope.version for item in heard],
                "statuses": statuses,
            },
        )


@dataclass(eq=False)
class World:
    speaker: Database
    listener: Database
    log: ListLog = field(default_factory=ListLog)
    handler: Handler = field(default_factory=Handler)

    def __post_init__(self) -> None:
        self.bus = ListBus(self.log)
        self.relay = self.new_relay()

    def new_relay(self, **hand: Any) -> Relay:
        mine = Hand(self.speaker, "relay", **hand)
        return Relay(self.speaker, self.bus, system_clock, mine)

    def listening(self, rules: Rules = PATIENT) -> Listener:
        return Listener(self.listener, LISTENER, self.handler, system_clock, rules)

    def journals(self) -> dict[str, Journal]:
        return {service: OwnJournal(self.speaker) for service in ("intake", SPEAKER, "history")}

    async def emit(self, name: str, *values: str) -> None:
        """One transaction with one event per value."""
        async with transaction(self.speaker) as session:
            for value in values:
                emit(session, status(name, value), now=system_clock())

    async def send(self) -> None:
        """One whole pass of the relay."""
        await self.bus.ensure_topics(TOPICS)
        self.relay.after, self.relay.stopped = 0, set()
        while await send_batch(self.relay):
            pass

    def hear(self, rules: Rules = PATIENT, *, heals: bool = True) -> Loop:
        return hear_loop(
            self.listener,
            self.bus,
            service=LISTENER,
            apply=self.handler,
            clock=system_clock,
            journals=self.journals() if heals else {},
            rules=rules,
        )

    @asynccontextmanager
    async def hearing(self, rules: Rules = PATIENT, *, heals: bool = True) -> AsyncIterator[Loop]:
        await self.bus.ensure_topics(TOPICS)
        loop = self.hear(rules, heals=heals)
        async with running([loop]):
            yield loop

    async def rows(self, database: Database, query: str) -> list[tuple[Any, ...]]:
        async with transaction(database) as session:
            return [tuple(row) for row in await session.execute(query)]

    async def effects(self, name: str) -> list[int]:
        """The versions that took effect, in the order in which they did."""
        rows = await self.rows(
            self.listener,
            f"SELECT version FROM effect WHERE key = '{manager(name)}' ORDER BY place",
        )
        return [row[0] for row in rows]

    async def held(self) -> list[tuple[str, int, str]]:
        """(key, version, reason) of everything held."""
        rows = await self.rows(
            self.listener, "SELECT key, version, reason FROM held ORDER BY key, version"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def pending(self) -> int:
        return int((await self.rows(self.speaker, "SELECT count(*) FROM pending"))[0][0])

    async def settled(self, expected: dict[str, list[int]], *, seconds: float = 10.0) -> None:
        """Wait until exactly these versions took effect, each once, in this order."""

        async def found() -> dict[str, list[int]]:
            return {name: await self.effects(name) for name in expected}

        await eventually(
            found, seconds=seconds, what="effects", until=lambda seen: seen == expected
        )
        await self.all_heard()
        assert await found() == expected

    async def all_heard(self, *, seconds: float = 10.0) -> None:
        """Wait until every record of the log has been passed."""

        async def behind() -> list[tuple[str, int]]:
            rows = await self.rows(
                self.listener,
                "SELECT topic, partition, next_offset FROM consumer_position"
                f" WHERE log_id = '{self.log.log_id}'",
            )
            reached = {(row[0], row[1]): row[2] for row in rows}
            return [
                (place.topic, place.number)
                for place, records in self.log.lists.items()
                if records and reached.get((place.topic, place.number), 0) <= records[-1].offset
            ]

        await eventually(
            behind, seconds=seconds, what="everything is heard", until=lambda found: not found
        )

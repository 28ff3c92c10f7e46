"""A producer, a scripted log and a consumer: the whole way of an event without any service."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.clock import system_clock
from shared.contracts.managers import ManagerStatusChanged
from shared.database import Database, Session, open_database, transaction
from shared.errors import InvalidError
from shared.ids import derived_id
from shared.messaging.consumer.catch_up import CatchUp, catch_up_loop
from shared.messaging.consumer.consumer import Consumer, Rules
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.loop import consumer_loop
from shared.messaging.consumer.sweep import sweep_loop
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.log.memory import MemoryLog
from shared.messaging.outbox.publish import emit
from shared.messaging.outbox.relay import Relay, send_batch
from shared.messaging.outbox.walking import Journal, OwnJournal
from shared.observability.metrics import metrics_of
from shared.runtime.loop import Loop, running
from tests.support.infrastructure import MESSAGING, DatabaseFactory
from tests.support.patience import patient
from tests.support.scripted_log import ScriptedLog
from tests.support.waiting import eventually

PRODUCER = "routing"
CONSUMER = "kpi"
TOPIC = "managers"
POISON = "poison"
# A patient consumer waits for the fast path to bring what is missing; an eager one asks at once.
PATIENT = Rules(
    first_pause_seconds=0.02,
    longest_pause_seconds=0.1,
    sweep_seconds=0.05,
    gap=timedelta(hours=1),
)
EAGER = Rules(
    first_pause_seconds=0.02,
    longest_pause_seconds=0.1,
    sweep_seconds=0.05,
    gap=timedelta(0),
)

LAG_SECONDS = 0.3  # of the walk behind the fast path
LONG_LAG_SECONDS = 5.0  # where it is counted which of the two has brought what

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


async def messaging_database(factory: DatabaseFactory, service: str) -> Database:
    """A database with the tables of messaging and one of effects; the caller closes it."""
    url = await factory(MESSAGING)
    database = patient(open_database(url, service=service, background=True))
    async with transaction(database) as session:
        await session.execute(_EFFECTS)
    return database


@dataclass(eq=False)
class Handler:
    """Writes each event down as an effect. `poisonous` and `before` may be changed at any time."""

    poisonous: Callable[[str], bool] = lambda value: value == POISON
    before: Callable[[Sequence[ReceivedEvent]], None] = lambda _events: None
    calls: int = 0

    async def __call__(
        self, session: Session, events: Sequence[ReceivedEvent], *, now: datetime
    ) -> None:
        self.calls += 1
        self.before(events)
        statuses = [getattr(item.event, "status", "") for item in events]
        if any(self.poisonous(value) for value in statuses):
            raise InvalidError("This status can never take effect.")
        await session.execute(
            _EFFECT,
            {
                "keys": [item.envelope.key for item in events],
                "versions": [item.envelope.version for item in events],
                "statuses": statuses,
            },
        )


@dataclass(eq=False)
class World:
    """Its consumers' catch-up lags hardly at all. `memory`, once in use, takes the log's place."""

    producer: Database
    consumer: Database
    log: ScriptedLog = field(default_factory=ScriptedLog)
    memory: MemoryLog | None = None
    handler: Handler = field(default_factory=Handler)
    lag_seconds: float = LAG_SECONDS
    fast_path: FastPath | None = None

    def __post_init__(self) -> None:
        self.relay = Relay(self.producer, self.log)
        self._caught_up_before = _caught_up()

    def lag_long(self) -> None:
        """So that a busy machine's fast path is not overtaken by the walk."""
        self.lag_seconds = LONG_LAG_SECONDS

    def use_memory(self) -> MemoryLog:
        """What is emitted from now on is handed over after the commit, in this process."""
        self.memory = self.producer.outlet = MemoryLog()
        return self.memory

    def caught_up(self) -> int:
        """How many events only a journal has brought in this world."""
        return _caught_up() - self._caught_up_before

    def consuming(self, rules: Rules = PATIENT) -> Consumer:
        return Consumer(self.consumer, CONSUMER, self.handler, system_clock, rules)

    def journals(self) -> dict[str, Journal]:
        return {service: OwnJournal(self.producer) for service in ("intake", PRODUCER, "history")}

    async def emit(self, name: str, *values: str) -> None:
        """One transaction with one event per value."""
        async with transaction(self.producer) as session:
            for value in values:
                emit(session, status(name, value), now=system_clock())

    async def send(self) -> None:
        """One whole pass of the relay, to where all that it sent is struck out."""
        self.relay.cluster_id = await self.relay.publisher.cluster_id()
        self.relay.after, self.relay.stopped = 0, set()
        while await send_batch(self.relay) or self.relay.acknowledged:
            pass

    async def say(self, name: str, *values: str) -> None:
        """Emitted, and sent."""
        await self.emit(name, *values)
        await self.send()

    def walks(self, rules: Rules = PATIENT) -> CatchUp:
        """The walks of one consumer."""
        fast_path = FastPath(self.lag_seconds, 0.05, sees_all=self.memory is not None)
        return CatchUp(self.consuming(rules), self.journals(), fast_path)

    def loops(self, rules: Rules = PATIENT, *, catches_up: bool = False) -> list[Loop]:
        """The consumer's loop and its sweep; the walk of the journals only if asked for."""
        walks = self.walks(rules)
        self.fast_path = walks.fast_path
        loops = [consumer_loop(walks.consumer, self.memory or self.log, walks.fast_path)]
        loops.append(sweep_loop(walks.consumer, self.journals()))
        if catches_up:
            loops.append(catch_up_loop(walks))
        return loops

    @asynccontextmanager
    async def consumed(
        self, rules: Rules = PATIENT, *, catches_up: bool = False
    ) -> AsyncIterator[Loop]:
        """While the block runs; gives the consumer's loop."""
        loops = self.loops(rules, catches_up=catches_up)
        async with running(loops):
            yield loops[0]

    async def subscribed(self) -> None:
        """Wait until the fast path is there: without it the walk brings everything."""

        async def is_there() -> bool:
            return self.fast_path is not None and self.fast_path.subscription is not None

        await eventually(is_there, seconds=10, what="the consumer has subscribed")

    async def rows(self, database: Database, query: str) -> list[tuple[Any, ...]]:
        async with transaction(database) as session:
            return [tuple(row) for row in await session.execute(query)]

    async def effects(self, name: str) -> list[int]:
        """The versions that took effect, in the order in which they did."""
        rows = await self.rows(
            self.consumer,
            f"SELECT version FROM effect WHERE key = '{manager(name)}' ORDER BY place",
        )
        return [row[0] for row in rows]

    async def held(self) -> list[tuple[str, int, str]]:
        """(key, version, reason) of everything held."""
        rows = await self.rows(
            self.consumer, "SELECT key, version, reason FROM held ORDER BY key, version"
        )
        return [(row[0], row[1], row[2]) for row in rows]

    async def pending(self) -> int:
        return int((await self.rows(self.producer, "SELECT count(*) FROM pending"))[0][0])

    async def settled(self, expected: dict[str, list[int]], *, seconds: float = 10.0) -> None:
        """Wait until exactly these versions took effect, each once, in this order."""

        async def effects() -> dict[str, list[int]]:
            return {name: await self.effects(name) for name in expected}

        await eventually(
            effects, seconds=seconds, what="effects", until=lambda seen: seen == expected
        )
        await self.all_consumed()
        assert await effects() == expected

    async def all_consumed(self, *, seconds: float = 10.0) -> None:
        """Wait until every message of the scripted log has been fetched and worked."""

        async def behind() -> int:
            return len(self.log.messages) - self.log.done

        await eventually(
            behind, seconds=seconds, what="everything is consumed", until=lambda left: left == 0
        )


def _caught_up() -> int:
    [metric] = metrics_of(CONSUMER).caught_up.collect()
    return int(sum(item.value for item in metric.samples if item.name.endswith("_total")))

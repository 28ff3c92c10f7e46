"""Events as their producers emit them: versions without gaps, and any order across streams."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.envelope import Envelope, Event
from shared.contracts.inquiries import InquiryReceived
from shared.contracts.inquiry import ContactDetails
from shared.contracts.leads import LeadAccepted, LeadAssigned, LeadOpened
from shared.database import Database, transaction
from shared.ids import derived_id
from shared.messaging.consumer.arrivals import blank_arrivals
from shared.messaging.consumer.catch_up import CatchUp, walk_all
from shared.messaging.consumer.consumer import Consumer, Handler
from shared.messaging.consumer.fast_path import FastPath
from shared.messaging.consumer.rebuild import Clear, begin, journal_ends, progress
from shared.messaging.decoding import ReceivedEvent
from shared.messaging.log.memory import MemorySubscription
from shared.messaging.outbox.journal import PAGE
from shared.messaging.outbox.walking import HeadsPage, Journal, JournalState, Position, Range
from shared.runtime.loop import Progress

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIFE = derived_id("streams", "life")


def some_id(*parts: object) -> UUID:
    return derived_id("streams", *parts)


@dataclass(eq=False)
class EventStreams:
    """What was streams, in the order of telling; `at` moves on by a minute with each event."""

    events: list[ReceivedEvent] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)
    at: datetime = MORNING

    def emit(self, event: Event) -> ReceivedEvent:
        stream = (event.TOPIC, event.stream_key())
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        self.at += timedelta(minutes=1)
        envelope = Envelope(
            event_id=some_id("event", *stream, version),
            type=event.TYPE,
            source=f"/leadflow/{TOPIC_BY_NAME[event.TOPIC].producer}",
            time=self.at,
            topic=event.TOPIC,
            key=stream[1],
            version=version,
            payload=event.model_dump_json(),
        )
        self.events.append(
            ReceivedEvent(envelope, type(event).model_validate_json(envelope.payload))
        )
        return self.events[-1]

    def inquiry(self, name: object, *, contact: UUID, **more: Any) -> UUID:
        inquiry_id = some_id("inquiry", name)
        members = {
            "channel": "form",
            "source_id": some_id("source", "site"),
            "source_key": "site",
            "received_at": self.at,
            "text": f"words of {name}",
            "contact": ContactDetails(name=f"Customer {name}", phones=("+79990000001",)),
        }
        self.emit(InquiryReceived(inquiry_id=inquiry_id, contact_id=contact, **{**members, **more}))
        return inquiry_id

    def opened(self, name: object, *, inquiry: UUID, contact: UUID, **more: Any) -> UUID:
        lead_id = some_id("lead", name)
        members = {
            "pool": "default",
            "pipeline": "sales",
            "stage": "new",
            "channel": "form",
            "source_id": some_id("source", "site"),
            "priority_class": "normal",
            "work_units": 1.0,
            "received_at": self.at,
        }
        event = LeadOpened(
            **self._lead(lead_id, contact), inquiry_id=inquiry, **{**members, **more}
        )
        self.emit(event)
        return lead_id

    def assigned(self, lead: UUID, contact: UUID, manager: UUID) -> None:
        self.emit(
            LeadAssigned(
                **self._lead(lead, contact),
                manager_id=manager,
                epoch=1,
                round=1,
                accept_by=self.at + timedelta(minutes=5),
                first_touch_by=self.at + timedelta(minutes=30),
                reason="least_score",
            )
        )

    def accepted(self, lead: UUID, contact: UUID, manager: UUID) -> None:
        self.emit(LeadAccepted(**self._lead(lead, contact), manager_id=manager, epoch=1))

    def on_lead(self, kind: type[Event], lead: UUID, contact: UUID, **more: Any) -> None:
        self.emit(kind(**{**self._lead(lead, contact), **more}))

    def _lead(self, lead: UUID, contact: UUID) -> dict[str, Any]:
        version = self.versions.get(("leads", str(lead)), 0) + 1
        return {"lead_id": lead, "contact_id": contact, "version": version, "at": self.at}


def interleaved(received: Sequence[ReceivedEvent], choice: random.Random) -> list[ReceivedEvent]:
    """Another order: any between the streams, the same within each."""
    streams: dict[tuple[str, str], list[ReceivedEvent]] = {}
    for item in received:
        streams.setdefault((item.envelope.topic, item.envelope.key), []).append(item)
    found = []
    while streams:
        stream = choice.choice(sorted(streams))
        found.append(streams[stream].pop(0))
        if not streams[stream]:
            del streams[stream]
    return found


async def consume(
    database: Database, apply: Handler, received: Sequence[ReceivedEvent], *, batch: int = 500
) -> None:
    """Hand the events to a service in transactions of at most `batch`, as its consumer does."""
    for first in range(0, len(received), batch):
        async with transaction(database) as session:
            arrived = await blank_arrivals(session, received[first : first + batch])
            events = [item for item in arrived if isinstance(item, ReceivedEvent)]
            await apply(session, events, now=MORNING)


async def contents(database: Database, tables: Sequence[Any]) -> dict[str, list[str]]:
    """Every row of the tables, as text, in an order of its own."""
    found = {}
    async with transaction(database) as session:
        for table in tables:
            rows = await session.execute(f"SELECT CAST(t AS text) FROM {table.name} AS t")
            found[table.name] = sorted(rows.scalars())
    return found


@dataclass(frozen=True, slots=True)
class ToldJournal:
    """What one producer streams, read as its journal."""

    producer: str
    streams: EventStreams

    def _own(self, topic: str) -> list[Envelope]:
        own = [item.envelope for item in self.streams.events if item.envelope.topic == topic]
        assert all(TOPIC_BY_NAME[item.topic].producer == self.producer for item in own)
        return own

    async def state(self, topics: Sequence[str], *, hurry: bool = False) -> JournalState:
        ends = {topic: Position(1, len(self._own(topic))) for topic in topics if self._own(topic)}
        return JournalState(str(LIFE), 2, ends, {})

    async def heads(self, topic: str, *, after: Position, until: int) -> HeadsPage:
        assert until == 2
        rows = self._own(topic)[after.id : after.id + PAGE]
        versions: dict[str, int] = {}
        for row in rows:
            versions[row.key] = max(row.version, versions.get(row.key, 0))
        end = Position(1, after.id + len(rows))
        return HeadsPage(versions, end, more=len(rows) == PAGE)

    async def lacking(self, ranges: Sequence[Range]) -> Sequence[Envelope]:
        return [
            item
            for stream, after, until in ranges
            for item in self._own(stream[0])
            if item.key == stream[1] and after < item.version <= until
        ][:PAGE]


async def consume_again(
    database: Database,
    streams: EventStreams,
    *,
    service: str,
    apply: Handler,
    clear: Clear,
    real: Mapping[str, Journal] | None = None,
) -> None:
    """Rebuild a service's projection from what the producers streams, and from `real` journals."""
    consumer = Consumer(database, service, apply, lambda: MORNING)
    await begin(consumer, clear=clear)
    producers = ("intake", "routing", "history", "kpi")
    journals: dict[str, Journal] = {name: ToldJournal(name, streams) for name in producers}
    journals |= real or {}
    walks = CatchUp(consumer, journals, FastPath(0.0, 0.0, sees_all=False, subscription=_Closed()))
    assert await walk_all(walks, Progress()) is None
    assert (await progress(consumer, journals, await journal_ends(consumer, journals))).done


class _Closed(MemorySubscription):
    """No fast path to wait for: the walk goes to the present."""

    def __init__(self) -> None:
        super().__init__(())
        self.closed = True

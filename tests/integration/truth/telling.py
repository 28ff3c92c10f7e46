"""How the producers tell what happens: streams without gaps, ids that hold the time of telling."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.catalog import TOPIC_BY_NAME
from shared.contracts.envelope import Envelope, Event
from shared.contracts.leads import LeadEvent
from shared.ids import first_id
from shared.messaging.decoding import ReceivedEvent

RANDOM_BITS = (1 << 74) - 1
A_VERSION_7 = (0x7 << 76) | (0x2 << 62)


@dataclass(eq=False)
class Telling:
    """What was told, in order. `at` is now: it moves on by some milliseconds with each event."""

    choice: random.Random
    at: datetime
    events: list[ReceivedEvent] = field(default_factory=list)
    versions: dict[tuple[str, str], int] = field(default_factory=dict)

    def some_id(self) -> UUID:
        """A UUIDv7 of this moment."""
        noise = self.choice.getrandbits(74) & RANDOM_BITS
        low, high = noise & ((1 << 62) - 1), noise >> 62
        return UUID(int=first_id(self.at).int | A_VERSION_7 | (high << 64) | low)

    def tell(self, event: Event) -> None:
        """Emit an event now."""
        stream = (event.TOPIC, event.stream_key())
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        self.at += timedelta(milliseconds=self.choice.randrange(1, 40_000))
        envelope = Envelope(
            event_id=self.some_id(),
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

    def on_lead(self, kind: type[LeadEvent], lead_id: UUID, contact_id: UUID, **more: Any) -> None:
        """Emit an event of a lead; `at` is now where it is not given."""
        version = self.versions.get(("leads", str(lead_id)), 0) + 1
        members = {"lead_id": lead_id, "contact_id": contact_id, "version": version, "at": self.at}
        self.tell(kind(**{**members, **more}))

    def before(self, longest: timedelta) -> datetime:
        """A moment before now, mostly a near one."""
        share = self.choice.random() ** 3
        return self.at - timedelta(seconds=round(longest.total_seconds() * share))

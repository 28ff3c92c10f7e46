"""The envelope of every event: CloudEvents 1.0, binary mode.

Readers ignore what they do not know.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple, TypeAlias
from uuid import UUID

from pydantic import BaseModel, ConfigDict

MAX_EVENT_BYTES = 900_000  # below the broker's 1 MB record, headers included
# What every database can hold: a wider value would fail at each attempt, for ever.
MAX_VERSION = 2**63 - 2  # of a bigint, and there is one after it
MAX_KEY = 200
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Event(BaseModel):
    """The payload of one event type.

    TYPE is the wire name, TOPIC the topic it travels on, KEY the field that names its stream.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]
    KEY: ClassVar[str]

    def stream_key(self) -> str:
        return str(getattr(self, self.KEY))


Stream: TypeAlias = tuple[str, str]  # topic and key


class Envelope(NamedTuple):
    """One event as it lies in a journal or travels through a log; `payload` is JSON text. `life` is
    set on a log's records: in which life of its producer's data it was sent.
    """

    event_id: UUID
    type: str
    source: str
    time: datetime
    topic: str
    key: str
    version: int
    payload: str
    traceparent: str | None = None
    causation_id: UUID | None = None
    life: str | None = None

    @property
    def stream(self) -> Stream:
        return self.topic, self.key

    def headers(self) -> dict[str, str]:
        """The CloudEvents attributes as log headers."""
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": str(self.event_id),
            "ce_type": self.type,
            "ce_source": self.source,
            "ce_time": self.time.isoformat(),
            "ce_subject": self.key,
            "content-type": "application/json",
            "version": str(self.version),
        }
        if self.traceparent:
            attributes["traceparent"] = self.traceparent
        if self.causation_id:
            attributes["causationid"] = str(self.causation_id)
        if self.life:
            attributes["life"] = self.life
        return attributes

    @classmethod
    def from_headers(cls, topic: str, headers: Mapping[str, str], payload: str) -> "Envelope":
        """Read what `headers` wrote; raises KeyError or ValueError when it cannot be an event."""
        causation = headers.get("causationid")
        envelope = cls(
            event_id=UUID(headers["ce_id"]),
            type=headers["ce_type"],
            source=headers["ce_source"],
            time=datetime.fromisoformat(headers["ce_time"]),
            topic=topic,
            key=headers["ce_subject"],
            version=int(headers["version"]),
            payload=payload,
            traceparent=headers.get("traceparent"),
            causation_id=UUID(causation) if causation else None,
            life=headers.get("life"),
        )
        if envelope.time.tzinfo is None or not within_bounds(envelope):
            raise ValueError("an event's version, key or time is out of bounds")
        return envelope


def within_bounds(envelope: Envelope) -> bool:
    """Whether any of our databases can hold it."""
    return (
        1 <= envelope.version <= MAX_VERSION
        and len(envelope.key) <= MAX_KEY
        and EARLIEST <= envelope.time <= LATEST
    )

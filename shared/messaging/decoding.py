"""From bytes to events: what can be applied, what must wait for newer code, what is broken.

One law: nothing that arrives can raise here; broken content becomes a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Envelope, Event
from shared.messaging.bus import Record

FAILED = "failed"
NOT_YET_KNOWN = "not_yet_known"
SYNTHETIC = "?"  # begins the key of what has no readable key


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event that has a place in a stream; `reason` says why it cannot take effect, if so."""

    envelope: Envelope
    event: Event | None
    reason: str | None = None
    detail: str | None = None

    @property
    def stream(self) -> tuple[str, str]:
        return self.envelope.topic, self.envelope.key

    @property
    def version(self) -> int:
        return self.envelope.version


@dataclass(frozen=True, slots=True)
class Garbled:
    """A record without a readable envelope, kept under a key made of its place in the log."""

    topic: str
    key: str
    version: int
    headers: Mapping[str, str]
    payload: bytes
    detail: str


def decode_record(record: Record, *, log_id: str) -> Arrived | Garbled:
    """Read one record of the log."""
    headers = as_text(record.headers)
    found = decode(record.partition.topic, headers, record.payload)
    if isinstance(found, Arrived):
        return found
    return Garbled(
        topic=record.partition.topic,
        key=f"{SYNTHETIC}/{log_id}/{record.partition.number}",
        version=record.offset + 1,
        headers=headers,
        payload=record.payload or b"",
        detail=found,
    )


def decode(topic: str, headers: Mapping[str, str], payload: bytes | None) -> Arrived | str:
    """The event, or why these bytes are not even an envelope."""
    try:
        envelope = Envelope.from_headers(topic, headers, (payload or b"").decode())
    except (KeyError, ValueError, OverflowError) as error:
        return type(error).__name__
    return opened(envelope)


def opened(envelope: Envelope) -> Arrived:
    """Read the payload by the contract of its type."""
    contract = EVENT_BY_TYPE.get(envelope.type)
    if contract is None:
        return Arrived(envelope, None, NOT_YET_KNOWN, envelope.type[:100])
    if envelope.topic != contract.TOPIC:
        return Arrived(envelope, None, FAILED, f"{envelope.type} does not travel on this topic")
    try:
        return Arrived(envelope, contract.model_validate_json(envelope.payload))
    except ValidationError as error:
        return Arrived(envelope, None, FAILED, _fields(error))


def as_text(headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """Headers as text; what is not UTF-8 or holds NUL is replaced, the last of a name counts."""
    return {
        name.replace("\0", "\ufffd"): value.decode(errors="replace").replace("\0", "\ufffd")
        for name, value in headers
    }


def _fields(error: ValidationError) -> str:
    # Names of fields and kinds of fault only: the values may be personal.
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'/'.join(map(str, item['loc']))}: {item['type']}" for item in found[:5])

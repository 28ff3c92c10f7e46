"""From bytes to events: what can be applied, what must wait for newer code, what is broken.

Nothing that arrives can raise here; broken content becomes a reason.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pydantic import ValidationError

from shared.contracts.catalog import EVENT_BY_TYPE
from shared.contracts.envelope import Envelope, Event, Stream
from shared.contracts.streams import StreamGap

FAILED = "failed"
NOT_YET_KNOWN = "not_yet_known"
SYNTHETIC = "?"  # begins the key of what has no readable key


@dataclass(frozen=True, slots=True)
class _InStream:
    """What has a place in a stream."""

    envelope: Envelope

    @property
    def stream(self) -> Stream:
        return self.envelope.stream

    @property
    def version(self) -> int:
        return self.envelope.version


@dataclass(frozen=True, slots=True)
class ReceivedEvent(_InStream):
    """An event that can be applied. Several consumers may share it: nobody changes it."""

    event: Event


@dataclass(frozen=True, slots=True)
class Undecodable(_InStream):
    """An event and the reason why it cannot take effect."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record without a readable envelope, kept under a key made of its content."""

    topic: str
    key: str
    headers: Mapping[str, str]
    payload: bytes
    detail: str


Placed: TypeAlias = ReceivedEvent | Undecodable
Received: TypeAlias = ReceivedEvent | Undecodable | Unreadable


def topic_of(item: Received) -> str:
    return item.topic if isinstance(item, Unreadable) else item.envelope.topic


def decode(topic: str, headers: Mapping[str, str], payload: bytes | None) -> Received:
    """Read one record of a log, or one held event."""
    content = payload or b""
    try:
        envelope = Envelope.from_headers(topic, headers, content.decode())
    except (KeyError, ValueError, OverflowError) as error:
        digest = hashlib.sha256(repr(sorted(headers.items())).encode() + content).hexdigest()
        key = f"{SYNTHETIC}/{digest[:32]}"
        return Unreadable(topic, key, headers, content, type(error).__name__)
    return decode_envelope(envelope)


def decode_envelope(envelope: Envelope) -> Placed:
    """Read the payload by the contract of its type."""
    if envelope.type == StreamGap.TYPE:  # it may stand on every topic
        return ReceivedEvent(envelope, StreamGap())
    contract = EVENT_BY_TYPE.get(envelope.type)
    if contract is None:
        return Undecodable(envelope, NOT_YET_KNOWN, envelope.type[:100])
    if envelope.topic != contract.TOPIC:
        return Undecodable(envelope, FAILED, f"{envelope.type} does not travel on this topic")
    try:
        return ReceivedEvent(envelope, contract.model_validate_json(envelope.payload))
    except ValidationError as error:
        return Undecodable(envelope, FAILED, _fields(error))


def headers_as_text(headers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """What is not UTF-8 or holds NUL is replaced; the last of a name counts."""
    return {
        name.replace("\0", "\ufffd"): value.decode(errors="replace").replace("\0", "\ufffd")
        for name, value in headers
    }


def _fields(error: ValidationError) -> str:
    # Names of fields and kinds of fault only: the values may be personal.
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'/'.join(map(str, item['loc']))}: {item['type']}" for item in errors[:5])

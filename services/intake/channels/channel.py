"""What a channel is: two pure functions, verify and parse, and the answers its provider expects.

Invariant: a channel does no I/O and reads no clock.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.intake.channels.parsing.files import File
from services.intake.domain.requests import (
    Answer,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)

_DELIVERY_HEADERS = ("idempotency-key", "webhook-id")


def delivery_key(request: RawRequest) -> str | None:
    """The sender's own id of this delivery, from the headers that any sender may use."""
    return next((value for name in _DELIVERY_HEADERS if (value := request.header(name))), None)


def _not_yet(_request: RawRequest, *_sources: SourceView) -> None:
    raise Unauthenticated


def _no_handshake(_request: RawRequest, _source: SourceView) -> Answer | None:
    return None


def _accepted(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    del receipt_id, duplicate
    return Answer(200, b"ok", "text/plain; charset=utf-8")


def no_files(_request: RawRequest) -> Sequence[Sequence[File]]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way in.

    `verify(request, *sources)` returns if the whole request proves to come from one of these views
    of a source, else raises Unauthenticated. It reads the raw bytes once.
    `verify_early` is the same for a request whose body is incomplete or missing, where a signature
    over the body proves nothing yet. `signature` names the header of such a signature.
    `parse(request, source)` returns Content without `quarantined`, or raises ChannelError, and
    nothing else, on any bytes.
    `handshake(request, source)` returns the answer to a set-up call, which is never stored, or None
    for an ordinary delivery. It is called before `verify`.
    `answer(request, source, receipt_id=, duplicate=)` is the 2xx of a stored delivery.
    `delivery_key(request)` is the provider's id of the delivery, if it can be read without parsing.
    `secrets`: name of each secret that the adapter uses → whether it is required.
    `mail`: deliveries may be as large as mails with attachments.
    `files(request)`: the files of each draft that `parse` gives, in the order of the drafts; asked
    only where there are drafts.
    """

    name: str
    verify: Callable[..., None]
    parse: Callable[[RawRequest, SourceView], Content]
    verify_early: Callable[..., None] = _not_yet
    signature: str | None = None
    handshake: Callable[[RawRequest, SourceView], Answer | None] = _no_handshake
    answer: Callable[..., Answer] = _accepted
    delivery_key: Callable[[RawRequest], str | None] = delivery_key
    secrets: Mapping[str, bool] = field(default_factory=dict)
    mail: bool = False
    files: Callable[[RawRequest], Sequence[Sequence[File]]] = no_files

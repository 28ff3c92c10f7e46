"""What a channel is: two pure functions, verify and parse, and the answers its provider expects.

Invariant: a channel does no I/O and reads no clock.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.channels.parsing.files import File
from services.intake.domain.requests import (
    Answer,
    Content,
    FollowUp,
    RawRequest,
    SourceView,
    Unauthenticated,
)

_DELIVERY_HEADERS = ("idempotency-key", "webhook-id")


def delivery_key(request: RawRequest) -> str | None:
    """The sender's own id of this delivery, from the headers that any sender may use."""
    return next((value for name in _DELIVERY_HEADERS if (value := request.header(name))), None)


def by_body(request: RawRequest) -> str:
    """The id of a delivery whose body holds the ids of all it brings: another body is another
    delivery.
    """
    return hashlib.sha256(request.body).hexdigest()


def _not_yet(_request: RawRequest, *_sources: SourceView) -> None:
    raise Unauthenticated


def _never(_request: RawRequest) -> bool:
    return False


def _no_evidence(_request: RawRequest) -> FollowUp | None:
    return None


def _no_handshake(_request: RawRequest, _source: SourceView) -> Answer | None:
    return None


def _no_preflight(_request: RawRequest, _source: SourceView) -> Answer | None:
    return None


def _no_options(_options: Mapping[str, Any]) -> list[tuple[str, str]]:
    return []


def _accepted(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    del receipt_id, duplicate
    return Answer(200, b"ok", "text/plain; charset=utf-8")


def _no_lookup(_request: RawRequest, _source: SourceView) -> "Lookup | None":
    return None


def _nobody(_request: RawRequest, _source: SourceView, caller: "KnownCaller | None") -> Answer:
    del caller
    return Answer(200, b"{}", "application/json")


class Lookup(NamedTuple):
    """Somebody calls, and the exchange asks who it is; the number as it was sent."""

    number: str


class KnownCaller(NamedTuple):
    """A known caller's name, and the manager responsible if that is known."""

    name: str
    responsible: str | None = None


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
    `preflight(request, source)` answers an OPTIONS request, by which a browser or a sender of
    CloudEvents asks whether it may deliver; None refuses it as any other source would.
    `answer(request, source, receipt_id=, duplicate=)` is the 2xx of a stored delivery.
    `lookup(request, source)` is what a proven request only asks; it is answered by
    `answer_found(request, source, caller)`, where None is nobody we know, and is not stored.
    `delivery_key(request)` is the provider's id of the delivery, if it can be read without parsing.
    `secrets`: name of each secret that the adapter uses → whether it is required.
    `check_options(options)` gives the name of each option of a source that is wrong, and why.
    `mail`: deliveries may be as large as mails with attachments.
    `by_visitors`: the browser of the customer posts, so the sender's address is theirs.
    `tracking`: it tells of calls that the company's exchange reports as well.
    `proof_once`: the proof is the delivery key and covers no word of the body, so it is good for
    one body only; another one under it is quarantined.
    `proof_follows(request)`: whether the beginning of a body, whoever sent it, looks as if a proof
    stood further on.
    `evidence(request)`: a public document without which `verify` proves nothing: it finds it in
    `RawRequest.fetched`. Whoever sent the request, it is fetched from `fetch_hosts`.
    `fetch_hosts` are the only hosts that its follow-ups may name; `*` stands for a label.
    `files(request)`: the files of each draft that `parse` gives, in the order of the drafts or as
    `Content.file_places` tells; asked only where there are drafts.
    """

    name: str
    verify: Callable[..., None]
    parse: Callable[[RawRequest, SourceView], Content]
    verify_early: Callable[..., None] = _not_yet
    signature: str | None = None
    handshake: Callable[[RawRequest, SourceView], Answer | None] = _no_handshake
    preflight: Callable[[RawRequest, SourceView], Answer | None] = _no_preflight
    answer: Callable[..., Answer] = _accepted
    lookup: Callable[[RawRequest, SourceView], Lookup | None] = _no_lookup
    answer_found: Callable[[RawRequest, SourceView, KnownCaller | None], Answer] = _nobody
    delivery_key: Callable[[RawRequest], str | None] = delivery_key
    secrets: Mapping[str, bool] = field(default_factory=dict)
    check_options: Callable[[Mapping[str, Any]], list[tuple[str, str]]] = _no_options
    mail: bool = False
    by_visitors: bool = False
    tracking: bool = False
    fetch_hosts: frozenset[str] = frozenset()
    proof_once: bool = False
    proof_follows: Callable[[RawRequest], bool] = _never
    evidence: Callable[[RawRequest], FollowUp | None] = _no_evidence
    files: Callable[[RawRequest], Sequence[Sequence[File]]] = no_files

    @property
    def has_proof_inside(self) -> bool:
        return self.proof_follows is not _never

    @property
    def has_evidence(self) -> bool:
        return self.evidence is not _no_evidence

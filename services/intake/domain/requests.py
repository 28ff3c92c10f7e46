"""Frozen values that pass between the door, the normaliser and a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.mail_ids import MailIds
from services.intake.domain.purchases import PurchaseReport
from services.intake.domain.states import IgnoreReason, QuarantineReason
from shared.contracts.inquiry import InquiryContent

# A draft is an inquiry before the normaliser has given it ids and a contact.
Draft = InquiryContent

NATIVE: Final = "native"
# Names of secrets by which we prove ourselves to the provider; they prove no sender to us.
OURS: Final = frozenset({"access_token", "access_key_id", "secret_access_key"})
CSV_IMPORT: Final = "csv-import"
# Adapters whose callers have proved themselves by a token before.
_BY_TOKEN: Final = frozenset({NATIVE, CSV_IMPORT})
SPAM_THRESHOLD: Final = 0.9
_NO_INQUIRIES = frozenset({"outgoing", "internal"})  # directions of calls


class Unauthenticated(Exception):  # noqa: N818 - named after the answer that it becomes
    """The sender did not prove to be the source; without a reason, so that strangers learn none."""


class ChannelError(Exception):
    """An authenticated body that cannot be understood, with the reason of its quarantine."""

    def __init__(self, reason: QuarantineReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came: header names in lower case, the body untouched.

    `rest` is the path below the source key without a leading slash, `query` the raw query string,
    `public_url` the whole URL as the provider called it, query included. `received_at` is when we
    took it. `fetched` are the documents that were fetched for it, by the names of its follow-ups.
    """

    method: str = "POST"
    rest: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    public_url: str = ""
    received_at: datetime | None = None
    fetched: Mapping[str, bytes] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def content_type(self) -> str:
        return self.header("content-type") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What is configured of a source beside its key, its adapter and its secrets.

    `own_addresses` are the company's own e-mail addresses and domains, `own_numbers` its own
    telephone numbers: neither is ever a customer's. `mail_filter` is strict, usual or none.
    `networks` are the only networks it is called from, none means any. Within `dedupe_seconds` the
    same words of the same person are one inquiry. From `spam_threshold` on an inquiry is set aside
    as spam, None means never. `options` belong to the adapter.
    """

    country: str = "RU"
    time_zone: str = "Europe/Moscow"
    pool: str | None = None
    pipeline: str | None = None
    campaign: str | Mapping[str, Any] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    priority: str | None = None
    may_merge: bool | None = None
    own_addresses: tuple[str, ...] = ()
    own_numbers: tuple[str, ...] = ()
    mail_filter: str = "usual"
    networks: tuple[str, ...] = ()
    dedupe_seconds: int | None = None
    spam_threshold: float | None = SPAM_THRESHOLD
    consent_text_version: str | None = None
    is_test: bool = False

    def settings(self) -> dict[str, Any]:
        """The settings by name."""
        return {name: getattr(self, name) for name in SourceSettings.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView(SourceSettings):
    """A source as its channel sees it: secrets and the defaults that complete a draft.

    `former_secrets` prove nothing; they are here so that they are masked as well.
    """

    source_id: UUID
    key: str
    adapter: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    former_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def key_is_the_secret(self) -> bool:
        """Whether knowing the hook's address is the only proof. Callers of the native API prove
        themselves by a token.
        """
        return not self.secrets.keys() - OURS and self.adapter not in _BY_TOKEN


def is_trusted(submission: "Submission", source: SourceView) -> bool:
    """Whether a caller of ours sent it, by a token: no stranger writes there."""
    return submission.native or source.adapter in _BY_TOKEN


def may_merge(source: SourceView) -> bool:
    """Whether an inquiry of the source may join two people without a supervisor.

    Unless configured: only where a secret beside the key proves the sender. Else anybody who has
    seen a form's address could name other people's phones.
    """
    if source.may_merge is not None:
        return source.may_merge
    return not source.key_is_the_secret


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer that the provider expects."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """A stored request as it is read, with the repaired body and the corrections, if any.

    `piece_bytes` is the length of a body that stands in pieces; that of `request` is then empty.
    """

    submission_id: UUID
    source_id: UUID
    native: bool
    request: RawRequest
    received_at: datetime
    traceparent: str | None = None
    overrides: Mapping[str, Any] | None = None
    released: bool = False  # by a person, from the filter of mails or of spam
    source_revision: int = 0  # changes whenever the source does
    piece_bytes: int = 0

    @property
    def size(self) -> int:
        """How many bytes a channel may have to look at; overrides come from supervisors."""
        request = self.request
        headers = sum(len(name) + len(value) for name, value in request.headers)
        body = len(request.body) + self.piece_bytes + sum(map(len, request.fetched.values()))
        return body + len(request.query) + len(request.rest) + headers


@dataclass(frozen=True, slots=True)
class CallReport:
    """What one event of an exchange says about a call, by the exchange's id of the whole call.

    What the event does not know is None in `draft.call`. A `final` event tells how the call went;
    what comes after it, such as a recording, is added to what the call became.
    """

    call_id: str
    draft: Draft
    final: bool


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A document that the provider keeps for us: fetched by GET, then `RawRequest.fetched[name]`.

    `headers` may hold secrets; they are computed anew whenever it is fetched and never stored.
    For what is `optional` no inquiry waits longer than minutes.
    """

    name: str
    url: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a request: inquiries and observed calls, or the reason why there are none.

    `external_id` is the provider's id of the delivery, found in the body. `record_ids` are those of
    the records behind `drafts`, one for each: `read` fills them in, and the normaliser deduplicates
    by them within the source. None means that nothing in the body may be trusted to tell two
    records apart. `calls` are events of calls, folded by their call ids, `purchases` reports of
    orders: a content that has some has no drafts. `mails` are the ids of the mails behind `drafts`,
    one for each, or none. `file_places` tells of each draft which
    of the channel's lists of files is its own; without it they are in the same order.
    While there are `follow_ups`, the submission is read again when they have been fetched; if they
    cannot be, `drafts` are what is known without them, and without drafts it is quarantined.
    """

    drafts: tuple[Draft, ...] = ()
    ignored: IgnoreReason | None = None
    external_id: str | None = None
    quarantined: QuarantineReason | None = None
    calls: tuple[CallReport, ...] = ()
    mails: tuple[MailIds, ...] = ()
    file_places: tuple[int, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    record_ids: tuple[str | None, ...] = ()
    purchases: tuple[PurchaseReport, ...] = ()

    @property
    def inquiries(self) -> tuple[Draft, ...]:
        """The drafts by which somebody asks us something."""
        return tuple(draft for draft in self.drafts if not is_observed(draft))

    @property
    def observed(self) -> tuple[Draft, ...]:
        """Outgoing and internal calls."""
        return tuple(draft for draft in self.drafts if is_observed(draft))


def is_observed(draft: Draft) -> bool:
    """Whether it is an outgoing or internal call, by which nobody asks us anything."""
    return draft.call is not None and draft.call.direction in _NO_INQUIRIES

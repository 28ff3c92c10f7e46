"""Frozen values that pass between the door, the normaliser and a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.intake.domain.states import IgnoreReason, QuarantineReason
from shared.contracts.inquiry import InquiryContent

# A draft is an inquiry before the normaliser has given it ids and a contact.
Draft = InquiryContent

NATIVE: Final = "native"
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
    `public_url` the whole URL as the provider called it, query included.
    """

    method: str = "POST"
    rest: str = ""
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    public_url: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def content_type(self) -> str:
        return self.header("content-type") or ""


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as its channel sees it: secrets and the defaults that complete a draft.

    `former_secrets` prove nothing; they are here so that they are masked as well.
    """

    source_id: UUID
    key: str
    adapter: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    country: str = "RU"
    time_zone: str = "Europe/Moscow"
    pool: str | None = None
    pipeline: str | None = None
    campaign: str | Mapping[str, Any] | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    priority: str | None = None
    former_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    may_merge: bool | None = None

    @property
    def key_is_the_secret(self) -> bool:
        """Whether knowing the hook's address is the only proof. Callers of the native API prove
        themselves by a token.
        """
        return not self.secrets and self.adapter != NATIVE


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


@dataclass(frozen=True, slots=True)
class Submission:
    """A stored request as it is read, with the repaired body and the corrections, if any."""

    submission_id: UUID
    source_id: UUID
    native: bool
    request: RawRequest
    received_at: datetime
    traceparent: str | None = None
    overrides: Mapping[str, Any] | None = None
    source_revision: int = 0  # changes whenever the source does

    @property
    def size(self) -> int:
        """How many bytes a channel may have to look at; overrides come from supervisors."""
        request = self.request
        headers = sum(len(name) + len(value) for name, value in request.headers)
        return len(request.body) + len(request.query) + len(request.rest) + headers


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a request: inquiries and observed calls, or the reason why there are none.

    `external_id` is the provider's id of the record, found in the body; the normaliser
    deduplicates by it within the source. None means that nothing in the body may be trusted
    to tell two records apart.
    """

    drafts: tuple[Draft, ...] = ()
    ignored: IgnoreReason | None = None
    external_id: str | None = None
    quarantined: QuarantineReason | None = None

    @property
    def inquiries(self) -> tuple[Draft, ...]:
        """The drafts by which somebody asks us something."""
        return tuple(draft for draft in self.drafts if not _is_observed(draft))

    @property
    def observed(self) -> tuple[Draft, ...]:
        """Outgoing and internal calls."""
        return tuple(draft for draft in self.drafts if _is_observed(draft))


def _is_observed(draft: Draft) -> bool:
    return draft.call is not None and draft.call.direction in _NO_INQUIRIES

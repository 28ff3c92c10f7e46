"""Frozen values that pass between the door, the normaliser and a channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from shared.contracts.inquiry import InquiryContent

# A draft is an inquiry before the normaliser has given it ids and a contact.
Draft = InquiryContent

NATIVE: Final = "native"
BAD_JSON: Final = "bad_json"
BAD_ENCODING: Final = "bad_encoding"
TOO_DEEP: Final = "too_deep"
NOT_AN_OBJECT: Final = "not_an_object"
EMPTY: Final = "empty"
BAD_MULTIPART: Final = "bad_multipart"
TOO_MANY_FIELDS: Final = "too_many_fields"
UNKNOWN_SHAPE: Final = "unknown_shape"
BAD_MAPPING: Final = "bad_mapping"
INVALID_BODY: Final = "invalid_body"

QUARANTINE_REASONS: Final = frozenset(
    {
        BAD_JSON,
        BAD_ENCODING,
        TOO_DEEP,
        NOT_AN_OBJECT,
        EMPTY,
        BAD_MULTIPART,
        TOO_MANY_FIELDS,
        UNKNOWN_SHAPE,
        BAD_MAPPING,
        INVALID_BODY,
    }
)


class Unauthenticated(Exception):  # noqa: N818 - named after the answer that it becomes
    """The sender did not prove to be the source; without a reason, so that strangers learn none."""


class ChannelError(Exception):
    """An authenticated body that cannot be understood; `kind` is the quarantine reason."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


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
class Parsed:
    """What a submission turned out to be: inquiries, observed calls, or a reason to ignore it.

    `external_id` is the provider's id of the thing, found in the body; the normaliser
    deduplicates by it within the source. None means that nothing in the body may be trusted
    to tell two things apart.
    """

    inquiries: tuple[Draft, ...] = ()
    observed: tuple[Draft, ...] = ()
    ignored: str | None = None
    external_id: str | None = None


def one(draft: Draft, *, external_id: str | None = None) -> Parsed:
    return Parsed(inquiries=(draft,), external_id=external_id)


def observed(draft: Draft, *, external_id: str | None = None) -> Parsed:
    return Parsed(observed=(draft,), external_id=external_id)


def ignored(reason: str) -> Parsed:
    return Parsed(ignored=reason)

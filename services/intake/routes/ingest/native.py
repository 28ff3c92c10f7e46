"""The native inquiry: who may post it, for which source, and which of its fields are invalid.

Invariant: an inquiry is validated before it is stored, so it can be normalised later.
"""

import json
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.json_text import (
    MAX_CONTAINERS,
    MAX_DEPTH,
    json_object_and_earlier,
)
from services.intake.domain.keys import body_digest, key_digest
from services.intake.domain.requests import ChannelError
from services.intake.domain.states import QuarantineReason
from services.intake.repository.arrivals import Arrival
from services.intake.repository.sources import SourceRow
from services.intake.routes.ingest.request import RawHeaders, header
from services.intake.routes.ingest.source_cache import SourceCache
from services.intake.schemas.inquiries import InquiryIn
from services.intake.use_cases.sources import BUILT_IN_KEY
from shared.errors import ForbiddenError, InvalidError
from shared.ids import new_id
from shared.validation import faults
from shared.web.tokens import Caller, TokenKeys, bearer_token

MAX_MEMBERS = 3000  # members, objects and lists of one inquiry together
MAX_VALUES = 20_000  # values of one that is not read at the first attempt
ROLES = frozenset({"source", "admin"})  # that post inquiries
_REASONS = {
    QuarantineReason.BAD_JSON: "the body is not JSON",
    QuarantineReason.BAD_ENCODING: "the body is not in the charset it declares",
    QuarantineReason.TOO_DEEP: f"the body is nested deeper than {MAX_DEPTH} levels",
    QuarantineReason.TOO_MANY_FIELDS: f"the body has more than {MAX_CONTAINERS} objects and lists",
    QuarantineReason.NOT_AN_OBJECT: "the body is not a JSON object",
    QuarantineReason.EMPTY: "the body is empty",
}


def caller_now(keys: TokenKeys, headers: RawHeaders, *, now: datetime) -> Caller | None:
    """Who presents the bearer token, if it was verified before; else None.

    Raises UnavailableError while tokens cannot be checked.
    """
    token = bearer_token(header(headers, b"authorization"))
    return keys.recall(token, now=now) if token else None


def checked_caller(keys: TokenKeys, headers: RawHeaders, *, now: datetime) -> Caller:
    """Raises UnauthenticatedError, or ForbiddenError for a role that posts no inquiries."""
    caller = keys.caller(header(headers, b"authorization"), now=now)
    if caller.role not in ROLES:
        raise ForbiddenError("This role may not do that.")
    return caller


def read_inquiry(body: bytes, headers: RawHeaders) -> InquiryIn:
    """The validated body. Raises InvalidError that names each field at fault by JSON pointer."""
    inquiry = quick_inquiry(body)
    if inquiry is not None:
        return inquiry
    # Parsed again, slowly: it has another charset, or an error that needs a JSON pointer.
    try:
        text = text_of(body, header(headers, b"content-type") or "")
        _containers_of(text.encode("utf-8", "surrogatepass"), values=MAX_VALUES)
        document, _ = json_object_and_earlier(text)
    except ChannelError as error:
        detail = _REASONS.get(error.reason, "the body cannot be read")
        raise InvalidError("The body cannot be read.", errors=[("", detail)]) from None
    try:
        return InquiryIn.model_validate_json(json.dumps(document))
    except ValidationError as error:
        raise InvalidError(
            "The inquiry does not fit its schema.", errors=faults(error.errors())
        ) from None


def quick_inquiry(body: bytes) -> InquiryIn | None:
    """The validated body, or None if it needs a second look. Raises InvalidError if too large."""
    if _containers_of(body) > MAX_DEPTH:
        return None
    try:
        return InquiryIn.model_validate_json(body)
    except ValidationError:
        return None


def _containers_of(body: bytes, *, values: int | None = None) -> int:
    """An upper bound of its objects and lists, by counting brackets.

    Raises InvalidError for a body that would take long to parse.
    """
    containers = body.count(b"{") + body.count(b"[")
    crowded = containers + body.count(b'":') > MAX_MEMBERS
    if crowded or (values is not None and body.count(b",") > values):
        detail = f"more than {MAX_MEMBERS} members, objects and lists, or {MAX_VALUES} values"
        raise InvalidError("The body holds too much.", errors=[("", detail)])
    return containers


async def source_of(caller: Caller, source_key: str | None, cache: SourceCache) -> SourceRow:
    """The source an inquiry belongs to. Raises InvalidError, ForbiddenError, UnavailableError."""
    row = source_now(caller, source_key, cache)
    if row is None:
        await cache.reload()
        row = source_now(caller, source_key, cache)
    if row is None and caller.role == "source" and source_key is None:
        raise ForbiddenError("The token's source is disabled or gone.")
    if row is None:
        raise InvalidError(
            "There is no such source.", errors=[("/source_key", "there is no such source")]
        )
    if not may_post_to(row, caller):
        raise ForbiddenError("The token belongs to another source.")
    return row


def may_post_to(row: SourceRow, caller: Caller) -> bool:
    return caller.role != "source" or row.source_id == caller.source_id


def source_now(caller: Caller, source_key: str | None, cache: SourceCache) -> SourceRow | None:
    """The source as the cache knows it; None if it does not."""
    if source_key is not None:
        return cache.by_key.get(source_key)
    if caller.source_id is not None:
        return cache.by_id.get(caller.source_id)
    return cache.by_key.get(BUILT_IN_KEY)


def arrival(
    source_id: UUID, body: bytes, headers: RawHeaders, *, now: datetime, traceparent: str
) -> Arrival:
    key = header(headers, b"idempotency-key") or header(headers, b"webhook-id")
    content_type = header(headers, b"content-type") or "application/json"
    return Arrival(
        submission_id=new_id(),
        source_id=source_id,
        native=True,
        key_digest=key_digest(key) if key else None,
        body_digest=body_digest(body),
        method="POST",
        rest="",
        query="",
        headers=b"content-type:" + content_type.encode("latin-1", "replace"),
        body=body,
        received_at=now,
        traceparent=traceparent,
    )

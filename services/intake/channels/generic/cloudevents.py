"""CloudEvents over HTTP: binary, structured and batched events; their data is read as generic JSON.

Source and id together name an event. A mapping sees each event in its structured form, whatever the
mode. Consent to deliveries is given to any sender that knows the source's key.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote_to_bytes

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.generic.generic_json import answer, draft_of
from services.intake.channels.parsing import charsets
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.json_text import json_object, json_value
from services.intake.channels.signatures import (
    bearer_token,
    by_any,
    only_known,
    same,
    secret,
)
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    Draft,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any
from shared.text import storable

_SECRETS = {"access_token": False}
_REQUIRED = ("id", "source", "type")
_MOST_EVENTS: Final = 500  # of a batch
_QUOTED = re.compile(r'\A"((?:[^"\\]|\\.)*+)"\Z', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LONGEST_ORIGIN: Final = 255
_RATE = re.compile(r"\A[1-9][0-9]{0,8}\Z")


def preflight(request: RawRequest, _source: SourceView) -> Answer | None:
    """The consent to deliveries that a sender asks for by OPTIONS; None for other questions."""
    origin = (request.header("webhook-request-origin") or "").strip()
    if not origin or len(origin) > _LONGEST_ORIGIN or not origin.isascii():
        return None
    rate = (request.header("webhook-request-rate") or "").strip()
    headers = (
        ("WebHook-Allowed-Origin", origin),
        ("WebHook-Allowed-Rate", rate if _RATE.match(rate) else "*"),
        ("Allow", "POST"),
    )
    return Answer(200, headers=headers)


def verify(request: RawRequest, *sources: SourceView) -> None:
    """By the access token, in the header or the query, where one is configured."""
    tokens_in_query = parse_qs(request.query, max_num_fields=None).get("access_token", [])[:1]
    tokens = [token for token in (bearer_token(request), *tokens_in_query) if token]

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            key = secret(source, "access_token")
            matches = [same(token, key) for token in tokens]
            if not any(matches):
                raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    kind = request.content_type.strip().lower()
    if kind.startswith("application/cloudevents-batch"):
        drafts = tuple(_draft(event, source) for event in _batch(request))
        return Content(
            drafts=drafts, external_id=drafts[0].external_id if len(drafts) == 1 else None
        )
    # An event of its own media type is structured, and so is one without a header that names it.
    if kind.startswith("application/cloudevents") or not request.header("ce-id"):
        event = json_object(charsets.text_of(request.body, request.content_type))
    else:
        event = _binary(request)
    draft = _draft(event, source)
    return Content(drafts=(draft,), external_id=draft.external_id)


def delivery_key(request: RawRequest) -> str | None:
    """Of a binary event; the others name themselves in the body."""
    identifier, origin = request.header("ce-id"), request.header("ce-source")
    return f"{origin} {identifier}" if identifier and origin else common_delivery_key(request)


def _identity(event: Mapping[str, Any]) -> str:
    return f"{event['source']} {event['id']}"


def _draft(event: dict[str, Any], source: SourceView) -> Draft:
    """One event in its structured form as an inquiry. Raises ChannelError."""
    if not all(isinstance(event.get(name), str) and event[name] for name in _REQUIRED):
        raise ChannelError(QuarantineReason.INVALID_BODY)
    draft = draft_of(event, _labelled(event), source)
    attributes = {f"event_{name}": event.get(name) for name in ("type", "source", "subject")}
    return draft.model_copy(
        update={
            "external_id": draft.external_id or _identity(event),
            "occurred_at": draft.occurred_at or from_any(event.get("time"), time_zone="UTC"),
            "fields": {
                **{name: value for name, value in attributes.items() if value},
                **draft.fields,
            },
        }
    )


def _labelled(event: Mapping[str, Any]) -> dict[str, Any]:
    """The data for the label table; data that is no object is words."""
    data = event.get("data")
    encoded = event.get("data_base64")
    if data is None and isinstance(encoded, str):
        data = _decoded(encoded)
    if isinstance(data, dict):
        return data
    return {} if data is None else {"text": data}


def _decoded(encoded: str) -> Any:
    """Data that an event carries in base64: JSON where it can be read as such, else text."""
    try:
        text = charsets.decoded(base64.b64decode(encoded, validate=True), "utf-8")
    except (binascii.Error, ValueError):
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None
    return json_value(text) if text.lstrip().startswith("{") else storable(text)


def _batch(request: RawRequest) -> list[dict[str, Any]]:
    events = json_value(charsets.text_of(request.body, request.content_type))
    if not isinstance(events, list):
        raise ChannelError(QuarantineReason.INVALID_BODY)
    if not events:
        raise ChannelError(QuarantineReason.EMPTY)
    if len(events) > _MOST_EVENTS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    if not all(isinstance(event, dict) for event in events):
        raise ChannelError(QuarantineReason.INVALID_BODY)
    return events


def _binary(request: RawRequest) -> dict[str, Any]:
    """An event whose attributes are headers, in its structured form."""
    event: dict[str, Any] = {
        name.removeprefix("ce-"): header_value(value)
        for name, value in request.headers
        if name.startswith("ce-")
    }
    kind = request.content_type.partition(";")[0].strip().lower()
    if not request.body.strip():
        return event
    if kind == "text/plain":
        event["data"] = charsets.text_of(request.body, request.content_type)
    elif kind.endswith("json"):
        event["data"] = json_value(charsets.text_of(request.body, request.content_type))
    else:
        event["data"] = document(request)
    return event


def header_value(raw: str) -> str:
    """An attribute in a header: quoted strings undone, then one round of percent-decoding.

    Raises ChannelError(bad_encoding) when that is not UTF-8.
    """
    quoted = _QUOTED.match(raw.strip())
    text = _ESCAPE.sub(r"\1", quoted.group(1)) if quoted else raw.strip()
    try:
        # Headers come as latin-1: bytes above 127 that somebody sent as they are stay themselves.
        return storable(unquote_to_bytes(text.encode("latin-1", "replace")).decode("utf-8"))
    except UnicodeDecodeError:
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None


CHANNEL = Channel(
    name="cloudevents",
    verify=verify,
    verify_early=verify,
    parse=parse,
    preflight=preflight,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)

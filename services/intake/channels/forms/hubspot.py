"""HubSpot: events of new contacts, and the contact itself as workflows and relays send it.

Events name contacts only; with `access_token` these are fetched. Signatures of all three versions
are taken; v3 decides where it is there. UNCONFIRMED: how often HubSpot tries again.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

from services.intake.channels.channel import Channel
from services.intake.channels.forms import ad_answers
from services.intake.channels.forms.ad_answers import AdAnswers
from services.intake.channels.parsing.body import fetched
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.json_text import json_value
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import by_any, require_recent, same, secret
from services.intake.domain.requests import (
    ChannelError,
    Content,
    Draft,
    FollowUp,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, from_milliseconds, whole

_SECRETS = {"client_secret": True, "access_token": False}
_SIGNATURE = "x-hubspot-signature"
_TIMED_SIGNATURE = "x-hubspot-signature-v3"
_CONTACTS = "https://api.hubapi.com/crm/v3/objects/contacts"
_ASKED = (
    "email,firstname,lastname,phone,mobilephone,company,message,city,state,jobtitle,createdate,"
    "hs_google_click_id,hs_facebook_click_id"
)
_CLICKS = {"hs_google_click_id": "gclid", "hs_facebook_click_id": "fbclid"}
_PLUMBING = frozenset({"createdate", "lastmodifieddate", "objectid", "vid", "portalid"})
_ID = re.compile(r"[0-9]{1,40}")
# What HubSpot's own libraries decode in an address before they sign it.
_DECODED: Final[Mapping[str, str]] = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'",
    "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_CODE = re.compile("|".join(_DECODED), re.IGNORECASE)


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        key = secret(source, "client_secret")
        timed = request.header(_TIMED_SIGNATURE)
        if timed is not None:
            _require_timed(request, key, timed.strip())
        else:
            _require_plain(request, key, (request.header(_SIGNATURE) or "").strip())

    by_any(sources, check)


def _require_plain(request: RawRequest, key: bytes, signature: str) -> None:
    """v1 is the SHA-256 of secret and body, v2 that of secret, method, address and body."""
    address = request.public_url.encode("utf-8", "surrogatepass")
    texts = (b"", request.method.encode() + address)
    digests = [hashlib.sha256(key + text + request.body).hexdigest() for text in texts]
    matches = [same(signature, digest) for digest in digests]
    if not any(matches):
        raise Unauthenticated


def _require_timed(request: RawRequest, key: bytes, signature: str) -> None:
    stamp = request.header("x-hubspot-request-timestamp") or ""
    moment = whole(stamp)
    require_recent(request, None if moment is None else moment / 1000)
    address = request.public_url
    decoded = _CODE.sub(lambda match: _DECODED[match.group().upper()], address)
    matches = []
    for spelling in (address, decoded):
        begin = request.method.encode() + spelling.encode("utf-8", "surrogatepass")
        text = begin + request.body + stamp.encode("latin-1", "replace")
        matches.append(same(signature, base64.b64encode(hmac.digest(key, text, "sha256"))))
    if not any(matches):
        raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = json_value(text_of(request.body, request.content_type))
    if isinstance(payload, dict) and "subscriptionType" not in payload:
        return _contact(payload, source)
    events = [payload] if isinstance(payload, dict) else parts(payload)
    if not events:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return _events(events, request, source)


def _contact(payload: dict[str, Any], source: SourceView) -> Content:
    """The contact itself. It comes whenever it does something, so its id tells nothing apart."""
    properties = _properties(payload)
    contact_id = _contact_id(payload)
    if contact_id is None and not properties:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    change = properties.get("lastmodifieddate") if contact_id else None
    external_id = f"{contact_id}:{change}" if change else None
    draft = _draft(
        properties, source, contact_id=contact_id, external_id=external_id, occurred_at=change
    )
    return Content(drafts=(draft,), external_id=external_id)


def _events(events: list[dict[str, Any]], request: RawRequest, source: SourceView) -> Content:
    drafts: dict[str, Draft] = {}
    follow_ups: list[FollowUp] = []
    token = source.secrets.get("access_token")
    for event in events:
        contact_id = as_text(event.get("objectId"))
        if not _is_new_contact(event) or not contact_id:
            continue
        if contact_id not in request.fetched and token and _ID.fullmatch(contact_id):
            address = f"{_CONTACTS}/{contact_id}?properties={_ASKED}"
            follow_ups.append(
                FollowUp(contact_id, address, (("Authorization", f"Bearer {token}"),))
            )
        properties = _properties(fetched(request, contact_id))
        drafts[contact_id] = _draft(
            properties,
            source,
            contact_id=contact_id,
            external_id=contact_id,  # created once, however often that is told
            occurred_at=event.get("occurredAt"),
        )
    return ad_answers.content(list(drafts.values()), follow_ups)


def _is_new_contact(event: dict[str, Any]) -> bool:
    kind = event.get("subscriptionType")
    is_contact = as_text(event.get("objectTypeId")) in {None, "0-1"}
    return kind == "contact.creation" or (kind == "object.creation" and is_contact)


def _properties(contact: dict[str, Any]) -> dict[str, Any]:
    """Name → value, whichever of HubSpot's shapes the contact has."""
    members = part(contact.get("properties")) or contact
    return {
        name: value.get("value") if isinstance(value, dict) else value
        for name, value in members.items()
    }


def _contact_id(contact: dict[str, Any]) -> str | None:
    names = ("vid", "canonical-vid", "objectId", "id", "hs_object_id")
    return next((words for name in names if (words := as_text(contact.get(name)))), None)


def _draft(
    properties: dict[str, Any],
    source: SourceView,
    *,
    contact_id: str | None,
    external_id: str | None,
    occurred_at: Any,
) -> Draft:
    answers = AdAnswers(DraftBuilder(source.country))
    if contact_id:
        answers.builder.other["hubspot"] = contact_id
    for name, value in properties.items():
        if name in _CLICKS:
            answers.add(_CLICKS[name], value)
        elif not name.startswith("hs_") and name.lower() not in _PLUMBING:
            answers.add(name, value)
    return answers.build(
        source,
        external_id=external_id,
        occurred_at=from_milliseconds(occurred_at) or from_any(occurred_at, time_zone="UTC"),
    )


CHANNEL = Channel(
    name="hubspot",
    fetch_hosts=frozenset({"api.hubapi.com"}),
    verify=verify,
    signature=_SIGNATURE,
    parse=parse,
    secrets=_SECRETS,
)

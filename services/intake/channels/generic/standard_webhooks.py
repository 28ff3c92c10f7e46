"""Senders that sign by Standard Webhooks, Svix among them; their content is read as generic JSON.

The recommended body `{type, timestamp, data}` gives its data to the label table; a mapping sees the
whole body.
"""

from collections.abc import Mapping
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.channel import delivery_key as common_delivery_key
from services.intake.channels.generic.generic_json import answer, draft_of
from services.intake.channels.message_signatures import message_id, require_standard_webhook
from services.intake.channels.parsing.body import document
from services.intake.channels.signatures import by_any, secret
from services.intake.domain.requests import Content, Draft, RawRequest, SourceView
from services.intake.domain.times import from_any

_SECRETS = {"secret": True}
_SIGNATURES = ("webhook-signature", "svix-signature")


def verify(request: RawRequest, *sources: SourceView) -> None:
    by_any(sources, lambda source: require_standard_webhook(request, secret(source, "secret")))


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = document(request)
    is_enveloped = isinstance(payload.get("data"), dict) and isinstance(payload.get("type"), str)
    draft = enveloped_draft(payload, source) if is_enveloped else draft_of(payload, payload, source)
    identifier = message_id(request)
    draft = draft.model_copy(update={"external_id": draft.external_id or identifier})
    return Content(drafts=(draft,), external_id=draft.external_id)


def enveloped_draft(payload: dict[str, Any], source: SourceView) -> Draft:
    """The inquiry in the data of an event, with the event's type beside its fields."""
    draft = draft_of(payload, _data(payload), source)
    moment = from_any(payload.get("timestamp"), time_zone=source.time_zone)
    fields = {"event_type": payload["type"], **draft.fields}
    occurred_at = draft.occurred_at or moment
    return draft.model_copy(update={"fields": fields, "occurred_at": occurred_at})


def _data(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the label table is given; other members of the envelope are its fields."""
    others = {
        name: value for name, value in payload.items() if name not in {"type", "timestamp", "data"}
    }
    return {**others, **payload["data"]}


def delivery_key(request: RawRequest) -> str | None:
    return message_id(request) or common_delivery_key(request)


CHANNEL = Channel(
    name="standard-webhooks",
    verify=verify,
    signature=_SIGNATURES[0],
    parse=parse,
    answer=answer,
    delivery_key=delivery_key,
    secrets=_SECRETS,
)

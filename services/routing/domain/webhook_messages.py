"""What a webhook carries: an event as CloudEvents JSON in structured mode, with its lead."""

from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.routing.domain.event_views import Payload, as_json, without_person
from services.routing.domain.lead import MILLI, Lead

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
PING = "webhook.ping"
_INTERNAL = frozenset({"number", "units_milli", "queue_at"})


def lead_snapshot(lead: Lead, *, is_erased: bool) -> dict[str, Any]:
    """The lead as it is now, which may be later than the event."""
    members = {
        item.name: _as_json_value(getattr(lead, item.name))
        for item in fields(lead)
        if item.name not in _INTERNAL
    }
    members["work_units"] = lead.units_milli / MILLI
    return without_person(members) if is_erased else members


def _as_json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def message_body(
    *,
    event_id: UUID,
    event_type: str,
    source: str,
    subject: str,
    time: datetime,
    payload: Payload,
    lead: Payload | None,
    is_erased: bool = False,
) -> bytes:
    """`data.event` is the event, `data.lead` its lead, if it is about one."""
    event = without_person(payload) if is_erased else payload
    message = {
        "specversion": "1.0",
        "id": str(event_id),
        "type": event_type,
        "source": source,
        "subject": subject,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "data": {"event": event, "lead": lead},
    }
    return as_json(message).encode()


def ping_body(delivery_id: UUID, webhook_id: UUID, *, source: str, now: datetime) -> bytes:
    """A test: an event that says nothing."""
    return message_body(
        event_id=delivery_id,
        event_type=PING,
        source=source,
        subject=str(webhook_id),
        time=now,
        payload={},
        lead=None,
    )

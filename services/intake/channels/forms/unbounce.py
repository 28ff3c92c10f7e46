"""Unbounce landing pages: the whole form as JSON in the field `data.json`, or as the body.

Every value is a list. UNCONFIRMED: what XML bodies look like; they are kept for a repair.
"""

from datetime import datetime
from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.forms.ad_answers import single
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.consents import note
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.signatures import by_address
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.times import from_iso

_AROUND = {
    "page_url": "page_url",
    "page_name": "form_name",
    "page_uuid": "form_id",
    "page_id": "form_id",
}
_PLUMBING = frozenset({"data.json", "data.xml", "ip_address", "time_submitted", "date_submitted"})
_CLOCK = "%Y-%m-%d %I:%M %p UTC"


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = _opened(document(request))
    builder = DraftBuilder(source.country)
    for label, value in payload.items():
        if label in _AROUND:
            builder.campaign[_AROUND[label]] = as_text(value)
        elif label not in _PLUMBING:
            add(builder, label, value)
    note(builder.consent, "ip_address", as_text(payload.get("ip_address")) or "")
    draft = build(builder, source, channel="form", occurred_at=_moment(payload))
    return Content(drafts=(draft,))


def _opened(payload: dict[str, Any]) -> dict[str, Any]:
    """The members of the form around, and over them those of the JSON within; lists of one open."""
    inner = payload.get("data.json")
    try:
        members = json_object(inner) if isinstance(inner, str) else {}
    except ChannelError:
        # The field stays beside the others, so nothing of it is lost.
        return {**payload, "data": inner}
    return {label: single(value) for label, value in {**payload, **members}.items()}


def _moment(payload: dict[str, Any]) -> datetime | None:
    """The day and the time of day, which come apart, in UTC."""
    day, clock = (as_text(payload.get(name)) for name in ("date_submitted", "time_submitted"))
    try:
        moment = datetime.strptime(f"{day} {clock}", _CLOCK)  # noqa: DTZ007  it is made aware below
    except ValueError:
        return from_iso(day, time_zone="UTC")
    return from_iso(moment.isoformat(), time_zone="UTC")


CHANNEL = Channel(name="unbounce", verify=by_address, verify_early=by_address, parse=parse)

"""CallRail: calls, texts and forms, signed with HMAC-SHA1 over the body; the query is ignored.

A body does not name its event: the path below the source key does (`post-call`, `form-submission`,
…), else its members. UNCONFIRMED: the members of texts. It is never sent again.
"""

from datetime import timedelta
from typing import Any, Final

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, build
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, require_bare_hmac, secret
from services.intake.channels.telephony.reports import CallEvent, reported, texted
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any, whole

_SECRETS = {"signing_key": True}
_SIGNATURE = "signature"
_DIRECTIONS = {"inbound": "incoming", "outbound": "outgoing"}
_EARLY: Final = ("pre-call", "call-routing", "routing")
_LATE: Final = ("modified",)
_LONGEST_CALL = 10**6  # seconds
_CAMPAIGN = {
    "landing_page_url": "page_url",
    "form_url": "page_url",
    "referring_url": "referrer",
    "referrer": "referrer",
    **{f"utm_{name}": f"utm_{name}" for name in ("source", "medium", "campaign", "term")},
    "utm_content": "utm_content",
}
_FIELDS: Final = (
    *("source_name", "keywords", "device_type", "note", "value", "tags", "lead_status"),
    *("prior_calls", "milestones"),
)


def verify(request: RawRequest, *sources: SourceView) -> None:
    """The signed moment is that of the call, so a window of minutes would lose long calls."""

    def check(source: SourceView) -> None:
        key = secret(source, "signing_key")
        require_bare_hmac(request, header=_SIGNATURE, key=key, algorithm="sha1")

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    record_id = event.words("id") or event.words("resource_id")
    kind = "-".join(request.rest.strip("/").lower().replace("_", "-").split("/"))
    if record_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = _builder(event, source)
    if "form" in kind or "form_data" in event.values:
        return _form(event, record_id, source, builder)
    if "text" in kind or "message" in event.values or "content" in event.values:
        return _text(event, kind, record_id, source, builder)
    return _call(event, kind, record_id, source, builder)


def _call(
    event: JsonReader, kind: str, call_id: str, source: SourceView, builder: DraftBuilder
) -> Content:
    is_correction = any(word in kind for word in _LATE) or "changes" in event.values
    is_over = not kind.endswith(_EARLY) and not is_correction and _is_over(event)
    direction = "outgoing" if "outbound" in kind else _direction(event)
    outcome = _outcome(event) if _is_over(event) else None
    started_at = _moment(event, "start_time")
    duration = whole(event.words("duration"))
    is_counted = duration is not None and 0 <= duration < _LONGEST_CALL
    tracking, business = event.words("tracking_phone_number"), event.words("business_phone_number")
    customer = event.words("customer_phone_number")
    if outcome == "voicemail" and (words := event.words("transcription")):
        builder.texts.append(words)
    return reported(
        CallEvent(
            call_id=call_id,
            final=is_over,
            direction=direction,
            outcome=outcome,
            caller=(business or tracking) if direction == "outgoing" else customer,
            callee=customer if direction == "outgoing" else (business or tracking),
            line=tracking,
            started_at=started_at,
            ended_at=started_at + timedelta(seconds=duration or 0)
            if started_at and is_counted
            else None,
            talk_seconds=duration if is_counted and outcome == "answered" else None,
            employee=event.words("agent_email"),
            recording_url=event.words("recording") or event.words("recording_player"),
        ),
        source,
        builder,
        city=event.words("customer_city"),
        region=event.words("customer_state"),
    )


def _direction(event: JsonReader) -> str:
    return _DIRECTIONS.get((event.words("direction") or "").lower(), "incoming")


def _is_over(event: JsonReader) -> bool:
    return event.words("answered") is not None or event.words("duration") is not None


def _outcome(event: JsonReader) -> str:
    if _is_true(event, "voicemail") or event.words("call_type") == "voicemail":
        return "voicemail"
    return "answered" if _is_true(event, "answered") else "missed"


def _is_true(event: JsonReader, name: str) -> bool:
    return str(event.values.get(name)).lower() in {"true", "1"}


def _builder(event: JsonReader, source: SourceView) -> DraftBuilder:
    """What every event tells of the customer and of where they came from."""
    builder = DraftBuilder(source.country)
    if name := event.words("customer_name"):
        builder.names["name"] = name
    for theirs, ours in _CAMPAIGN.items():
        if words := event.words(theirs):
            builder.campaign.setdefault(ours, words)
    if gclid := event.words("gclid"):
        builder.click_ids["gclid"] = gclid
    values = ((name, event.values.get(name)) for name in _FIELDS)
    builder.fields.update({name: value for name, value in values if value not in (None, "", [])})
    return builder


def _form(event: JsonReader, record_id: str, source: SourceView, builder: DraftBuilder) -> Content:
    """A form that CallRail tracks on the site, with the labels of the site's owner."""
    for label, value in event.part("form_data").values.items():
        add(builder, label, value)
    for name in ("customer_phone_number", "customer_email"):
        if words := event.words(name):
            add(builder, name, words, kind="email" if name.endswith("email") else "phone")
    draft = build(
        builder,
        source,
        channel="form",
        external_id=record_id,
        occurred_at=_moment(event, "submitted_at") or _moment(event, "timestamp"),
    )
    return Content(drafts=(draft,), external_id=record_id)


def _text(
    event: JsonReader, kind: str, record_id: str, source: SourceView, builder: DraftBuilder
) -> Content:
    text = event.words("message") or event.words("content") or event.words("body")
    if "sent" in kind or _direction(event) == "outgoing" or not text:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    return texted(
        text,
        source,
        builder,
        sender=event.words("customer_phone_number") or event.words("source_number"),
        external_id=record_id,
        occurred_at=_moment(event, "timestamp") or _moment(event, "sent_at"),
    )


def _moment(event: JsonReader, name: str) -> Any:
    zone = event.words("company_time_zone") or "UTC"
    return from_any(event.values.get(name), time_zone=zone)


CHANNEL = Channel(
    name="callrail",
    verify=verify,
    signature=_SIGNATURE,
    parse=parse,
    secrets=_SECRETS,
    tracking=True,
)

"""From the values of one event of an exchange to the report of its call, or to a text message."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.channels.parsing import phones
from services.intake.channels.parsing.draft import DraftBuilder, build
from services.intake.channels.telephony.calls import add_customer
from services.intake.domain.requests import CallReport, Content, SourceView
from services.intake.domain.times import seconds_between
from shared.contracts.inquiry import Call

UNANSWERED = frozenset({"missed", "busy", "failed", "voicemail"})
_LONGEST_EXTENSION = 6
_SHORTEST_INTERNATIONAL = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One event as the exchange sent it; None for what it does not say.

    `caller` and `callee` are numbers, extensions or SIP addresses, `line` is the company's number.
    """

    call_id: str
    final: bool
    direction: str | None
    outcome: str | None = None
    caller: str | None = None
    callee: str | None = None
    line: str | None = None
    started_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_seconds: int | None = None
    talk_seconds: int | None = None
    employee: str | None = None
    recording_url: str | None = None
    occurred_at: datetime | None = None


def reported(
    event: CallEvent,
    source: SourceView,
    builder: DraftBuilder,
    *,
    city: str | None = None,
    region: str | None = None,
) -> Content:
    """The event as a report, with the customer's number added to `builder`."""
    customer = {"incoming": event.caller, "outgoing": event.callee}.get(event.direction or "")
    add_customer(builder, customer)
    draft = build(
        builder,
        source,
        channel="call",
        external_id=event.call_id,
        occurred_at=event.occurred_at or event.started_at or event.answered_at or event.ended_at,
        call=_call(event, source.country),
        city=city,
        region=region,
    )
    return Content(calls=(CallReport(event.call_id, draft, event.final),))


def _call(event: CallEvent, country: str) -> Call:
    own_side = {"incoming": event.callee, "outgoing": event.caller}.get(event.direction or "")
    caller, callee, line = (
        phones.e164_or_raw(number, country)
        for number in (event.caller, event.callee, event.line or own_side)
    )
    return Call(
        direction=event.direction,
        outcome=event.outcome,
        from_=caller,
        to=callee,
        line=line,
        started_at=event.started_at,
        answered_at=event.answered_at,
        ended_at=event.ended_at,
        wait_seconds=_wait_seconds(event),
        talk_seconds=_talk_seconds(event),
        employee=event.employee,
        recording_url=event.recording_url,
        provider_call_id=event.call_id,
    )


def _wait_seconds(event: CallEvent) -> int | None:
    if event.wait_seconds is not None:
        return event.wait_seconds
    # Before the end of a call that may still be answered nobody knows how long they will wait.
    end = event.ended_at if event.outcome in UNANSWERED else None
    return seconds_between(event.started_at, event.answered_at or end)


def _talk_seconds(event: CallEvent) -> int | None:
    if event.outcome in UNANSWERED:
        return 0
    if event.talk_seconds is not None:
        return event.talk_seconds
    return seconds_between(event.answered_at, event.ended_at)


def texted(
    text: str,
    source: SourceView,
    builder: DraftBuilder,
    *,
    sender: str | None,
    external_id: str | None,
    occurred_at: datetime | None,
) -> Content:
    """A text message of a customer as an inquiry."""
    add_customer(builder, sender)
    builder.texts.append(text.strip())
    draft = build(builder, source, channel="chat", external_id=external_id, occurred_at=occurred_at)
    return Content(drafts=(draft,), external_id=external_id)


def international(raw: str | None) -> str | None:
    """A number of a sender that writes E.164 without its plus; anything else stays as it is."""
    text = (raw or "").strip()
    is_bare = text.isdecimal() and text.isascii() and len(text) >= _SHORTEST_INTERNATIONAL
    return "+" + text if is_bare and not text.startswith("0") else text or None


def is_extension(number: str | None) -> bool:
    """Whether it can only be dialled inside: a few digits."""
    return bool(number) and str(number).isdecimal() and len(str(number)) <= _LONGEST_EXTENSION


def direction_between(caller: str | None, callee: str | None) -> str:
    """The direction of a call by its two ends, where the exchange does not tell it."""
    if not is_extension(caller):
        return "incoming"
    return "internal" if is_extension(callee) else "outgoing"

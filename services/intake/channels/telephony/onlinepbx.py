"""OnlinePBX: call events as forms, JSON or multipart; the address is the only proof.

UNCONFIRMED: the names of most events, `direction`, `date` as the start, the recording's member.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_address
from services.intake.channels.telephony.calls import earlier, later, outcome_of, seconds_of
from services.intake.channels.telephony.reports import CallEvent, direction_between, reported
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_epoch

_DIRECTIONS = {"inbound": "incoming", "outbound": "outgoing", "local": "internal"}
_FINAL = frozenset({"call_end", "call_missed"})
_OUTCOMES = {
    "user_busy": "busy",
    "no_answer": "missed",
    "no_user_response": "missed",
    "originator_cancel": "missed",
    "allotted_timeout": "missed",
}
_RECORDINGS = ("download_url", "record_url", "recording_url", "record")


def parse(request: RawRequest, source: SourceView) -> Content:
    fields = JsonReader(document(request))
    call_id = fields.words("uuid") or fields.words("call_uuid")
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    event = _event(fields, call_id)
    builder = DraftBuilder(source.country)
    if event.direction == "incoming" and fields.words("caller_name") != event.caller:
        add(builder, "name", fields.words("caller_name"), kind="name")
    return reported(event, source, builder)


def _event(fields: JsonReader, call_id: str) -> CallEvent:
    kind = (fields.words("event") or "").lower()
    final = kind in _FINAL
    caller, callee = fields.words("caller"), fields.words("to") or fields.words("callee")
    direction = _DIRECTIONS.get((fields.words("direction") or "").lower())
    if direction is None and (caller or callee):
        direction = direction_between(caller, callee)
    incoming = direction == "incoming"
    started_at = from_epoch(fields.words("date"))
    duration, talk = seconds_of(fields.words("duration")), seconds_of(fields.words("billsec"))
    outcome = None
    if final:
        cause = fields.words("hangup_cause")
        outcome = outcome_of(cause, _OUTCOMES, incoming=incoming)
        if talk and kind != "call_missed":
            outcome = "answered"
        outcome = outcome or ("failed" if direction == "outgoing" else "missed")
    elif kind == "call_answered":
        outcome = "answered"
    ended_at = later(started_at, duration) if final else None
    is_answered = final and outcome == "answered"
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=caller,
        callee=callee,
        line=fields.words("gateway"),
        started_at=started_at,
        answered_at=earlier(ended_at, talk) if is_answered else None,
        ended_at=ended_at,
        talk_seconds=talk if is_answered else None,
        employee=callee if incoming else caller,
        recording_url=next(filter(None, map(fields.words, _RECORDINGS)), None),
    )


CHANNEL = Channel(name="onlinepbx", verify=by_address, verify_early=by_address, parse=parse)

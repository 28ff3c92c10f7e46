"""UIS, CoMagic and CallGear: notifications whose body is a template of the customer's.

UNCONFIRMED: the mnemonics. What a notification knows decides what it is: a duration tells the end.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_address
from services.intake.channels.telephony.calls import earlier, later, seconds_of
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any

_DIRECTIONS = {"in": "incoming", "out": "outgoing", "internal": "internal"}
_LOST = ("lost", "потерян", "пропущен")
_SHOWN = ("scenario_name", "employee_full_name", "tag_names")


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(document(request))
    call_id = event.words("call_session_id")
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    add(builder, "name", event.words("contact_full_name"), kind="name")
    for label in event.values:
        if label in _SHOWN or label.startswith("utm_"):
            add(builder, label, event.values[label])
    return reported(_event(event, call_id, source), source, builder)


def _event(event: JsonReader, call_id: str, source: SourceView) -> CallEvent:
    talk, total = (
        seconds_of(event.words(name)) for name in ("talk_time_duration", "total_time_duration")
    )
    wait = seconds_of(event.words("wait_time_duration"))
    direction = _direction(event)
    final = _is_lost(event) or talk is not None or total is not None
    outcome = _outcome(event, direction, talk) if final else None
    notified_at = from_any(event.values.get("notification_time"), time_zone=source.time_zone)
    ended_at = notified_at if final else None
    if total is None and outcome != "answered":
        total = wait
    started_at = from_any(event.values.get("start_time"), time_zone=source.time_zone)
    started_at = started_at or earlier(ended_at, total)
    customer = event.words("contact_phone_number")
    line = event.words("virtual_phone_number")
    outgoing = direction == "outgoing"
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=line if outgoing else customer,
        callee=customer if outgoing else line,
        line=line,
        started_at=started_at,
        answered_at=later(started_at, wait) if outcome == "answered" else None,
        ended_at=ended_at,
        wait_seconds=wait,
        talk_seconds=talk,
        employee=event.words("employee_phone_number") or event.words("employee_id"),
        recording_url=event.words("file_link"),
        occurred_at=None if final else notified_at,
    )


def _direction(event: JsonReader) -> str | None:
    word = (event.words("direction") or "").lower()
    return _DIRECTIONS.get(word, "incoming" if _is_lost(event) else None)


def _is_lost(event: JsonReader) -> bool:
    names = (event.words("notification_mnemonic"), event.words("notification_name"))
    text = " ".join(name.lower() for name in names if name)
    return any(word in text for word in _LOST)


def _outcome(event: JsonReader, direction: str | None, talk: int | None) -> str:
    if talk and not _is_lost(event):
        return "answered"
    return "failed" if direction == "outgoing" else "missed"


CHANNEL = Channel(name="uis", verify=by_address, verify_early=by_address, parse=parse)

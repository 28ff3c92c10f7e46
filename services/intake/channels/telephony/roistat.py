"""Roistat call tracking: an event at the start of a call and one after it, neither signed.

The same call often comes from the exchange as well. Times are local to the source.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.telephony.reports import CallEvent, international, reported
from services.intake.channels.telephony.tracked import add_origin, parameters, verify
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, whole

_OUTCOMES = {
    "answer": "answered",
    "answered": "answered",
    "noanswer": "missed",
    "cancel": "missed",
    "busy": "busy",
    "congestion": "failed",
    "chanunavail": "failed",
}
_FIELDS = ("visit_id", "marker", "order_id", "google_client_id", "domain")


def parse(request: RawRequest, source: SourceView) -> Content:
    event = JsonReader(parameters(request))
    call_id = event.words("id")
    caller = event.words("caller")
    if call_id is None or (caller is None and event.words("callee") is None):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    add_origin(builder, event)
    builder.fields.update({name: words for name in _FIELDS if (words := event.words(name))})
    status = (event.words("status") or "").lower().replace(" ", "").replace("_", "")
    outcome = _OUTCOMES.get(status)
    return reported(
        CallEvent(
            call_id=call_id,
            final=bool(status),
            direction="incoming",
            outcome=outcome or ("failed" if status else None),
            caller=international(caller),
            callee=international(event.words("callee")),
            started_at=from_any(event.values.get("date"), time_zone=source.time_zone),
            talk_seconds=whole(event.words("duration")) if outcome == "answered" else None,
            recording_url=event.words("link"),
        ),
        source,
        builder,
        city=event.words("city"),
    )


CHANNEL = Channel(name="roistat", verify=verify, parse=parse, tracking=True)

"""Calltouch call tracking, UNCONFIRMED throughout: its webhooks are templates of the customer's.

Names are read without case and punctuation. What names no call is read by the labels of a form.
"""

from datetime import datetime

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.draft import DraftBuilder, add, build
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.telephony.reports import CallEvent, international, reported
from services.intake.channels.telephony.tracked import add_origin, parameters, verify
from services.intake.domain.labels import folded
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, whole

_OVER = {"callcompleted": "answered", "calllost": "missed"}
_CALLER = ("callerphone", "callernumber", "caller", "clientphone", "phonenumber", "phone")
_LINE = ("calledphone", "callednumber", "dialednumber", "phonenumber", "redirectnumber")
_FIELDS = ("siteid", "sitename", "sessionid", "source", "medium", "keyword", "city", "tags")
_REQUEST = ("requestid", "requestnumber")
_FALSE = frozenset({"false", "0", "no"})


def parse(request: RawRequest, source: SourceView) -> Content:
    values = parameters(request)
    event = JsonReader({folded(name): value for name, value in values.items()})
    builder = DraftBuilder(source.country)
    call_id = _first(event, ("callid", "id"))
    caller = _first(event, _CALLER)
    phase = (event.words("callphase") or "").lower()
    if not phase and (call_id is None or any(map(event.words, _REQUEST))):
        return _form(values, event, source, builder)
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    add_origin(builder, event)
    for name in (name for name in values if folded(name).startswith("utm")):
        add(builder, name, values[name])
    builder.fields.update({name: words for name in _FIELDS if (words := event.words(name))})
    outcome = _outcome(event, phase)
    line = next((words for words in map(event.words, _LINE) if words and words != caller), None)
    return reported(
        CallEvent(
            call_id=call_id,
            final=outcome is not None,
            direction="incoming",
            outcome=outcome,
            caller=international(caller),
            callee=international(line),
            started_at=_started_at(event, source),
            wait_seconds=whole(_first(event, ("waitingconnect", "waittime", "waiting"))),
            talk_seconds=whole(event.words("duration")) if outcome == "answered" else None,
            recording_url=_first(event, ("reclink", "recordlink", "recordurl")),
        ),
        source,
        builder,
        city=event.words("city"),
    )


def _outcome(event: JsonReader, phase: str) -> str | None:
    """How a call went: by its phase or, where no phases are sent, by whether it succeeded."""
    sign = event.words("successful") or event.words("status")
    if phase == "callcompleted" and sign and sign.lower() in _FALSE:
        return "missed"
    if phase or sign is None:
        return _OVER.get(phase)
    return "missed" if sign.lower() in _FALSE | {"unsuccessful"} else "answered"


def _started_at(event: JsonReader, source: SourceView) -> datetime | None:
    readings = (
        from_any(event.values.get(name), time_zone=source.time_zone)
        for name in ("timestamp", "starttime", "calltime", "date")
    )
    return next(filter(None, readings), None)


def _form(
    values: dict[str, object], event: JsonReader, source: SourceView, builder: DraftBuilder
) -> Content:
    """A request that a visitor left on the site."""
    for label, value in values.items():
        add(builder, label, value)
    external_id = _first(event, _REQUEST)
    draft = build(
        builder,
        source,
        channel="form",
        external_id=external_id,
        occurred_at=_started_at(event, source),
    )
    return Content(drafts=(draft,), external_id=external_id)


def _first(event: JsonReader, names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(event.words, names)), None)


CHANNEL = Channel(name="calltouch", verify=verify, parse=parse, tracking=True)

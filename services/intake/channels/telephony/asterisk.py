"""Asterisk, by our own pusher (deploy/asterisk) or a dialplan: the rows of a call's CDR as JSON.

`{"type": "call.ended", "data": {"call_id", "rows": [{Source, Destination, …}]}}`, signed by the
rules of Standard Webhooks where a secret is configured. One call has a row for each leg. Events as
the manager interface prints them are read as well.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.intake.channels.channel import Channel
from services.intake.channels.message_signatures import require_standard_webhook
from services.intake.channels.parsing import charsets
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, only_known, secret
from services.intake.channels.telephony.reports import (
    CallEvent,
    direction_between,
    is_extension,
    reported,
)
from services.intake.domain.labels import folded
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_any, whole
from shared.text import storable

_SECRETS = {"secret": False}
_ENDED: Final = "call.ended"
_MOST_ROWS: Final = 500
_ENDPOINT = re.compile(r"\A[A-Za-z0-9]{1,20}/([^/@]{1,100}?)(?:@[^/]{0,100})?-[0-9a-f;]{1,20}\Z")
_CALLER_ID = re.compile(r'\A"?([^"<]{1,200}?)"?\s{0,9}<[^>]{0,100}>\Z')
_OUTCOMES = {"answered": "answered", "busy": "busy", "failed": "failed", "congestion": "failed"}
# A row's own name → the names that its backends give it, without case and punctuation.
_NAMES = {
    "source": ("source", "src"),
    "destination": ("destination", "dst"),
    "caller_id": ("callerid", "clid"),
    "channel": ("channel",),
    "their_channel": ("destinationchannel", "dstchannel"),
    "application": ("lastapplication", "lastapp"),
    "started": ("starttime", "start", "calldate"),
    "answered": ("answertime", "answer"),
    "ended": ("endtime", "end"),
    "talk": ("billableseconds", "billsec"),
    "disposition": ("disposition",),
    "unique_id": ("uniqueid",),
    "linked_id": ("linkedid",),
    "user_field": ("userfield",),
}
_MACHINES = frozenset({"background", "playback", "waitexten", "read", "hangup", "ivr", "queue"})


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            require_standard_webhook(request, secret(source, "secret"))

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    message = JsonReader(_message(request))
    data = message.part("data") if message.part("data").values else message
    members = data.values.get("rows")
    rows = [
        _row(row) for row in (members if isinstance(members, list) else [data.values])[:_MOST_ROWS]
    ]
    rows = [row for row in rows if row.values]
    if not rows:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    rows.sort(key=lambda row: row.words("started") or "")
    ids = (data.words("call_id"), rows[0].words("linked_id"), rows[0].words("unique_id"))
    call_id = next(filter(None, ids), None)
    if call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    return _call(rows, call_id, source, kind=message.words("type") or _ENDED)


def _message(request: RawRequest) -> dict[str, Any]:
    """The body as JSON or a form, or events as the manager interface prints them."""
    if not request.body.lstrip().startswith(b"Event:"):
        return document(request)
    text = charsets.text_of(request.body, request.content_type).replace("\r\n", "\n")
    blocks = text.strip().split("\n\n", _MOST_ROWS)[:_MOST_ROWS]
    return {"rows": [_event(block) for block in blocks]}


def _event(block: str) -> dict[str, str]:
    lines = (line.partition(":") for line in block.split("\n"))
    return {storable(name.strip()): storable(value.strip()) for name, _, value in lines}


def _call(rows: Sequence[JsonReader], call_id: str, source: SourceView, *, kind: str) -> Content:
    caller, callee = rows[0].words("source"), rows[0].words("destination")
    direction = direction_between(caller, callee)
    answer_row = next((row for row in rows if _was_taken(row)), None)
    outcome = _outcome(rows, answer_row, direction)
    answered_at = _moment(answer_row, "answered", source) if answer_row else None
    builder = DraftBuilder(source.country)
    if direction == "incoming" and (name := _name(rows[0])):
        builder.names["name"] = name
    ends = [moment for row in rows if (moment := _moment(row, "ended", source))]
    return reported(
        CallEvent(
            call_id=call_id,
            final=kind == _ENDED,
            direction=direction,
            outcome=outcome,
            caller=caller,
            callee=callee,
            started_at=_moment(rows[0], "started", source),
            answered_at=answered_at,
            ended_at=max(ends, default=None),
            talk_seconds=_talk_seconds(rows, answered_at, ends),
            employee=_employee(rows, answer_row, direction),
            recording_url=_recording_url(rows),
        ),
        source,
        builder,
    )


def _row(content: Any) -> JsonReader:
    """The row by our names; empty values are left out."""
    members = content if isinstance(content, Mapping) else {}
    values = {folded(str(name)): value for name, value in members.items()}
    pairs = (
        (ours, next(filter(None, map(values.get, theirs)), None)) for ours, theirs in _NAMES.items()
    )
    return JsonReader({name: value for name, value in pairs if value is not None})


def _was_taken(row: JsonReader) -> bool:
    """Whether somebody of ours spoke; a menu or a mailbox that answers is nobody."""
    if (row.words("disposition") or "").lower() != "answered":
        return False
    application = (row.words("application") or "").lower()
    if application.startswith("voicemail"):
        return False
    return bool(row.words("their_channel")) or application not in _MACHINES


def _outcome(rows: Sequence[JsonReader], answer_row: JsonReader | None, direction: str) -> str:
    if answer_row:
        return "answered"
    applications = [(row.words("application") or "").lower() for row in rows]
    if any(application.startswith("voicemail") for application in applications):
        return "voicemail"
    dispositions = [(row.words("disposition") or "").lower() for row in rows]
    outcome = _OUTCOMES.get(dispositions[-1], "missed")
    if outcome == "answered" or (outcome == "failed" and direction == "incoming"):
        return (
            "missed"  # a menu has answered, or a channel has failed: nobody spoke to the customer
        )
    return outcome


def _talk_seconds(
    rows: Sequence[JsonReader], answered_at: datetime | None, ends: Sequence[datetime]
) -> int | None:
    """The seconds of a call of one leg as Asterisk counted them; else from answer to end."""
    if answered_at is None:
        return 0
    return whole(rows[0].words("talk")) if len(rows) == 1 or not ends else None


def _employee(
    rows: Sequence[JsonReader], answer_row: JsonReader | None, direction: str
) -> str | None:
    """The extension that spoke or, for a call of ours, that called."""
    row, member = (rows[0], "channel") if direction != "incoming" else (answer_row, "their_channel")
    match = _ENDPOINT.match((row.words(member) if row else None) or "")
    if match:
        return match.group(1)
    own_number = (
        (row.words("source" if direction != "incoming" else "destination")) if row else None
    )
    return own_number if is_extension(own_number) else None


def _name(row: JsonReader) -> str | None:
    match = _CALLER_ID.match(row.words("caller_id") or "")
    name = match.group(1).strip() if match else ""
    return None if not name or name.lstrip("+").isdecimal() else name


def _recording_url(rows: Sequence[JsonReader]) -> str | None:
    values = (row.words("user_field") or "" for row in rows)
    return next((value for value in values if value.startswith(("https://", "http://"))), None)


def _moment(row: JsonReader, name: str, source: SourceView) -> datetime | None:
    return from_any(row.values.get(name), time_zone=source.time_zone)


CHANNEL = Channel(name="asterisk", verify=verify, parse=parse, secrets=_SECRETS)

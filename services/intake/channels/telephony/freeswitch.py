"""FreeSWITCH mod_json_cdr: the record of one leg, in the three encodings that it may be set to.

String values are percent-encoded inside the JSON by default. B legs come as records of their own
and only add to the call. UNCONFIRMED: nothing; but what a dialplan sets is its owner's business.
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from services.intake.channels.channel import Channel
from services.intake.channels.parsing import charsets, forms
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_any, only_known, require_basic, secret
from services.intake.channels.telephony.reports import (
    CallEvent,
    direction_between,
    is_extension,
    reported,
)
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import QuarantineReason
from services.intake.domain.times import from_epoch, whole
from shared.text import storable

_SECRETS = {"basic_username": False, "basic_password": False}
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ORIGINATORS = ("originating_leg_uuid", "originator", "call_uuid")
_BUSY = frozenset({"USER_BUSY", "CALL_REJECTED"})
_UNANSWERED = frozenset(
    {"NO_ANSWER", "NO_USER_RESPONSE", "ORIGINATOR_CANCEL", "LOSE_RACE", "NORMAL_CLEARING"}
)
_MACHINES = frozenset({"playback", "ivr", "hangup", "read", "callcenter", "fifo", "sleep"})
_MICROSECONDS = 10**6


def verify(request: RawRequest, *sources: SourceView) -> None:
    """By the user name and password that `cred` is set to, where they are configured."""

    def check(source: SourceView) -> None:
        only_known(source, _SECRETS)
        if source.secrets:
            username, password = secret(source, "basic_username"), secret(source, "basic_password")
            require_basic(request, username=username, password=password)

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    record = JsonReader(json_object(_cdr(request)))
    variables = record.part("variables")
    uuid = _words(variables, "uuid") or dict(forms.query_pairs(request)).get("uuid")
    profiles = _profiles(record)
    if not uuid or (not variables.values and not profiles):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    ids = (_words(variables, name) for name in _ORIGINATORS)
    call_id = next((value for value in ids if value), uuid)
    return _leg(variables, profiles, call_id, source, is_leg=call_id != uuid)


def _leg(
    variables: JsonReader,
    profiles: list[JsonReader],
    call_id: str,
    source: SourceView,
    *,
    is_leg: bool,
) -> Content:
    first = profiles[-1].part("caller_profile") if profiles else JsonReader({})
    last_times = profiles[0].part("times") if profiles else JsonReader({})
    caller = _words(first, "caller_id_number") or _words(variables, "sip_from_user")
    callee = _words(first, "destination_number") or _words(variables, "sip_to_user")
    direction = direction_between(caller, callee)
    bridged_at = _moment(variables, "bridge_epoch", last_times, "bridged_time")
    answered_at = bridged_at or _moment(variables, "answer_epoch", last_times, "answered_time")
    outcome = _outcome(variables, direction, bridged=bridged_at, answered=answered_at)
    builder = DraftBuilder(source.country)
    name = _words(first, "caller_id_name")
    if direction == "incoming" and not is_leg and name and not _is_number(name):
        builder.names["name"] = name
    return reported(
        CallEvent(
            call_id=call_id,
            final=not is_leg,
            direction=None if is_leg else direction,
            outcome=None if is_leg else outcome,
            caller=None if is_leg else caller,
            callee=None if is_leg else callee,
            started_at=None
            if is_leg
            else _moment(variables, "start_epoch", last_times, "created_time"),
            answered_at=answered_at if outcome == "answered" else None,
            ended_at=_moment(variables, "end_epoch", last_times, "hangup_time"),
            employee=_employee(variables, direction, caller, callee, outcome),
            recording_url=_words(variables, "recording_url") or _words(variables, "record_url"),
        ),
        source,
        builder,
    )


def _employee(
    variables: JsonReader, direction: str, caller: str | None, callee: str | None, outcome: str
) -> str | None:
    if direction != "incoming":
        return caller
    if outcome != "answered":
        return None
    names = ("dialed_user", "last_sent_callee_id_number", "callee_id_number")
    dialled = next((words for words in (_words(variables, name) for name in names) if words), None)
    return dialled or (callee if is_extension(callee) else None)


def _outcome(variables: JsonReader, direction: str, *, bridged: Any, answered: Any) -> str:
    """Whether people spoke; a machine that answers a call has not taken it."""
    application = (_words(variables, "last_app") or "").lower()
    if application == "voicemail" and not bridged:
        return "voicemail"
    if bridged or (answered and application not in _MACHINES):
        return "answered"
    causes = (_words(variables, name) for name in ("last_bridge_hangup_cause", "hangup_cause"))
    cause = next(filter(None, causes), "NORMAL_CLEARING").upper()
    if cause in _BUSY:
        return "busy"
    return "missed" if direction == "incoming" or cause in _UNANSWERED else "failed"


def _profiles(record: JsonReader) -> list[JsonReader]:
    """The flow of the call, the newest part first: a list, or one object in older versions."""
    flow = record.values.get("callflow")
    parts = flow if isinstance(flow, list) else [flow]
    return [JsonReader(part) for part in parts if isinstance(part, dict)]


def _moment(variables: JsonReader, name: str, times: JsonReader, fallback: str) -> Any:
    """A moment in seconds, else of the flow's times in microseconds."""
    microseconds = whole(_words(times, fallback)) or 0
    return from_epoch(_words(variables, name)) or from_epoch(microseconds // _MICROSECONDS)


def _words(reader: JsonReader, name: str) -> str | None:
    """One value with its percent-encoding, if any, undone."""
    words = reader.words(name)
    if words is None or not _PERCENT.search(words):
        return words
    return storable(unquote(words)).strip() or None


def _is_number(name: str) -> bool:
    return name.lstrip("+").isdecimal()


def _cdr(request: RawRequest) -> str:
    """The JSON of the record, whichever way it is wrapped."""
    body = request.body.strip()
    if not body.startswith(b"cdr="):
        return charsets.text_of(body, request.content_type)
    value = body.removeprefix(b"cdr=")
    if "base64" not in request.content_type.lower():
        text = dict(forms.url_pairs(body, request.content_type))["cdr"]
        if text.lstrip().startswith("{"):
            return text
    try:
        return charsets.decoded(base64.b64decode(unquote_to_bytes(value)), "utf-8")
    except (binascii.Error, ValueError):
        raise ChannelError(QuarantineReason.BAD_ENCODING) from None


CHANNEL = Channel(
    name="freeswitch", verify=verify, verify_early=verify, parse=parse, secrets=_SECRETS
)

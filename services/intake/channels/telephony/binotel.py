"""Binotel: completed calls as forms with PHP's brackets, and who-is-calling while it rings.

UNCONFIRMED: the event names of the PUSH variant. There is no signature: the company's number in the
body proves little, the address is the secret. Any other answer than success is sent again.
"""

import json
from typing import Any
from uuid import UUID

from services.intake.channels.body_proofs import by_word, read_for_proof
from services.intake.channels.channel import Channel, KnownCaller, Lookup
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.brackets import nested
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.telephony.calls import is_internal, later, outcome_of, seconds_of
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_epoch

_SECRETS = {"company_id": True}
_COMPLETED, _SETTINGS, _HUNG_UP = "apiCallCompleted", "apiCallSettings", "hangupTheCall"
_PHASES = frozenset({"receivedTheCall", "answeredTheCall", _HUNG_UP})
_DIRECTIONS = {"0": "incoming", "1": "outgoing"}
_OUTCOMES = {
    **dict.fromkeys(("answer", "transfer", "success"), "answered"),
    **dict.fromkeys(("vm", "vm-success"), "voicemail"),
    **dict.fromkeys(("noanswer", "cancel"), "missed"),
    **dict.fromkeys(("congestion", "chanunavail"), "failed"),
    "busy": "busy",
}


def verify(request: RawRequest, *sources: SourceView) -> None:
    payload = JsonReader(read_for_proof(request, document))
    company = payload.words("companyID") or payload.words("callDetails[companyID]")
    company = company or payload.part("callDetails").words("companyID")
    by_word(sources, company, name="company_id")


def lookup(request: RawRequest, _source: SourceView) -> Lookup | None:
    """The answer of `apiCallSettings` is shown to whoever takes the call."""
    if _SETTINGS.encode() not in request.body:  # most are no look-ups, and are not read twice
        return None
    payload = _payload(request)
    if payload.words("requestType") != _SETTINGS:
        return None
    return Lookup(
        payload.words("externalNumber") or _call_of(payload).words("externalNumber") or ""
    )


def answer_found(_request: RawRequest, _source: SourceView, caller: KnownCaller | None) -> Answer:
    fields: dict[str, Any] = {"name": ""}
    if caller is not None:
        customer = {"assignedToEmployeeNumber": caller.responsible or ""}
        fields = {"name": caller.name, "customerData": customer}
    return Answer(200, json.dumps(fields, ensure_ascii=False).encode(), "application/json")


def answer(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    del receipt_id, duplicate
    return Answer(200, b'{"status":"success"}', "application/json")


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = _payload(request)
    kind = payload.words("requestType") or payload.words("eventType")
    call = _call_of(payload)
    call_id = call.words("generalCallID")
    if kind == _SETTINGS:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if call_id is None or not (kind == _COMPLETED or kind in _PHASES):
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    add(builder, "name", call.part("customerData").words("name"), kind="name")
    return reported(_event(call, kind, call_id), source, builder)


def _payload(request: RawRequest) -> JsonReader:
    values = document(request)
    pairs = [
        (name, word)
        for name, value in values.items()
        if "[" in name
        for word in (value if isinstance(value, list) else [value])
    ]
    return JsonReader({**values, **nested(pairs)}) if pairs else JsonReader(values)


def _call_of(payload: JsonReader) -> JsonReader:
    """The call's own object; the PUSH variant has its members at the top."""
    call = payload.part("callDetails")
    return call if call.values else payload


def _event(call: JsonReader, kind: str, call_id: str) -> CallEvent:
    direction = _DIRECTIONS.get(call.words("callType") or "")
    incoming = direction != "outgoing"
    disposition = call.words("disposition")
    final = kind == _COMPLETED or (kind == _HUNG_UP and disposition is not None)
    outcome = outcome_of(disposition, _OUTCOMES, incoming=incoming) if final else None
    talk, wait = seconds_of(call.words("billsec")), seconds_of(call.words("waitsec"))
    if outcome is None and (kind == "answeredTheCall" or (final and talk)):
        outcome = "answered"
    started_at = from_epoch(call.words("startTime"))
    is_answered = outcome == "answered"
    answered_at = later(started_at, wait) if is_answered else None
    customer, employee = call.words("externalNumber"), call.words("internalNumber")
    if direction and is_internal(customer):
        direction = "internal"
    line = call.part("pbxNumberData").words("number")
    ours = line or employee
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=customer if incoming else ours,
        callee=ours if incoming else customer,
        line=line,
        started_at=started_at,
        answered_at=answered_at,
        ended_at=later(answered_at, talk) if is_answered else later(started_at, wait),
        wait_seconds=wait,
        talk_seconds=talk,
        employee=employee,
        recording_url=call.words("linkToCallRecordInMyBusiness"),
    )


CHANNEL = Channel(
    name="binotel",
    verify=verify,
    parse=parse,
    answer=answer,
    lookup=lookup,
    answer_found=answer_found,
    secrets=_SECRETS,
)

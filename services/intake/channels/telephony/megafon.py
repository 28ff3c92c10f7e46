"""MegaFon's virtual exchange (ITooLabs; others sell the same engine): a shared token in the body.

UNCONFIRMED: whether each employee's leg sends its own history; legs of one call fold into it.
"""

import json
from typing import Any
from uuid import UUID

from services.intake.channels.body_proofs import by_word, read_for_proof
from services.intake.channels.channel import Channel, KnownCaller, Lookup
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.telephony.calls import is_internal, outcome_of
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_iso, whole

_SECRETS = {"crm_token": True}
_OUTCOMES = {
    "success": "answered",
    "missed": "missed",
    "cancel": "missed",
    "notavailable": "missed",
    "busy": "busy",
    "notallowed": "failed",
    "notfound": "failed",
}
_PHASES = {
    "incoming": "incoming",
    "accepted": None,
    "completed": None,
    "cancelled": None,
    "outgoing": "outgoing",
    "transferred": None,
}
_DIRECTIONS = {"in": "incoming", "out": "outgoing"}


def verify(request: RawRequest, *sources: SourceView) -> None:
    by_word(sources, _payload(request).words("crm_token"), name="crm_token")


def _payload(request: RawRequest) -> JsonReader:
    """The body as it is proven; raises Unauthenticated for one that cannot be."""
    return JsonReader(read_for_proof(request, document))


def lookup(request: RawRequest, _source: SourceView) -> Lookup | None:
    """`cmd=contact` asks who is calling, while the telephone rings."""
    if b"contact" not in request.body:  # most are no look-ups, and are not read twice
        return None
    payload = _payload(request)
    if (payload.words("cmd") or "").lower() != "contact":
        return None
    return Lookup(payload.words("phone") or "")


def answer_found(_request: RawRequest, _source: SourceView, caller: KnownCaller | None) -> Answer:
    fields: dict[str, Any] = {}
    if caller is not None:
        fields = {"contact_name": caller.name}
        if caller.responsible:
            fields["responsible"] = caller.responsible
    return Answer(200, json.dumps(fields, ensure_ascii=False).encode(), "application/json")


def answer(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    del receipt_id, duplicate
    return Answer(200, b"{}", "application/json")


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = JsonReader(document(request))
    command, call_id = (payload.words("cmd") or "").lower(), payload.words("callid")
    if command == "contact":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    if call_id is None or command not in {"history", "event", "rating"}:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    for label in ("rating", "groupRealName"):
        if value := payload.words(label):
            builder.fields[label] = value
    return reported(_event(payload, command, call_id), source, builder)


def _event(payload: JsonReader, command: str, call_id: str) -> CallEvent:
    final = command == "history"
    direction = _direction(payload, command)
    incoming = direction != "outgoing"
    duration = whole(payload.words("duration"))
    outcome = None
    if final:
        status = payload.words("status") or ("success" if duration else "missed")
        outcome = outcome_of(status, _OUTCOMES, incoming=incoming) or "failed"
    elif command == "event" and (payload.words("type") or "").lower() == "accepted":
        outcome = "answered"
    customer = payload.words("phone")
    line = payload.words("diversion") or payload.words("telnum")
    if direction and is_internal(customer):
        direction = "internal"
    employee = payload.words("user") or payload.words("ext")
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=customer if incoming else line,
        callee=line if incoming else customer,
        line=line,
        started_at=from_iso(payload.words("start"), time_zone="UTC"),
        wait_seconds=duration if outcome != "answered" else None,
        talk_seconds=duration if outcome == "answered" else None,
        employee=employee,
        recording_url=payload.words("link"),
    )


def _direction(payload: JsonReader, command: str) -> str | None:
    word = payload.words("direction") or (payload.words("type") if command == "history" else None)
    kind = (payload.words("type") or "").lower()
    return _DIRECTIONS.get((word or "").lower()) or _PHASES.get(kind)


CHANNEL = Channel(
    name="megafon",
    verify=verify,
    parse=parse,
    answer=answer,
    lookup=lookup,
    answer_found=answer_found,
    secrets=_SECRETS,
)

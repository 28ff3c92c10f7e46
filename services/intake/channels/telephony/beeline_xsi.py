"""Beeline's cloud exchange and others on BroadSoft: Xsi events of a subscription, as XML.

UNCONFIRMED: Beeline's wrapper around the events. Read by local names, whatever the prefixes. Every
telephone that rings sends its own half of a call; they fold by `extTrackingId`.
"""

from datetime import datetime

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.xml_text import leaves
from services.intake.channels.signatures import by_address
from services.intake.channels.telephony.calls import is_internal
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_epoch, whole

_PERSONALITIES = {
    "terminator": "incoming",
    "originator": "outgoing",
    "click-to-dial": "outgoing",
}
_TERMINATED = "SubscriptionTerminatedEvent"


def parse(request: RawRequest, source: SourceView) -> Content:
    values = _event_of(leaves(request.body))
    kind = values.get("eventData/@type", "").rpartition(":")[2]
    if kind == _TERMINATED:
        return Content(ignored=IgnoreReason.SUBSCRIPTION_ENDED)
    call = {
        name.removeprefix("eventData/call/"): value
        for name, value in values.items()
        if name.startswith("eventData/call/")
    }
    call_id = call.get("extTrackingId") or call.get("callId")
    if not call_id:
        if kind and not call:
            return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    builder = DraftBuilder(source.country)
    name = call.get("remoteParty/name", "")
    if any(letter.isalpha() for letter in name):
        add(builder, "name", name, kind="name")
    return reported(_event(call, call_id, values.get("targetId")), source, builder)


def _event_of(values: dict[str, str]) -> dict[str, str]:
    """The leaves below the event, which may stand within another element."""
    for name in values:
        before, separator, _ = name.partition("eventData/")
        if separator:
            return {key.removeprefix(before): value for key, value in values.items()}
    return values


def _event(call: dict[str, str], call_id: str, target: str | None) -> CallEvent:
    address = _number(call.get("remoteParty/address"))
    direction = _PERSONALITIES.get(call.get("personality", "").lower())
    if call.get("remoteParty/callType", "").lower() == "group" or is_internal(address):
        direction = "internal"
    released_at = _moment(call.get("releaseTime"))
    answered_at = _moment(call.get("answerTime"))
    final = released_at is not None or call.get("state", "").lower() == "released"
    outcome = None
    if final:
        unanswered = "failed" if direction == "outgoing" else "missed"
        outcome = "answered" if answered_at else unanswered
    is_outgoing = call.get("personality", "").lower() != "terminator"
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=None if is_outgoing else address,
        callee=address if is_outgoing else None,
        started_at=_moment(call.get("startTime")),
        answered_at=answered_at,
        ended_at=released_at,
        employee=target,
    )


def _number(address: str | None) -> str | None:
    """The number of a `tel:` address; a SIP address as it is."""
    return address.removeprefix("tel:") if address else None


def _moment(milliseconds: str | None) -> datetime | None:
    value = whole(milliseconds)
    return from_epoch(value // 1000) if value else None


CHANNEL = Channel(name="beeline-xsi", verify=by_address, verify_early=by_address, parse=parse)

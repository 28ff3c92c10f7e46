"""Sipuni: call events by GET or POST with the same fields; the address is the only proof."""

from uuid import UUID

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.structured import JsonReader
from services.intake.channels.signatures import by_address
from services.intake.channels.telephony.calls import is_internal, outcome_of
from services.intake.channels.telephony.reports import CallEvent, reported
from services.intake.domain.requests import Answer, ChannelError, Content, RawRequest, SourceView
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_epoch

_START, _END, _ANSWER, _LEG_END = "1", "2", "3", "4"
_INSIDE = "2"  # of src_type and dst_type; 1 is outside
_OUTCOMES = {
    "answer": "answered",
    "noanswer": "missed",
    "cancel": "missed",
    "busy": "busy",
    "congestion": "failed",
    "chanunavail": "failed",
}


def answer(
    _request: RawRequest, _source: SourceView, *, receipt_id: UUID, duplicate: bool
) -> Answer:
    del receipt_id, duplicate
    return Answer(200, b'{"success": true}', "application/json")


def parse(request: RawRequest, source: SourceView) -> Content:
    fields = JsonReader(document(request))
    kind, call_id = fields.words("event"), fields.words("call_id")
    if kind is None or call_id is None:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if kind not in {_START, _END, _ANSWER, _LEG_END}:
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    builder = DraftBuilder(source.country)
    if tree := fields.words("treeName"):
        builder.fields["treeName"] = tree
    return reported(_event(fields, kind, call_id), source, builder)


def _event(fields: JsonReader, kind: str, call_id: str) -> CallEvent:
    if kind == _LEG_END:  # of a colleague's telephone that rang too
        return CallEvent(call_id=call_id, final=False, direction=None)
    from_inside, to_inside = _is_inside(fields, "src"), _is_inside(fields, "dst")
    direction = "incoming"
    if from_inside:
        direction = "internal" if to_inside else "outgoing"
    incoming = direction == "incoming"
    final = kind == _END
    outcome = outcome_of(fields.words("status"), _OUTCOMES, incoming=incoming) if final else None
    moment = from_epoch(fields.words("timestamp"))
    answered_at = from_epoch(fields.words("call_answer_timestamp"))
    if kind == _ANSWER:
        answered_at = answered_at or moment
    source_number, target = fields.words("src_num"), fields.words("dst_num")
    employee = fields.words("short_dst_num") if incoming else fields.words("short_src_num")
    if employee is None and (to_inside if incoming else from_inside):
        employee = target if incoming else source_number
    return CallEvent(
        call_id=call_id,
        final=final,
        direction=direction,
        outcome=outcome,
        caller=source_number,
        callee=target,
        line=fields.words("treeNumber"),
        started_at=from_epoch(fields.words("call_start_timestamp"))
        or (moment if kind == _START else None),
        answered_at=answered_at if outcome in {None, "answered"} else None,
        ended_at=moment if final else None,
        employee=employee,
        recording_url=fields.words("call_record_link"),
    )


def _is_inside(fields: JsonReader, side: str) -> bool:
    kind = fields.words(f"{side}_type")
    return kind == _INSIDE if kind else is_internal(fields.words(f"{side}_num"))


CHANNEL = Channel(
    name="sipuni", verify=by_address, verify_early=by_address, parse=parse, answer=answer
)

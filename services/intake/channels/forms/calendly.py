"""Calendly: a booked meeting is an inquiry; one that is moved or cancelled is no new one.

UNCONFIRMED: the text that is signed (taken as Stripe's), and the routing forms' members.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import by_any, require_timed_hex, secret
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason
from services.intake.domain.times import from_any

_SIGNATURE = "calendly-webhook-signature"
_SECRETS = {"signing_key": True}
_NAMES = ("name", "first_name", "last_name", "email")
_BOOKED = frozenset({"invitee.created", "routing_form_submission.created"})


def verify(request: RawRequest, *sources: SourceView) -> None:
    def check(source: SourceView) -> None:
        key = secret(source, "signing_key")
        require_timed_hex(request, header=_SIGNATURE, key=key, name="v1")

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = document(request)
    invitee = part(event.get("payload"))
    kind = as_text(event.get("event"))
    if kind is None or not invitee:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if kind not in _BOOKED or invitee.get("old_invitee"):
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    external_id = as_text(invitee.get("uri")) or None
    meeting = part(invitee.get("scheduled_event"))
    draft = build(
        _read(invitee, meeting, source),
        source,
        channel="form",
        external_id=external_id,
        occurred_at=from_any(invitee.get("created_at") or event.get("created_at"), time_zone="UTC"),
        subject=as_text(meeting.get("name")),
    )
    return Content(drafts=(draft,), external_id=external_id)


def _read(invitee: dict[str, Any], meeting: dict[str, Any], source: SourceView) -> DraftBuilder:
    builder = DraftBuilder(source.country)
    for name in _NAMES:
        add(builder, name, invitee.get(name), kind=name)
    add(builder, "phone", invitee.get("text_reminder_number"), kind="phone")
    for item in parts(invitee.get("questions_and_answers")):
        add(builder, as_text(item.get("question")) or "", item.get("answer"))
    for label, value in part(invitee.get("tracking")).items():
        add(builder, label, value)
    add(builder, "start_time", meeting.get("start_time"))
    add(builder, "timezone", invitee.get("timezone"))
    location = part(meeting.get("location"))
    add(builder, "location", location.get("join_url") or location.get("location"))
    return builder


CHANNEL = Channel(
    name="calendly", verify=verify, signature=_SIGNATURE, parse=parse, secrets=_SECRETS
)

"""VK lead forms through the Callback API: the secret and the group stand in the body.

VK repeats an event until the answer is `ok`. `options.group_id` names the only group that may
call. UNCONFIRMED: lists of answers to a question with several choices.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.forms.ad_answers import AdAnswers, words_of
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.draft import DraftBuilder, as_text
from services.intake.channels.parsing.members import part, parts
from services.intake.channels.signatures import MAX_SIGNED_BYTES, by_any, same, secret
from services.intake.domain.requests import (
    Answer,
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import IgnoreReason, QuarantineReason

_SECRETS = {"secret": True, "confirmation": True}


def handshake(request: RawRequest, source: SourceView) -> Answer | None:
    """The group's confirmation string; VK asks for it before the secret need be set."""
    if len(request.body) > 2_000 or b"confirmation" not in request.body:
        return None
    event = _event(request)
    if event.get("type") != "confirmation" or not _is_our_group(event, source):
        return None
    word = as_text(event.get("secret"))
    if word and not same(word, source.secrets.get("secret", "")):
        return None
    return Answer(200, source.secrets.get("confirmation", "").encode(), "text/plain; charset=utf-8")


def verify(request: RawRequest, *sources: SourceView) -> None:
    event = _event(request) if len(request.body) <= MAX_SIGNED_BYTES else {}
    word = as_text(event.get("secret")) or ""

    def check(source: SourceView) -> None:
        is_secret = same(word, secret(source, "secret"))
        if not (is_secret and _is_our_group(event, source)):
            raise Unauthenticated

    by_any(sources, check)


def parse(request: RawRequest, source: SourceView) -> Content:
    event = document(request)
    if "type" not in event:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    if event["type"] != "lead_forms_new":
        return Content(ignored=IgnoreReason.NOT_AN_INQUIRY)
    lead = part(event.get("object"))
    if not lead:
        raise ChannelError(QuarantineReason.UNKNOWN_SHAPE)
    lead_id = as_text(lead.get("lead_id")) or None
    answers = AdAnswers(DraftBuilder(source.country))
    for item in parts(lead.get("answers")):
        key, question = as_text(item.get("key")), as_text(item.get("question"))
        answers.add(key or question or "", item.get("answer"), question=question)
    _add_origin(answers.builder, lead, event)
    draft = answers.build(
        source,
        external_id=lead_id,
    )
    return Content(drafts=(draft,), external_id=lead_id)


def _add_origin(builder: DraftBuilder, lead: dict[str, Any], event: dict[str, Any]) -> None:
    if user := as_text(lead.get("user_id")):
        builder.other["vk"] = user
    builder.campaign["form_id"] = as_text(lead.get("form_id"))
    builder.campaign["form_name"] = as_text(lead.get("form_name"))
    builder.campaign["ad"] = words_of({**event, **lead}, ("ad_id", "group_id"))


def _event(request: RawRequest) -> dict[str, Any]:
    try:
        return document(request)
    except ChannelError:
        return {}


def _is_our_group(event: dict[str, Any], source: SourceView) -> bool:
    group = as_text(source.options.get("group_id"))
    return not group or as_text(event.get("group_id")) == group


CHANNEL = Channel(
    name="vk-lead-forms", verify=verify, parse=parse, handshake=handshake, secrets=_SECRETS
)

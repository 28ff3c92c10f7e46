"""The product's own inquiry body, `POST /v1/inquiries`, already checked against its schema.

Invariant: the bearer token is the proof, so a native source is never reached through a hook.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.structured import structured_draft
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
    Unauthenticated,
)
from services.intake.domain.states import QuarantineReason


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    """Raise Unauthenticated: the token of a native caller is checked before the channel."""
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = json_object(text_of(request.body, request.content_type))
    channel = payload.get("channel")
    if not isinstance(channel, str) or not channel:
        raise ChannelError(QuarantineReason.INVALID_BODY)
    draft = structured_draft(payload, source, DraftBuilder(source.country), channel=channel)
    return Content(drafts=(draft,), external_id=draft.external_id)


CHANNEL = Channel(name="native", verify=verify, parse=parse)

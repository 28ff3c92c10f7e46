"""The product's own inquiry body, `POST /v1/inquiries`, already checked against its schema.
Its law: the bearer token is the proof, so a native source is never reached through a hook.
"""

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.parsing.structured import structured_draft
from services.intake.domain.requests import (
    INVALID_BODY,
    ChannelError,
    Parsed,
    RawRequest,
    SourceView,
    Unauthenticated,
    one,
)


def verify(_request: RawRequest, *_sources: SourceView) -> None:
    """Refuse: callers of the native API are known by their token, checked before the channel."""
    raise Unauthenticated


def parse(request: RawRequest, source: SourceView) -> Parsed:
    told = json_object(text_of(request.body, request.content_type))
    channel = told.get("channel")
    if not isinstance(channel, str) or not channel:
        raise ChannelError(INVALID_BODY)
    made = structured_draft(told, source, DraftBuilder(source.country), channel=channel)
    return one(made, external_id=made.external_id)


CHANNEL = Channel(name="native", verify=verify, parse=parse)

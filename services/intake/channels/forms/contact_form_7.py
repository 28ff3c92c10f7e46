"""Contact Form 7 through the plugin "CF7 to Webhook": the names of the form's tags and values.

Templates of the site owner put values into JSON unescaped: line ends in them are read all the same,
and quotes leave the body for a repair.
"""

from typing import Any

from services.intake.channels.channel import Channel
from services.intake.channels.parsing.body import document
from services.intake.channels.parsing.charsets import text_of
from services.intake.channels.parsing.draft import DraftBuilder, add, as_text, build
from services.intake.channels.parsing.json_text import json_object
from services.intake.channels.signatures import by_address
from services.intake.domain.labels import folded
from services.intake.domain.requests import (
    ChannelError,
    Content,
    RawRequest,
    SourceView,
)
from services.intake.domain.states import QuarantineReason

_AROUND = {
    "_url": "page_url",
    "_post_url": "page_url",
    "_wpcf7": "form_id",
    "_post_title": "form_name",
    "_wpcf7_contact_form_title": "form_name",
}
_SUBJECTS = frozenset({"subject", "yoursubject", "тема"})


def parse(request: RawRequest, source: SourceView) -> Content:
    payload = _document(request)
    builder = DraftBuilder(source.country)
    subject = None
    for label, value in payload.items():
        if label in _AROUND:
            builder.campaign.setdefault(_AROUND[label], as_text(value))
        elif folded(label) in _SUBJECTS and subject is None:
            subject = as_text(value) or None
        elif not label.startswith("_"):
            add(builder, label, value)
    return Content(drafts=(build(builder, source, channel="form", subject=subject),))


def _document(request: RawRequest) -> dict[str, Any]:
    try:
        return document(request)
    except ChannelError as error:
        if error.reason is not QuarantineReason.BAD_JSON:
            raise
    return json_object(text_of(request.body, request.content_type), strict=False)


CHANNEL = Channel(name="contact-form-7", verify=by_address, verify_early=by_address, parse=parse)

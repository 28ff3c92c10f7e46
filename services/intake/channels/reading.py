"""From a submission to its content: parsed, corrected by a repair, checked for size.

Invariant: everything here is pure, so it can run in another process, and any bytes give inquiries,
observed calls or a reason.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel
from services.intake.domain.redaction import redact_draft, secrets_of
from services.intake.domain.requests import (
    NATIVE,
    ChannelError,
    Content,
    Draft,
    SourceView,
    Submission,
)
from services.intake.domain.states import QuarantineReason
from shared.contracts.envelope import MAX_EVENT_BYTES

_ENVELOPE_BYTES: Final = 4_000  # ids, times and the source's words beside the draft

MAX_FOLLOW_UPS: Final = 1_000  # documents of one submission, each by a name of its own

CONTENT: Final = TypeAdapter(Content)  # as JSON, and back


def read(
    submission: Submission, source: SourceView, channels: Mapping[str, Channel] = CHANNELS
) -> Content:
    """The content. A channel may raise ChannelError only; any other error passes on."""
    if submission.released:
        source = replace(source, mail_filter="none")
    channel = channels.get(NATIVE if submission.native else source.adapter)
    if channel is None:
        return Content(quarantined=QuarantineReason.UNKNOWN_ADAPTER)
    try:
        content = _bounded(channel.parse(submission.request, source))
        drafts = tuple(_corrected(draft, submission, source) for draft in content.drafts)
        calls = tuple(
            replace(report, draft=_corrected(report.draft, submission, source))
            for report in content.calls
        )
    except ChannelError as error:
        return Content(quarantined=error.reason)
    # Serialised here even when it is small: an error of serialising belongs to reading, where the
    # submission is blamed for it, not to our own later work.
    sizes = map(_size, (*drafts, *(report.draft for report in calls)))
    if max(sizes, default=0) > MAX_EVENT_BYTES - _ENVELOPE_BYTES:
        return Content(quarantined=QuarantineReason.TOO_LARGE)
    return replace(content, drafts=drafts, calls=calls)


def _bounded(content: Content) -> Content:
    """Raises ChannelError."""
    names = {follow_up.name for follow_up in content.follow_ups}
    if len(names) < len(content.follow_ups) or len(names) > MAX_FOLLOW_UPS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    return content


def _corrected(draft: Draft, submission: Submission, source: SourceView) -> Draft:
    """The draft with an operator's corrections laid over it, object by object.

    Raises ChannelError(invalid_body) when the result is no inquiry.
    """
    if not submission.overrides:
        return draft
    content = _laid(draft.model_dump(mode="json"), submission.overrides)
    try:
        corrected = Draft.model_validate(content)
    except ValidationError:
        raise ChannelError(QuarantineReason.INVALID_BODY) from None
    return redact_draft(corrected, secrets_of(source))  # a secret may stand in the corrections


def _laid(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, Mapping):
        return {**under, **{key: _laid(under.get(key), value) for key, value in over.items()}}
    return over


def _size(draft: Draft) -> int:
    return len(draft.model_dump_json().encode())

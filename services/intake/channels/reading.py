"""From a submission to its content: parsed, corrected by a repair, checked for size.

Invariant: everything here is pure, so it can run in another process, and any bytes give inquiries,
observed calls or a reason.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.intake.channels import CHANNELS
from services.intake.channels.channel import Channel, no_files
from services.intake.channels.parsing.files import attachments
from services.intake.domain.consents import PEER
from services.intake.domain.keys import attachment_id
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
        content = _with_files(content, channel, submission, source)
        drafts = tuple(
            _corrected(with_circumstances(draft, submission, source), submission, source)
            for draft in content.drafts
        )
        calls = tuple(
            replace(report, draft=_corrected(report.draft, submission, source))
            for report in content.calls
        )
        purchases = tuple(
            replace(report, draft=_corrected(report.draft, submission, source))
            for report in content.purchases
        )
    except ChannelError as error:
        return Content(quarantined=error.reason)
    # Serialised here even when it is small: an error of serialising belongs to reading, where the
    # submission is blamed for it, not to our own later work.
    reported = (*(call.draft for call in calls), *(order.draft for order in purchases))
    sizes = map(_size, (*drafts, *reported))
    if max(sizes, default=0) > MAX_EVENT_BYTES - _ENVELOPE_BYTES:
        return Content(quarantined=QuarantineReason.TOO_LARGE)
    return replace(
        content,
        drafts=drafts,
        calls=calls,
        purchases=purchases,
        record_ids=_record_ids(content),
    )


def _record_ids(content: Content) -> tuple[str | None, ...]:
    """Of each draft as the provider sent it: no correction makes another record of it."""
    if len(content.drafts) == 1:
        return (content.external_id,)
    return tuple(draft.external_id for draft in content.drafts)


def _bounded(content: Content) -> Content:
    """Raises ChannelError."""
    names = {follow_up.name for follow_up in content.follow_ups}
    if len(names) < len(content.follow_ups) or len(names) > MAX_FOLLOW_UPS:
        raise ChannelError(QuarantineReason.TOO_MANY_FIELDS)
    return content


def file_of(
    submission: Submission,
    source: SourceView,
    attachment: UUID,
    channels: Mapping[str, Channel] = CHANNELS,
) -> bytes:
    """The bytes of an attachment. Raises LookupError if the submission has no such file."""
    channel = channels[source.adapter]
    for list_place, files in enumerate(channel.files(submission.request)):
        for place, file in enumerate(files):
            if attachment_id(submission.submission_id, list_place, place) == attachment:
                return file.decode()
    raise LookupError


def _with_files(
    content: Content, channel: Channel, submission: Submission, source: SourceView
) -> Content:
    if channel.files is no_files or not content.drafts:
        return content
    lists = channel.files(submission.request)
    places = content.file_places or range(len(lists))
    drafts = list(content.drafts)
    for number, (draft, place) in enumerate(zip(drafts, places, strict=False)):
        described = attachments(lists[place], submission.submission_id, place)
        with_files = draft.model_copy(update={"attachments": described})
        # A secret may stand in a file's name.
        drafts[number] = redact_draft(with_files, secrets_of(source)) if described else draft
    return replace(content, drafts=tuple(drafts), file_places=())


def with_circumstances(draft: Draft, submission: Submission, source: SourceView) -> Draft:
    """The draft with what is known of its consent beyond the sender's words: the source's text,
    the moment, the page, and the visitor's address as the door saw it.
    """
    consent = draft.consent
    if consent is None or consent.given is None:
        return draft
    circumstances = {
        "text_version": source.consent_text_version,
        "at": draft.occurred_at or submission.received_at,
        "page_url": draft.campaign.page_url,
        "ip": submission.request.header(PEER),
    }
    members = {
        name: value for name, value in circumstances.items() if getattr(consent, name) is None
    }
    return draft.model_copy(update={"consent": consent.model_copy(update=members)})


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

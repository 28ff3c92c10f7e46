"""Every mail, whoever delivers it: `Mail` is what a provider or a mailbox hands over.

Invariant: machines' mails are ignored with their reason, of people's mails the own words are read.
"""

from collections.abc import Iterable

from services.intake.channels.parsing import mail_senders
from services.intake.channels.parsing.mail_draft import draft_of, ids_of
from services.intake.channels.parsing.mail_headers import mailboxes
from services.intake.channels.parsing.mail_letter import Letter, Mail, letter_of
from services.intake.domain.mail_filter import refusal
from services.intake.domain.requests import Content, SourceView
from services.intake.domain.states import IgnoreReason

__all__ = ["Mail", "mail_content", "mail_contents"]


def mail_content(mail: Mail, source: SourceView) -> Content:
    """The inquiry of one mail, or the reason why it is none."""
    letter = letter_of(mail, source)
    if (reason := _refusal(letter, source)) is not None:
        return Content(ignored=reason)
    draft = draft_of(letter, source)
    return Content(
        drafts=(draft,),
        external_id=None if mail.is_test else draft.external_id,
        mails=(ids_of(letter),),
    )


def mail_contents(mails: Iterable[Mail], source: SourceView) -> Content:
    """The inquiries of several mails in one delivery; ignored if none of them is one."""
    contents = [mail_content(mail, source) for mail in mails]
    if len(contents) == 1:
        return contents[0]
    drafts = tuple(draft for content in contents for draft in content.drafts)
    if len(drafts) == 1:  # the only one of a person
        return next(content for content in contents if content.drafts)
    ids = tuple(one for content in contents for one in content.mails)
    places = tuple(place for place, content in enumerate(contents) if content.drafts)
    reason = next((content.ignored for content in contents if content.ignored), None)
    return Content(drafts=drafts, mails=ids, file_places=places, ignored=None if drafts else reason)


def _refusal(letter: Letter, source: SourceView) -> IgnoreReason | None:
    sender = next(iter(mailboxes(letter.line("from"))), None)
    delivered = mail_senders.delivered_to(source, letter.headers, letter.mail.recipients)
    envelope_from = letter.mail.envelope_from
    return refusal(
        letter.headers,
        level=source.mail_filter,
        sender=sender.address if sender else "",
        sender_name=sender.name if sender else letter.line("from"),
        subject=letter.line("subject"),
        envelope_from=letter.headers.get("return-path") if envelope_from is None else envelope_from,
        is_own=delivered.has,
        is_inquiry=(
            letter.form is not None and sender is not None and letter.own.has(sender.address)
        )
        or mail_senders.human_reply_to(
            letter.own, sender=letter.line("from"), reply_to=letter.line("reply-to")
        ),
        hops=sum(name.lower() == "received" for name, _ in letter.mail.headers),
    )

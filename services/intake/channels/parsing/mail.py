"""Every mail, whoever delivers it: `Mail` is what a provider or a mailbox hands over.

Invariant: machines' mails are ignored with their reason, of people's mails the own words are read.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.intake.channels.parsing import mail_senders
from services.intake.channels.parsing.draft import DraftBuilder, add_email, build
from services.intake.channels.parsing.mail_forms import MailForm, mail_form, take_form
from services.intake.channels.parsing.mail_headers import first_headers, mailboxes
from services.intake.channels.parsing.mail_points import TextPoints, points_of_text
from services.intake.channels.parsing.mail_senders import Customer, Own
from services.intake.channels.parsing.mail_text import MailWords, words_of
from services.intake.channels.parsing.phones import e164
from services.intake.domain.mail_filter import refusal
from services.intake.domain.quotes import unquoted
from services.intake.domain.requests import Content, Draft, MailIds, SourceView
from services.intake.domain.states import IgnoreReason
from services.intake.domain.times import from_mail
from shared.contracts.inquiry import Attachment, Mentioned, Spam

MOST_IDS = 50  # earlier mails that one mail names as answered
_ID = re.compile(r"<([^<>\s]{1,400})>")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a mail, by its name, its media type and its size in bytes, if they are known."""

    name: str | None = None
    media_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail as it was delivered; what is None or empty is taken from the headers.

    `headers` are pairs in the order of the mail. `sender`, `reply_to`, `to` and `cc` are header
    lines such as `Name <address>`. `envelope_from` is the sender by SMTP, "" for a bounce, and
    `recipients` the mailboxes it was delivered to. `stripped` are the words without quotes by the
    provider. `external_id` is the provider's id, else that of the mail. `notes` tell what was lost
    or guessed in reading.
    """

    headers: tuple[tuple[str, str], ...] = ()
    sender: str | None = None
    reply_to: str | None = None
    to: str | None = None
    cc: str | None = None
    envelope_from: str | None = None
    recipients: tuple[str, ...] = ()
    subject: str | None = None
    date: str | None = None
    message_id: str | None = None
    external_id: str | None = None
    plain: str | None = None
    html: str | None = None
    stripped: str | None = None
    files: tuple[File, ...] = ()
    spam: Spam | None = None
    is_test: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail with its headers by name, who is own in it, what it says, and who asks by it."""

    mail: Mail
    headers: Mapping[str, str]
    own: Own
    words: MailWords
    form: MailForm | None = None
    customer: Customer = field(default_factory=Customer)

    def line(self, name: str) -> str | None:
        """What the provider says, else the header."""
        said: str | None = getattr(
            self.mail, "sender" if name == "from" else name.replace("-", "_")
        )
        return said if said is not None and said.strip() else self.headers.get(name)


def mail_content(mail: Mail, source: SourceView) -> Content:
    """The inquiry of one mail, or the reason why it is none."""
    letter = _letter_of(mail, source)
    if (reason := _refusal(letter, source)) is not None:
        return Content(ignored=reason)
    draft = _draft_of(letter, source)
    return Content(
        drafts=(draft,),
        external_id=None if mail.is_test else draft.external_id,
        mails=(_ids_of(letter),),
    )


def mail_contents(mails: Iterable[Mail], source: SourceView) -> Content:
    """The inquiries of several mails in one delivery; ignored if none of them is one."""
    contents = [mail_content(mail, source) for mail in mails]
    if len(contents) == 1:
        return contents[0]
    drafts = tuple(draft for content in contents for draft in content.drafts)
    ids = tuple(one for content in contents for one in content.mails)
    reason = next((content.ignored for content in contents if content.ignored), None)
    return Content(drafts=drafts, mails=ids, ignored=None if drafts else reason)


def _letter_of(mail: Mail, source: SourceView) -> _Letter:
    headers = first_headers(mail.headers)
    bare = _Letter(mail, headers, Own(), MailWords())
    sender, reply_to = bare.line("from"), bare.line("reply-to")
    own = mail_senders.own_of(
        source, headers, recipients=mail.recipients, to=bare.line("to"), cc=bare.line("cc"),
        sender=next((box.address for box in mailboxes(sender)), None),
    )  # fmt: skip
    words = words_of(
        bare.line("subject"), headers, plain=mail.plain, html=mail.html, stripped=mail.stripped
    )
    customer = mail_senders.customer_of(
        headers, own, sender=sender, reply_to=reply_to, forwards=words.forwards
    )
    said = words.forwards[-1].text if words.forwards else words.text or ""
    form = None if words.is_reply else mail_form(said, by_site=not customer.is_sender)
    return _Letter(mail, headers, own, words, form, customer)


def _refusal(letter: _Letter, source: SourceView) -> IgnoreReason | None:
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


def _draft_of(letter: _Letter, source: SourceView) -> Draft:
    mail, customer, words = letter.mail, letter.customer, letter.words
    builder = DraftBuilder(source.country)
    _take_customer(builder, letter)
    builder.other.update({key: value for key, value in (customer.others or {}).items() if value})
    if words.text:
        builder.texts.append(words.text)
    if mail.notes:
        builder.fields["charset"] = "; ".join(mail.notes)
    message_id = message_id_of(mail.message_id or letter.headers.get("message-id"))
    draft = build(
        builder,
        source,
        channel="email",
        external_id=mail.external_id or message_id,
        occurred_at=from_mail(letter.line("date"), time_zone=source.time_zone),
        is_test=mail.is_test,
        subject=letter.line("subject"),
        spam=mail.spam or spam_of(letter.headers),
    )
    points = _points_of(letter, source)
    own_phones = {e164(number, source.country) or number for number in source.own_numbers}
    contact = draft.contact
    emails = [
        one
        for one in (*contact.emails, *points.emails)
        if one == letter.customer.address or not letter.own.has(one)
    ]
    phones = [one for one in (*contact.phones, *points.phones) if one not in own_phones]
    mentioned = Mentioned(
        phones=_beside(phones, (*contact.phones, *points.phones, *points.mentioned_phones)),
        emails=_beside(emails, points.mentioned_emails),
    )
    update = {
        "phones": tuple(dict.fromkeys(phones)),
        "emails": tuple(dict.fromkeys(emails)),
        "mentioned": mentioned,
    }
    return draft.model_copy(
        update={
            "contact": contact.model_copy(update=update),
            "attachments": tuple(
                Attachment(name=file.name, media_type=file.media_type, size_bytes=file.size)
                for file in mail.files
            ),
        }
    )


def _beside(given: Iterable[str], values: Iterable[str]) -> tuple[str, ...]:
    known = set(given)
    return tuple(dict.fromkeys(value for value in values if value not in known))


def _take_customer(builder: DraftBuilder, letter: _Letter) -> None:
    """Names and addresses: of the form that the mail is, and of who wrote it."""
    customer, form = letter.customer, letter.form
    lines = [*form.all_of("email"), *form.all_of("person")] if form else []
    answered = [box.address for line in lines for box in mailboxes(line)]
    strangers = [one for one in answered if not letter.own.has(one)]
    is_mailer = customer.is_sender and (
        (form is not None and form.is_adf)
        or (bool(strangers) and customer.address not in strangers)
    )
    if customer.address and not is_mailer:
        add_email(builder, customer.address)
    elif customer.address:
        builder.other["from"] = customer.address
    if form:
        take_form(builder, form)
    if customer.name and not is_mailer and not {"name", "first_name"} & set(builder.names):
        builder.names["name"] = customer.name


def _points_of(letter: _Letter, source: SourceView) -> TextPoints:
    """The points of the customer's own words; in a forward these are the forwarded ones."""
    own_phones = {e164(number, source.country) or number for number in source.own_numbers}
    forward = letter.customer.forwarded

    def points(text: str) -> TextPoints:
        return points_of_text(
            text, source.country, is_own_phone=own_phones.__contains__, is_own=letter.own.has
        )

    if forward is None:
        return points(letter.words.searched)
    theirs, around = points(unquoted(forward.text)), points(letter.words.searched)
    return TextPoints(
        theirs.phones,
        theirs.emails,
        (*theirs.mentioned_phones, *around.phones, *around.mentioned_phones),
        (*theirs.mentioned_emails, *around.emails, *around.mentioned_emails),
    )


def _ids_of(letter: _Letter) -> MailIds:
    headers, mail = letter.headers, letter.mail
    answers = _ID.findall(f"{headers.get('in-reply-to', '')} {headers.get('references', '')}")
    lines = (letter.line(name) for name in ("from", "to", "cc"))
    return MailIds(
        message_id=message_id_of(mail.message_id or headers.get("message-id")),
        answers=tuple(dict.fromkeys(answers))[-MOST_IDS:] if letter.words.is_reply else (),
        people=tuple(dict.fromkeys(box.address for line in lines for box in mailboxes(line))),
    )


def message_id_of(raw: str | None) -> str | None:
    """A mail's own id without its brackets."""
    match = _ID.search(raw[:1000]) if raw else None
    return match[1] if match else (raw or "").strip()[:400] or None


def spam_of(headers: Mapping[str, str]) -> Spam:
    """The verdict of the receiving server's filter."""
    if headers.get("x-spam-status", "").lower().startswith("yes"):
        return Spam(score=1.0, reasons=("x-spam-status",))
    return Spam()

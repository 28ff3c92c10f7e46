"""The inquiry of a mail: the customer's names and points, the words, the files and the ids.

Invariant: the company's own points are never a customer's.
"""

import re
from collections.abc import Iterable, Mapping

from services.intake.channels.parsing.draft import DraftBuilder, add_email, build
from services.intake.channels.parsing.mail_forms import take_form
from services.intake.channels.parsing.mail_headers import mailboxes
from services.intake.channels.parsing.mail_letter import Letter
from services.intake.channels.parsing.mail_points import TextPoints, points_of_text
from services.intake.channels.parsing.phones import e164
from services.intake.domain.mail_ids import MailIds
from services.intake.domain.quotes import unquoted
from services.intake.domain.requests import Draft, SourceView
from services.intake.domain.times import from_mail
from shared.contracts.inquiry import ContactDetails, Mentioned, Spam

MOST_IDS = 50  # earlier mails that one mail names as answered
_ID = re.compile(r"<([^<>\s]{1,400})>")


def draft_of(letter: Letter, source: SourceView) -> Draft:
    """The inquiry of a mail that a person wrote."""
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
    return draft.model_copy(update={"contact": _with_points(draft.contact, letter, source)})


def _with_points(contact: ContactDetails, letter: Letter, source: SourceView) -> ContactDetails:
    """The contact with the points of the words, those that are only mentioned apart."""
    own_phones = _own_phones(source)
    points = _points_of(letter, source, own_phones)
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
        "extensions": {
            phone: digits
            for phone, digits in {**points.extensions, **contact.extensions}.items()
            if phone in phones
        },
    }
    return contact.model_copy(update=update)


def _own_phones(source: SourceView) -> frozenset[str]:
    return frozenset(e164(number, source.country) or number for number in source.own_numbers)


def _beside(others: Iterable[str], values: Iterable[str]) -> tuple[str, ...]:
    others = set(others)
    return tuple(dict.fromkeys(value for value in values if value not in others))


def _take_customer(builder: DraftBuilder, letter: Letter) -> None:
    """Names and addresses: of the form that the mail is, and of who wrote it."""
    customer, form = letter.customer, letter.form
    lines = [*form.all_of("email"), *form.all_of("person")] if form else []
    addresses = [box.address for line in lines for box in mailboxes(line)]
    strangers = [one for one in addresses if not letter.own.has(one)]
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


def _points_of(letter: Letter, source: SourceView, own_phones: frozenset[str]) -> TextPoints:
    """The points of the customer's own words; in a forward these are the forwarded ones."""
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
        theirs.extensions,
    )


def ids_of(letter: Letter) -> MailIds:
    """By what the mail belongs to others; only a reply answers any."""
    headers, mail = letter.headers, letter.mail
    answers = _ID.findall(f"{headers.get('in-reply-to', '')} {headers.get('references', '')}")
    lines = (letter.line(name) for name in ("from", "to", "cc"))
    return MailIds(
        message_id=message_id_of(mail.message_id or headers.get("message-id")),
        sender=next((box.address for box in mailboxes(letter.line("from"))), None),
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

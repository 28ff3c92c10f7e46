"""A mail as it was delivered, and what is found out about it: who asks, and what is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.intake.channels.parsing import mail_senders
from services.intake.channels.parsing.mail_forms import MailForm, mail_form
from services.intake.channels.parsing.mail_headers import first_headers, mailboxes
from services.intake.channels.parsing.mail_senders import Customer, Own
from services.intake.channels.parsing.mail_text import MailWords, words_of
from services.intake.domain.mail_services import is_department, is_robot
from services.intake.domain.requests import SourceView
from shared.contracts.inquiry import Spam


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
    spam: Spam | None = None
    is_test: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with its headers by name, who is own in it, what it says, and who asks by it."""

    mail: Mail
    headers: Mapping[str, str]
    own: Own
    words: MailWords
    form: MailForm | None = None
    customer: Customer = field(default_factory=Customer)

    def line(self, name: str) -> str | None:
        """What the provider says, else the header."""
        member = "sender" if name == "from" else name.replace("-", "_")
        value: str | None = getattr(self.mail, member)
        return value if value is not None and value.strip() else self.headers.get(name)


def letter_of(mail: Mail, source: SourceView) -> Letter:
    """The mail with everything that is found out about it before an inquiry is made of it."""
    headers = first_headers(mail.headers)
    bare = Letter(mail, headers, Own(), MailWords())
    sender, reply_to = bare.line("from"), bare.line("reply-to")
    sent_from = next((box.address for box in mailboxes(sender)), "")
    own = mail_senders.own_of(
        source,
        headers,
        recipients=mail.recipients,
        to=bare.line("to"),
        cc=bare.line("cc"),
        sender=sent_from,
    )
    words = words_of(
        bare.line("subject"),
        headers,
        plain=mail.plain,
        html=mail.html,
        stripped=mail.stripped,
        from_own=own.has(sent_from) and not (is_robot(sent_from) or is_department(sent_from)),
    )
    customer = mail_senders.customer_of(
        headers, own, sender=sender, reply_to=reply_to, forwards=words.forwards
    )
    question = words.forwards[-1].text if words.forwards else words.text or ""
    form = None if words.is_reply else mail_form(question, by_site=not customer.is_sender)
    return Letter(mail, headers, own, words, form, customer)

"""Mischief against what is found out about a mail: who asks by it, what it says, its points."""

from uuid import UUID

from services.intake.channels.parsing import (
    mail,
    mail_draft,
    mail_forms,
    mail_headers,
    mail_letter,
    mail_points,
    mail_senders,
    mail_text,
)
from services.intake.channels.parsing.mail import Mail
from services.intake.domain import header_blocks, mail_filter, mail_services, mail_words
from services.intake.domain.requests import SourceView
from tests.attacks.reading.mails import FROM, MARKUP
from tests.attacks.reading.row import Hostile, Row, between, every, flood, numbered, rows
from tests.attacks.reading.words import TEXTS

VIEW = SourceView(source_id=UUID(int=1), key="site-1", adapter="postmark")
LINES: dict[str, Hostile] = {
    **TEXTS,
    "labels": flood("Имя: a\n"),
    "labels without values": flood("Имя:\n"),
    "long labels": flood("а" * 60 + "\n"),
    "colons": flood("a:"),
    "headers of a forward": flood(
        "---------- Forwarded message ---------\nFrom: A <a@b.example>\n"
    ),
    "headers out of order": flood("To: a\nFrom: b\nDate: c\n"),
    "header names": flood("From: a\nSubject: "),
    "wrapped headers": flood("From: a\nb\nc\nd\n"),
    "announcements without end": flood("On 1 May 2020 at 10:10 "),
    "announcements that are wrapped": flood("On 1 May 2020 at 10:10\n"),
    "verbs": flood("пишет "),
    "labels of dealers": between("<adf>", "<name part="),
    "names of dealers": between("<adf>", "<name part='first'>a</name>"),
    "vendors": between("<adf>", "<vendor>"),
    "comments of dealers": between("<adf>", "<comments><![CDATA["),
    "introduced phones": flood("мой телефон 8 916 010-20-53, "),
    "orders": flood("заказ № "),
    "requisites": flood("ИНН 770123456 "),
    "dots of addresses": flood("a."),
    "closings": flood("С уважением,\n"),
    "dates": flood("02.10.2026 10:15 "),
    "digits and blanks": flood("1 "),
}


def _letter(text: str) -> Mail:
    return Mail(sender="Инна <inna@client.example>", plain=text, subject="Re: x")


def _read(made: Mail) -> object:
    return mail.mail_content(made, VIEW)


def _headers(hostile: Hostile) -> Hostile:
    names = ("precedence", "list-post", "list-id", "auto-submitted", "x-autoreply", "content-type")
    return lambda size: dict.fromkeys(names, hostile(size // len(names)))


def _refuse(headers: dict[str, str]) -> object:
    return mail_filter.refusal(
        headers,
        level="usual",
        sender="a" * 1000,
        sender_name="a",
        subject=headers["precedence"],
        envelope_from=None,
        is_own=lambda _address: False,
        is_inquiry=False,
    )


def _customer(line: str) -> object:
    return mail_senders.customer_of(
        {"x-original-from": line}, mail_senders.Own(), sender=line, reply_to=line
    )


def _points(text: str) -> object:
    return mail_points.points_of_text(
        text, "RU", is_own_phone=lambda _number: False, is_own=lambda _address: False
    )


WORDS_OF_HEADERS: dict[str, Hostile] = {
    "encoded words": flood("=?utf-8?q?x?= "),
    "encoded words without end": flood("=?a?q?x"),
    "questions": flood("=?"),
    "of base64": flood("=?utf-8?b?0Y8=?="),
    "of many charsets": numbered("=?cp{}?q?x?="),
}


LETTERS: tuple[Row, ...] = (
    *rows(mail_filter.refusal, {name: _headers(TEXTS[name]) for name in TEXTS}, read=_refuse),
    *rows(mail.mail_content, LINES, read=lambda text: _read(_letter(text))),
    *rows(
        mail.mail_content,
        {
            "HTML": lambda n: Mail(html=MARKUP["quotes beside quotes"](n)),
            "references": lambda n: Mail(headers=(("References", "<a@b> " * (n // 6)),)),
            "recipients": lambda n: Mail(to="a@b.example, " * (n // 13)),
            "senders": lambda n: Mail(sender="a <a@b.example>, " * (n // 17)),
        },
        read=_read,
        name="mail.mail_content of other members",
    ),
    *rows(
        mail.mail_contents,
        {"mails": lambda n: [Mail(plain="a")] * (n // 1000)},
        read=lambda mails: mail.mail_contents(mails, VIEW),
    ),
    *rows(mail_draft.message_id_of, TEXTS),
    *rows(
        mail_draft.spam_of,
        {"blanks": flood(" ")},
        read=lambda text: mail_draft.spam_of({"x-spam-status": text}),
    ),
    *rows(
        mail_letter.letter_of,
        every(4, LINES),
        read=lambda text: mail_letter.letter_of(_letter(text), VIEW),
    ),
    *rows(mail_headers.mailboxes, FROM),
    *rows(mail_headers.decoded, {**TEXTS, **WORDS_OF_HEADERS}),
    *rows(mail_text.is_visible, {**TEXTS, "invisible": flood("\u200b")}),
    *rows(
        mail_text.words_of,
        every(4, LINES),
        read=lambda text: mail_text.words_of("Fwd: x", {}, plain=text, html=None, stripped=None),
    ),
    *rows(mail_forms.mail_form, LINES, read=lambda text: mail_forms.mail_form(text, by_site=True)),
    *rows(mail_points.points_of_text, LINES, read=_points),
    *rows(mail_senders.customer_of, FROM, read=_customer),
    *rows(
        mail_senders.human_reply_to,
        FROM,
        read=lambda line: mail_senders.human_reply_to(
            mail_senders.Own(), sender=line, reply_to=line
        ),
    ),
    *rows(
        mail_senders.own_of,
        FROM,
        read=lambda line: mail_senders.own_of(
            VIEW, {"delivered-to": line}, recipients=(line,), to=line, cc=line, sender="a@b.example"
        ),
    ),
    *rows(
        mail_senders.delivered_to,
        FROM,
        read=lambda line: mail_senders.delivered_to(VIEW, {"delivered-to": line}, [line]),
    ),
    *rows(
        header_blocks.header_block, LINES, read=lambda text: header_blocks.header_block([text], 0)
    ),
    *rows(
        header_blocks.forwarded_mails,
        LINES,
        read=lambda text: header_blocks.forwarded_mails(text, is_forward=True),
    ),
    *rows(mail_words.subject_kind, {**TEXTS, "prefixes": flood("Re: "), "tags": flood("[a] ")}),
    *rows(mail_services.is_robot, FROM),
    *rows(mail_services.is_department, FROM),
    *rows(mail_services.unwrapped, {**FROM, "SRS": flood("SRS0=a=b=c=")}),
    *rows(
        mail_services.person_of, {**FROM, "behalf": flood("on behalf of "), "via": flood(" via a")}
    ),
)

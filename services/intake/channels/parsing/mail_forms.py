"""Mails that are forms: `label: value` lines of a site's notification, and ADF, the XML of dealers.

Invariant: the lines are read beside the text, which keeps every one of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

from services.intake.channels.parsing.draft import DraftBuilder, add
from services.intake.channels.parsing.mail_headers import mailboxes
from services.intake.domain.labels import folded, meaning

MAX_LINES = 500  # lines of a mail that are read as labels and values
_LINE = re.compile(
    r"\s{0,20}(?:[•*·–-]\s)?\*{0,2}([^\W\d_][^:：\t=*\n]{0,60}?)\s{0,5}\*{0,2}\s{0,5}"
    r"(?:[:：=]|\t)[ \t]{0,20}\*{0,2}[ \t]{0,20}(.{0,4000})"
)
_IN_ONE_LINE = re.compile(r"[,;|]\s{1,3}(?=[^\W\d_][^:,;|\n]{1,30}:)")
# What notifications call the person beside the labels of forms.
_SENSES: Final[Mapping[str, str]] = {
    folded(label): sense
    for sense, labels in {
        "person": ("от", "от кого", "from", "отправитель", "sender", "клиент", "заказчик",
                   "customer", "client", "посетитель", "пользователь", "покупатель", "visitor",
                   "контактное лицо", "contact", "contact name", "имя клиента", "имя отправителя",
                   "имя посетителя", "customer name", "client name", "від", "клієнт", "ім'я",
                   "name", "nom", "nombre", "nome", "imię", "kunde", "isim", "ad soyad",
                   "imię i nazwisko", "nom complet", "vorname und name", "автор"),
        "phone": ("тел", "моб", "моб тел", "мобильный", "сотовый", "телефон клиента",
                  "телефон отправителя", "номер", "контактный номер", "whatsapp", "вотсап", "viber",
                  "telefon", "handy", "telefonnummer", "téléphone", "teléfono", "telefono", "cep",
                  "telefon numarası", "номер телефону", "cell", "cell phone", "customer phone"),
        "email": ("mail", "мейл", "имейл", "e mail клиента", "email клиента", "эл почта",
                  "электронный адрес", "пошта", "електронна пошта", "courriel", "correo",
                  "correo electrónico", "posta", "e-posta", "customer email", "client email",
                  "reply to", "replyto"),
        "text": ("текст", "текст сообщения", "текст заявки", "повідомлення", "nachricht",
                 "mensaje", "messaggio", "wiadomość", "mesaj", "your message", "запрос", "заявка",
                 "коментар", "bemerkung", "пожелания", "описание", "enquiry", "inquiry"),
    }.items()
    for label in labels
}  # fmt: skip
# Lines of a header block and of the machine; they say nothing about what the person wants.
_UNASKED: Final = frozenset(map(folded, ("кому", "to", "копия", "cc", "http", "https", "ftp")))
_PERSON = ("name", "person", "first_name", "last_name")
_LEAST_LINES = 3
_ADF = re.compile(r"<\?adf\b|<adf[\s>]", re.IGNORECASE)
_ADF_VALUE = re.compile(
    r"<(name|phone|email|comments|year|make|model|stock|vin|trim|city|street|requestdate|id)\b"
    r"([^<>]{0,300})>(?:\s*<!\[CDATA\[)?([^<]{0,4000})",
    re.IGNORECASE,
)
_ADF_NOT_ASKED = re.compile(r"<(vendor|provider)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_ADF_PART = re.compile(r"part\s*=\s*[\"'](\w{1,20})", re.IGNORECASE)
_ADF_SENSES: Final = {"phone": "phone", "email": "email", "comments": "text"}
_ADF_NAMES: Final = {"first": "first_name", "last": "last_name", "middle": "middle_name"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One labelled value; `sense` is its meaning, None for a field of the form's own."""

    label: str
    value: str
    sense: str | None


@dataclass(frozen=True, slots=True)
class MailForm:
    answers: tuple[Answer, ...]
    is_adf: bool = False

    def all_of(self, sense: str) -> list[str]:
        return [answer.value for answer in self.answers if answer.sense == sense]


def mail_form(text: str, *, by_site: bool) -> MailForm | None:
    """The form that a mail is, if it is one. `by_site`: the mail is not from the person's address,
    so a single labelled point is enough; else a name or message and a point must be labelled.
    """
    is_adf = bool(_ADF.search(text[:2_000]))
    answers = tuple(_adf(text) if is_adf else _labelled(text))
    senses = {answer.sense for answer in answers}
    has_point = not senses.isdisjoint({"phone", "email"})
    has_person = not senses.isdisjoint({*_PERSON, "text"})
    if is_adf:
        return MailForm(answers, is_adf=True)
    if by_site:
        is_form = has_point or (has_person and len(answers) > 1)
    else:
        is_form = has_point and has_person and len(answers) >= _LEAST_LINES
    return MailForm(answers) if is_form else None


def _labelled(text: str) -> Iterator[Answer]:
    """The lines that are a label and a value; a value may stand on the line below its label."""
    lines = [
        part
        for line in text.split("\n", MAX_LINES)[:MAX_LINES]
        for part in _parts_of(line)
        if part.strip()
    ]
    value_line = -1
    for number, line in enumerate(lines):
        match = _LINE.fullmatch(line[:4_200]) if number > value_line else None
        if match is None or folded(match[1]) in _UNASKED or match[2].startswith("//"):
            continue
        label, value = match[1].strip(), match[2].strip().strip("*").strip()
        sense = _SENSES.get(folded(label)) or meaning(label)
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if not value and sense and below and not _LINE.fullmatch(below[:4_200]):
            value, value_line = below.strip()[:4_000], number + 1
        if value:
            yield Answer(label, value, sense)


def _parts_of(line: str) -> list[str]:
    """The line, or its labelled pieces when several stand in it."""
    pieces = _IN_ONE_LINE.split(line[:4_200])
    labels = [piece.partition(":")[0] for piece in pieces]
    is_several = len(pieces) > 1 and all(_SENSES.get(folded(one)) or meaning(one) for one in labels)
    return pieces if is_several else [line]


def _adf(text: str) -> Iterator[Answer]:
    """The prospect's values of an ADF document, which is often no XML that a parser would take."""
    for tag, attributes, raw in _ADF_VALUE.findall(_ADF_NOT_ASKED.sub("", text)):
        name = tag.lower()
        value = unescape(raw.strip().removesuffix("]]>").strip())
        if not value:
            continue
        if name == "name":
            part = _ADF_PART.search(attributes)
            sense: str | None = _ADF_NAMES.get(part[1].lower() if part else "", "name")
        else:
            sense = _ADF_SENSES.get(name)
        yield Answer(name, value, sense)


def take_form(builder: DraftBuilder, form: MailForm) -> None:
    """Add the answers of a form; the text of the mail holds its message already."""
    for answer in form.answers:
        if answer.sense == "text":
            continue
        if answer.sense != "person":
            add(builder, answer.label, answer.value, kind=answer.sense)
            continue
        boxes = mailboxes(answer.value)
        for box in boxes[:1]:
            add(builder, answer.label, box.address, kind="email")
        name = boxes[0].name if boxes else answer.value
        if name and "name" not in builder.names:
            add(builder, answer.label, name, kind="name")

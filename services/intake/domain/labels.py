"""The label table: which words above a form field mean a name, a phone, an e-mail or a text.

A label is compared as a whole, without case, punctuation and a trailing `_2` or `-2`, then by its
last part, as that of `contact[phone]` or `customerPhone`.
"""

import operator
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from services.intake.domain import label_parts

_TABLE: Final[Mapping[str, str]] = {
    "name": "name, full name, contact name, contact person, first and last name, name surname, "
    "имя, полное имя, фио, ф.и.о., имя фамилия, имя и фамилия, фамилия имя, фамилия и имя, "
    "фамилия имя отчество, имя отчество, имя и отчество, контактное лицо, как вас зовут, "
    "как к вам обращаться, как вас называть, представьтесь, имя клиента, ім'я, піб, як вас звати",
    "first_name": "first name, given name, fname",
    "last_name": "last name, surname, family name, lname, фамилия, прізвище",
    "middle_name": "middle name, patronymic, отчество, по батькові",
    "company": "company, company name, organization, organisation, organization name, "
    "name of company, компания, название компании, наименование компании, организация, "
    "название организации, наименование организации, компанія",
    "phone": "phone, phones, phone number, phone numbers, phone no, tel, tel no, tel number, "
    "telephone, telephone number, telephone no, telefon, mobile, mobile number, mobile no, "
    "mobile phone, mobile phone number, mobile tel, mob, cell, cell phone, cell number, cellphone, "
    "cell phone number, contact number, contact phone, contact phone number, contact tel, "
    "contact telephone, daytime phone, home phone, personal phone, work phone, whatsapp, "
    "whatsapp number, phone whatsapp, телефон, телефоны, тел, тел номер, номер тел, "
    "номер телефона, телефонный номер, номер вашего телефона, контактный телефон, "
    "контактный номер, контактный номер телефона, контактные телефоны, мобильный, "
    "мобильный телефон, мобильный номер, номер мобильного, номер мобильного телефона, моб, "
    "моб тел, моб телефон, сотовый, сотовый телефон, номер сотового, номер сотового телефона, "
    "рабочий телефон, личный телефон, домашний телефон, телефон клиента, телефон whatsapp, "
    "номер whatsapp, номер для связи, ваш номер, номер телефону, мобільний, мобільний телефон, "
    "контактний телефон",
    "email": "email, emails, e-mail, mail, e-mails, email address, e-mail address, mail address, "
    "work e-mail, business email, personal email, contact email, email id, почта, "
    "электронная почта, эл почта, e-mail почта, адрес электронной почты, адрес эл почты, "
    "электронный адрес, эл адрес, адрес почты, рабочая почта, личная почта, имейл, имэйл, емейл, "
    "емайл, емаил, мейл, почта e-mail, пошта, електронна пошта, e-mail клиента, почта клиента",
    "point": "phone or email, email or phone, phone email, email phone, phone or e-mail address, "
    "email or phone number, phone number or email, телефон или email, email или телефон, "
    "телефон или почта, почта или телефон, телефон или e-mail адрес, телефон почта, телефон email, "
    "email телефон, телефон или электронная почта, номер телефона или email, "
    "email или номер телефона, телефон или адрес электронной почты",
    "text": "comment, comments, message, messages, text, question, questions, inquiry, enquiry, "
    "message text, comment or message, how can we help, how can we help you, "
    "questions or comments, comments or questions, сообщение, комментарий, комментарии, вопрос, "
    "вопросы, текст, текст сообщения, текст вопроса, сообщение или вопрос, примечание, пожелания, "
    "вопрос или комментарий, комментарий к заявке, комментарий к заказу, повідомлення, коментар, "
    "питання",
}

_CAMPAIGN: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
CLICK_IDS: Final = (
    "gclid",
    "gbraid",
    "wbraid",
    "yclid",
    "ymclid",
    "fbclid",
    "msclkid",
    "ttclid",
    "rb_clickid",
)

# Behind the label of what a sender said before saying something else under the same label.
EARLIER: Final = " (earlier)"
_LONGEST_ASKED = 80
_SUFFIX = re.compile(r"[_-]\d{1,4}$")
# How a form asks for the same thing in a sentence; only ever removed from its ends.
_ASKING = re.compile(
    r"^(?:what(?:s|is)|please)?(?:enter|provide|type|leave|укажите|введите|оставьте|напишите|впишите|"
    r"вкажіть|введіть)?(?:the|your|my|ваши|ваше|ваша|вашу|вашего|ваш|свое|свой|свою|мой|мое|"
    r"моя|твое|твой|твоя)?"
)
_ENDING = re.compile(
    r"(?:required|optional|mandatory|обязательно(?:еполе)?|необязательно(?:еполе)?|"
    r"для(?:обратной)?связи(?:свами)?|дляобратногозвонка|длязвонка|длязвязку|покоторомусвами\w*|"
    r"forcontact|tocontactyou|tocallyou)$"
)
_COOKIE_LABELS: Final = frozenset(
    {"cookie", "cookies", "rawcookies", "setcookie", "httpcookie", "documentcookie"}
)
_COOKIE_VALUE = re.compile(r"[^\s=;]{1,100}=[^;]*")


def folded(label: str) -> str:
    """A label reduced to its letters and digits: lower case, ё as е, no numbered suffix."""
    short = unicodedata.normalize("NFKC", label[:200]).strip().casefold().replace("ё", "е")
    return "".join(sign for sign in _SUFFIX.sub("", short) if sign.isalnum())


_MEANINGS: Final[Mapping[str, str]] = {
    **{folded(label): sense for sense, labels in _TABLE.items() for label in labels.split(", ")},
    **{folded(label): label for label in (*_CAMPAIGN, *CLICK_IDS)},
}


def meaning(label: str) -> str | None:
    """What a label stands for: name, phone, email, text, utm_source, gclid … or None.

    `point` is a phone or an e-mail, as the sender likes.
    """
    return _known_meaning(label) if len(label) <= _LONGEST_ASKED else _meaning(label)


@lru_cache(maxsize=1024)  # a site asks for the same things again and again
def _known_meaning(label: str) -> str | None:
    return _meaning(label)


def _meaning(label: str) -> str | None:
    plain = folded(label)
    sense = _MEANINGS.get(plain)
    if sense is None and len(plain) <= _LONGEST_ASKED:
        sense = _MEANINGS.get(_ENDING.sub("", _ASKING.sub("", plain)))
    return sense or label_parts.meaning(label, _MEANINGS)


def is_cookie(label: str, value: Any = None) -> bool:
    """Whether a field carries the visitor's cookies, which are foreign secrets."""
    plain = folded(label)
    if plain in _COOKIE_LABELS:
        return True
    return "cookie" in plain and isinstance(value, str) and bool(_COOKIE_VALUE.match(value))


def without_cookies(value: Any) -> Any:
    """A JSON value with every cookie field left out, at any depth; itself when there is none."""
    if isinstance(value, dict):
        items = {
            key: without_cookies(item)
            for key, item in value.items()
            if not is_cookie(str(key), item)
        }
        same = len(items) == len(value) and all(items[key] is value[key] for key in items)
        return value if same else items
    if isinstance(value, list):
        values = [without_cookies(item) for item in value]
        return values if any(map(operator.is_not, values, value)) else value
    return value

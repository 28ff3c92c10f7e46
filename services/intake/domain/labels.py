"""The label table: which words above a form field mean a name, a phone, an e-mail or a text.

A label is compared as a whole, without case, punctuation and a trailing `_2` or `-2`.
"""

import operator
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

_TABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "name": (
        "name",
        "full name",
        "имя",
        "полное имя",
        "фио",
        "ф.и.о.",
        "как вас зовут",
        "как к вам обращаться",
    ),
    "first_name": ("first name", "given name"),
    "last_name": ("last name", "surname", "family name", "фамилия"),
    "middle_name": ("middle name", "patronymic", "отчество"),
    "company": (
        "company",
        "company name",
        "organization",
        "organisation",
        "компания",
        "название компании",
        "организация",
    ),
    "phone": (
        "phone",
        "phones",
        "phone number",
        "tel",
        "telephone",
        "mobile",
        "mobile number",
        "mobile phone",
        "телефон",
        "номер телефона",
        "контактный телефон",
        "мобильный телефон",
    ),
    "email": (
        "email",
        "emails",
        "e-mail",
        "email address",
        "work e-mail",
        "почта",
        "электронная почта",
        "адрес электронной почты",
    ),
    "text": (
        "comment",
        "comments",
        "message",
        "text",
        "сообщение",
        "комментарий",
        "комментарии",
        "вопрос",
    ),
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

_SUFFIX = re.compile(r"[_-]\d{1,4}$")
# How a form asks for the same thing in a sentence; only ever removed from the front.
_ASKING = re.compile(
    r"^(?:whats|whatis|pleaseenter|enter|укажите|введите)?(?:your|ваше|ваша|вашу|ваш|свое|свой)?"
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
    **{folded(label): meaning for meaning, labels in _TABLE.items() for label in labels},
    **{folded(label): label for label in (*_CAMPAIGN, *CLICK_IDS)},
}


def meaning(label: str) -> str | None:
    """What a label stands for: name, phone, email, text, utm_source, gclid … or None."""
    plain = folded(label)
    sense = _MEANINGS.get(plain)
    if sense is None and len(plain) <= 80:
        sense = _MEANINGS.get(_ASKING.sub("", plain))
    return sense


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

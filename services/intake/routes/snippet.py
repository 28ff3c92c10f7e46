"""The form that a site's owner copies into a page, with the script that tells where people came
from. It depends on nothing and is kept on the owner's page: no foreign script runs there.
"""

import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Final, Literal

from services.intake.channels.forms.html_form import CHANNEL, HONEYPOT
from services.intake.repository.sources import SourceRow
from shared.errors import InvalidError

Language = Literal["ru", "en"]
_PLACE = re.compile("%([A-Z_]+)%")
_WORDS: Final = {
    "ru": {
        "TITLE": "форма заявки, её можно менять",
        "NAME": "Имя",
        "PHONE": "Телефон",
        "EMAIL": "Почта",
        "MESSAGE": "Сообщение",
        "CONSENT": "Согласен на обработку персональных данных",
        "TRAP_LABEL": "Не заполняйте это поле",
        "SEND": "Отправить",
        "THANKS": "Спасибо! Мы получили вашу заявку и скоро свяжемся с вами.",
    },
    "en": {
        "TITLE": "a form that you may change",
        "NAME": "Name",
        "PHONE": "Phone",
        "EMAIL": "E-mail",
        "MESSAGE": "Message",
        "CONSENT": "I agree to the processing of my personal data",
        "TRAP_LABEL": "Leave this empty",
        "SEND": "Send",
        "THANKS": "Thank you! We have received your request and will get in touch with you soon.",
    },
}


def snippet(row: SourceRow, language: Language, *, hook_url: str) -> str:
    """HTML that posts to the source. Raises InvalidError for a source of another kind."""
    if row.adapter != CHANNEL.name:
        raise InvalidError(f"Only a source of the adapter {CHANNEL.name} has a form to copy.")
    words = {
        **_WORDS[language],
        "ACTION": hook_url,
        "TRAP": str(row.options.get("honeypot") or HONEYPOT),
        "CONSENT_VERSION": row.consent_text_version or "",
    }
    return _PLACE.sub(lambda place: escape(words[place.group(1)]), _template())


@cache
def _template() -> str:
    return Path(__file__).with_name("snippet.html").read_text("utf-8")

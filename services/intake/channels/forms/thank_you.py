"""The page that thanks for a form, for browsers without JavaScript, in Russian or English."""

import base64
import hashlib
from typing import Final

from services.intake.domain.requests import Answer
from shared.languages import preferred

_STYLE: Final = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;min-height:100vh;display:flex;"
    "align-items:center;justify-content:center;background:#f4f6f8;color:#1c2733}"
    "main{max-width:28rem;margin:1rem;padding:2.5rem;background:#fff;border-radius:1rem;"
    "box-shadow:0 1px 3px #0002;text-align:center}"
    "h1{margin:0 0 .5rem;font-size:1.75rem}p{margin:.5rem 0 0;text-wrap:balance}"
    "b{font-size:2.5rem;color:#1a7f4b}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = (
    ("Content-Security-Policy", f"default-src 'none'; style-src 'sha256-{_HASH}'"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
_WORDS: Final = {
    "ru": (
        "Заявка принята",
        "Спасибо!",
        "Мы получили вашу заявку и скоро свяжемся с вами.",
        "Эту страницу можно закрыть.",
    ),
    "en": (
        "Request received",
        "Thank you!",
        "We have received your request and will get in touch with you soon.",
        "You may close this page.",
    ),
}


def language_of(accepted: str, *, country: str) -> str:
    """`ru` or `en`, whichever the reader prefers of an Accept-Language header.

    A reader who names none reads what is usual in the country.
    """
    language = preferred(accepted)
    if language is not None:
        return language
    return "en" if accepted.strip() or country != "RU" else "ru"


def thank_you(language: str) -> Answer:
    title, heading, words, end = _WORDS[language]
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f'<body><main><b aria-hidden="true">✓</b><h1>{heading}</h1><p>{words}</p><p>{end}</p>'
        "</main></body></html>"
    )
    return Answer(200, page.encode(), "text/html; charset=utf-8", _HEADERS)

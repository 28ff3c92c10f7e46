"""The page that thanks for a form, for browsers without JavaScript, in Russian or English."""

import base64
import hashlib
import re
from typing import Final

from services.intake.domain.requests import Answer

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
_LANGUAGE = re.compile(r"\s*([a-z]{2,3})(?:-[a-z0-9-]{1,30})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")
_MOST_LANGUAGES = 20


def language_of(accepted: str, *, country: str) -> str:
    """`ru` or `en`, whichever the reader prefers of an Accept-Language header.

    A reader who names none reads what is usual in the country.
    """
    ranks: dict[str, float] = {}
    for piece in accepted.lower().split(",", _MOST_LANGUAGES)[:_MOST_LANGUAGES]:
        match = _LANGUAGE.fullmatch(piece)
        if match is not None and match.group(1) in _WORDS:
            ranks.setdefault(match.group(1), float(match.group(2) or 1))
    if ranks:
        return max(ranks, key=lambda language: ranks[language])
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

"""What of a stored request may be shown to people: foreign cookies and secrets become `***`.
Its law: the stored bytes stay whole; masking makes a copy, and masks too much when in doubt.
"""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus

from services.intake.domain.labels import folded, is_cookie

MASK: Final = "***"
_SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SECRET_HEADER = re.compile(r"signature|token|secret|password|api-?key", re.IGNORECASE)
_SECRET_FIELDS: Final = frozenset(
    {"apikey", "vpbxapikey", "sign", "signature", "token", "secret", "password", "accesstoken"}
)
_COOKIE_LINE = re.compile(
    r"""(cookies?["']?\s*[:=]\s*)(?:"(?:[^"\\\n]|\\.)*"?|[^&\r\n]+)""", re.IGNORECASE
)
_COOKIE_PART = re.compile(
    r"""(name="?[^"\r\n]{0,100}cookies?"?[^\r\n]{0,300}\r?\n(?:[^\r\n]{1,300}\r?\n){0,5}\r?\n)[^\r\n]*""",
    re.IGNORECASE,
)
_FORM = re.compile(r"\A\s*[^\s=&{}<>]{1,300}=")


def mask_headers(
    headers: Iterable[tuple[str, str]], *, secrets: Collection[str]
) -> list[tuple[str, str]]:
    """Headers with proofs and cookies hidden, and every value that holds a known secret."""
    return [
        (name, MASK if _hides(name) else mask_text(value, secrets=secrets))
        for name, value in headers
    ]


def mask_text(text: str, *, secrets: Collection[str]) -> str:
    """A text in which each known secret, plain or percent-encoded, is `***`."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        for form in _spellings(secret):
            text = text.replace(form, MASK)
    return text


def _spellings(secret: str) -> Iterable[str]:
    """The secret plain, percent-encoded and as it stands inside a JSON string."""
    within_json = json.dumps(secret, ensure_ascii=False)[1:-1]
    return dict.fromkeys((secret, quote(secret, safe=""), quote_plus(secret), within_json))


def mask_query(query: str, *, secrets: Collection[str]) -> str:
    return mask_text(_masked_pairs(query, secrets), secrets=secrets)


def mask_body(body: bytes, *, secrets: Collection[str]) -> str:
    """The body as text with cookies and secrets hidden, whatever notation it uses.

    JSON is masked by its keys, a form by its names; what is neither is masked by patterns.
    """
    text = body.decode("utf-8", "replace")
    opening = text.lstrip("\ufeff \t\r\n")[:1]
    if opening in {"{", "["}:
        try:
            masked = json.dumps(_masked_value(json.loads(text)), ensure_ascii=False)
        except (ValueError, RecursionError):
            masked = _masked_by_pattern(text)
    elif _FORM.match(text):
        masked = _masked_pairs(text, secrets)
    else:
        masked = _masked_by_pattern(text)
    return mask_text(masked, secrets=secrets)


def _hides(name: str) -> bool:
    lower = name.lower()
    return lower in _SECRET_HEADERS or bool(_SECRET_HEADER.search(lower))


def _masked_value(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if _is_private(str(key), item) else _masked_value(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked_value(item) for item in value]
    return value


def _masked_pairs(text: str, secrets: Collection[str]) -> str:
    pieces = []
    for piece in text.split("&"):
        name, equals, value = piece.partition("=")
        plain = unquote_plus(value)
        private = _is_private(unquote_plus(name), plain) or any(
            secret in plain for secret in secrets if secret
        )
        pieces.append(f"{name}={MASK}" if equals and private else piece)
    return "&".join(pieces)


def _masked_by_pattern(text: str) -> str:
    return _COOKIE_PART.sub(rf"\1{MASK}", _COOKIE_LINE.sub(rf"\1{MASK}", text))


def _is_private(label: str, value: Any) -> bool:
    return folded(label) in _SECRET_FIELDS or is_cookie(label, value)

"""What of a request and of an inquiry nobody is shown: secrets, and the visitor's cookies.

What is masked are the values of what was taken apart, each by what it says in any decoding; what
cannot be taken apart cannot be masked, and is not shown.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote, urlencode

from services.intake.domain.labels import folded, is_cookie
from services.intake.domain.withheld import Withheld

MASK: Final = "********"
_SECRET_HEADER = re.compile(r"cookie|auth|sign|token|secret|key|password", re.IGNORECASE)
_SECRET_FIELDS: Final = frozenset(
    {
        "accesstoken",
        "apikey",
        "apisalt",
        "authorization",
        "password",
        "secret",
        "sign",
        "signature",
        "token",
        "vpbxapikey",
    }
)


def masked_text(text: str, secrets: Withheld) -> str:
    """The text with each secret replaced; all of it where a secret is written in some encoding."""
    if not secrets.found_in(text):
        return text
    for secret in secrets.plain:
        for spelling in dict.fromkeys((secret, quote(secret, safe=""))):
            text = text.replace(spelling, MASK)
    return MASK if secrets.found_in(text) else text


def masked_tree(value: Any, secrets: Withheld) -> Any:
    """A JSON value without cookies, with secrets masked by their names and wherever they stand."""
    if isinstance(value, dict):
        return _masked_object(value, secrets)
    if isinstance(value, list):
        return [masked_tree(item, secrets) for item in value]
    if isinstance(value, str):
        return _masked_words(value, secrets)
    if isinstance(value, bool) or value is None:
        return value
    return MASK if secrets.found_in(str(value)) else value


def _masked_object(value: Mapping[str, Any], secrets: Withheld) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for label, item in value.items():
        if is_cookie(str(label), item):
            continue
        name = _unused(masked_text(str(label), secrets), masked)
        masked[name] = MASK if folded(str(label)) in _SECRET_FIELDS else masked_tree(item, secrets)
    return masked


def _unused(name: str, taken: Mapping[str, Any]) -> str:
    """Two names that are masked alike stay two members."""
    number = 1
    unused = name
    while unused in taken:
        number += 1
        unused = f"{name} {number}"
    return unused


def _masked_words(text: str, secrets: Withheld) -> str:
    """Some senders put a whole document into one field: it is masked as a document."""
    if text.lstrip()[:1] in {"{", "["}:
        with suppress(ValueError, RecursionError):  # it may only begin like one
            text = json.dumps(masked_tree(json.loads(text), secrets), ensure_ascii=False)
    return masked_text(text, secrets)


def masked_headers(headers: Iterable[tuple[str, str]], secrets: Withheld) -> dict[str, str]:
    """Headers with proofs and cookies hidden, and every value that holds a secret masked."""
    return {
        masked_text(name, secrets): MASK
        if _SECRET_HEADER.search(name)
        else masked_text(value, secrets)
        for name, value in headers
    }


def masked_query(pairs: Iterable[tuple[str, str]], secrets: Withheld) -> str:
    """The pairs of a query as a query again; the mask itself is left readable."""
    masked = []
    for name, value in pairs:
        hidden = folded(name) in _SECRET_FIELDS or is_cookie(name, value)
        masked.append(
            (masked_text(name, secrets), MASK if hidden else _masked_words(value, secrets))
        )
    return urlencode(masked, safe="*")

"""Masking of secrets and visitors' cookies in requests and inquiries.

Invariant: only parsed values are masked, each in all its decodings. A request that cannot be parsed
cannot be masked and must not be shown.
"""

import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote, urlencode

from services.intake.domain.labels import folded, is_cookie
from services.intake.domain.secret_search import SecretSet

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


def masked_text(text: str, secrets: SecretSet) -> str:
    """The text with each secret replaced; the whole text if a secret stands in it encoded."""
    if not secrets.found_in(text):
        return text
    for secret in secrets.plain:
        for spelling in dict.fromkeys((secret, quote(secret, safe=""))):
            text = text.replace(spelling, MASK)
    return MASK if secrets.found_in(text) else text


def masked_tree(value: Any, secrets: SecretSet) -> Any:
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


def _masked_object(value: Mapping[str, Any], secrets: SecretSet) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for label, item in value.items():
        if is_cookie(str(label), item):
            continue
        name = _unused(masked_text(str(label), secrets), members)
        members[name] = MASK if folded(str(label)) in _SECRET_FIELDS else masked_tree(item, secrets)
    return members


def _unused(name: str, members: Mapping[str, Any]) -> str:
    """A name that is not among the members: two names that are masked alike stay two members."""
    number = 1
    candidate = name
    while candidate in members:
        number += 1
        candidate = f"{name} {number}"
    return candidate


def _masked_words(text: str, secrets: SecretSet) -> str:
    if text.lstrip()[:1] in {"{", "["}:  # some senders put a whole JSON document into one field
        with suppress(ValueError, RecursionError):  # it may only begin like JSON
            text = json.dumps(masked_tree(json.loads(text), secrets), ensure_ascii=False)
    return masked_text(text, secrets)


def masked_headers(headers: Iterable[tuple[str, str]], secrets: SecretSet) -> dict[str, str]:
    """Headers with proofs and cookies hidden, and every value that holds a secret masked."""
    return {
        masked_text(name, secrets): MASK
        if _SECRET_HEADER.search(name)
        else masked_text(value, secrets)
        for name, value in headers
    }


def masked_query(pairs: Iterable[tuple[str, str]], secrets: SecretSet) -> str:
    """The pairs of a query as a query again; the mask itself is left readable."""
    visible = []
    for name, value in pairs:
        is_secret = folded(name) in _SECRET_FIELDS or is_cookie(name, value)
        visible.append(
            (masked_text(name, secrets), MASK if is_secret else _masked_words(value, secrets))
        )
    return urlencode(visible, safe="*")

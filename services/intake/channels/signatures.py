"""Proofs of origin: constant-time comparisons and the header schemes that several providers share.
Its law: bytes are compared, never text; an absent or empty secret proves nothing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from services.intake.domain.requests import RawRequest, SourceView, Unauthenticated


def same(left: str | bytes, right: str | bytes) -> bool:
    """Equality in constant time; text may hold anything, lone surrogates too."""
    return hmac.compare_digest(_bytes(left), _bytes(right))


def secret(source: SourceView, name: str) -> bytes:
    """The bytes of a configured secret; Unauthenticated when it is missing or empty."""
    value = source.secrets.get(name)
    if not value:
        raise Unauthenticated
    return _bytes(value)


def by_any(sources: Sequence[SourceView], check: Callable[[SourceView], None]) -> None:
    """Pass when `check` passes one of the views. All are tried: the time does not tell which."""
    refusals = 0
    for source in sources:
        try:
            check(source)
        except Unauthenticated:
            refusals += 1
    if refusals == len(sources):
        raise Unauthenticated


def require_hmac_hex(request: RawRequest, *, header: str, key: bytes) -> None:
    """`<header>: sha256=<hex HMAC-SHA256(key, body)>`, as GitHub and Meta sign."""
    expected = "sha256=" + hmac.new(key, request.body, hashlib.sha256).hexdigest()
    _require(expected, (request.header(header) or "").strip())


def require_hmac_base64(request: RawRequest, *, header: str, key: bytes) -> None:
    """`<header>: sha256=<base64 HMAC-SHA256(key, body)>`, as Typeform signs."""
    digest = hmac.new(key, request.body, hashlib.sha256).digest()
    expected = "sha256=" + base64.b64encode(digest).decode("ascii")
    _require(expected, (request.header(header) or "").strip())


def require_basic(request: RawRequest, *, username: bytes, password: bytes) -> None:
    """HTTP basic authentication; both halves are compared as one value."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    try:
        given = base64.b64decode(token.strip().encode("latin-1", "replace"), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    _require(username + b":" + password, given)


def only_known(source: SourceView, known: Mapping[str, bool]) -> None:
    """Refuse a source whose secrets are empty or carry names that its adapter does not know.

    A misspelt optional secret would otherwise leave the door open in silence.
    """
    if any(name not in known or not value for name, value in source.secrets.items()):
        raise Unauthenticated


def _require(expected: str | bytes, given: str | bytes) -> None:
    if not same(expected, given):
        raise Unauthenticated


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")

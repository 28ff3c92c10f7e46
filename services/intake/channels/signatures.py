"""Proofs of origin: constant-time comparisons and the header schemes that several providers share.

Invariant: an absent or empty secret proves nothing.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from services.intake.domain.requests import RawRequest, SourceView, Unauthenticated

TOLERANCE_SECONDS = 300.0  # between a signed moment and the receipt, in both directions


def same(first: str | bytes, second: str | bytes) -> bool:
    """Equality in constant time; text may hold anything, lone surrogates too."""
    return hmac.compare_digest(_bytes(first), _bytes(second))


def secret(source: SourceView, name: str) -> bytes:
    """The bytes of a configured secret; Unauthenticated when it is missing or empty."""
    value = source.secrets.get(name)
    if not value:
        raise Unauthenticated
    return _bytes(value)


def by_any(sources: Sequence[SourceView], check: Callable[[SourceView], None]) -> None:
    """Return if `check` passes one of the views; else raise Unauthenticated."""
    refusals = 0  # all views are tried, so that the time does not show which one passed
    for source in sources:
        try:
            check(source)
        except Unauthenticated:
            refusals += 1
    if refusals == len(sources):
        raise Unauthenticated


def require_hmac_hex(request: RawRequest, *, header: str, key: bytes) -> None:
    """`<header>: sha256=<hex HMAC-SHA256(key, body)>`, as GitHub and Meta sign."""
    signature = "sha256=" + hmac.new(key, request.body, hashlib.sha256).hexdigest()
    _require(signature, (request.header(header) or "").strip())


def require_hex_digest(request: RawRequest, *, header: str, key: bytes) -> None:
    """`<header>: <hex HMAC-SHA256(key, body)>`, as MailerSend signs."""
    signature = hmac.new(key, request.body, hashlib.sha256).hexdigest()
    _require(signature, (request.header(header) or "").strip())


def require_hmac_base64(request: RawRequest, *, header: str, key: bytes) -> None:
    """`<header>: sha256=<base64 HMAC-SHA256(key, body)>`, as Typeform signs."""
    digest = hmac.new(key, request.body, hashlib.sha256).digest()
    signature = "sha256=" + base64.b64encode(digest).decode("ascii")
    _require(signature, (request.header(header) or "").strip())


def require_basic(request: RawRequest, *, username: bytes, password: bytes) -> None:
    """HTTP basic authentication; user name and password are compared as one value."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated
    try:
        credentials = base64.b64decode(token.strip().encode("latin-1", "replace"), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    _require(username + b":" + password, credentials)


def require_recent(
    request: RawRequest, seconds: float | None, *, tolerance: float = TOLERANCE_SECONDS
) -> None:
    """`seconds` is the signed Unix time; too far from the receipt it proves nothing any more."""
    if seconds is None or request.received_at is None:
        raise Unauthenticated
    if not abs(request.received_at.timestamp() - seconds) <= tolerance:  # NaN is refused as well
        raise Unauthenticated


def only_known(source: SourceView, names: Mapping[str, bool]) -> None:
    """Raise Unauthenticated for a source with an empty secret or one that is not among `names`."""
    # A misspelt optional secret would otherwise let everybody in.
    if any(name not in names or not value for name, value in source.secrets.items()):
        raise Unauthenticated


def by_key(ours: Mapping[str, bool]) -> Callable[..., None]:
    """The proof of a source whose key is its secret. `ours` are secrets by which we prove ourselves
    to the provider; they prove nothing here.
    """

    def verify(_request: RawRequest, *sources: SourceView) -> None:
        by_any(sources, lambda source: only_known(source, ours))

    return verify


def _require(value: str | bytes, proof: str | bytes) -> None:
    if not same(value, proof):
        raise Unauthenticated


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")

"""Proofs of origin: constant-time comparisons and the header schemes that several providers share.

Invariant: an absent or empty secret proves nothing.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import quote, unquote_to_bytes, urlsplit, urlunsplit

from services.intake.domain.requests import RawRequest, SourceView, Unauthenticated
from services.intake.domain.times import whole

MAX_SIGNED_BYTES = 65_536  # of a body that is parsed for its proof; most have 1000 to 2000
TOLERANCE_SECONDS = 300.0  # between a signed moment and the receipt, in both directions
_PORTS = {"https": 443, "http": 80}
_LONGEST_RESPELT = 3_000  # characters of a query; providers send half of it
# A query of these is spelt alike by everybody.
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9._~&=-]*")
_CODE = re.compile(r"%[0-9A-Fa-f]{2}")
# What encoders leave as it is, and how they write a blank: scripts of browsers, RFC 3986, forms,
# and those that escape only what a query cannot hold.
_MARKS = "!'()*@:/?,;$[]"
_STYLES = (
    ("!'()*", "%20"),
    ("", "%20"),
    ("", "+"),
    ("*", "+"),
    (_MARKS, "%20"),
    (_MARKS, "+"),
)
_STRUCTURE = frozenset(b"%&=+#\x7f") | frozenset(range(32))


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


def require_bare_hmac(request: RawRequest, *, header: str, key: bytes, algorithm: str) -> None:
    """`<header>: <base64 HMAC(key, body)>` by the named algorithm, as CallRail signs."""
    signature = base64.b64encode(hmac.digest(key, request.body, algorithm))
    _require(signature, (request.header(header) or "").strip())


def require_hex(
    request: RawRequest, *, header: str, key: bytes, before: bytes, prefix: str = ""
) -> None:
    """`<header>: <hex HMAC-SHA256(key, before + body)>`, also with `prefix` in front of it."""
    signature = hmac.new(key, before + request.body, hashlib.sha256).hexdigest()
    _require(signature, (request.header(header) or "").strip().removeprefix(prefix))


def require_timed_hex(request: RawRequest, *, header: str, key: bytes, name: str) -> None:
    """`<header>: t=<unix seconds>,<name>=<hex HMAC-SHA256(key, t + "." + body)>`, as Stripe,
    Calendly and TikTok sign; one of several signatures is enough.
    """
    pieces = [piece.strip().partition("=") for piece in (request.header(header) or "").split(",")]
    moment = next((value for label, _, value in pieces if label == "t"), "")
    require_recent(request, whole(moment))
    message = moment.encode() + b"." + request.body
    signature = hmac.new(key, message, hashlib.sha256).hexdigest()
    matches = [same(value, signature) for label, _, value in pieces if label == name]
    if not any(matches):
        raise Unauthenticated


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


def by_any_spelling(
    public_url: str, sources: Sequence[SourceView], check: Callable[[SourceView, bytes], None]
) -> None:
    """Return if `check(source, url)` passes one of the views with one spelling of the URL.

    Else raise Unauthenticated. Most providers sign what they call, which is tried first.
    """
    for url in url_spellings(public_url):
        try:
            by_any(sources, partial(_checked, check, url))
        except Unauthenticated:
            continue
        return
    raise Unauthenticated


def _checked(check: Callable[[SourceView, bytes], None], url: bytes, source: SourceView) -> None:
    check(source, url)


def url_spellings(public_url: str) -> Iterator[bytes]:
    """The URL in the spellings in which a provider may have signed it, first as it was called.

    With and without the port, and each way to escape the query. All of them mean the same, so
    whoever proves one of them has proved the request.
    """
    parts = urlsplit(public_url)
    place = parts.netloc.rpartition("@")[2]
    host = re.sub(r":\d*$", "", place)
    port = place.removeprefix(host + ":") if place != host else _PORTS.get(parts.scheme, 443)
    urls = {public_url}
    yield public_url.encode("utf-8", "surrogatepass")
    for query in _query_spellings(parts.query):
        for netloc in (place, host, f"{host}:{port}"):
            url = urlunsplit(parts._replace(netloc=netloc, query=query))
            if url not in urls:
                urls.add(url)
                yield url.encode("utf-8", "surrogatepass")


def _query_spellings(query: str) -> Iterator[str]:
    yield query
    if len(query) > _LONGEST_RESPELT or _PLAIN_QUERY.fullmatch(query):
        return
    for spelling in (query, query.replace("'", "%27"), _as_typed(query)):
        yield spelling
        yield _CODE.sub(lambda code: code.group().upper(), spelling)
        yield _CODE.sub(lambda code: code.group().lower(), spelling)
    pairs = [
        (_octets(name), equals, _octets(value))
        for name, equals, value in (pair.partition("=") for pair in query.split("&"))
    ]
    for safe, blank in _STYLES:
        words = (
            quote(name, safe=safe) + equals + quote(value, safe=safe)
            for name, equals, value in pairs
        )
        spelling = "&".join(words).replace("%20", blank)
        yield spelling
        yield _CODE.sub(lambda code: code.group().lower(), spelling)


def _octets(words: str) -> bytes:
    return unquote_to_bytes(words.replace("+", " ").encode("utf-8", "surrogatepass"))


def _as_typed(query: str) -> str:
    """The query without escapes, as somebody typed it into the provider's settings."""

    def octet(code: re.Match[bytes]) -> bytes:
        value = int(code.group()[1:], 16)
        return code.group() if value in _STRUCTURE else bytes((value,))

    raw = query.encode("utf-8", "surrogatepass")
    try:
        return re.sub(rb"%[0-9A-Fa-f]{2}", octet, raw).decode("utf-8")
    except UnicodeDecodeError:
        return query


def by_address(_request: RawRequest, *sources: SourceView) -> None:
    """For senders that sign nothing: who knows the source's unguessable address is the source."""
    by_any(sources, lambda source: only_known(source, {}))


def bearer_token(request: RawRequest) -> str | None:
    """The token of the header `Authorization: Bearer`; None without one."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


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

"""Who calls: bearer tokens, checked with public keys. What signs them is not here (shared/minting).

Both files, the public keys and the list of ended tokens beside it, are read again when they change,
at most once a second: a token that was ended, or whose key was withdrawn, ends at once everywhere.
"""

import base64
import binascii
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import UnauthenticatedError, UnavailableError
from shared.secret_files import SecretFileError
from shared.web.token_files import ENDED_NAME, read_ended, read_keys, stamp_of

log = structlog.get_logger()
ROLES = ("admin", "supervisor", "manager", "source", "ops", "service")
ALGORITHM = "Ed25519"  # RFC 9864; the only one that is ever accepted
LONGEST_LIFE = timedelta(days=90)  # no token lives longer, whatever its claims
MAX_TOKEN_CHARS = 2048  # ours have about 400; more is refused before anything is decoded
RELOAD_SECONDS = 1.0
MOST_VERIFIED = 10_000  # tokens that are remembered as verified
_LEEWAY_SECONDS = 30
_MAX_HEADER_CHARS = 256
_MAX_ID_CHARS = 64
_REFUSAL = "The bearer token is missing, wrong or expired."
_HEADER = frozenset({"alg", "kid", "typ"})
_CLAIMS = frozenset({"role", "iat", "exp", "jti"})
_FAULTS = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
_OWNERS = {"manager": "manager_id", "source": "source_id"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a role, and for managers and sources whose rows are theirs."""

    role: str
    manager_id: UUID | None = None
    source_id: UUID | None = None
    token_id: str | None = None

    @property
    def actor(self) -> str:
        """How the caller is named in events and timelines."""
        return f"manager:{self.manager_id}" if self.role == "manager" else self.role


def unauthenticated() -> UnauthenticatedError:
    """One refusal, in the same words, for whatever is wrong with a token."""
    return UnauthenticatedError(_REFUSAL)


_UNKNOWN: tuple[Caller | None, range] = (None, range(0))


def bearer_token(authorization: str | None) -> str | None:
    """The token in the value of an Authorization header, if it holds one."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(eq=False)
class TokenKeys:
    """The public keys of one JWKS file, and the ended tokens in the file beside it."""

    path: Path
    _keys: Mapping[str, OKPKey] = field(default_factory=dict)
    _ended: Mapping[str, int] = field(default_factory=dict)
    # Verifying a signature costs more than many a request. What was verified holds until one of
    # the two files changes, and no longer than the token's life.
    _verified: dict[str, tuple[Caller, range]] = field(default_factory=dict)
    _stamps: tuple[object, ...] = ()
    _looked_at: float = -3600.0

    def caller(self, authorization: str | None, *, now: datetime) -> Caller:
        """Who presents the token of this Authorization header. Raises as `read` does."""
        token = bearer_token(authorization)
        if token is None:
            raise unauthenticated()
        return self.read(token, now=now)

    def read(self, token: str, *, now: datetime) -> Caller:
        """Who presents this token.

        Raises UnauthenticatedError, in the same words for any fault of the token, and
        UnavailableError while there are no keys to check it with.
        """
        caller = self.recall(token, now=now)
        if caller is not None:
            return caller
        try:
            claims = verified(token, self._keys)
            caller = _caller(claims, now=now)
        except _FAULTS as error:
            raise unauthenticated() from error
        if caller.token_id in self._ended:
            raise unauthenticated()
        if len(self._verified) >= MOST_VERIFIED:
            self._verified.clear()
        self._verified[token] = caller, _life(claims)
        return caller

    def recall(self, token: str, *, now: datetime) -> Caller | None:
        """Who presents this token, if it was verified before; else None.

        Raises UnavailableError while there are no keys to check it with.
        """
        self._reload()
        caller, life = self._verified.get(token, _UNKNOWN)
        return caller if int(now.timestamp()) in life else None

    def _reload(self) -> None:
        """Read changed files again. Raises UnavailableError while there are no keys."""
        # Files that cannot be read leave the keys and the list in use: an unreadable disk must
        # neither lock everybody out nor let ended tokens in.
        if time.monotonic() - self._looked_at < RELOAD_SECONDS:
            return
        self._looked_at = time.monotonic()
        try:
            stamps = (stamp_of(self.path), stamp_of(self.path.with_name(ENDED_NAME)))
            if stamps != self._stamps:
                self._keys, self._ended = read_keys(self.path), read_ended(self.path)
                self._verified.clear()
                self._stamps = stamps
        except SecretFileError as fault:
            log.error("tokens.keys_unreadable", reason=fault.slug())  # noqa: TRY400  one line
        if not self._keys:
            self._looked_at = -3600.0
            raise UnavailableError("Tokens cannot be checked now.")


def verified(token: str, keys: Mapping[str, OKPKey]) -> Mapping[str, Any]:
    """The claims that one of the keys has signed. Raises one of _FAULTS."""
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise ValueError("no token of ours is like this")
    head, payload, signature = token.split(".")
    if len(head) > _MAX_HEADER_CHARS:
        raise ValueError("the header is too long")
    header = _members(_decoded(head))
    if header.keys() != _HEADER or (header["alg"], header["typ"]) != (ALGORITHM, "JWT"):
        raise ValueError("another kind of token")
    # A second spelling of the same bytes would be a second token with one signature.
    _decoded(payload)
    _decoded(signature)
    whole = jws.deserialize_compact(token, keys[header["kid"]], algorithms=[ALGORITHM])
    return _members(whole.payload)


def _decoded(part: str) -> bytes:
    raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii") != part:
        raise binascii.Error("not the one spelling of these bytes")
    return raw


def _members(raw: bytes) -> dict[str, Any]:
    """A JSON object in which every name stands once and numbers are whole."""
    content = json.loads(
        raw, object_pairs_hook=_each_once, parse_float=_refused, parse_constant=_refused
    )
    if not isinstance(content, dict):
        raise TypeError("not an object")
    return content


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice")
    return members


def _refused(_digits: str) -> Any:
    raise ValueError("not a whole number")


def _caller(claims: Mapping[str, Any], *, now: datetime) -> Caller:
    role = claims["role"]
    if not isinstance(role, str) or role not in ROLES:
        raise ValueError("unknown role")
    owner = _OWNERS.get(role)
    if claims.keys() != _CLAIMS | ({owner} if owner else set()):
        raise ValueError("other claims than this role's")
    if int(now.timestamp()) not in _life(claims):
        raise ValueError("outside the token's life")
    token_id = claims["jti"]
    if not isinstance(token_id, str) or not 0 < len(token_id) <= _MAX_ID_CHARS:
        raise ValueError("no id to end it by")
    own = {owner: _id(claims[owner])} if owner else {}
    return Caller(role=role, token_id=token_id, **own)


def _life(claims: Mapping[str, Any]) -> range:
    """The seconds since 1970 in which the token is good. Raises ValueError."""
    issued, expires = _moment(claims["iat"]), _moment(claims["exp"])
    if expires - issued > LONGEST_LIFE.total_seconds():
        raise ValueError("a longer life than any token has")
    return range(issued - _LEEWAY_SECONDS, expires)


def _id(text: Any) -> UUID:
    if str(UUID(text)) != text:
        raise ValueError("not the one spelling of an id")
    return UUID(text)


def _moment(seconds: Any) -> int:
    """Whole seconds since 1970 that any clock could show."""
    if type(seconds) is not int or not 0 < seconds < 2**33:
        raise ValueError("not a moment")
    return seconds

"""The private keys: made, rotated, published as public ones, and used to sign.

A key that no longer signs stays published for as long as a token of it can live, and no longer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.ids import new_id
from shared.secret_files import PUBLIC, SecretFileError, read_private, write_whole
from shared.web.token_files import CURVE
from shared.web.tokens import ALGORITHM, LONGEST_LIFE, ROLES

DEFAULT_LIFETIME = LONGEST_LIFE


@dataclass(frozen=True, slots=True)
class Minted:
    """A signed token, and what is remembered of it: never the token itself."""

    token: str
    token_id: str
    key_id: str
    role: str
    owner: UUID | None
    until: datetime


@dataclass(frozen=True, slots=True)
class _Key:
    key_id: str
    key: OKPKey
    signed_until: datetime | None  # None: it signs now


@dataclass(frozen=True)
class SigningKeys:
    """All private keys of a mint; the first one signs."""

    keys: tuple[_Key, ...]

    @property
    def newest(self) -> str:
        return self.keys[0].key_id

    def sign(
        self,
        *,
        role: str,
        now: datetime,
        manager_id: UUID | None = None,
        source_id: UUID | None = None,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> Minted:
        """A token for one role. Raises ValueError for a role that needs an owner and has none,
        and for a life that is over at once or longer than any token may have.
        """
        if role not in ROLES:
            raise ValueError(f"the role is one of: {', '.join(ROLES)}")
        if (role == "manager") != (manager_id is not None):
            raise ValueError("a manager's token, and only that, names its manager")
        if (role == "source") != (source_id is not None):
            raise ValueError("a source's token, and only that, names its source")
        if not timedelta(seconds=1) <= lifetime <= LONGEST_LIFE:
            raise ValueError(f"a token lives above 0 and at most {LONGEST_LIFE.days} days")
        issued = int(now.timestamp())
        expires = issued + int(lifetime.total_seconds())
        claims: dict[str, Any] = {
            "role": role,
            "iat": issued,
            "exp": expires,
            "jti": str(new_id()),
            **({"manager_id": str(manager_id)} if manager_id else {}),
            **({"source_id": str(source_id)} if source_id else {}),
        }
        signer = self.keys[0]
        header = {"typ": "JWT", "alg": ALGORITHM, "kid": signer.key_id}
        token = jwt.encode(header, claims, signer.key, algorithms=[ALGORITHM])
        until = datetime.fromtimestamp(expires, tz=UTC)
        return Minted(token, claims["jti"], signer.key_id, role, manager_id or source_id, until)

    def publish(self, path: Path) -> None:
        """Write the public halves as a JWKS file. Raises SecretFileError."""
        members = [
            {**key.key.as_dict(private=False), "kid": key.key_id, "use": "sig", "alg": ALGORITHM}
            for key in self.keys
        ]
        write_whole(path, {"keys": members}, mode=PUBLIC)

    def save(self, path: Path) -> None:
        """Raises SecretFileError."""
        write_whole(path, {"keys": [_as_member(key) for key in self.keys]})


def new_keys() -> SigningKeys:
    return SigningKeys((_new_key(),))


def load_keys(path: Path) -> SigningKeys:
    """Raises SecretFileError, also for the symmetric keys that were here before."""
    members = read_private(path).get("keys")
    try:
        keys = tuple(_from_member(member) for member in members or ())
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        keys = ()
    if not keys:
        raise SecretFileError(
            f"{path} holds no signing keys of this version: move it away, and new ones are made "
            "at the next start (all older tokens end)"
        )
    return SigningKeys(keys)


def rotated(keys: SigningKeys, *, now: datetime, revoke: bool) -> SigningKeys:
    """A new key signs. Older ones stay while a token of theirs can live, or go at once."""
    former = () if revoke else keys.keys
    resting = [replace(key, signed_until=key.signed_until or now) for key in former]
    alive = [key for key in resting if key.signed_until and key.signed_until + LONGEST_LIFE > now]
    return SigningKeys((_new_key(), *alive))


def _new_key() -> _Key:
    return _Key(str(new_id()), OKPKey.generate_key("Ed25519"), None)


def _as_member(key: _Key) -> dict[str, Any]:
    until = key.signed_until.isoformat() if key.signed_until else None
    return {**key.key.as_dict(private=True), "kid": key.key_id, "signed_until": until}


def _from_member(member: Mapping[str, Any]) -> _Key:
    if member["crv"] != CURVE:
        raise ValueError("another curve")
    key = OKPKey.import_key({name: member[name] for name in ("kty", "crv", "x", "d")})
    until = member["signed_until"]
    return _Key(member["kid"], key, datetime.fromisoformat(until) if until else None)

"""Bearer tokens: signed (HS256), expiring, scoped to a role. The signing key rotates.

The key file is read again when it changes, at most once a second: a revoked key ends at once.
"""

import base64
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from shared.errors import UnauthenticatedError
from shared.ids import new_id

ROLES = ("admin", "supervisor", "manager", "source", "ops", "service")
DEFAULT_LIFETIME = timedelta(days=365)
_RELOAD_SECONDS = 1.0
_LEEWAY_SECONDS = 30


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


@dataclass(eq=False)
class TokenKeys:
    """The keys of one file `{"current": kid, "keys": {kid: {"secret", "created_at"}}}`."""

    path: Path
    _current: str = ""
    _keys: dict[str, OctKey] = field(default_factory=dict)
    _stamp: tuple[int, int] = (0, 0)
    _looked_at: float = -_RELOAD_SECONDS

    def mint(
        self,
        *,
        role: str,
        now: datetime,
        manager_id: UUID | None = None,
        source_id: UUID | None = None,
        lifetime: timedelta = DEFAULT_LIFETIME,
    ) -> str:
        """A token for one role. Raises ValueError for a role that needs an owner and has none."""
        if role not in ROLES:
            raise ValueError(f"the role is one of: {', '.join(ROLES)}")
        if (role == "manager") != (manager_id is not None):
            raise ValueError("a manager's token, and only that, names its manager")
        if (role == "source") != (source_id is not None):
            raise ValueError("a source's token, and only that, names its source")
        self._reload(force=True)
        claims: dict[str, Any] = {
            "role": role,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
            "jti": str(new_id()),
        }
        if manager_id:
            claims["manager_id"] = str(manager_id)
        if source_id:
            claims["source_id"] = str(source_id)
        header = {"alg": "HS256", "kid": self._current}
        return jwt.encode(header, claims, self._keys[self._current])

    def read(self, token: str, *, now: datetime) -> Caller:
        """Who presents this token. Raises UnauthenticatedError, in the same words for any fault."""
        self._reload()
        try:
            header = json.loads(_decoded(token.split(".", 1)[0]))
            key = self._keys[header["kid"]]
            claims = jwt.decode(token, key, algorithms=["HS256"]).claims
            return _caller(claims, now=now)
        except (JoseError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise UnauthenticatedError("The bearer token is missing, wrong or expired.") from error

    def _reload(self, *, force: bool = False) -> None:
        passed = time.monotonic() - self._looked_at
        if not force and passed < _RELOAD_SECONDS:
            return
        self._looked_at = time.monotonic()
        found = self.path.stat()
        stamp = (found.st_mtime_ns, found.st_ino)
        if stamp == self._stamp:
            return
        content = json.loads(self.path.read_text())
        self._keys = {
            kid: OctKey.import_key(base64.b64decode(entry["secret"]))
            for kid, entry in content["keys"].items()
        }
        self._current = content["current"]
        self._stamp = stamp


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _caller(claims: Mapping[str, Any], *, now: datetime) -> Caller:
    moment = now.timestamp()
    if not (claims["iat"] - _LEEWAY_SECONDS <= moment < claims["exp"]):
        raise ValueError("outside the token's life")
    role = claims["role"]
    if role not in ROLES:
        raise ValueError("unknown role")
    return Caller(
        role=role,
        manager_id=UUID(claims["manager_id"]) if role == "manager" else None,
        source_id=UUID(claims["source_id"]) if role == "source" else None,
        token_id=claims.get("jti"),
    )


def create_keys(path: Path, *, now: datetime) -> None:
    """Write a first signing key, readable by the owner only. Does nothing if the file exists."""
    if not path.exists():
        _write(path, _with_new_key({"keys": {}}, now=now))


def rotate_keys(path: Path, *, now: datetime, revoke: bool = False) -> None:
    """Sign with a new key. Old tokens live until they expire; `revoke` ends them at once."""
    content = json.loads(path.read_text())
    _write(path, _with_new_key({"keys": {}} if revoke else content, now=now))


def _with_new_key(content: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    kid = str(new_id())
    entry = {"secret": base64.b64encode(os.urandom(32)).decode(), "created_at": now.isoformat()}
    return {"current": kid, "keys": {**content["keys"], kid: entry}}


def _write(path: Path, content: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

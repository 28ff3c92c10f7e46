"""The files by which tokens are checked: the public keys, and beside them the ended tokens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.secret_files import SecretFileError, read_public

CURVE = "Ed25519"
ENDED_NAME = "ended-tokens.json"


def read_keys(path: Path) -> dict[str, OKPKey]:
    """The public Ed25519 keys of a JWKS file by their id. Raises SecretFileError."""
    members = read_public(path).get("keys")
    try:
        keys = {str(member["kid"]): _public_key(member) for member in members or ()}
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        keys = {}
    if not keys:
        raise SecretFileError(f"{path} holds no public keys that tokens are signed with")
    return keys


def read_ended(path: Path) -> dict[str, int]:
    """Token id → when it would have expired; empty where none was ended. Raises SecretFileError."""
    beside = path.with_name(ENDED_NAME)
    if not beside.exists():
        return {}
    members = read_public(beside).get("ended")
    if not isinstance(members, dict) or not all(type(end) is int for end in members.values()):
        raise SecretFileError(f"{beside} is damaged: put it back from a backup")
    return members


def _public_key(member: Mapping[str, Any]) -> OKPKey:
    if (member["kty"], member["crv"]) != ("OKP", CURVE) or "d" in member:
        raise ValueError("no public Ed25519 key")
    return OKPKey.import_key({name: member[name] for name in ("kty", "crv", "x")})


def stamp_of(path: Path) -> tuple[int, int, int]:
    """What changes with a file; zeros for one that is missing. Raises SecretFileError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    except OSError as refusal:
        raise SecretFileError(f"{path} cannot be read: {refusal.strerror}") from None
    return (status.st_mtime_ns, status.st_ino, status.st_size)

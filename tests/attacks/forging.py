"""Tokens as somebody would forge them who holds what a service holds; and, to be thorough, what
the private key could sign but no mint of ours ever would.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.ids import new_id
from shared.minting.files import MintFiles
from shared.minting.signing import load_keys, new_keys
from shared.web.tokens import LONGEST_LIFE, MAX_TOKEN_CHARS

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
LIFE = int(LONGEST_LIFE.total_seconds())
BRACED = f"{{{new_id()}}}"


@dataclass(frozen=True)
class Forger:
    """Someone who holds what a service holds, and what was ever published; and, to be thorough,
    the private key too, for tokens that no mint of ours would sign.
    """

    files: MintFiles
    good: str

    @property
    def key_id(self) -> str:
        return load_keys(self.files.signing).newest

    def signed(self, claims: Any, header: Mapping[str, Any] | None = None) -> str:
        payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        full = {"typ": "JWT", "alg": "Ed25519", "kid": self.key_id, **(header or {})}
        member = load_keys(self.files.signing).keys[0].key.as_dict(private=True)
        return signed_by(str(member["d"]), full, payload)

    def with_hmac(self, secret: bytes, alg: str = "HS256") -> str:
        head = encoded({"typ": "JWT", "alg": alg, "kid": self.key_id})
        body = encoded(claims())
        digest = hmac.new(secret, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{encoded(digest)}"

    def resigned(self, header: Mapping[str, Any]) -> str:
        """The good signature under another header."""
        _, body, signature = self.good.split(".")
        full = {"typ": "JWT", "alg": "Ed25519", "kid": self.key_id, **header}
        return f"{encoded(full)}.{body}.{signature}"


def encoded(content: Any) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_by(private: str, header: Mapping[str, Any], payload: bytes) -> str:
    """By the bare primitive: a library might refuse to sign what it would refuse to read."""
    key = Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(private + "="))
    signed = f"{encoded(header)}.{encoded(payload)}"
    return f"{signed}.{encoded(key.sign(signed.encode()))}"


def claims(**changes: Any) -> dict[str, Any]:
    usual = {"role": "admin", "iat": SECOND, "exp": SECOND + 3600, "jti": str(new_id())}
    return {name: value for name, value in {**usual, **changes}.items() if value is not ...}


def _foreign(forger: Forger) -> str:
    minted = new_keys().sign(role="admin", now=NOW)
    head, body, signature = minted.token.split(".")
    del head
    own_head = encoded({"typ": "JWT", "alg": "Ed25519", "kid": forger.key_id})
    return f"{own_head}.{body}.{signature}"


def _changed_claims(forger: Forger) -> str:
    head, _, signature = forger.good.split(".")
    return f"{head}.{encoded(claims())}.{signature}"


def _unsigned(forger: Forger) -> str:
    return f"{encoded({'typ': 'JWT', 'alg': 'none', 'kid': forger.key_id})}.{encoded(claims())}."


def _ending(forger: Forger, text: str) -> str:
    """`exp` as this very text, which no serialiser of ours would write."""
    written = json.dumps(claims(exp=0)).replace('"exp": 0', f'"exp": {text}')
    return forger.signed(written.encode())


def _twice(forger: Forger) -> str:
    written = json.dumps(claims(role="ops"))[:-1] + ', "role": "admin"}'
    return forger.signed(written.encode())


def _last_letter(forger: Forger) -> str:
    """Another spelling of the same bytes: unused bits of the last letter."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return forger.good[:-1] + letters[letters.index(forger.good[-1]) ^ 1]


def _jwk_inside(forger: Forger) -> str:
    key = new_keys().keys[0].key
    header: dict[str, Any] = {"typ": "JWT", "alg": "Ed25519", "kid": forger.key_id}
    header["jwk"] = key.as_dict(private=False)
    private = str(key.as_dict(private=True)["d"])
    return signed_by(private, header, json.dumps(claims()).encode())


TABLE: Mapping[str, Callable[[Forger], str]] = {
    "alg none": _unsigned,
    "alg None with the good signature": lambda f: f.resigned({"alg": "None"}),
    "alg EdDSA": lambda f: f.resigned({"alg": "EdDSA"}),
    "alg as a list": lambda f: f.resigned({"alg": ["Ed25519"]}),
    "HS256 with the file of public keys": lambda f: f.with_hmac(f.files.public.read_bytes()),
    "HS256 with the public key's text": lambda f: f.with_hmac(_x(f).encode()),
    "HS256 with the public key's bytes": lambda f: f.with_hmac(_raw(f)),
    "Ed25519 in name, HMAC in deed": lambda f: f.with_hmac(_raw(f), "Ed25519"),
    "HS256 with nothing": lambda f: f.with_hmac(b""),
    "another mint's signature": _foreign,
    "a key of its own in the header": _jwk_inside,
    "unknown kid": lambda f: f.resigned({"kid": str(new_id())}),
    "no kid": lambda f: f"{encoded({'typ': 'JWT', 'alg': 'Ed25519'})}.{f.good.split('.', 1)[1]}",
    "kid of a path": lambda f: f.resigned({"kid": "../../../dev/null"}),
    "kid of SQL": lambda f: f.resigned({"kid": "' OR 1=1 --"}),
    "kid as a list": lambda f: f.resigned({"kid": [f.key_id]}),
    "kid as an object": lambda f: f.resigned({"kid": {"a": 1}}),
    "kid as a number": lambda f: f.resigned({"kid": 0}),
    "crit": lambda f: f.signed(claims(), {"crit": ["exp"], "exp": SECOND + 60}),
    "jku": lambda f: f.signed(claims(), {"jku": "https://attacker.example/keys"}),
    "b64 false": lambda f: f.resigned({"b64": False, "crit": ["b64"]}),
    "typ of another kind": lambda f: f.signed(claims(), {"typ": "at+jwt"}),
    "changed claims": _changed_claims,
    "expired": lambda f: f.signed(claims(iat=SECOND - 7200, exp=SECOND)),
    "of the future": lambda f: f.signed(claims(iat=SECOND + 3600, exp=SECOND + 7200)),
    "no end": lambda f: f.signed(claims(exp=...)),
    "no beginning": lambda f: f.signed(claims(iat=...)),
    "no id": lambda f: f.signed(claims(jti=...)),
    "empty id": lambda f: f.signed(claims(jti="")),
    "endless": lambda f: _ending(f, "Infinity"),
    "NaN": lambda f: _ending(f, "NaN"),
    "1e999": lambda f: _ending(f, "1e999"),
    "a fraction": lambda f: f.signed(claims(exp=SECOND + 3600.5)),
    "text": lambda f: f.signed(claims(exp=str(SECOND + 3600))),
    "true": lambda f: f.signed(claims(iat=True)),
    "before the epoch": lambda f: f.signed(claims(iat=-SECOND)),
    "beyond any clock": lambda f: f.signed(claims(exp=10**30)),
    "900 digits": lambda f: _ending(f, "9" * 900),
    "a life too long": lambda f: f.signed(claims(exp=SECOND + LIFE + 1)),
    "unknown role": lambda f: f.signed(claims(role="root")),
    "role as a list": lambda f: f.signed(claims(role=["admin"])),
    "manager without an id": lambda f: f.signed(claims(role="manager")),
    "source without an id": lambda f: f.signed(claims(role="source")),
    "admin with a manager's id": lambda f: f.signed(claims(manager_id=str(new_id()))),
    "manager id of nothing": lambda f: f.signed(claims(role="manager", manager_id="*")),
    "manager id in braces": lambda f: f.signed(claims(role="manager", manager_id=BRACED)),
    "manager id as a number": lambda f: f.signed(claims(role="manager", manager_id=7)),
    "a claim twice": _twice,
    "claims of another kind": lambda f: f.signed(claims(scope="all")),
    "claims as a list": lambda f: f.signed([claims()]),
    "claims as nothing": lambda f: f.signed(b"null"),
    "claims of noise": lambda f: f.signed(b"\xff\xfe"),
    "another spelling of the signature": _last_letter,
    "garbage behind": lambda f: f.good + "AAAA",
    "padding": lambda f: f.good + "==",
    "a line end inside": lambda f: f.good.replace(".", ".\n", 1),
    "a fourth part": lambda f: f.good + ".e30",
    "two parts": lambda f: f.good.rsplit(".", 1)[0],
    "no parts": lambda _f: "token",
    "only dots": lambda _f: "..",
    "a header like a tunnel": lambda f: f"{encoded(b'[' * 180)}.{f.good.split('.', 1)[1]}",
    "a header that is endless": lambda f: f"{encoded(b'[' * 100_000)}.{f.good.split('.', 1)[1]}",
    "claims like a tunnel": lambda f: f.signed(b"[" * 1400),
    "a very long token": lambda f: f.good + "A" * MAX_TOKEN_CHARS,
    "other letters": lambda f: f.good.replace("e", "е", 1),
}


def _x(forger: Forger) -> str:
    return str(json.loads(forger.files.public.read_text())["keys"][0]["x"])


def _raw(forger: Forger) -> bytes:
    return base64.urlsafe_b64decode(_x(forger) + "=")

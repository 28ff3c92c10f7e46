"""Signatures over an id, a moment and the body: Standard Webhooks in both its versions, ed25519.

Invariant: one secret has one spelling, so that no other text passes for it.
"""

import base64
import binascii
import hashlib
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.intake.channels.signatures import require_recent, same
from services.intake.domain.requests import RawRequest, Unauthenticated
from services.intake.domain.times import whole

_NAMES = ("webhook", "svix")  # Svix sends the same headers under its own name
_HMAC_PREFIX, _PUBLIC_PREFIX = "whsec_", "whpk_"
_MOST_SIGNATURES = 20  # while keys are rotated there are two or three
_LONGEST_KEY = 4096


def message_id(request: RawRequest) -> str | None:
    """The sender's id of the message, the same in all attempts to deliver it."""
    return _header(request, "id")


def require_standard_webhook(request: RawRequest, key: bytes) -> None:
    """One of the signatures is right: v1 by a key `whsec_…`, v1a by a public key `whpk_…`.

    Raises Unauthenticated, also when the signed moment is far from the receipt.
    """
    identifier, timestamp, signatures = (
        _header(request, name) for name in ("id", "timestamp", "signature")
    )
    if not identifier or not timestamp or not signatures:
        raise Unauthenticated
    require_recent(request, whole(timestamp))
    head = f"{identifier}.{timestamp}.".encode("utf-8", "surrogatepass")
    text = key.decode("latin-1")
    version = "v1a" if text.startswith(_PUBLIC_PREFIX) else "v1"
    pairs = (item.partition(",") for item in signatures.split(" ")[:_MOST_SIGNATURES])
    values = [value for name, _, value in pairs if name == version]
    if version == "v1a":
        public_key = text.removeprefix(_PUBLIC_PREFIX)
        passes = [is_ed25519(public_key, head + request.body, value) for value in values]
    else:
        secret = _decoded(text.removeprefix(_HMAC_PREFIX))
        digest = hmac.new(secret, head + request.body, hashlib.sha256).digest()
        signature = base64.b64encode(digest)
        passes = [same(value, signature) for value in values]
    if not any(passes):
        raise Unauthenticated


def is_ed25519(public_key: str, message: bytes, signature: str) -> bool:
    """Whether the base64 signature over the message is the key's; the key is in base64 too."""
    try:
        _public_key(public_key).verify(
            base64.b64decode(signature.encode("latin-1", "replace"), validate=True), message
        )
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _public_key(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(_decoded(text))


def _decoded(text: str) -> bytes:
    """The bytes of a base64 key, with or without its padding. Raises Unauthenticated."""
    if len(text) > _LONGEST_KEY:
        raise Unauthenticated
    bare = text.removesuffix("=").removesuffix("=")
    padded = bare + "=" * (-len(bare) % 4)
    try:
        key = base64.b64decode(padded.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthenticated from None
    # Base64 has spare bits in its last letter: a key that differs in them is not the same text.
    if not key or base64.b64encode(key).decode() != padded or text not in {bare, padded}:
        raise Unauthenticated
    return key


def _header(request: RawRequest, part: str) -> str | None:
    values = (request.header(f"{name}-{part}") for name in _NAMES)
    return next((value for value in values if value), None)

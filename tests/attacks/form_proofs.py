"""How a body gets the proof that each site builder or ad platform gives."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from services.intake.domain.requests import RawRequest
from tests.attacks.members import Headers, plain

Proof = Callable[[str, RawRequest], tuple[Headers, bytes]]
KEY = "secret-of-the-forms"
SECRETS: dict[str, dict[str, str]] = {
    "google-ads": {"google_key": KEY},
    "meta-lead-ads": {"app_secret": KEY, "verify_token": "v-t", "access_token": "a-t"},
    "vk-lead-forms": {"secret": KEY, "confirmation": "c0ffee"},
    "tiktok-lead-gen": {"app_secret": KEY},
    "linkedin-lead-gen": {"client_secret": KEY},
    "hubspot": {"client_secret": KEY},
    "calendly": {"signing_key": KEY},
    "webflow": {"secret": KEY},
    **{
        adapter: {}
        for adapter in (
            "jotform",
            "elementor",
            "unbounce",
            "gravity-forms",
            "contact-form-7",
            "wpforms",
            "marquiz",
            "html-form",
        )
    },
}


def unsigned(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    return plain(request.headers), request.body


def _hex(text: bytes) -> str:
    return hmac.new(KEY.encode(), text, hashlib.sha256).hexdigest()


def _signed(header: str, signature: Callable[[bytes], str]) -> Proof:
    def prove(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
        return (*plain(request.headers), (header, signature(request.body))), request.body

    return prove


def _timed(header: str, name: str) -> Proof:
    def signature(body: bytes) -> str:
        moment = int(time.time())
        return f"t={moment},{name}={_hex(f'{moment}.'.encode() + body)}"

    return _signed(header, signature)


def _webflow(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    stamp = str(int(time.time() * 1000))
    signature = _hex(stamp.encode() + b":" + request.body)
    own = (("x-webflow-timestamp", stamp), ("x-webflow-signature", signature))
    return (*plain(request.headers), *own), request.body


def _within(name: str) -> Proof:
    """The secret among the members of the body, if it is an object at all."""

    def prove(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
        try:
            content: Any = json.loads(request.body)
        except (ValueError, RecursionError):
            content = None
        members = content if isinstance(content, dict) else {"a": repr(request.body[:500])}
        body = json.dumps({**members, name: KEY}).encode()
        return (("content-type", "application/json"),), body

    return prove


def _meta(_url: str, request: RawRequest) -> tuple[Headers, bytes]:
    """Without the lead's id, by which it would be fetched."""
    body = request.body.replace(b"leadgen_id", b"leadgen-id")
    return (*plain(request.headers), ("x-hub-signature-256", "sha256=" + _hex(body))), body


PROOFS: dict[str, Proof] = {
    **{adapter: unsigned for adapter, secrets in SECRETS.items() if not secrets},
    "google-ads": _within("google_key"),
    "vk-lead-forms": _within("secret"),
    "meta-lead-ads": _meta,
    "linkedin-lead-gen": _signed("x-li-signature", lambda body: _hex(b"hmacsha256=" + body)),
    "hubspot": _signed(
        "x-hubspot-signature", lambda body: hashlib.sha256(KEY.encode() + body).hexdigest()
    ),
    "tiktok-lead-gen": _timed("tiktok-signature", "s"),
    "calendly": _timed("calendly-webhook-signature", "v1"),
    "webflow": _webflow,
}

"""Provider requests as they are sent: recorded bodies with their headers and signatures."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

SAMPLES = Path(__file__).resolve().parents[1] / "fixtures" / "sources"
TYPEFORM_SECRET = "typeform-secret-of-the-tests"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class ProviderCase:
    """A source to configure and one request to it; `rest` follows the source key in the URL."""

    adapter: str
    secrets: Mapping[str, str]
    rest: str
    content_type: str
    body: bytes
    headers: Mapping[str, str]
    channel: str

    def source(self, key: str) -> dict[str, Any]:
        return {
            "key": key,
            "adapter": self.adapter,
            "secrets": dict(self.secrets),
            "country": "RU",
            "time_zone": "Europe/Moscow",
        }

    async def post(self, client: httpx.AsyncClient, key: str) -> httpx.Response:
        """Send it as the provider would: no token of ours."""
        return await client.post(
            f"/intake/v1/hooks/{key}{self.rest}",
            content=self.body,
            headers={"Content-Type": self.content_type, **self.headers},
        )


def _sample(path: str) -> bytes:
    return (SAMPLES / path).read_bytes()


def _http_body(path: str) -> bytes:
    raw = _sample(path)
    separator = b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n"
    return raw.split(separator, 1)[1].rstrip(b"\r\n")


def main_job_cases() -> dict[str, ProviderCase]:
    """The four requests of the main job."""
    typeform = _sample("forms/typeform.docs-example.json")
    signature = hmac.new(TYPEFORM_SECRET.encode(), typeform, hashlib.sha256).digest()
    postmark_login = base64.b64encode(b"postmark:mail-password").decode()
    return {
        "tilda": ProviderCase(
            "tilda", {}, "", FORM, _sample("forms/tilda.lead.form").strip(), {}, "form"
        ),
        "mango": ProviderCase(
            "mango",
            {"api_key": "1234567890qwerty", "api_salt": "test-salt-not-from-docs"},
            "/events/summary",
            FORM,
            _http_body("telephony/mango.summary.incoming-answered.http"),
            {},
            "call",
        ),
        "typeform": ProviderCase(
            "typeform",
            {"secret": TYPEFORM_SECRET},
            "",
            "application/json",
            typeform,
            {"Typeform-Signature": f"sha256={base64.b64encode(signature).decode()}"},
            "form",
        ),
        "postmark": ProviderCase(
            "postmark",
            {"username": "postmark", "password": "mail-password"},
            "",
            "application/json",
            _sample("email/postmark.inbound-basic.json"),
            {"Authorization": f"Basic {postmark_login}"},
            "email",
        ),
    }

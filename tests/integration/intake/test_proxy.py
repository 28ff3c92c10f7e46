"""Behind a proxy with a path prefix: signatures over the URL hold, and so do the hook's answers."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.integration.intake.harness import House, open_house

TOKEN = "twilio-token"
CALL = {
    "CallSid": "CA1",
    "CallStatus": "completed",
    "Direction": "inbound",
    "From": "+79161234567",
    "To": "+74951234567",
    "CallDuration": "17",
}


@pytest.fixture
async def house(intake_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Mounted below /intake, as the world sees it below https://example.com/crm/intake."""
    async with open_house(
        intake_url, tmp_path, public_url="https://example.com/crm/"
    ) as intake_house:
        mounted = Starlette(routes=[Mount("/intake", app=intake_house.app)])
        transport = httpx.ASGITransport(app=mounted)
        async with httpx.AsyncClient(transport=transport, base_url="http://inside:8080") as client:
            intake_house.client = client
            yield intake_house


def signature(url: str) -> str:
    text = url + "".join(name + CALL[name] for name in sorted(CALL))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


async def call(house: House, path: str, *, signed_url: str) -> httpx.Response:
    return await house.client.post(
        f"/intake/v1/hooks/{path}",
        content=urlencode(CALL),
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": signature(signed_url),
        },
    )


async def add_source(house: House) -> str:
    answer = await house.client.post(
        "/intake/v1/sources",
        json={"key": "phone", "adapter": "twilio", "secrets": {"auth_token": TOKEN}},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["hook_url"])


async def test_the_signature_covers_the_public_url(house: House) -> None:
    url = await add_source(house)
    assert url == "https://example.com/crm/intake/v1/hooks/phone"
    silent = await call(house, "phone", signed_url=url)
    assert (silent.status_code, silent.content) == (204, b"")
    assert "leadflow-receipt" in silent.headers
    voice = await call(house, "phone/voice?a=b%20c", signed_url=f"{url}/voice?a=b%20c")
    assert (voice.status_code, voice.text) == (200, "<Response/>")
    assert voice.headers["content-type"].startswith("text/xml")
    inside = await call(house, "phone", signed_url="http://inside:8080/intake/v1/hooks/phone")
    assert inside.status_code == 401


async def test_the_framework_serves_its_routes_below_the_prefix_too(house: House) -> None:
    assert (await house.client.get("/intake/health/live")).status_code == 200
    answer_to_post = await house.client.post(
        "/intake/v1/inquiries", json={"channel": "form"}, headers=house.as_("admin")
    )
    assert answer_to_post.status_code == 202


async def test_a_handshake_is_answered_and_not_kept(house: House) -> None:
    answer = await house.client.post(
        "/intake/v1/sources",
        json={"key": "tilda-1", "adapter": "tilda"},
        headers=house.as_("admin"),
    )
    assert answer.status_code == 201
    greeted = await house.client.post("/intake/v1/hooks/tilda-1", content=b"test=test")
    assert (greeted.status_code, greeted.text) == (200, "ok")
    assert "leadflow-receipt" not in greeted.headers
    assert await house.count() == 0

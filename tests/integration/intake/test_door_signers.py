"""Requests that the providers' own libraries sign, or take for signed, pass the door and no other.

Vonage's and Telnyx's libraries only check. Vonage's is asked here; Telnyx's checks with a package
of its own, so the reference alone stands for it.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from plivo.utils.signature_v3 import construct_post_url, get_signature_v3
from standardwebhooks.webhooks import Webhook
from twilio.request_validator import RequestValidator
from vonage_jwt import verify_signature

from shared.clock import system_clock
from tests.integration.intake.harness import House, open_house
from tests.support.provider_signatures import SECRETS, SIGNERS, Headers, base64_hmac

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PUBLIC = "https://leads.example/intake/v1/hooks"
TWILIO = {"auth_token": "token-of-twilio"}
FIELDS = {"CallSid": "CA1", "CallStatus": "busy", "From": "+14158675309", "CallerName": "Ann É."}
PLIVO = {"CallUUID": "u-1", "CallStatus": "busy", "From": "14158675309", "To": "", "Zoë": "é ü+&"}


def twilio(url: str, _body: bytes, _now: datetime) -> Headers:
    signature = RequestValidator(TWILIO["auth_token"]).compute_signature(url, FIELDS)
    return {"X-Twilio-Signature": signature}


def plivo(url: str, _body: bytes, _now: datetime) -> Headers:
    base, token = construct_post_url(url, PLIVO).decode(), SECRETS["plivo"]["auth_token"]
    signature = get_signature_v3(token.encode(), base, "n-1").decode()
    return {"X-Plivo-Signature-V3": f"other,{signature}", "X-Plivo-Signature-V3-Nonce": "n-1"}


def plivo_by_its_main_account(url: str, body: bytes, now: datetime) -> Headers:
    headers = plivo(url, body, now)
    headers["X-Plivo-Signature-Ma-V3"] = headers.pop("X-Plivo-Signature-V3")
    return headers


def standard(adapter: str) -> Callable[[str, bytes, datetime], Headers]:
    def sign(_url: str, body: bytes, now: datetime) -> Headers:
        whole = now.replace(microsecond=0)
        signature = Webhook(SECRETS[adapter]["secret"]).sign("msg_1", whole, body.decode())
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(whole.timestamp())),
            "webhook-signature": signature,
        }

    return sign


def vonage(url: str, body: bytes, now: datetime) -> Headers:
    headers = SIGNERS["vonage"](url, body, now)
    token = headers["Authorization"].removeprefix("Bearer ")
    assert verify_signature(token, SECRETS["vonage"]["signature_secret"])
    return headers


@dataclass(frozen=True)
class Case:
    adapter: str
    sign: Callable[[str, bytes, datetime], Headers]
    body: bytes
    kind: str = JSON
    secrets: Mapping[str, str] | None = None
    query: str = ""
    answer: tuple[int, bytes] = (200, b"ok")


EVENT = json.dumps({"conversation_uuid": "C-1", "status": "busy", "from": "14158675309"}).encode()
CASES = {
    "twilio": Case("twilio", twilio, urlencode(FIELDS).encode(), FORM, TWILIO, answer=(204, b"")),
    "plivo": Case("plivo", plivo, urlencode(PLIVO).encode(), FORM, answer=(200, b"<Response/>")),
    "plivo, query": Case(
        "plivo",
        plivo,
        urlencode(PLIVO).encode(),
        FORM,
        query="?b=2&a=%2B1",
        answer=(200, b"<Response/>"),
    ),
    "plivo, main account": Case(
        "plivo",
        plivo_by_its_main_account,
        urlencode(PLIVO).encode(),
        FORM,
        answer=(200, b"<Response/>"),
    ),
    "standard webhooks": Case("standard-webhooks", standard("standard-webhooks"), b'{"name": "A"}'),
    "asterisk": Case("asterisk", standard("asterisk"), b'{"src": "1", "uniqueid": "1"}'),
    "vonage": Case("vonage", vonage, EVENT, answer=(204, b"")),
    "telnyx": Case("telnyx", SIGNERS["telnyx"], b'{"data": {"event_type": "message.sent"}}'),
    "callrail": Case("callrail", SIGNERS["callrail"], b'{"id": 1, "answered": false}'),
    "ringcentral": Case("ringcentral", SIGNERS["ringcentral"], b'{"event": "/x", "body": {}}'),
    "aircall": Case(
        "aircall", SIGNERS["aircall"], b'{"event": "user.created", "token": "token-of-aircall"}'
    ),
    "freeswitch": Case("freeswitch", SIGNERS["freeswitch"], b'{"variables": {"uuid": "1"}}'),
    "cloudevents": Case(
        "cloudevents", SIGNERS["cloudevents"], b'{"id": "1", "source": "/a", "type": "t"}'
    ),
}


@pytest.fixture
async def door(intake_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(intake_url, tmp_path, public_url="https://leads.example") as house:
        house.time.now = system_clock()  # by which the libraries judge as well
        yield house


async def test_the_door_takes_what_the_providers_sign_and_answers_as_they_expect(
    door: House,
) -> None:
    for number, (name, case) in enumerate(CASES.items()):
        key = f"source-{number}"
        secrets = dict(case.secrets or SECRETS[case.adapter])
        await door.source(key=key, adapter=case.adapter, secrets=secrets)
        headers = case.sign(f"{PUBLIC}/{key}{case.query}", case.body, door.time())
        url = f"/v1/hooks/{key}{case.query}"
        kind = {"content-type": case.kind}
        answer = await door.client.post(url, content=case.body, headers={**kind, **headers})
        assert answer.status_code == case.answer[0], f"{name}: {answer.text}"
        if case.adapter not in {"standard-webhooks", "cloudevents"}:  # they are told the receipt
            assert answer.content == case.answer[1], name
        bare = await door.client.post(url, content=case.body.replace(b"token", b"t"), headers=kind)
        assert bare.status_code == 401, name
    assert await door.count() == len(CASES)
    await door.normalise()
    states = await door.rows("SELECT state, reason FROM submission WHERE state = 'quarantined'")
    assert states == []


async def test_a_request_of_plivo_that_comes_again_counts_once(door: House) -> None:
    await door.source(key="plivo-1", adapter="plivo", secrets=dict(SECRETS["plivo"]))
    signature = get_signature_v2(f"{PUBLIC}/plivo-1", "n-1")
    headers = {"x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": "n-1"}
    for _ in range(2):
        body = urlencode(PLIVO).encode()
        answer = await door.client.post(
            "/v1/hooks/plivo-1", content=body, headers={**headers, "content-type": FORM}
        )
        assert answer.status_code == 200
    assert await door.count() == 1


def get_signature_v2(url: str, nonce: str) -> str:
    return base64_hmac(SECRETS["plivo"]["auth_token"].encode(), (url + nonce).encode(), "sha256")


async def test_handshakes_are_answered_and_never_stored(door: House) -> None:
    await door.source(key="ring-1", adapter="ringcentral", secrets=dict(SECRETS["ringcentral"]))
    answer = await door.hook("ring-1", validation_token="a-token")
    assert (answer.status_code, answer.headers["validation-token"]) == (200, "a-token")
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    assert head + len(answer.content) < 1024
    assert await door.count() == 0


async def test_the_answer_url_of_vonage_is_asked_by_get(door: House) -> None:
    await door.source(key="vonage-1", adapter="vonage", secrets=dict(SECRETS["vonage"]))
    headers = vonage("", b"", door.time())
    query = "from=14158675309&to=18005551212&conversation_uuid=CON-1"
    answer = await door.client.get(f"/v1/hooks/vonage-1?{query}", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"[]")
    assert answer.headers["content-type"] == "application/json"

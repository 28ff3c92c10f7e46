"""What the door answers to forms and to their handshakes: status, body, headers, and whether
anything is stored.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.integration.intake.harness import House

META = {"app_secret": "s", "verify_token": "meatyhamhock", "access_token": "t"}
VK = {"secret": "s3cret", "confirmation": "c0ffee"}
LINKEDIN = {"client_secret": "s"}
LINKEDIN_ID = "890e4665-4dfe-4ab1-b689-ed553bceeed0"
SHOP = {"origins": ["https://shop.example"]}
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
PERSON = urlencode({"name": "Анна", "phone": "+79161234567"}).encode()
LEAD = json.dumps({"lead_id": "1", "google_key": "k", "user_column_data": []}).encode()
VK_LEAD = {"type": "lead_forms_new", "secret": "s3cret", "object": {"lead_id": 1}}
ASKS = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}


def _hmac(text: bytes) -> str:
    return hmac.new(b"s", text, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Door:
    """`headers` of the answer as listed; one that is None is not there."""

    name: str
    adapter: str
    status: int
    answer: bytes | Mapping[str, Any] | None = None
    method: str = "POST"
    query: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    stored: int = 0


def _meta(query: str) -> dict[str, Any]:
    return {"adapter": "meta-lead-ads", "secrets": META, "method": "GET", "query": query}


def _vk(event: Mapping[str, Any]) -> dict[str, Any]:
    body = json.dumps(event).encode()
    return {"adapter": "vk-lead-forms", "secrets": VK, "sent": JSON, "body": body}


def _html(sent: Mapping[str, str] | None = None, **options: Any) -> dict[str, Any]:
    headers = {**FORM, **(sent or {})}
    return {"adapter": "html-form", "options": options, "sent": headers, "body": PERSON}


def _plain(adapter: str, body: bytes = PERSON, sent: Mapping[str, str] = FORM) -> Door:
    return Door(adapter, adapter, 200, b"ok", sent=sent, body=body, stored=1)


CHALLENGE = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="
SHOPS = {"origin": "https://shop.example"}
OTHERS = {"origin": "https://other.example"}
CORS = "access-control-allow-origin"
DOORS = (
    Door("meta knows our token", status=200, answer=b"1158201444",
         headers={"content-type": "text/plain; charset=utf-8"},
         **_meta(CHALLENGE + "meatyhamhock")),
    Door("meta with another token", status=401, **_meta(CHALLENGE + "another")),
    Door("meta without a token", status=401, **_meta(CHALLENGE)),
    Door("meta with a page for a challenge", status=401,
         **_meta("hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=meatyhamhock")),
    Door("meta's leads", "meta-lead-ads", 200, b"ok", secrets=META, body=b'{"entry":[]}', stored=1,
         sent={**JSON, "x-hub-signature-256": "sha256=" + _hmac(b'{"entry":[]}')}),
    Door("meta's leads, unsigned", "meta-lead-ads", 401, secrets=META, body=b'{"entry":[]}'),
    Door("vk asks for the confirmation", status=200, answer=b"c0ffee",
         **_vk({"type": "confirmation", "group_id": 1})),
    Door("vk with a wrong secret", status=401,
         **_vk({"type": "confirmation", "group_id": 1, "secret": "x"})),
    Door("vk's lead", status=200, answer=b"ok", stored=1, **_vk(VK_LEAD)),
    Door("vk's other events", status=200, answer=b"ok", stored=1,
         **_vk({"type": "message_new", "secret": "s3cret"})),
    Door("linkedin's challenge", "linkedin-lead-gen", 200, method="GET", secrets=LINKEDIN,
         query=f"challengeCode={LINKEDIN_ID}&applicationId=1",
         answer={"challengeCode": LINKEDIN_ID, "challengeResponse": _hmac(LINKEDIN_ID.encode())},
         headers={"content-type": "application/json"}),
    Door("linkedin's lead", "linkedin-lead-gen", 200, b"ok", secrets=LINKEDIN, body=b"{}", stored=1,
         sent={**JSON, "x-li-signature": _hmac(b"hmacsha256={}")}),
    Door("google's lead", "google-ads", 200, b"ok", secrets={"google_key": "k"}, body=LEAD,
         sent=JSON, stored=1),
    Door("google's lead with another key", "google-ads", 401, secrets={"google_key": "K"},
         body=LEAD, sent=JSON),
    *(_plain(adapter) for adapter in ("jotform", "gravity-forms", "contact-form-7", "wpforms",
                                      "elementor", "unbounce", "marquiz", "webflow")),
    Door("a browser's form", status=200, stored=1, headers={
        "content-type": "text/html; charset=utf-8", "cache-control": "no-store", CORS: None,
        "vary": None}, **_html()),
    Door("a form with a page of thanks", status=303, answer=b"", stored=1,
         headers={"location": "https://shop.example/thanks"},
         **_html(thank_you_url="https://shop.example/thanks")),
    Door("a script's form of our shop", status=200, stored=1,
         headers={CORS: "https://shop.example", "vary": "Origin", "location": None,
                  "content-type": "application/json"},
         **_html({"accept": "application/json", **SHOPS}, **SHOP, thank_you_url="https://a.example/")),
    Door("a script's form of another site", status=200, stored=1, headers={CORS: None},
         **_html({"accept": "application/json", **OTHERS}, **SHOP)),
    Door("a script's form of any site", status=200, stored=1, headers={CORS: "*"},
         **_html({"accept": "application/json", **OTHERS}, origins=["*"])),
    Door("somebody looks at the address", "html-form", 405, b"", method="GET",
         headers={"allow": "POST, OPTIONS"}),
    Door("a browser asks for our shop", "html-form", 204, b"", method="OPTIONS", options=SHOP,
         sent={**SHOPS, **ASKS}, headers={
             CORS: "https://shop.example", "access-control-allow-methods": "POST",
             "access-control-allow-credentials": None, "vary": "Origin"}),
    Door("a browser asks for another site", "html-form", 405, method="OPTIONS", options=SHOP,
         sent={**OTHERS, **ASKS}, headers={CORS: None}),
    Door("a browser asks where nobody is allowed", "html-form", 405, method="OPTIONS",
         sent={**SHOPS, **ASKS}, headers={CORS: None}),
    Door("OPTIONS that asks nothing", "html-form", 405, method="OPTIONS", options=SHOP, sent=SHOPS),
    Door("a browser asks a provider's hook", "webflow", 405, method="OPTIONS", sent=ASKS),
    Door("a sender of CloudEvents asks for leave", "cloudevents", 200, b"", method="OPTIONS",
         sent={"webhook-request-origin": "events.example", "webhook-request-rate": "120"},
         headers={"webhook-allowed-origin": "events.example", "webhook-allowed-rate": "120",
                  "allow": "POST"}),
    Door("a sender of CloudEvents asks nothing", "cloudevents", 405, method="OPTIONS"),
)  # fmt: skip


async def test_the_doors_answer(house: House) -> None:
    for number, door in enumerate(DOORS):
        before = await house.count()
        configuration: dict[str, Any] = {"adapter": door.adapter, "options": dict(door.options)}
        if door.secrets:
            configuration["secrets"] = dict(door.secrets)
        await house.source(key=f"site-{number}", **configuration)
        path = f"/v1/hooks/site-{number}" + (f"?{door.query}" if door.query else "")
        answer = await house.client.request(
            door.method, path, content=door.body, headers=dict(door.sent)
        )
        assert answer.status_code == door.status, door.name
        if isinstance(door.answer, bytes):
            assert answer.content == door.answer, door.name
        elif door.answer is not None:
            assert answer.json() == door.answer, door.name
        headers = {name: answer.headers.get(name) for name in door.headers}
        assert headers == door.headers, door.name
        assert await house.count() - before == door.stored, door.name


async def test_options_tell_nothing_of_a_source_that_is_not_there(house: House) -> None:
    await house.source(key="site", adapter="html-form", options=SHOP)
    refusals = [
        await house.client.options(f"/v1/hooks/{key}", headers={**OTHERS, **ASKS})
        for key in ("site", "nobody")
    ]
    assert refusals[0].status_code == refusals[1].status_code == 405
    of_site, of_nobody = ({**answer.json(), "trace_id": ""} for answer in refusals)
    assert of_site == of_nobody
    assert refusals[0].headers == refusals[1].headers


async def test_a_trapped_robot_is_thanked_and_set_aside(house: House) -> None:
    await house.source(key="site", adapter="html-form")
    fields = {"name": "Анна", "phone": "+79161234567", "lf_website": "https://spam.example"}
    answer = await house.hook("site", urlencode(fields).encode(), **FORM)
    assert "Thank you" in answer.text or "Спасибо" in answer.text
    await house.normalise()
    receipt = await house.receipt(answer)
    assert (receipt["state"], receipt["reason"]) == ("quarantined", "spam")


async def test_googles_tests_are_never_one(house: House) -> None:
    await house.source(key="ads", adapter="google-ads", secrets={"google_key": "k"})
    lead = {"lead_id": "TeSter-123", "google_key": "k", "is_test": True, "user_column_data": []}
    for _ in range(2):
        answer = await house.hook("ads", json.dumps(lead).encode(), **JSON)
        await house.normalise()
        assert (await house.receipt(answer))["state"] == "normalised"
    lead["is_test"] = False
    states = []
    for _ in range(2):
        answer = await house.hook("ads", json.dumps(lead).encode(), **JSON)
        await house.normalise()
        states.append((await house.receipt(answer))["state"])
    assert states == ["normalised", "ignored"]


async def test_options_that_cannot_work_are_refused_by_name(house: House) -> None:
    body = {"adapter": "html-form", "options": {"origins": "x", "thank_you_url": "javascript:1"}}
    answer = await house.client.post("/v1/sources", json=body, headers=house.as_("admin"))
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/options/origins", "/options/thank_you_url"}


async def test_the_snippet_is_for_forms_and_for_admins(house: House) -> None:
    settings = {"consent_text_version": '2026"<', "options": {"honeypot": "site_url"}}
    await house.source(key="site", adapter="html-form", **settings)
    await house.source(key="other", adapter="generic-json")
    path = "/v1/sources/site/snippet"
    answer = await house.client.get(path, headers=house.as_("admin"))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert 'action="http://127.0.0.1:8080/intake/v1/hooks/site"' in answer.text
    assert 'data-leadflow-consent="2026&quot;&lt;"' in answer.text
    assert 'name="site_url"' in answer.text
    assert "Телефон" in answer.text
    english = await house.client.get(path, params={"language": "en"}, headers=house.as_("admin"))
    assert "Phone" in english.text
    assert "%" not in english.text
    other = await house.client.get("/v1/sources/other/snippet", headers=house.as_("admin"))
    assert other.status_code == 422

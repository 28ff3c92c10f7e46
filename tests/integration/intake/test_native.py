"""The native API: who may post, and which field is at fault."""

import json
from typing import Any
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.integration.intake.harness import House, one

INQUIRY: dict[str, Any] = {"channel": "form", "contact": {"phones": ["+79161234567"]}}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"contact": {}}, "/channel"),
        ({**INQUIRY, "channel": "smoke"}, "/channel"),
        ({**INQUIRY, "colour": "red"}, "/colour"),
        ({**INQUIRY, "owner_id": "me"}, "/owner_id"),
        ({**INQUIRY, "contact": {"phones": "+7916"}}, "/contact/phones"),
        ({**INQUIRY, "contact": {"phones": [7]}}, "/contact/phones/0"),
        ({**INQUIRY, "occurred_at": "yesterday"}, "/occurred_at"),
        ({**INQUIRY, "occurred_at": "2026-01-01T00:00:00"}, "/occurred_at"),
        ({**INQUIRY, "occurred_at": "9999-12-31T23:59:59Z"}, "/occurred_at"),
        ({**INQUIRY, "amount": "much"}, "/amount"),
        ({**INQUIRY, "call": {"direction": "sideways"}}, "/call/direction"),
        ({**INQUIRY, "call": {"wait_seconds": -1}}, "/call/wait_seconds"),
        ({**INQUIRY, "source_key": "no-such-source"}, "/source_key"),
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'"x"', ""),
        (b"\xff\xfe\x00", ""),
        (b'{"channel":"form","amount":1' + b"0" * 5000 + b"}", "/amount"),
        (b"[" * 5000 + b"]" * 5000, ""),
        (b'{"channel":"form","fields":' + b'{"a":' * 5000 + b"1" + b"}" * 5001, ""),
        (b'{"channel":"form","amount":NaN}', ""),
    ],
)
async def test_a_bad_body_is_422_and_names_the_field(house: House, body: Any, pointer: str) -> None:
    answer = await house.native(body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await house.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"channel":"form","text":"a\\u0000b"}',
        b'{"channel":"form","text":"a\\ud800b"}',
        b'\xef\xbb\xbf{"channel":"form"}',
        b'{"channel":"form","fields":{"n":123456789012345678901234567890}}',
        b'{"channel":"form","amount":1500.50,"currency":"RUB"}',
        b'{"channel":"form","channel":"email"}',
    ],
)
async def test_odd_but_honest_bodies_become_inquiries(house: House, body: bytes) -> None:
    answer = await house.native(body)
    assert answer.status_code == 202, answer.text
    await house.normalise()
    assert (await house.receipt(answer))["state"] == "normalised"


async def test_nul_and_surrogates_are_replaced(house: House) -> None:
    await house.native(b'{"channel":"form","text":"a\\u0000b\\ud800c"}')
    await house.normalise()
    assert one(await house.emitted("inquiry.received"))["text"] == "a\ufffdb\ufffdc"


async def test_a_declared_charset_is_honoured(house: House) -> None:
    body = '{"channel":"form","text":"Привет"}'.encode("cp1251")
    answer = await house.native(body, **{"content-type": "application/json; charset=windows-1251"})
    assert answer.status_code == 202
    await house.normalise()
    assert one(await house.emitted("inquiry.received"))["text"] == "Привет"


async def test_every_member_of_the_body_arrives(house: House) -> None:
    body = {
        "channel": "call",
        "external_id": "c-1",
        "occurred_at": "2026-03-01T10:00:00+03:00",
        "priority_class": "low",
        "is_test": True,
        "language": "ru",
        "contact": {
            "name": "Анна  Петрова",
            "company": "Ромашка",
            "phones": ["8 (916) 123-45-67"],
            "emails": ["Anna@Example.COM"],
            "other": {"telegram": "@anna"},
        },
        "subject": "Окна",
        "text": "Позвоните",
        "call": {"direction": "incoming", "outcome": "missed", "from": "89161234567"},
        "campaign": {"utm_source": "yandex", "click_ids": {"yclid": "1"}, "ad": {"id": 5}},
        "fields": {"цвет": "белый"},
        "region": "Москва",
        "city": "Москва",
        "product_interest": "окна",
        "amount": 1500.5,
        "currency": "RUB",
        "consent": {"given": True, "text_version": "v3", "at": "2026-03-01T07:00:00Z"},
    }
    answer = await house.native(body)
    await house.normalise()
    inquiry_id = (await house.receipt(answer))["inquiry_ids"][0]
    inquiry = await house.get(f"/v1/inquiries/{inquiry_id}")
    assert inquiry["contact"]["name"] == "Анна Петрова"
    assert inquiry["contact"]["phones"] == ["+79161234567"]
    assert inquiry["contact"]["emails"] == ["anna@example.com"]
    assert inquiry["contact"]["other"] == {"telegram": "@anna"}
    assert inquiry["call"]["outcome"] == "missed"
    assert inquiry["call"]["from"] == "+79161234567"
    assert inquiry["campaign"]["click_ids"] == {"yclid": "1"}
    assert inquiry["campaign"]["ad"] == {"id": 5}
    assert inquiry["occurred_at"] == "2026-03-01T07:00:00Z"
    assert inquiry["amount"] == 1500.5
    assert inquiry["priority_class"] == "low"
    assert inquiry["is_test"] is True
    for name in ("subject", "text", "region", "city", "product_interest", "currency", "fields"):
        assert inquiry[name] == body[name]
    consent = one(await house.emitted("consent.recorded"))
    assert consent["given"] is True
    assert consent["text_version"] == "v3"
    assert consent["inquiry_id"] == inquiry_id


async def test_without_a_source_it_belongs_to_the_built_in_one(house: House) -> None:
    answer = await house.native(INQUIRY)
    source = await house.get("/v1/sources/api")
    assert (await house.receipt(answer))["source_id"] == source["source_id"]
    assert (source["country"], source["time_zone"]) == ("RU", "Europe/Moscow")
    assert source["managed_by"] == "built_in"


async def test_a_sources_token_posts_for_its_own_source_only(house: House) -> None:
    own = await house.source(key="own-source", adapter="native")
    await house.source(key="foreign", adapter="native")
    as_source = house.as_("source", source_id=UUID(own["source_id"]))
    content = json.dumps(INQUIRY)
    answer = await house.client.post("/v1/inquiries", content=content, headers=as_source)
    assert answer.status_code == 202
    assert (await house.receipt(answer))["source_id"] == own["source_id"]
    body_with_key = json.dumps({**INQUIRY, "source_key": "own-source"})
    answer = await house.client.post("/v1/inquiries", content=body_with_key, headers=as_source)
    assert answer.status_code == 202
    foreign = json.dumps({**INQUIRY, "source_key": "foreign"})
    answer = await house.client.post("/v1/inquiries", content=foreign, headers=as_source)
    assert answer.status_code == 403
    await house.client.delete("/v1/sources/own-source", headers=house.as_("admin"))
    await house.app.door.cache.reload()
    answer = await house.client.post("/v1/inquiries", content=content, headers=as_source)
    assert answer.status_code == 403


async def test_a_receipt_is_shown_to_its_own_source_only(house: House) -> None:
    own = await house.source(key="own-source", adapter="native")
    as_source = house.as_("source", source_id=UUID(own["source_id"]))
    as_other = house.as_("source", source_id=new_id())
    answer = await house.client.post(
        "/v1/inquiries", content=json.dumps(INQUIRY), headers=as_source
    )
    path = f"/v1/receipts/{answer.json()['receipt_id']}"
    assert (await house.client.get(path, headers=as_source)).status_code == 200
    assert (await house.client.get(path, headers=as_other)).status_code == 404


async def test_who_may_post(house: House) -> None:
    statuses = {}
    for role in ("supervisor", "ops", "service"):
        answer = await house.client.post("/v1/inquiries", json=INQUIRY, headers=house.as_(role))
        statuses[role] = answer.status_code
    manager = house.as_("manager", manager_id=new_id())
    statuses["manager"] = (
        await house.client.post("/v1/inquiries", json=INQUIRY, headers=manager)
    ).status_code
    assert set(statuses.values()) == {403}
    nobody = await house.client.post("/v1/inquiries", json=INQUIRY)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"] == "Bearer"
    forged = {"Authorization": house.as_("admin")["Authorization"][:-4] + "AAAA"}
    assert (
        await house.client.post("/v1/inquiries", json=INQUIRY, headers=forged)
    ).status_code == 401
    assert await house.count() == 0


async def test_the_trace_goes_from_the_request_into_the_events(house: House) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await house.native(INQUIRY, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    await house.normalise()
    event = one(await house.emitted("inquiry.received"))
    assert event["_trace"].split("-")[1] == trace

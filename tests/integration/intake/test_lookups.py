"""Who is calling: answered while the telephone rings, by what is known, and never too late."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from services.intake.routes.ingest import lookups
from tests.integration.intake.harness import House

PHONE = "79161234567"
ASKED = {
    "megafon": {"cmd": "contact", "phone": PHONE, "callid": "1", "crm_token": "token-of-megafon"},
    "binotel": {"requestType": "apiCallSettings", "externalNumber": PHONE, "companyID": "95710"},
}
SECRETS = {"megafon": {"crm_token": "token-of-megafon"}, "binotel": {"company_id": "95710"}}
UNKNOWN: dict[str, Any] = {"megafon": {}, "binotel": {"name": ""}}
KNOWN: dict[str, Any] = {
    "megafon": {"contact_name": "Анна Орлова"},
    "binotel": {"name": "Анна Орлова", "customerData": {"assignedToEmployeeNumber": ""}},
}


async def asked(house: House, adapter: str, **changes: str) -> Any:
    body = urlencode({**ASKED[adapter], **changes}).encode()
    return await house.hook(adapter, body, content_type="application/x-www-form-urlencoded")


async def connect(house: House, adapter: str) -> None:
    await house.source(key=adapter, adapter=adapter, secrets=SECRETS[adapter])
    contact = {"name": "Анна Орлова", "phones": ["+" + PHONE]}
    await house.native({"channel": "form", "contact": contact})
    await house.normalise()


@pytest.mark.parametrize("adapter", sorted(ASKED))
async def test_a_known_caller_is_named_and_the_question_is_not_stored(
    house: House, adapter: str
) -> None:
    await connect(house, adapter)
    answer = await asked(house, adapter)
    assert (answer.status_code, json.loads(answer.content)) == (200, KNOWN[adapter])
    assert "leadflow-receipt" not in answer.headers
    name = "phone" if adapter == "megafon" else "externalNumber"
    for stranger in ("79160000000", "anonymous", "201", ""):
        answer = await asked(house, adapter, **{name: stranger})
        assert (answer.status_code, json.loads(answer.content)) == (200, UNKNOWN[adapter])
    assert await house.count() == 1


@pytest.mark.parametrize("adapter", sorted(ASKED))
async def test_who_proves_nothing_learns_nothing(house: House, adapter: str) -> None:
    await connect(house, adapter)
    secret = "crm_token" if adapter == "megafon" else "companyID"
    answer = await asked(house, adapter, **{secret: "guessed"})
    assert answer.status_code == 401
    assert "Анна" not in answer.text


@pytest.mark.parametrize("adapter", sorted(ASKED))
async def test_whatever_is_wrong_nobody_is_known_in_time(
    house: House, adapter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(house, adapter)

    async def never(*_given: object) -> str:
        await asyncio.Event().wait()
        raise AssertionError

    async def fails(*_given: object) -> str:
        raise OSError

    for trouble in (never, fails):
        with monkeypatch.context() as broken:
            broken.setattr(lookups, "find_name", trouble)
            answer = await asked(house, adapter)
            assert (answer.status_code, json.loads(answer.content)) == (200, UNKNOWN[adapter])


async def test_a_number_that_several_share_is_nobodys(house: House) -> None:
    await connect(house, "megafon")
    await house.change("UPDATE contact_point SET shared = true")
    answer = await asked(house, "megafon")
    assert json.loads(answer.content) == {}

"""What exchanges are answered by the running door, the second time too; set-ups are not stored."""

from urllib.parse import urlencode

from tests.integration.intake.exchanges import FORM, connect
from tests.integration.intake.harness import House

COMPLETED = {
    "requestType": "apiCallCompleted",
    "callDetails[companyID]": "95710",
    "callDetails[generalCallID]": "b-1",
    "callDetails[callType]": "0",
    "callDetails[externalNumber]": "79161234567",
    "callDetails[disposition]": "NOANSWER",
}


async def test_binotel_hears_success_however_often_it_sends(house: House) -> None:
    await house.source(key="binotel", adapter="binotel", secrets={"company_id": "95710"})
    for attempt in ("1", "2", "2"):
        body = urlencode({**COMPLETED, "attemptsCounter": attempt}).encode()
        answer = await house.hook("binotel", body, content_type=FORM)
        assert (answer.status_code, answer.content) == (200, b'{"status":"success"}')
        assert answer.headers["content-type"] == "application/json"
        await house.normalise()
    assert await house.count("inquiry") == 1
    refused = {**COMPLETED, "callDetails[companyID]": "1"}
    answer = await house.hook("binotel", urlencode(refused).encode(), content_type=FORM)
    assert answer.status_code == 401


async def test_zadarma_is_set_up_by_its_own_word(house: House) -> None:
    await connect(house)
    answer = await house.client.get("/v1/hooks/zadarma", params={"zd_echo": "abc"})
    assert (answer.status_code, answer.text) == (200, "abc")
    answer = await house.client.get("/v1/hooks/zadarma", params={"event": "NOTIFY_END"})
    assert answer.status_code == 401
    assert await house.count() == 0


async def test_sipuni_may_ask_by_get(house: House) -> None:
    await connect(house)
    params = {"event": "2", "call_id": "s-1", "src_num": "79161234567", "dst_num": "201"}
    answer = await house.client.get("/v1/hooks/sipuni", params=params)
    assert (answer.status_code, answer.content) == (200, b'{"success": true}')
    await house.normalise()
    assert (await house.receipt(answer))["state"] == "normalised"

"""A reply belongs to what it answers, a forged one joins nobody; ignored mails can come back."""

import base64
import json
from typing import Any

from tests.integration.intake.harness import House, one

BASIC = {"authorization": "Basic " + base64.b64encode(b"u:p").decode()}
FIRST = "first@client.example"


async def opened(house: House, **settings: Any) -> None:
    secrets = {"username": "u", "password": "p"}
    await house.source(key="mail", adapter="postmark", secrets=secrets, **settings)


async def deliver(
    house: House, sender: str, message_id: str, *answers: str, **fields: Any
) -> dict[str, Any]:
    """What becomes of one mail: its receipt."""
    headers = [{"Name": "Message-ID", "Value": f"<{message_id}>"}]
    if answers:
        references = " ".join(f"<{one}>" for one in answers)
        headers.append({"Name": "References", "Value": references})
    letter = {
        "From": sender, "To": "sales@shop.example", "MessageID": message_id, "Headers": headers,
        "TextBody": "Хочу окно", **fields,
    }  # fmt: skip
    answer = await house.hook("mail", json.dumps(letter).encode(), **BASIC)
    await house.normalise()
    receipt: dict[str, Any] = await house.receipt(answer)
    return receipt


async def inquiry(house: House, receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await house.get(f"/v1/inquiries/{one(receipt['inquiry_ids'])}")
    return found


async def test_a_reply_names_the_inquiry_that_it_answers(house: House) -> None:
    await opened(house)
    first = await inquiry(house, await deliver(house, "Inna <inna@client.example>", FIRST))
    # The manager's answer between them is unknown, but the references name the first mail.
    reply = await inquiry(
        house, await deliver(house, "inna@client.example", "second@c", FIRST, "ours@shop.example")
    )
    assert first["answers_inquiry_id"] is None
    assert reply["answers_inquiry_id"] == first["inquiry_id"]
    assert reply["contact_id"] == first["contact_id"]
    assert reply["is_repeat"]


async def test_who_got_the_mail_too_may_answer_for_the_customer(house: House) -> None:
    await opened(house)
    first = await inquiry(
        house,
        await deliver(house, "Inna <inna@client.example>", FIRST, Cc="Oleg <oleg@other.example>"),
    )
    words = "Мой телефон 8 916 010-20-53"
    reply = await inquiry(
        house, await deliver(house, "oleg@other.example", "second@o", FIRST, TextBody=words)
    )
    assert reply["answers_inquiry_id"] == first["inquiry_id"]
    assert reply["contact_id"] == first["contact_id"]
    assert reply["contact"]["emails"] == []
    assert reply["contact"]["phones"] == []
    assert reply["contact"]["mentioned"] == {
        "phones": ["+79160102053"],
        "emails": ["oleg@other.example"],
    }
    # Who answered has become nobody else: the next mail from there is a person of its own.
    alone = await inquiry(house, await deliver(house, "oleg@other.example", "third@o"))
    assert alone["contact_id"] != first["contact_id"]


async def test_a_stranger_who_knows_an_id_joins_nobody(house: House) -> None:
    await opened(house)
    first = await inquiry(house, await deliver(house, "inna@client.example", FIRST))
    forged = await inquiry(house, await deliver(house, "eve@evil.example", "x@evil", FIRST))
    assert forged["answers_inquiry_id"] is None
    assert forged["contact_id"] != first["contact_id"]
    # Nor does she take the id over by sending it again.
    await deliver(house, "eve@evil.example", "y@evil", MessageID="y@evil",
                  Headers=[{"Name": "Message-ID", "Value": f"<{FIRST}>"}])  # fmt: skip
    reply = await inquiry(house, await deliver(house, "inna@client.example", "second@c", FIRST))
    assert reply["answers_inquiry_id"] == first["inquiry_id"]


async def test_an_ignored_mail_can_be_released(house: House) -> None:
    await opened(house)
    ignored = await deliver(house, "inna@client.example", FIRST, Subject="Автоматический ответ: да")
    assert (ignored["state"], ignored["reason"]) == ("ignored", "auto_reply")
    listed = await house.get("/v1/submissions", state="ignored", reason="auto_reply")
    path = f"/v1/submissions/{one(listed['items'])['receipt_id']}/release"

    assert (await house.client.post(path, headers=house.as_("supervisor"))).status_code == 202
    await house.normalise()
    receipt = await house.get(f"/v1/receipts/{ignored['receipt_id']}")
    assert receipt["state"] == "normalised"
    assert (await inquiry(house, receipt))["contact"]["emails"] == ["inna@client.example"]
    assert (await house.client.post(path, headers=house.as_("supervisor"))).status_code == 409


async def test_only_mails_are_released(house: House) -> None:
    await house.source(key="gen", adapter="generic-json")
    answer = await house.hook("gen", b"{", content_type="application/json")
    await house.normalise()
    receipt = await house.receipt(answer)
    path = f"/v1/submissions/{receipt['receipt_id']}/release"
    assert (await house.client.post(path, headers=house.as_("admin"))).status_code == 409

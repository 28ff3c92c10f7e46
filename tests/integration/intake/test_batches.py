"""Deliveries of several records: each record is one inquiry, in whatever company it comes again."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.intake.use_cases.reconcile import reconcile
from shared.ids import new_id
from tests.integration.intake.harness import House
from tests.support.chance import examples

BATCH = {"content_type": "application/cloudevents-batch+json"}
MAPPING = {"is_test": "data.is_test"}


def events(names: Sequence[str], **data: Any) -> bytes:
    return json.dumps(
        [
            {
                "specversion": "1.0",
                "id": name,
                "source": "/shop",
                "type": "lead",
                "data": {"name": name, "phone": f"+7916123456{len(name) % 10}", **data},
            }
            for name in names
        ]
    ).encode()


async def deliver(house: House, key: str, names: Sequence[str], **data: Any) -> Any:
    return await house.hook(key, events(names, **data), **BATCH)


async def inquiry_names(house: House, source_id: str) -> list[str]:
    rows = await house.rows(
        "SELECT external_id FROM (SELECT content ->> 'external_id' AS external_id, source_id"
        " FROM inquiry) AS i WHERE source_id = CAST(:id AS uuid) ORDER BY external_id",
        id=source_id,
    )
    return [row["external_id"].removeprefix("/shop ") for row in rows]


async def balanced(house: House) -> bool:
    now = house.time() + timedelta(days=1)
    result = await reconcile(house.database, [], now=now, grace=timedelta(0), whole=True)
    return bool(result["balanced"])


async def test_what_comes_again_with_others_is_no_second_inquiry(house: House) -> None:
    source = await house.source(key="shop", adapter="cloudevents")
    first = await deliver(house, "shop", ["a", "b"])
    await house.normalise()
    later = await deliver(house, "shop", ["c", "b", "a", "d"])
    again = await deliver(house, "shop", ["b", "d"])
    await house.normalise()
    assert await inquiry_names(house, source["source_id"]) == ["a", "b", "c", "d"]
    early, mixed, known = [await house.receipt(answer) for answer in (first, later, again)]
    assert [receipt["state"] for receipt in (early, mixed)] == ["normalised", "normalised"]
    a, b = early["inquiry_ids"]
    assert mixed["inquiry_ids"][1:3] == [b, a], "in the order of the delivery"
    assert (known["state"], known["reason"]) == ("ignored", "duplicate")
    assert known["inquiry_ids"] == [b, mixed["inquiry_ids"][3]]
    assert await balanced(house)


async def test_a_single_record_is_the_same_in_a_batch(house: House) -> None:
    source = await house.source(key="shop", adapter="cloudevents")
    for names in (["a"], ["a", "b"], ["b"]):
        await deliver(house, "shop", names)
        await house.normalise()
    assert await inquiry_names(house, source["source_id"]) == ["a", "b"]


async def test_one_record_twice_in_one_delivery_is_one_inquiry(house: House) -> None:
    source = await house.source(key="shop", adapter="cloudevents")
    answer = await deliver(house, "shop", ["a", "b", "a"])
    await house.normalise()
    assert await inquiry_names(house, source["source_id"]) == ["a", "b"]
    receipt = await house.receipt(answer)
    assert receipt["state"] == "normalised"
    assert len(receipt["inquiry_ids"]) == 2
    assert await balanced(house)


async def test_test_sends_are_never_taken_for_repeated(house: House) -> None:
    source = await house.source(key="shop", adapter="cloudevents", mapping=MAPPING)
    for names in (["a", "b"], ["b", "a"]):
        await deliver(house, "shop", names, is_test="true")
        await house.normalise()
    assert await inquiry_names(house, source["source_id"]) == ["a", "a", "b", "b"]
    await deliver(house, "shop", ["a", "b"], sent="in earnest")
    await house.normalise()
    assert len(await inquiry_names(house, source["source_id"])) == 6


async def test_mails_of_a_batch_keep_their_threads_when_some_are_known(house: House) -> None:
    await house.source(key="mails", adapter="brevo")

    def mail(name: str, **more: Any) -> dict[str, Any]:
        sender = {"Address": f"{name}@example.org", "Name": name}
        words = {"Subject": "Question", "RawTextBody": f"How much is {name}?"}
        return {"MessageId": f"<{name}@example.org>", "From": sender, **words, **more}

    for mails in ([mail("anna"), mail("boris")], [mail("vera"), mail("anna"), mail("gleb")]):
        body = json.dumps({"items": mails}).encode()
        await house.hook("mails", body, content_type="application/json")
        await house.normalise()
    rows = await house.rows("SELECT content ->> 'external_id' AS id FROM inquiry")
    assert len(rows) == len({row["id"] for row in rows}) == 4
    threads = await house.rows("SELECT inquiry_id FROM mail_message")
    assert len(threads) == 4


async def test_a_repaired_delivery_reports_only_what_is_new(house: House) -> None:
    source = await house.source(key="shop", adapter="cloudevents")
    broken = await house.hook("shop", b'[{"id": "a"', **BATCH)
    await deliver(house, "shop", ["a"])
    await house.normalise()
    receipt_id = (await house.receipt(broken))["receipt_id"]
    answer = await house.client.post(
        f"/v1/submissions/{receipt_id}/repair",
        json={"body": events(["b", "a"]).decode(), "content_type": BATCH["content_type"]},
        headers=house.as_("supervisor"),
    )
    assert answer.status_code in {200, 202}, answer.text
    await house.normalise()
    assert await inquiry_names(house, source["source_id"]) == ["a", "b"]
    repaired = await house.receipt(broken)
    assert repaired["state"] == "normalised"
    assert len(repaired["inquiry_ids"]) == 2
    assert await balanced(house)


NAMES = st.lists(st.sampled_from("abcde"), min_size=1, max_size=5)


@examples(15)
@given(deliveries=st.lists(NAMES, min_size=2, max_size=6), late=st.integers(0, 4))
async def test_any_compositions_and_two_normalisers_make_one_inquiry_of_each_record(
    house: House, deliveries: list[list[str]], late: int
) -> None:
    key = f"shop-{new_id()}"
    source = await house.source(key=key, adapter="cloudevents")
    answers = [await deliver(house, key, names) for names in deliveries[late:]]
    await asyncio.gather(house.normalise(), house.normalise())
    answers += [await deliver(house, key, names) for names in deliveries[:late]]
    await asyncio.gather(house.normalise(), house.normalise())
    expected = sorted({name for names in deliveries for name in names})
    assert await inquiry_names(house, source["source_id"]) == expected
    inquiry_of: dict[str, str] = {}
    for names, answer in zip(deliveries[late:] + deliveries[:late], answers, strict=True):
        receipt = await house.receipt(answer)
        assert receipt["state"] in {"normalised", "ignored"}
        for name, inquiry_id in zip(dict.fromkeys(names), receipt["inquiry_ids"], strict=True):
            assert inquiry_of.setdefault(name, inquiry_id) == inquiry_id
    assert await balanced(house)

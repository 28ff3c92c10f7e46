"""Repeats: within its source's window the same words of a person are one inquiry, else all are."""

import json
from typing import Any

from tests.integration.intake.harness import House, one

SAID = {"name": "Анна", "phone": "+79161234567", "message": "Нужны окна", "tranid": "1"}


async def post(house: House, key: str = "site", **changes: Any) -> Any:
    body = json.dumps({**SAID, **changes}).encode()
    return await house.hook(key, body, content_type="application/json")


async def send(house: House, key: str = "site", **changes: Any) -> dict[str, Any]:
    answer = await post(house, key, **changes)
    await house.normalise()
    receipt: dict[str, Any] = await house.receipt(answer)
    return receipt


def end(receipt: dict[str, Any]) -> tuple[str, str | None]:
    return receipt["state"], receipt["reason"]


async def opened(house: House, **settings: Any) -> None:
    await house.source(key="site", adapter="generic-json", **settings)


async def test_within_the_window_the_same_words_are_one_inquiry(house: House) -> None:
    await opened(house, dedupe_seconds=60)
    first = await send(house)
    house.time.pass_(seconds=40)
    again = await send(house, tranid="2", message=" нужны ОКНА")
    assert end(again) == ("ignored", "duplicate")
    assert again["inquiry_ids"] == first["inquiry_ids"]
    assert len(await house.emitted("inquiry.received")) == 1
    # The window begins with the first, and no repeat makes it longer.
    house.time.pass_(seconds=30)
    later = await send(house, tranid="3")
    assert end(later) == ("normalised", None)
    assert (await house.get(f"/v1/inquiries/{one(later['inquiry_ids'])}"))["is_repeat"] is True
    house.time.pass_(seconds=50)
    assert (await send(house, tranid="4"))["inquiry_ids"] == later["inquiry_ids"]


async def test_other_words_people_and_sources_are_others(house: House) -> None:
    await opened(house, dedupe_seconds=60)
    await house.source(key="shop", adapter="generic-json", dedupe_seconds=60)
    receipts = [
        await send(house),
        await send(house, message="Нужны двери"),
        await send(house, phone="+79161234568"),
        await send(house, "shop"),
    ]
    assert {end(receipt) for receipt in receipts} == {("normalised", None)}
    assert len({one(receipt["inquiry_ids"]) for receipt in receipts}) == 4


async def test_within_one_batch_the_first_is_the_inquiry(house: House) -> None:
    await opened(house, dedupe_seconds=60)
    answers = [await post(house, tranid=str(number)) for number in range(3)]
    await house.normalise()
    receipts = [await house.receipt(answer) for answer in answers]
    assert [end(receipt) for receipt in receipts] == [
        ("normalised", None),
        *[("ignored", "duplicate")] * 2,
    ]
    event = one(await house.emitted("inquiry.received"))
    assert {one(receipt["inquiry_ids"]) for receipt in receipts} == {event["inquiry_id"]}


async def test_what_was_said_long_before_is_no_repeat_of_what_came_later(house: House) -> None:
    await opened(house, dedupe_seconds=60)
    early = await post(house)
    submission_id = early.headers["leadflow-receipt"]
    await house.change(
        f"UPDATE submission SET state = 'quarantined' WHERE submission_id = '{submission_id}'"
    )
    house.time.pass_(hours=1)
    await send(house)
    await house.change(
        f"UPDATE submission SET state = 'pending' WHERE submission_id = '{submission_id}'"
    )
    await house.normalise()
    assert end(await house.receipt(early)) == ("normalised", None)


async def test_without_a_window_a_repeat_is_never_swallowed(house: House) -> None:
    await opened(house)
    receipts = [await send(house, tranid=str(number)) for number in range(2)]
    answers = [await post(house, tranid=str(number)) for number in range(2, 4)]
    await house.normalise()
    receipts += [await house.receipt(answer) for answer in answers]
    assert {end(receipt) for receipt in receipts} == {("normalised", None)}
    events = await house.emitted("inquiry.received")
    assert [event["is_repeat"] for event in events] == [False, True, True, True]
    assert len({one(receipt["inquiry_ids"]) for receipt in receipts}) == 4


async def test_tests_are_not_compared(house: House) -> None:
    await opened(house, dedupe_seconds=60, is_test=True)
    receipts = [await send(house, tranid=str(number)) for number in range(2)]
    assert {end(receipt) for receipt in receipts} == {("normalised", None)}

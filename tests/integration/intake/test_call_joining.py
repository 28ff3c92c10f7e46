"""The same call, told by an exchange and by call tracking, is one inquiry."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.channels.apart import TARGET
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.reconcile import reconcile
from services.intake.use_cases.settling import Normaliser, load, settle
from shared.runtime.in_flight import InFlight
from tests.integration.intake.exchanges import CALLER, connect, mango, send, tell, tracked
from tests.integration.intake.harness import House, one

SUMMARY = 2  # place of the end among the events of Mango's call


async def content(house: House) -> dict[str, Any]:
    row = one(await house.rows("SELECT inquiry_id FROM inquiry"))
    inquiry: dict[str, Any] = await house.get(f"/v1/inquiries/{row['inquiry_id']}")
    return inquiry


async def exchange_first(house: House) -> None:
    await tell(house, "mango", mango("m-1"))
    await tell(house, "tracker", [tracked("t-1", seconds=-7)])


async def tracking_first(house: House) -> None:
    await tell(house, "tracker", [tracked("t-1", seconds=-7)])
    await tell(house, "mango", mango("m-1"))


async def in_one_batch(house: House) -> None:
    await send(house, "tracker", tracked("t-1", seconds=-7))
    for event in mango("m-1"):
        await send(house, "mango", event)
    await house.normalise()


@pytest.mark.parametrize("told", [exchange_first, tracking_first, in_one_batch])
async def test_whoever_tells_first_the_other_adds_what_it_knows(house: House, told: Any) -> None:
    await connect(house)
    await told(house)
    inquiry = await content(house)
    call = inquiry["call"]
    assert (call["employee"], call["line"], call["talk_seconds"]) == ("123", "+74951234567", 60)
    assert call["provider_call_id"] == "m-1"
    assert inquiry["campaign"]["utm_source"] == "yandex"
    assert inquiry["fields"]["recording_id"] == "r-m-1"
    event = one(await house.emitted("inquiry.received"))
    updates = await house.emitted("inquiry.updated")
    assert {update["inquiry_id"] for update in updates} == {event["inquiry_id"]}
    assert {update["_key"] for update in updates} == {event["_key"]}
    now = house.time() + timedelta(days=1)
    result = await reconcile(house.database, [], now=now, grace=timedelta(0), whole=True)
    assert result["balanced"]


async def test_the_one_who_tells_later_has_a_receipt_of_the_same_inquiry(house: House) -> None:
    await connect(house)
    first = await tell(house, "mango", [mango("m-1")[SUMMARY]])
    later = await tell(house, "tracker", [tracked("t-1"), tracked("t-1")])
    assert [receipt["inquiry_ids"] for receipt in later] == [first[0]["inquiry_ids"]] * 2
    assert [receipt["reason"] for receipt in later] == [None, "duplicate"]
    assert set(one(await house.emitted("inquiry.updated"))["changes"]) >= {"campaign"}


async def test_calls_minutes_apart_are_two_calls(house: House) -> None:
    await connect(house)
    await tell(house, "mango", [mango("m-1")[SUMMARY]])
    await tell(house, "tracker", [tracked("t-1", seconds=91)])
    assert await house.count("inquiry") == 2
    await tell(house, "tracker", [tracked("t-2", seconds=3)])
    assert await house.count("inquiry") == 2, "this is the one of the exchange"


async def test_what_one_source_tells_apart_is_never_joined(house: House) -> None:
    await connect(house)
    await tell(house, "mango", [mango("m-1")[SUMMARY], mango("m-2")[SUMMARY]])
    assert await house.count("inquiry") == 2
    await tell(house, "tracker", [tracked("t-1"), tracked("t-2")])
    assert await house.count("inquiry") == 2
    ids = {update["inquiry_id"] for update in await house.emitted("inquiry.updated")}
    assert len(ids) == 2, "each of the two is told of once"


@pytest.mark.parametrize("caller", ["anonymous", ""])
async def test_hidden_callers_are_never_the_same(house: House, caller: str) -> None:
    await connect(house)
    await tell(house, "mango", [mango("m-1", caller=caller)[SUMMARY]])
    await tell(house, "tracker", [tracked("t-1", caller=caller)])
    assert await house.count("inquiry") == 2


async def test_other_callers_are_other_calls(house: House) -> None:
    await connect(house)
    await tell(house, "mango", [mango("m-1")[SUMMARY]])
    await tell(house, "tracker", [tracked("t-1", caller=CALLER[:-1] + "8")])
    assert await house.count("inquiry") == 2


async def test_two_normalisers_that_meet_the_two_reports_at_once_make_one_inquiry(
    house: House,
) -> None:
    await connect(house)
    normaliser = Normaliser(house.database, Reader(new_sandbox(TARGET)), house.time)

    async def settled(submission_id: UUID) -> None:
        readings = [
            item for item in normaliser.reader.here(await load(normaliser, [submission_id])) if item
        ]
        await settle(normaliser, InFlight(house.database, "normaliser"), readings)

    for number in range(5):
        caller = f"7916123450{number}"
        answers = [
            await send(house, "mango", mango(f"m-{number}", caller=caller)[SUMMARY]),
            await send(house, "tracker", tracked(f"t-{number}", caller=caller)),
        ]
        ids = [UUID(answer.headers["leadflow-receipt"]) for answer in answers]
        await asyncio.gather(*map(settled, ids))
        receipts = [await house.receipt(answer) for answer in answers]
        assert [receipt["state"] for receipt in receipts] == ["normalised"] * 2
        assert receipts[0]["inquiry_ids"] == receipts[1]["inquiry_ids"]
    assert await house.count("inquiry") == 5

"""Events of one call become one inquiry, in any order and however often they come."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.intake.channels.apart import TARGET
from services.intake.repository import calls
from services.intake.use_cases.hear_calls import OVERDUE
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.overdue_calls import settle_overdue
from services.intake.use_cases.reconcile import reconcile
from services.intake.use_cases.settling import Normaliser
from shared.runtime.in_flight import InFlight
from tests.integration.intake.exchanges import CALLS, connect, mango, send, sipuni, tell, zadarma
from tests.integration.intake.harness import House, one


async def sweep(house: House) -> int:
    normaliser = Normaliser(house.database, Reader(new_sandbox(TARGET)), house.time)
    return await settle_overdue(normaliser, InFlight(house.database, "overdue-calls"))


async def balanced(house: House) -> bool:
    now = house.time() + timedelta(days=1)
    result = await reconcile(house.database, [], now=now, grace=timedelta(0), whole=True)
    return bool(result["balanced"])


async def inquiry_of(house: House, receipt: dict[str, Any]) -> dict[str, Any]:
    inquiry_id = one([{"id": item} for item in receipt["inquiry_ids"]])["id"]
    inquiry: dict[str, Any] = await house.get(f"/v1/inquiries/{inquiry_id}")
    return inquiry


def without_id(inquiry: dict[str, Any], call_id: str) -> dict[str, Any]:
    """What of an inquiry is the same for every call that is told by the same events."""
    own = ("inquiry_id", "contact_id", "submission_id", "received_at", "normalised_at", "is_repeat")
    text = {name: value for name, value in inquiry.items() if name not in own}
    result: dict[str, Any] = json.loads(json.dumps(text).replace(call_id, "the call"))
    return result


@pytest.mark.parametrize("adapter", sorted(CALLS))
async def test_in_whichever_order_its_events_come_a_call_is_one_inquiry(
    house: House, adapter: str
) -> None:
    await connect(house)
    orders = list(permutations(range(len(CALLS[adapter]("x")))))
    told = {f"in_call-{n:03}": [CALLS[adapter](f"in_call-{n:03}")[place] for place in order]
            for n, order in enumerate(orders)}  # fmt: skip
    answers: dict[str, list[Any]] = {call_id: [] for call_id in told}
    for step in range(len(orders[0])):
        for call_id, events in told.items():
            answers[call_id].append(await send(house, adapter, events[step]))
        await house.normalise()
    assert (
        await house.count("inquiry") == len(orders) == len(await house.emitted("inquiry.received"))
    )
    wholes = []
    for call_id, sent in answers.items():
        receipts = [await house.receipt(answer) for answer in sent]
        assert {receipt["state"] for receipt in receipts} <= {"normalised", "ignored"}
        last = receipts[-1]
        wholes.append(without_id(await inquiry_of(house, last), call_id))
    assert all(whole == wholes[0] for whole in wholes)
    assert wholes[0]["call"]["outcome"] == "answered"
    assert wholes[0]["contact"]["phones"] == ["+79161234567"]
    assert await balanced(house)


async def test_told_at_once_a_call_is_received_whole(house: House) -> None:
    await connect(house)
    answers = [await send(house, "mango", event) for event in mango("m-1")]
    await house.normalise()
    event = one(await house.emitted("inquiry.received"))
    assert event["call"]["employee"] == "123"
    assert event["fields"] == {"recording_id": "r-m-1"}
    assert await house.emitted("inquiry.updated") == []
    states = [(await house.receipt(answer))["reason"] for answer in answers]
    assert states == ["call_phase", "call_phase", None, "call_phase"]
    ids = [(await house.receipt(answer))["inquiry_ids"] for answer in answers]
    assert ids == [[event["inquiry_id"]]] * 4


async def test_a_late_recording_changes_the_inquiry(house: House) -> None:
    await connect(house)
    receipts = await tell(house, "zadarma", zadarma("in_1"))
    assert [receipt["reason"] for receipt in receipts] == ["call_phase", None, None]
    event = one(await house.emitted("inquiry.updated"))
    received = one(await house.emitted("inquiry.received"))
    assert event["changes"] == {"fields": {"recording_id": "r-in_1"}}
    assert (event["inquiry_id"], event["_key"]) == (received["inquiry_id"], received["_key"])
    assert (await inquiry_of(house, receipts[-1]))["fields"] == {"recording_id": "r-in_1"}


async def test_a_recording_before_the_end_is_kept_for_it(house: House) -> None:
    await connect(house)
    start, end, record = zadarma("in_1")
    await tell(house, "zadarma", [start, record, end])
    event = one(await house.emitted("inquiry.received"))
    assert event["fields"] == {"recording_id": "r-in_1"}


async def test_an_end_that_is_told_twice_changes_nothing(house: House) -> None:
    await connect(house)
    end = sipuni("s-1")[2]
    first, again = await tell(house, "sipuni", [end, ("", {**end[1], "user_id": "7"})])
    assert (first["state"], again["state"], again["reason"]) == (
        "normalised",
        "ignored",
        "duplicate",
    )
    assert (
        again["inquiry_ids"]
        == first["inquiry_ids"]
        == [str(one(await house.rows("SELECT inquiry_id FROM inquiry"))["inquiry_id"])]
    )
    assert await house.emitted("inquiry.updated") == []


async def test_a_missed_call_that_was_answered_after_all_is_corrected(house: House) -> None:
    await connect(house)
    _, _, end, _ = sipuni("s-1")
    missed = {name: value for name, value in end[1].items() if name != "call_record_link"}
    missed |= {"status": "NOANSWER", "call_answer_timestamp": 0}
    await tell(house, "sipuni", [("", missed), end])
    assert one(await house.emitted("inquiry.received"))["priority_class"] == "high"
    changes = one(await house.emitted("inquiry.updated"))["changes"]
    assert changes["call"]["outcome"] == "answered"
    assert changes["call"]["provider_call_id"] == "s-1", "the call is whole"
    assert changes["priority_class"] == "normal"


async def test_an_outgoing_call_is_observed_once(house: House) -> None:
    await connect(house)
    call = {"call_id": "s-2", "src_num": "201", "src_type": 2, "dst_num": "79161234567"}
    end = ("", {"event": 2, "status": "ANSWER", "dst_type": 1, **call})
    start = ("", {"event": 1, "dst_type": 1, **call})
    receipts = await tell(house, "sipuni", [start, end, end, start])
    assert [receipt["state"] for receipt in receipts] == ["ignored", "normalised", *["ignored"] * 2]
    assert all(receipt["inquiry_ids"] == [] for receipt in receipts)
    assert one(await house.emitted("call.observed"))["call"]["employee"] == "201"
    assert await house.count("inquiry") == 0


async def test_a_hidden_caller_is_an_inquiry_without_a_number(house: House) -> None:
    await connect(house)
    receipts = await tell(house, "mango", mango("m-1", caller="anonymous")[2:3])
    assert (await inquiry_of(house, receipts[0]))["contact"]["phones"] == []


async def test_a_batch_that_fails_leaves_nothing_and_is_told_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(house)
    await tell(house, "zadarma", zadarma("in_1")[:1])
    answer = await send(house, "zadarma", zadarma("in_1")[1])
    with monkeypatch.context() as broken:
        broken.setattr(calls, "write_calls", _breaks)
        await house.normalise()
    assert await house.count("inquiry") == 0
    assert await house.emitted() == []
    await house.normalise()
    receipt = await house.receipt(answer)
    assert receipt["state"] == "normalised"
    assert one(await house.emitted("inquiry.received"))["inquiry_id"] == receipt["inquiry_ids"][0]


async def _breaks(*_parts: object) -> None:
    raise RuntimeError("the process ends here")


async def test_a_call_whose_end_is_never_told_becomes_an_inquiry_by_itself(house: House) -> None:
    await connect(house)
    appeared, _, summary, _ = mango("m-1")
    answer = await send(house, "mango", appeared)
    await house.normalise()
    assert await sweep(house) == 0
    house.time.now += OVERDUE
    assert await sweep(house) == 1
    event = one(await house.emitted("inquiry.received"))
    assert (event["call"]["outcome"], event["priority_class"]) == ("missed", "high")
    assert event["contact"]["phones"] == ["+79161234567"]
    receipt = await house.receipt(answer)
    assert (receipt["state"], receipt["inquiry_ids"]) == ("normalised", [event["inquiry_id"]])
    assert await sweep(house) == 0
    await tell(house, "mango", [summary])
    changes = one(await house.emitted("inquiry.updated"))["changes"]
    assert (changes["call"]["outcome"], changes["priority_class"]) == ("answered", "normal")
    assert await house.count("inquiry") == 1
    assert await balanced(house)


async def test_of_an_outgoing_call_or_a_lone_recording_nobody_waits_for_us(house: House) -> None:
    await connect(house)
    call = {"call_id": "s-2", "src_num": "201", "src_type": 2, "dst_num": "79161234567"}
    await send(house, "sipuni", ("", {"event": 1, "dst_type": 1, **call}))
    await send(house, "mango", mango("m-1")[3])
    await house.normalise()
    house.time.now += OVERDUE
    assert await sweep(house) == 2
    assert await sweep(house) == 0
    assert one(await house.emitted("call.observed"))["external_id"] == "s-2"
    assert await house.count("inquiry") == 0

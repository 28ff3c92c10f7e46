"""The door keeps what it answers for: one commit for many, refusals in time, nothing half done."""

import asyncio
from collections.abc import Sequence

import pytest

from services.intake.repository import arrivals
from services.intake.repository.arrivals import Arrival, Receipt
from tests.integration.intake.harness import House
from tests.integration.intake.wire import Wire
from tests.support.waiting import eventually

INQUIRY = {"channel": "form", "contact": {"name": "Анна", "phones": ["+7 916 123-45-67"]}}


# Spaces, an order and spellings that no writer of JSON would give it, and signs of every width.
AS_SENT = (
    r' {"text": "\u00e9 ё💩 %s%00 \\ \"",  "channel":"form" , "contact":{}}'.encode() + b"\r\n"
)


async def test_a_native_inquiry_is_kept_before_the_answer(house: House) -> None:
    answer = await house.native(AS_SENT)
    assert answer.status_code == 202
    content = answer.json()
    assert content == {"receipt_id": answer.headers["leadflow-receipt"], "duplicate": False}
    row = (await house.rows("SELECT * FROM submission"))[0]
    assert str(row["submission_id"]) == content["receipt_id"]
    assert row["state"] == "pending"
    assert row["native"] is True
    assert bytes(row["body"]) == AS_SENT
    receipt = await house.get(f"/v1/receipts/{content['receipt_id']}")
    assert receipt["state"] == "pending"
    assert receipt["inquiry_ids"] == []


async def test_many_requests_share_few_commits(house: House) -> None:
    before = house.app.door.commits.batches
    answers_ = await asyncio.gather(*(house.native(INQUIRY) for _ in range(200)))
    assert {answer.status_code for answer in answers_} == {202}
    receipts = {answer.json()["receipt_id"] for answer in answers_}
    assert len(receipts) == 200
    assert await house.count() == 200
    assert house.app.door.commits.batches - before < 60


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Nothing is committed until it is set."""
    event = asyncio.Event()
    store_together = arrivals._store_together

    async def when_opened(connection: object, batch: Sequence[Arrival]) -> list[Receipt]:
        await event.wait()
        return await store_together(connection, batch)

    monkeypatch.setattr(arrivals, "_store_together", when_opened)
    return event


async def queued(house: House, number: int) -> None:
    async def held() -> int:
        return house.app.door.commits.held_requests

    await eventually(held, seconds=5, until=number.__eq__, what=f"{number} wait")


async def test_an_answer_waits_for_its_own_commit(house: House, gate: asyncio.Event) -> None:
    asking = asyncio.create_task(house.native(INQUIRY))
    await queued(house, 1)
    await asyncio.wait({asking}, timeout=0.2)
    assert not asking.done()
    gate.set()
    assert (await asking).status_code == 202


async def test_a_sender_that_leaves_disturbs_nobody(house: House, gate: asyncio.Event) -> None:
    leaving = [asyncio.create_task(house.native(INQUIRY)) for _ in range(20)]
    staying = [asyncio.create_task(house.native(INQUIRY)) for _ in range(20)]
    await queued(house, 40)
    for task in leaving:
        task.cancel()
    gate.set()
    answers = await asyncio.gather(*staying)
    assert {answer.status_code for answer in answers} == {202}
    assert (await house.native(INQUIRY)).status_code == 202
    await queued(house, 0)
    assert house.app.door.commits.held_bytes == 0
    assert await house.count() == 41


async def test_a_full_queue_is_said_at_once(house: House, gate: asyncio.Event) -> None:
    house.app.door.commits.max_requests = 3
    waiting = [asyncio.create_task(house.native(INQUIRY)) for _ in range(3)]
    await queued(house, 3)
    refusal = await house.native(INQUIRY)
    assert refusal.status_code == 503
    assert int(refusal.headers["retry-after"]) > 0
    assert refusal.headers["content-type"] == "application/problem+json"
    gate.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {202}


async def test_a_queue_is_also_bounded_in_bytes(house: House) -> None:
    house.app.door.commits.max_bytes = 100_000
    big = {**INQUIRY, "text": "x" * 60_000}
    answers = await asyncio.gather(*(house.native(big) for _ in range(10)))
    statuses = [answer.status_code for answer in answers]
    assert 503 in statuses
    assert statuses.count(202) == await house.count()


async def test_one_bad_row_does_not_take_the_others_along(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database calls bad data is refused alone, whatever shares its batch."""
    real = arrivals._columns

    def spoiled(batch: list[Arrival]) -> tuple[list[object], ...]:
        columns = real(batch)
        columns[7][:] = [
            "a\x00b" if b"SPOILED" in arrival.body else query
            for arrival, query in zip(batch, columns[7], strict=True)
        ]
        return columns

    monkeypatch.setattr(arrivals, "_columns", spoiled)
    bad = {0, 7, 8, 19}
    texts = [f"{n} SPOILED" if n in bad else str(n) for n in range(20)]
    answers = await asyncio.gather(
        *(house.native({**INQUIRY, "text": text}, key=text) for text in texts)
    )
    assert [answer.status_code for answer in answers] == [
        422 if n in bad else 202 for n in range(20)
    ]
    assert await house.count() == 16


async def test_a_lost_commit_answer_is_503_and_the_retry_gets_the_same_receipt(
    house_on_wire: House, wire: Wire
) -> None:
    assert (await house_on_wire.native(INQUIRY)).status_code == 202
    wire.mode = "cut_answer"
    refusal = await house_on_wire.native(INQUIRY, key="k-1")
    assert refusal.status_code == 503
    assert "retry-after" in refusal.headers
    assert wire.swallowed == 1
    rows = await house_on_wire.rows("SELECT submission_id FROM submission ORDER BY 1 DESC")
    assert len(rows) == 2, "the server had committed it"
    again = await house_on_wire.native(INQUIRY, key="k-1")
    assert again.status_code == 202
    assert again.json() == {"receipt_id": str(rows[0]["submission_id"]), "duplicate": True}
    assert await house_on_wire.count() == 2


@pytest.mark.parametrize("how", ["freeze", "cut"])
async def test_a_database_that_is_away_is_503_in_time_and_recovers(
    house_on_wire: House, wire: Wire, how: str
) -> None:
    assert (await house_on_wire.native(INQUIRY)).status_code == 202
    getattr(wire, how)()
    async with asyncio.timeout(60):  # nothing comes back before the wire does
        answers = await asyncio.gather(*(house_on_wire.native(INQUIRY) for _ in range(30)))
    assert {answer.status_code for answer in answers} == {503}
    assert all("retry-after" in answer.headers for answer in answers)
    wire.restore()

    async def kept() -> bool:
        return (await house_on_wire.native(INQUIRY)).status_code == 202

    await eventually(kept, seconds=10, what="the door recovers by itself")


async def test_the_writer_survives_whatever_the_store_meets(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_connection: object, _batch: object) -> list[Receipt]:
        raise RuntimeError("a defect of ours")

    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "_store_together", broken)
        assert (await house.native(INQUIRY)).status_code == 503
    assert (await house.native(INQUIRY)).status_code == 202


async def test_what_is_in_the_queue_is_written_when_the_door_closes(
    house: House, gate: asyncio.Event
) -> None:
    asking = [asyncio.create_task(house.native(INQUIRY)) for _ in range(50)]
    await queued(house, 50)
    closing = asyncio.create_task(house.app.door.commits.stop())
    gate.set()
    await closing
    assert {answer.status_code for answer in await asyncio.gather(*asking)} == {202}
    assert await house.count() == 50
    assert (await house.native(INQUIRY)).status_code == 503

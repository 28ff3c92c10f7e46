"""Documents that a provider keeps: fetched, waited for, given up; nothing lost or doubled."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.intake.use_cases import fetch
from services.intake.use_cases.fetch import fetch_all
from services.intake.use_cases.gauges import show_counts
from services.intake.use_cases.reconcile import count_submissions
from shared.database import reading
from shared.runtime.loop import Loop, running
from tests.integration.intake.fetching import Desk, open_desk
from tests.integration.intake.harness import House
from tests.support.waiting import eventually

ANNA = b'{"name": "Anna", "phone": "+79160102031"}'


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with open_desk(house, options={"token": "present"}) as open_one:
        yield open_one


async def test_a_document_is_fetched_and_the_inquiry_read_from_it(desk: Desk) -> None:
    desk.documents.give("/one", ANNA)
    receipt = await desk.deliver("one")
    assert receipt["state"] == "pending"
    assert await desk.names() == []
    await desk.fetch_all()
    assert await desk.names() == ["Anna"]
    assert (await desk.receipt(receipt["receipt_id"]))["state"] == "normalised"
    assert "authorization: Bearer present" in desk.documents.asked[0]
    assert [one["status"] for one in await desk.tries(receipt)] == ["fetched"]


async def test_several_documents_are_all_waited_for(desk: Desk) -> None:
    desk.documents.give("/one", b'{"name": "Anna"}')
    desk.documents.give("/two", b'{"phone": "+79160102031"}')
    await desk.deliver("one", "two")
    assert await desk.fetch() == 1  # one of a source at a time
    await desk.read()
    assert await desk.names() == []
    await desk.fetch_all()
    assert await desk.names() == ["Anna"]


async def test_waiting_is_no_standstill_and_is_counted_apart(desk: Desk) -> None:
    await desk.deliver("one")
    desk.house.time.pass_(hours=1)
    async with reading(desk.house.database) as session:
        counts = await count_submissions(session, now=desk.house.time())
        await show_counts(session)
    assert counts["pending"] == counts["fetching"] == 1
    assert counts["difference"] == counts["oldest_pending_seconds"] == 0


async def test_tries_go_on_for_a_day_and_a_half_and_then_the_reason_is_shown(desk: Desk) -> None:
    desk.documents.give("/one", status=503)
    receipt = await desk.deliver("one")
    begin = desk.house.time()
    while True:
        await desk.fetch()
        (one,) = await desk.tries(receipt)
        if one["status"] == "failed":
            break
        await desk.read()
        assert (await desk.receipt(receipt["receipt_id"]))["state"] == "pending"
        desk.house.time.pass_(hours=4)
    assert (desk.house.time() - begin).total_seconds() >= 36 * 3600
    await desk.read()
    receipt = await desk.receipt(receipt["receipt_id"])
    assert (receipt["state"], receipt["reason"]) == ("quarantined", "fetch_failed")
    assert one["error"] == "later_503"


async def test_what_was_given_up_is_fetched_again_when_it_is_normalised_again(desk: Desk) -> None:
    receipt = await desk.deliver("one")
    await desk.fetch_all()  # 404
    assert (await desk.receipt(receipt["receipt_id"]))["reason"] == "fetch_failed"
    desk.documents.give("/one", ANNA)
    answer = await desk.house.client.post(
        "/v1/submissions/renormalise",
        json={"reason": "fetch_failed"},
        headers=desk.house.as_("supervisor"),
    )
    assert answer.json() == {"matched": 1, "queued": 1}
    await desk.read()
    await desk.fetch_all()
    assert await desk.names() == ["Anna"]


async def test_what_is_known_without_the_document_becomes_the_inquiry(desk: Desk) -> None:
    receipt = await desk.deliver("one", thin=True, name="Boris")
    assert receipt["state"] == "pending"
    await desk.fetch_all()
    assert await desk.names() == ["Boris"]


async def test_a_refusal_waits_long_and_a_changed_source_is_tried_at_once(desk: Desk) -> None:
    desk.documents.give("/one", status=401)
    receipt = await desk.deliver("one")
    await desk.fetch()
    (one,) = await desk.tries(receipt)
    assert (one["status"], one["error"], one["tries"]) == ("waiting", "refused_401", 1)
    desk.house.time.pass_(minutes=2)
    assert await desk.fetch() == 0
    answer = await desk.house.client.put(
        "/v1/sources/thin",
        json={"adapter": "generic-json", "options": {"token": "new"}},
        headers=desk.house.as_("admin"),
    )
    assert answer.status_code == 200, answer.text
    desk.documents.give("/one", ANNA)
    await desk.fetch_all()
    assert "authorization: Bearer new" in desk.documents.asked[-1]
    assert await desk.names() == ["Anna"]


async def test_a_wish_of_the_provider_is_honoured(desk: Desk) -> None:
    desk.documents.give("/one", status=429, retry_after="3600")
    await desk.deliver("one")
    await desk.fetch()
    desk.house.time.pass_(minutes=59)
    assert await desk.fetch() == 0
    desk.house.time.pass_(minutes=1)
    assert await desk.fetch() == 1


async def test_what_is_too_large_or_elsewhere_is_given_up_at_once(desk: Desk) -> None:
    desk.documents.give("/one", b" " * 1001)
    large = await desk.deliver("one")
    await desk.fetch_all()
    elsewhere = await desk.deliver("two", host="elsewhere.example")
    await desk.fetch_all()
    for receipt, error in ((large, "too_large"), (elsewhere, "host_not_allowed")):
        assert (await desk.receipt(receipt["receipt_id"]))["reason"] == "fetch_failed"
        assert (await desk.tries(receipt))[0]["error"] == error
    assert len(desk.documents.asked) == 1


async def test_a_provider_that_is_silent_delays_no_other_source(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "POLL_SECONDS", 0.05)
    await desk.house.source(key="other", adapter="generic-json", options={"token": "x"})
    desk.documents.give("/one", ANNA)
    desk.documents.give("/two", ANNA)
    desk.documents.gate.clear()
    await desk.deliver("one")

    async def work(progress: object) -> None:
        await fetch_all(desk.fetcher, progress)  # type: ignore[arg-type]

    async def other() -> list[str]:
        await desk.read()
        return await desk.names()

    async with running([Loop("fetcher", work)]):
        await eventually(lambda: _asked(desk, 1), seconds=5, what="the first is asked for")
        desk.documents.on_ask = desk.documents.gate.set  # who comes next finds it open
        await desk.deliver("two", key="other")
        await eventually(lambda: _asked(desk, 2), seconds=5, what="the other is asked for")
        await eventually(
            other, seconds=5, what="both are read", until=lambda names: len(names) == 2
        )


async def _asked(desk: Desk, count: int) -> bool:
    return len(desk.documents.asked) >= count


async def test_a_fetch_that_ends_before_it_is_stored_is_repeated_and_nothing_doubled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.documents.give("/one", ANNA)
    receipt = await desk.deliver("one")

    async def killed(*_arguments: object, **_named: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "_record", killed)
        await desk.fetch()
    await desk.read()
    assert (await desk.receipt(receipt["receipt_id"]))["state"] == "pending"
    desk.fetcher.under_way.clear()
    await desk.fetch_all()
    await desk.fetch_all()
    assert len(desk.documents.asked) == 2
    assert await desk.names() == ["Anna"]


async def test_what_was_settled_meanwhile_is_not_asked_for(desk: Desk) -> None:
    receipt = await desk.deliver("one")
    await desk.house.change("UPDATE submission SET state = 'normalised'")  # as a restore does
    await desk.fetch()
    assert desk.documents.asked == []
    assert (await desk.tries(receipt))[0]["status"] == "failed"


async def test_neither_address_nor_token_is_stored_or_shown(desk: Desk) -> None:
    desk.documents.give("/one", status=500)
    receipt = await desk.deliver("one")
    await desk.fetch()
    rows = await desk.house.rows("SELECT * FROM follow_up")
    assert "documents.example" not in repr(rows)
    assert "present" not in repr(rows)
    assert set((await desk.tries(receipt))[0]) == {
        "name", "status", "tries", "tried_at", "next_at", "error", "answer_bytes",
    }  # fmt: skip

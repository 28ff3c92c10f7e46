"""Lists that kpi wants approached become inquiries of those who agreed, each once."""

import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from services.intake.channels.apart import TARGET
from services.intake.handlers import apply
from services.intake.use_cases.interpret import Reader, new_sandbox
from services.intake.use_cases.pending import settle_small
from services.intake.use_cases.settling import Normaliser
from shared.contracts.approaches import ApproachRequested
from shared.ids import new_id
from shared.runtime.in_flight import InFlight
from shared.runtime.loop import Progress
from tests.integration.intake.erasing import erase
from tests.integration.intake.harness import House, one
from tests.integration.intake.test_approaches import (
    DASHA,
    EGOR,
    GLEB,
    LIST,
    VERA,
    agreeing,
    approach,
    outcomes,
    refuse,
)
from tests.integration.intake.test_consents import record
from tests.integration.intake.test_restoring import ANNA, BORIS, TABLES, ask, put_back
from tests.support.event_streams import EventStreams, consume, interleaved
from tests.support.journal_events import journal_events
from tests.support.old_tables import OldTables

NAME, REASON = "Вернуть тех, кто уснул", "Предложить сетки к окнам"
PATH = f"/v1/contacts/approaches/{LIST}"


def request(
    streams: EventStreams, contact_ids: Sequence[UUID], *, list_id: str = LIST, **more: Any
) -> None:
    members = {"kind": "win_back", "name": NAME, "reason": REASON, "contacts": len(contact_ids)}
    event = ApproachRequested(
        list_id=UUID(list_id),
        contact_ids=list(contact_ids),
        requested_at=streams.at,
        requested_by="supervisor",
        **{**members, **more},
    )
    streams.emit(event)


async def take(house: House, *contact_ids: UUID, **more: Any) -> int:
    """Hear of one event, twice; how many inquiries there are more."""
    streams = EventStreams()
    request(streams, contact_ids, **more)
    await consume(house.database, apply, [*streams.events, *streams.events], batch=1)
    return await more_inquiries(house)


async def more_inquiries(house: House) -> int:
    before = await house.count("inquiry")
    await house.normalise()
    return await house.count("inquiry") - before


async def told(house: House, **params: Any) -> dict[str, str]:
    answer = await house.get(f"{PATH}/contacts", role="supervisor", **params)
    return {item["contact_id"]: item["outcome"] for item in answer["items"]}


async def test_who_agreed_becomes_an_inquiry_of_the_source_of_such_lists(house: House) -> None:
    anna = await agreeing(house, ANNA)
    before = len(await house.emitted("inquiry.received"))
    assert await take(house, anna) == 1
    (event,) = (await house.emitted("inquiry.received"))[before:]
    assert event["contact_id"] == str(anna), "it is the person who is on the list"
    assert (event["source_key"], event["channel"], event["subject"]) == ("win-back", "import", NAME)
    assert event["contact"]["phones"] == [ANNA]
    assert event["fields"] == {
        "kind": "win_back", "reason": REASON, "permitted_channels": "call, chat",
    }  # fmt: skip
    source = one(await house.rows("SELECT * FROM source WHERE key = 'win-back'"))
    assert (source["adapter"], source["country"], source["spam_threshold"]) == (
        "native",
        "RU",
        None,
    )
    assert await take(house, anna) == 0
    assert await take(house, anna, list_id=str(new_id()), kind="cross_sell") == 1
    keys = {row["key"] for row in await house.rows("SELECT key FROM source")}
    assert keys >= {"win-back", "cross-sell"}


async def test_what_came_of_each_contact_is_told(house: House) -> None:
    anna, silent = await agreeing(house, ANNA), await ask(house, BORIS)
    withdrawn = await agreeing(house, VERA)
    await record(house, withdrawn, given=False, purpose="marketing")
    closed = await agreeing(house, GLEB)
    await refuse(house, closed, "all")
    forgotten = await agreeing(house, DASHA)
    await erase(house, forgotten)
    before, stranger = await house.count(), new_id()
    people = (anna, silent, withdrawn, closed, forgotten, stranger)
    assert await take(house, *people) == 1
    expected = dict(
        zip(
            map(str, people),
            ("stored", "no_consent", "no_consent", "refused", "erased", "unknown"),
            strict=True,
        )
    )
    assert await told(house) == expected
    assert await house.count() == before + 1, "nothing is stored of the others"
    counts = await house.get(PATH, role="supervisor")
    assert counts["contacts"] == len(people)
    assert counts["outcomes"] == {
        "stored": 1, "no_consent": 2, "refused": 1, "erased": 1, "unknown": 1,
    }  # fmt: skip
    assert await told(house, outcome="refused") == {str(closed): "refused"}
    await record(house, silent, given=True, purpose="marketing")
    assert await take(house, *people) == 0, "what came of them is settled"
    assert await told(house) == expected
    walked: list[str] = []
    cursor: str | None = None
    while cursor is not None or not walked:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await house.get(f"{PATH}/contacts", role="supervisor", **params)
        walked += [item["contact_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert walked == sorted(expected, reverse=True)


async def test_nothing_is_told_of_a_list_of_which_nothing_came(house: House) -> None:
    for path in (PATH, f"{PATH}/contacts"):
        answer = await house.client.get(path, headers=house.as_("supervisor"))
        assert answer.status_code == 404


@pytest.mark.parametrize("seed", range(3))
async def test_a_person_is_approached_once_in_whatever_order_parts_of_lists_come(
    house: House, seed: int
) -> None:
    anna, boris = await agreeing(house, ANNA), await ask(house, BORIS)
    await ask(house, ANNA, BORIS)  # one person has both
    egor = await agreeing(house, EGOR)
    streams, lists = EventStreams(), [str(new_id()) for _ in range(3)]
    for list_id in lists:
        for part in ((boris,), (egor, anna)):
            request(streams, part, list_id=list_id, contacts=3)
    choice = random.Random(seed)
    events = interleaved(streams.events, choice)
    await consume(house.database, apply, [*events, *events], batch=choice.randint(1, 5))
    assert await more_inquiries(house) == 2 * len(lists)
    for list_id in lists:
        counts = await house.get(f"/v1/contacts/approaches/{list_id}", role="supervisor")
        assert counts["outcomes"] == {"stored": 2, "twice": 1}


async def test_many_are_approached_with_the_same_words(house: House) -> None:
    people = [await agreeing(house, f"+791655510{number:02}") for number in range(12)]
    assert await take(house, *people) == len(people)
    states = await house.rows(
        "SELECT state, count(*) AS n FROM submission JOIN source USING (source_id)"
        " WHERE key = 'win-back' GROUP BY state"
    )
    assert states == [{"state": "normalised", "n": len(people)}]


async def test_what_comes_by_the_door_is_read_before_a_list(house: House) -> None:
    anna = await agreeing(house, ANNA)
    streams = EventStreams()
    request(streams, [anna])
    await consume(house.database, apply, streams.events)
    answer = await house.native({"channel": "form", "contact": {"phones": [BORIS]}})
    reader = Reader(new_sandbox(TARGET))
    try:
        normaliser = Normaliser(house.database, reader, house.time)
        assert await settle_small(normaliser, InFlight(house.database, "x"), Progress()) == 1
    finally:
        await reader.sandbox.close()
    assert (await house.receipt(answer))["state"] == "normalised"
    assert await more_inquiries(house) == 1, "the list comes after"


async def test_whoever_was_posted_by_hand_is_not_approached_again(house: House) -> None:
    source = await house.source(key="win-back", adapter="native")
    anna = await agreeing(house, ANNA)
    answer = await approach(house, anna, source_id=source["source_id"])
    assert outcomes(answer) == ["stored"]
    assert await take(house, anna) == 1, "the one that was posted"
    assert await told(house) == {str(anna): "duplicate"}


async def test_a_source_that_somebody_disabled_stays_so(house: House) -> None:
    source = await house.source(key="win-back", adapter="native", enabled=False)
    anna = await agreeing(house, ANNA)
    assert await take(house, anna) == 0
    assert await told(house) == {str(anna): "source_off"}
    assert one(await house.rows("SELECT * FROM source WHERE key = 'win-back'"))["source_id"] == (
        UUID(source["source_id"])
    )


async def test_after_an_older_backup_nobody_is_approached_again(house: House) -> None:
    anna = await agreeing(house, ANNA)
    boris = await agreeing(house, BORIS)
    await take(house, boris, list_id=str(new_id()))
    backup = await OldTables.of(house.database, *TABLES, "contact_consent", "approach")
    assert await take(house, anna) == 1
    events = await journal_events(house.database)
    await backup.bring_back()
    await put_back(house, events)
    await take(house, anna)
    assert len(await house.rows(f"SELECT 1 FROM inquiry WHERE contact_id = '{anna}'")) == 2

"""Whoever stands on a list is to be approached, once, and nobody who is held back."""

from typing import Any

from services.kpi.use_cases.loyalty.approach import MOST_CONTACTS
from services.kpi.use_cases.restore import restore
from shared.contracts.approaches import ApproachRequested
from shared.database import transaction
from tests.integration.kpi.paying import Payroll
from tests.integration.kpi.spring import bought, joined, person
from tests.integration.kpi.test_loyalty_lists import (
    LIST,
    PATH,
    PEOPLE,
    a_company,
    ask,
    is_held,
    make,
    tell,
)
from tests.support.journal_events import journal_events

REASON = "Скидка на кофе до конца марта"


async def approach(payroll: Payroll, list_id: str, status: int = 202, **body: Any) -> Any:
    answer = await ask(payroll, "POST", f"{PATH}/{list_id}/approach", json=body or None)
    assert answer.status_code == status, answer.text
    return answer.json()


async def requests(payroll: Payroll) -> list[ApproachRequested]:
    events = [item.event for item in await journal_events(payroll.database)]
    return [event for event in events if isinstance(event, ApproachRequested)]


async def test_whoever_is_not_held_back_stands_in_the_event(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    assert (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()["approach"] is None
    asked = {person(number) for number in range(PEOPLE) if not is_held(number)}
    made = await approach(payroll, list_id, reason=REASON)
    assert (made["contacts"], made["reason"]) == (len(asked), REASON)
    (event,) = await requests(payroll)
    assert (str(event.list_id), event.kind, event.name) == (list_id, "win_back", LIST["name"])
    assert (event.reason, event.contacts, event.requested_at) == (REASON, len(asked), payroll.now)
    assert len(event.contact_ids) == len(set(event.contact_ids))
    assert set(event.contact_ids) == asked
    nobody = {"asked": 0, "bought": 0, "not_asked": made["contacts"]}
    assert (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()["approach"] == made | nobody


async def test_it_is_asked_for_once(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    await approach(payroll, list_id)
    again = await approach(payroll, list_id, status=409)
    assert again["detail"] == "The people of the list are approached already."
    assert len(await requests(payroll)) == 1
    await approach(payroll, "0197a000-0000-7000-8000-000000000001", status=404)
    other = (await make(payroll, outcome_days=1))["list"]["list_id"]
    for body, pointer in (({"reason": ""}, "/reason"), ({"colour": "red"}, "/colour")):
        answer = await approach(payroll, other, status=422, **body)
        assert [error["pointer"] for error in answer["errors"]] == [pointer]
    payroll.at(2026, 3, 3, 9)
    late = await approach(payroll, other, status=409)
    assert late["detail"] == "What the list brings is not measured any more."
    assert len(await requests(payroll)) == 1


async def test_people_who_became_one_are_asked_once_or_not_at_all(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    held = [number for number in range(PEOPLE) if is_held(number)]
    asked = [number for number in range(PEOPLE) if not is_held(number)]
    joined(payroll.streams, person(asked[1]), person(asked[0]))
    joined(payroll.streams, person(held[0]), person(asked[2]))
    await tell(payroll)
    await approach(payroll, list_id)
    (event,) = await requests(payroll)
    first = min(person(asked[0]), person(asked[1]))
    rest = {person(number) for number in asked[3:]}
    assert set(event.contact_ids) == {first, *rest}


async def test_a_long_list_is_several_events(payroll: Payroll) -> None:
    payroll.at(2026, 2, 1, 9)
    number = MOST_CONTACTS * 2 + 200
    for one in range(number):
        bought(payroll.streams, f"c{one}", person(one), 100, product="кофе")
    await tell(payroll)
    payroll.at(2026, 3, 2, 9)
    made = await make(payroll)
    await approach(payroll, made["list"]["list_id"])
    events = await requests(payroll)
    assert made["asked"] > MOST_CONTACTS
    assert [len(event.contact_ids) for event in events[:-1]] == [MOST_CONTACTS] * (len(events) - 1)
    contact_ids = [one for event in events for one in event.contact_ids]
    assert len(contact_ids) == len(set(contact_ids)) == made["asked"]
    assert {event.contacts for event in events} == {made["asked"]}
    assert not {person(one) for one in range(number) if is_held(one)} & set(contact_ids)


async def test_after_an_older_backup_a_list_is_known_to_be_approached(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    made = await approach(payroll, list_id, reason=REASON)
    events = await journal_events(payroll.database)
    async with transaction(payroll.database) as session:
        await session.execute("DELETE FROM loyalty_approach")
    async with transaction(payroll.database) as session:
        await restore(session, [*events, *events], now=payroll.now)
    nobody = {"asked": 0, "bought": 0, "not_asked": made["contacts"]}
    assert (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()["approach"] == made | nobody
    await approach(payroll, list_id, status=409)


def came(payroll: Payroll, number: int, name: str, source: str = "win-back") -> None:
    payroll.streams.inquiry(
        f"{name} {number}", contact=person(number), source_key=source, channel="import"
    )


async def reached(payroll: Payroll, list_id: str) -> tuple[int, int, int]:
    shown = (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()["approach"]
    return shown["asked"], shown["bought"], shown["not_asked"]


async def test_who_was_asked_is_told_by_what_came_of_it(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    asked = [number for number in range(PEOPLE) if not is_held(number)]
    (held, *_) = (number for number in range(PEOPLE) if is_held(number))
    payroll.at(2026, 3, 2, 8)
    came(payroll, asked[5], "before")
    payroll.at(2026, 3, 2, 9)
    contacts = (await approach(payroll, list_id))["contacts"]
    payroll.at(2026, 3, 2, 10)
    for number in (*asked[:3], held):
        came(payroll, number, "asked")
    came(payroll, asked[4], "by itself", "site")
    came(payroll, PEOPLE, "of no list")
    # The contact of somebody's inquiry becomes the person who stands on the list.
    came(payroll, PEOPLE + 7, "another point")
    joined(payroll.streams, person(PEOPLE + 7), person(asked[3]))
    bought(payroll.streams, "again", person(asked[0]), 50)
    bought(payroll.streams, "unasked", person(asked[9]), 50)
    await tell(payroll)
    payroll.at(2026, 3, 3, 9)
    assert await reached(payroll, list_id) == (4, 1, contacts - 4)


async def test_an_inquiry_is_of_the_list_that_was_approached_last(payroll: Payroll) -> None:
    await a_company(payroll)
    first = (await make(payroll))["list"]["list_id"]
    second = (await make(payroll, name="Ещё раз"))["list"]["list_id"]
    cross = (await make(payroll, kind="cross_sell"))["list"]["list_id"]
    asked = [number for number in range(PEOPLE) if not is_held(number)]
    for list_id, hour, numbers in ((first, 10, asked[:2]), (second, 12, asked[1:4])):
        payroll.at(2026, 3, 2, hour)
        await approach(payroll, list_id)
        payroll.at(2026, 3, 2, hour + 1)
        for number in numbers:
            came(payroll, number, f"of {hour}")
    await approach(payroll, cross)
    await tell(payroll)
    payroll.at(2026, 3, 3, 9)
    counts = [await reached(payroll, list_id) for list_id in (first, second, cross)]
    assert [count for count, _, _ in counts] == [2, 3, 0]

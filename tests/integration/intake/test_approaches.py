"""Who is to be approached of our own accord becomes an inquiry if they agreed, and only then."""

from typing import Any
from uuid import UUID

from shared.ids import new_id
from tests.integration.intake.erasing import erase
from tests.integration.intake.harness import House
from tests.integration.intake.test_consents import record
from tests.integration.intake.test_restoring import ANNA, BORIS, ask

PATH = "/v1/contacts/approaches"
LIST = "0197a000-0000-7000-8000-000000000001"
VERA, GLEB, DASHA, EGOR = (f"+7916555000{number}" for number in range(4))


async def win_back(house: House) -> str:
    source = await house.source(key="win-back", adapter="generic-json")
    return str(source["source_id"])


async def approach(house: House, *contact_ids: UUID, status: int = 200, **more: Any) -> Any:
    body = {"list_id": LIST, "name": "Вернуть тех, кто уснул", **more}
    body["contact_ids"] = [str(contact_id) for contact_id in contact_ids]
    answer = await house.client.post(PATH, json=body, headers=house.as_("supervisor"))
    assert answer.status_code == status, answer.text
    return answer.json()


def outcomes(answer: dict[str, Any]) -> list[str]:
    return [item["outcome"] for item in answer["items"]]


async def agreeing(house: House, phone: str, **more: Any) -> UUID:
    contact_id = await ask(house, phone, **more)
    await record(house, contact_id, given=True, purpose="marketing")
    return contact_id


async def refuse(house: House, contact_id: UUID, channel: str) -> None:
    path = f"/v1/contacts/{contact_id}/do-not-contact/{channel}"
    answer = await house.client.put(path, json={"reason": "x"}, headers=house.as_("supervisor"))
    assert answer.status_code == 200, answer.text


async def test_who_agreed_becomes_an_inquiry_of_the_source(house: House) -> None:
    source_id = await win_back(house)
    anna = await agreeing(house, ANNA)
    before = len(await house.emitted("inquiry.received"))
    answer = await approach(house, anna, source_id=source_id)
    assert (answer["stored"], answer["left_out"], outcomes(answer)) == (1, 0, ["stored"])
    assert await house.normalise() == 1
    (event,) = (await house.emitted("inquiry.received"))[before:]
    assert event["source_id"] == source_id
    assert event["contact_id"] == str(anna), "it is the person who is on the list"
    assert event["subject"] == "Вернуть тех, кто уснул"
    assert event["contact"]["phones"] == [ANNA]
    assert event["fields"]["permitted_channels"] == "call, chat"
    again = await approach(house, anna, source_id=source_id)
    assert (again["stored"], again["duplicates"], outcomes(again)) == (0, 1, ["duplicate"])
    assert await house.normalise() == 0
    another = await approach(house, anna, source_id=source_id, list_id=str(new_id()))
    assert another["stored"] == 1, "another list may ask again"


async def test_without_consent_refused_or_erased_nobody_is_approached(house: House) -> None:
    source_id = await win_back(house)
    silent = await ask(house, ANNA)
    personal = await ask(house, BORIS)
    await record(house, personal, given=True, purpose="personal_data")
    withdrawn = await agreeing(house, VERA)
    await record(house, withdrawn, given=False, purpose="marketing")
    closed = await agreeing(house, GLEB)
    for channel in ("call", "chat"):
        await refuse(house, closed, channel)
    forgotten = await agreeing(house, DASHA)
    await erase(house, forgotten)
    before = await house.count()
    people = (silent, personal, withdrawn, closed, forgotten, new_id())
    answer = await approach(house, *people, source_id=source_id)
    assert outcomes(answer) == [
        *("no_consent", "no_consent", "no_consent", "refused", "erased", "unknown")
    ]
    assert (answer["stored"], answer["left_out"]) == (0, 6)
    assert await house.count() == before, "nothing is stored of them"


async def test_only_open_channels_are_passed_on(house: House) -> None:
    source_id = await win_back(house)
    points = {"contact": {"phones": [EGOR], "emails": ["egor@example.ru"]}}
    egor = await ask(house, EGOR, **points)
    await record(house, egor, given=True, purpose="marketing", channels=["email", "call"])
    await refuse(house, egor, "call")
    answer = await approach(house, egor, source_id=source_id)
    assert outcomes(answer) == ["stored"]
    await house.normalise()
    event = (await house.emitted("inquiry.received"))[-1]
    assert event["contact"]["emails"] == ["egor@example.ru"]
    assert event["contact"]["phones"] == []
    assert event["fields"]["permitted_channels"] == "email"


async def test_a_person_of_two_contacts_is_approached_once(house: House) -> None:
    source_id = await win_back(house)
    anna, boris = await agreeing(house, ANNA), await ask(house, BORIS)
    await ask(house, ANNA, BORIS)  # one person has both
    answer = await approach(house, boris, anna, source_id=source_id)
    assert sorted(outcomes(answer)) == ["stored", "twice"]


async def test_what_is_no_list_names_the_field(house: House) -> None:
    source_id = await win_back(house)
    anna = await agreeing(house, ANNA)
    for more, pointer in (
        ({"source_id": str(new_id())}, "/source_id"),
        ({"name": ""}, "/name"),
        ({"list_id": "весна"}, "/list_id"),
        ({"colour": "red"}, "/colour"),
    ):
        answer = await approach(house, anna, status=422, **{"source_id": source_id, **more})
        assert [error["pointer"] for error in answer["errors"]] == [pointer]
    for ids in ((), (anna, anna)):
        answer = await approach(house, *ids, status=422, source_id=source_id)
        assert answer["errors"][0]["pointer"] == "/contact_ids"

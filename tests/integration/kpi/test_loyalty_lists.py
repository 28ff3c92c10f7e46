"""Lists of customers to ask again: who stands on them, who is held back, and what that brought."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from services.kpi.domain.loyalty.trial import Outcome, difference, is_held_back
from tests.integration.kpi.paying import Payroll
from tests.integration.kpi.spring import bought, joined, person
from tests.integration.kpi.telling import apply_and_tell
from tests.support.event_streams import consume

PATH = "/v1/loyalty/lists"
PEOPLE = 200
SEED = "весна 2026"
LIST: dict[str, Any] = {
    "name": "Вернуть тех, кто уснул",
    "kind": "win_back",
    "from": "2026-01-01",
    "to": "2026-03-01",
    "tz": "Europe/Moscow",
    "criteria": {"without": "чай"},
    "seed": SEED,
    "held_back_share": 0.3,
    "outcome_days": 14,
}


def is_held(number: int) -> bool:
    return is_held_back(SEED, person(number), 0.3)


async def ask(payroll: Payroll, method: str, path: str, **more: Any) -> Any:
    headers = payroll.door.as_("supervisor")
    return await payroll.door.client.request(method, path, headers=headers, **more)


async def tell(payroll: Payroll) -> None:
    await consume(payroll.database, apply_and_tell, payroll.streams.events)


async def make(payroll: Payroll, **more: Any) -> dict[str, Any]:
    answer = await ask(payroll, "POST", PATH, json={**LIST, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def members(payroll: Payroll, list_id: str, group: str) -> set[str]:
    found: set[str] = set()
    cursor = None
    while True:
        params = {"group": group, "limit": "50"} | ({"cursor": cursor} if cursor else {})
        answer = await ask(payroll, "GET", f"{PATH}/{list_id}/members", params=params)
        assert answer.status_code == 200, answer.text
        found |= {item["contact_id"] for item in answer.json()["items"]}
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def a_company(payroll: Payroll) -> None:
    """Two hundred people who bought coffee, and one who bought tea."""
    payroll.at(2026, 2, 1, 9)
    for number in range(PEOPLE):
        bought(payroll.streams, f"c{number}", person(number), 100, product="кофе")
    bought(payroll.streams, "t", person(PEOPLE), 100, product="чай")
    await tell(payroll)
    payroll.at(2026, 3, 2, 9)


async def test_a_list_is_measured_against_those_held_back(payroll: Payroll) -> None:
    await a_company(payroll)
    made = await make(payroll)
    list_id = made["list"]["list_id"]
    held = {number for number in range(PEOPLE) if is_held(number)}
    assert (made["asked"], made["held_back"]) == (PEOPLE - len(held), len(held))
    assert 30 <= len(held) <= PEOPLE - 30
    shown = await members(payroll, list_id, "asked")
    assert shown == {str(person(number)) for number in set(range(PEOPLE)) - held}
    assert await members(payroll, list_id, "held_back") == {str(person(one)) for one in held}
    # Half of those to be asked buy within the fortnight, a tenth of the others; all do later.
    payroll.at(2026, 3, 10, 9)
    again = [one for place, one in enumerate(sorted(set(range(PEOPLE)) - held)) if place % 2]
    again += [one for place, one in enumerate(sorted(held)) if place % 10 == 0]
    for number in again:
        bought(payroll.streams, f"again-{number}", person(number), 50)
    await tell(payroll)
    payroll.at(2026, 3, 20, 9)
    for number in range(PEOPLE):
        bought(payroll.streams, f"later-{number}", person(number), 50)
    await tell(payroll)
    asked = Outcome(PEOPLE - len(held), (PEOPLE - len(held)) // 2)
    other = Outcome(len(held), -(-len(held) // 10))
    expected = difference(asked, other)
    answer = (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()
    assert answer["is_over"]
    assert (answer["asked"]["people"], answer["asked"]["bought"]) == asked
    assert (answer["held_back"]["people"], answer["held_back"]["bought"]) == other
    assert answer["difference"] == round(expected.value, 4)
    assert answer["low"] == round(expected.interval.low, 4)
    assert answer["high"] == round(expected.interval.high, 4)
    assert answer["low"] > 0
    assert answer["missing"] is None


async def test_people_who_became_one_count_once_or_not_at_all(payroll: Payroll) -> None:
    await a_company(payroll)
    list_id = (await make(payroll))["list"]["list_id"]
    held = [number for number in range(PEOPLE) if is_held(number)]
    asked = [number for number in range(PEOPLE) if not is_held(number)]
    payroll.at(2026, 3, 5, 9)
    joined(payroll.streams, person(asked[1]), person(asked[0]))
    joined(payroll.streams, person(held[0]), person(asked[2]))
    bought(payroll.streams, "one", person(asked[1]), 50)
    bought(payroll.streams, "both", person(asked[2]), 50)
    await tell(payroll)
    payroll.at(2026, 3, 6, 9)
    answer = (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()
    assert not answer["is_over"]
    assert answer["asked"] == {
        "people": len(asked) - 2,
        "bought": 1,
        "share": round(1 / (len(asked) - 2), 4),
    }
    assert answer["held_back"] == {"people": len(held) - 1, "bought": 0, "share": 0}


async def test_whom_another_list_approaches_is_told_of_those_held_back(payroll: Payroll) -> None:
    await a_company(payroll)
    one = (await make(payroll))["list"]["list_id"]
    payroll.at(2026, 3, 3, 9)
    other = (await make(payroll, kind="cross_sell", seed="другое"))["list"]["list_id"]

    async def crossed(list_id: str) -> int:
        number: int = (await ask(payroll, "GET", f"{PATH}/{list_id}")).json()["held_back_asked"]
        return number

    assert await crossed(one) == 0, "nobody is approached yet"
    payroll.at(2026, 3, 4, 9)
    assert (await ask(payroll, "POST", f"{PATH}/{other}/approach")).status_code == 202
    members_ = [number for number in range(PEOPLE) if is_held(number)]
    reached = [one for one in members_ if not is_held_back("другое", person(one), 0.3)]
    assert await crossed(one) == len(reached) > 0
    assert await crossed(other) == 0, "by itself nobody who is held back is approached"
    payroll.at(2026, 3, 5, 9)
    newcomer = PEOPLE + 7  # one person with somebody who is held back: known by another contact
    joined(payroll.streams, person(reached[0]), person(newcomer))
    await tell(payroll)
    assert await crossed(one) == len(reached)


async def test_few_people_show_no_difference(payroll: Payroll) -> None:
    await a_company(payroll)
    made = await make(payroll, criteria={"product": "чай"})
    answer = (await ask(payroll, "GET", f"{PATH}/{made['list']['list_id']}")).json()
    assert (answer["difference"], answer["missing"]) == (None, "too_few_people")
    listed = (await ask(payroll, "GET", PATH)).json()["items"]
    assert [item["list_id"] for item in listed] == [made["list"]["list_id"]]
    assert listed[0]["made_at"] == datetime(2026, 3, 2, 9, tzinfo=UTC).isoformat().replace(
        "+00:00", "Z"
    )
    assert listed[0]["criteria"]["product"] == "чай"


async def test_what_is_no_list_names_the_field(payroll: Payroll) -> None:
    await a_company(payroll)
    words = map(str, count())
    holding = next(word for word in words if is_held_back(word, person(PEOPLE), 0.3))
    for more, pointer in (
        ({"criteria": {"product": "икра"}}, "/criteria"),
        ({"held_back_share": 0}, "/held_back_share"),
        ({"outcome_days": 0}, "/outcome_days"),
        ({"seed": "  "}, "/seed"),
        ({"criteria": {"product": "чай"}, "seed": holding}, "/seed"),
        ({"to": "2025-12-01"}, "/to"),
        ({"tz": "Europe/Nowhere"}, "/tz"),
        ({"kind": "spam"}, "/kind"),
    ):
        answer = await ask(payroll, "POST", PATH, json={**LIST, **more})
        assert answer.status_code == 422, answer.text
        assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    nobody = UUID(int=0)
    assert (await ask(payroll, "GET", f"{PATH}/{nobody}")).status_code == 404
    assert (await ask(payroll, "GET", f"{PATH}/{nobody}/members")).status_code == 404

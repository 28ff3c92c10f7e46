"""No reservation above capacity, no lead without an owner while there is room."""

import asyncio
from collections import Counter

import pytest

from services.routing.use_cases.assign import assign
from shared.database import transaction
from tests.integration.routing.harness import Company


async def test_leads_wait_for_room_and_take_it_when_it_appears(company: Company) -> None:
    anna = await company.manager(capacity=2)
    for name in ("first", "second", "third"):
        await company.inquire(name)
        company.pass_time(seconds=1)
    await company.assign()
    waiting = await company.leads(waiting="true")
    assert [lead["parked_reason"] for lead in waiting] == ["no_room"]
    await company.assign()
    assert (await company.emitted(waiting[0]["lead_id"])).count("lead.parked") == 1
    owned = await company.leads(owner=str(anna))
    await company.perform("lost", await company.perform("accept", owned[0]), loss_reason="no")
    await company.assign()
    found = await company.lead(waiting[0]["lead_id"])
    assert (found["owner_id"], found["parked_reason"]) == (str(anna), None)
    await company.check()


async def test_a_new_reason_to_wait_is_emitted_once(company: Company) -> None:
    lead = await company.inquire()
    await company.assign()
    anna = await company.manager(status=None)
    await company.inquire("makes the assigner look")
    await company.assign()
    await company.status(anna, "busy")
    await company.assign()
    types = await company.emitted(lead["lead_id"])
    assert types == ["lead.opened", "lead.parked"]
    await company.status(anna, "online")
    await company.assign()
    assert (await company.lead(lead["lead_id"]))["owner_id"] == str(anna)


async def test_a_raised_capacity_is_room(company: Company) -> None:
    anna = await company.manager(capacity=1)
    await company.inquire("first")
    await company.inquire("second")
    await company.assign()
    assert len(await company.leads(waiting="true")) == 1
    answer = await company.ask(
        "PUT", f"/v1/managers/{anna}", json={"name": "Анна Петрова", "capacity": 2}
    )
    assert answer.status_code == 200
    await company.assign()
    assert not await company.leads(waiting="true")


async def test_capacity_may_be_lowered_below_the_load_and_nothing_is_added(
    company: Company,
) -> None:
    anna = await company.manager(capacity=3)
    for number in range(3):
        await company.inquire(number)
    await company.assign()
    answer = await company.ask("PUT", f"/v1/managers/{anna}", json={"name": "A", "capacity": 1})
    assert (answer.status_code, answer.json()["reserved"]) == (200, 3)
    await company.inquire("fourth")
    await company.assign()
    owned = await company.leads(owner=str(anna))
    assert len(owned) == 3
    for lead in owned[:2]:
        await company.perform("decline", lead)
    await company.assign()
    assert len(await company.leads(owner=str(anna))) == 1, "one unit of one is taken"
    await company.check()


async def test_pressing_leads_first_then_the_longest_waiting(company: Company) -> None:
    order = []
    for name, priority in (("a", "low"), ("b", "normal"), ("c", "high"), ("d", "normal")):
        lead = await company.inquire(name, priority_class=priority)
        order.append(lead["lead_id"])
        company.pass_time(seconds=1)
    await company.manager(capacity=4)
    await company.assign()
    rows = await company.rows("SELECT key FROM journal WHERE type = 'lead.assigned.v1' ORDER BY id")
    assert [row["key"] for row in rows] == [order[2], order[1], order[3], order[0]]


async def test_work_units_weigh_and_skills_are_asked(company: Company) -> None:
    plain = await company.manager("Plain", capacity=10)
    expert = await company.manager("Expert", capacity=4, skills={"b2b": 2, "en": 1})
    await company.pool(
        "b2b",
        manager_ids=[str(plain), str(expert)],
        rules=[{"when": {"channel": ["call"]}}],
        policy={
            "units": {"call": 2.5},
            "skills": {"b2b": 1},
            "match_language": True,
            "accept_seconds": 60,
            "touch_seconds": 600,
        },
    )
    lead = await company.assigned("caller", channel="call", language="en")
    assert (lead["pool"], lead["owner_id"], lead["work_units"]) == ("b2b", str(expert), 2.5)
    assert lead["accept_by"] == "2026-03-02T09:01:00Z"
    full = await company.inquire("second", channel="call", language="en")
    german = await company.inquire("third", channel="call", language="de")
    await company.assign()
    assert (await company.lead(full["lead_id"]))["parked_reason"] == "no_room"
    assert (await company.lead(german["lead_id"]))["parked_reason"] == "nobody_skilled"
    await company.check()


@pytest.mark.usefixtures("long_waits")
async def test_one_of_a_hundred_concurrent_accepts_wins(company: Company) -> None:
    await company.manager()
    lead = await company.assigned()
    answers = await asyncio.gather(*(company.attempt("accept", lead) for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 99}
    assert (await company.emitted(lead["lead_id"])).count("lead.accepted") == 1
    await company.check()


@pytest.mark.usefixtures("long_waits")
@pytest.mark.parametrize("first", range(3))
async def test_one_of_many_who_want_something_else_wins(company: Company, first: int) -> None:
    await company.manager("Anna")
    boris = await company.manager("Boris", status=None)
    lead = await company.assigned()
    wishes: list[tuple[str, dict[str, str]]] = [
        ("accept", {}),
        ("decline", {}),
        ("reassign", {"role": "supervisor", "manager_id": str(boris)}),
    ]
    order = [*wishes[first:], *wishes[:first]] * 10
    answers = await asyncio.gather(
        *(company.attempt(action, lead, **more) for action, more in order)  # type: ignore[arg-type]
    )
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses.pop(200) == 1
    assert set(statuses) <= {404, 409}, "who lost it sees another version, or no lead of theirs"
    assert (await company.lead(lead["lead_id"]))["version"] == lead["version"] + 1
    assert len(await company.emitted(lead["lead_id"])) == 3
    await company.check()


async def test_assigners_that_run_at_once_give_each_lead_once(company: Company) -> None:
    await company.consume(*(company.inquiry(number) for number in range(200)))
    for name in "abcd":
        await company.manager(name, capacity=20)
    leads = await company.leads()
    ids = [lead["lead_id"] for lead in leads]

    async def one() -> None:
        async with transaction(company.database) as session:
            await assign(session, "default", ids, now=company.now)

    await asyncio.gather(*(one() for _ in range(6)))
    await company.assign()
    load = await company.get("/v1/load")
    assert [manager["reserved"] for manager in load["managers"]] == [20.0] * 4
    assert len(await company.leads(waiting="true")) == 120
    assert load["pools"][0]["waiting"] == 120
    assert load["pools"][0]["headroom"] == 0
    await company.check()


async def test_a_second_assigner_waits_for_the_managers_and_sees_their_load(
    company: Company,
) -> None:
    first = [(await company.inquire(number))["lead_id"] for number in range(3)]
    second = [(await company.inquire(f"other {number}"))["lead_id"] for number in range(3)]
    anna = await company.manager(capacity=3)

    async def other() -> None:
        async with transaction(company.database) as session:
            await assign(session, "default", second, now=company.now)

    async with transaction(company.database) as session:
        await assign(session, "default", first, now=company.now)
        task = asyncio.create_task(other())
        done, _ = await asyncio.wait({task}, timeout=0.5)
        assert not done, "it waits for the capacity locks"
    await task
    assert (await company.get(f"/v1/managers/{anna}"))["reserved"] == 3
    assert len(await company.leads(waiting="true")) == 3
    await company.check()


async def test_capacity_holds_while_configuration_and_people_interfere(company: Company) -> None:
    await company.consume(*(company.inquiry(number) for number in range(40)))
    anna = await company.manager("Anna", capacity=12)
    boris = await company.manager("Boris", capacity=12)

    async def configure(manager_id: object, capacity: int) -> None:
        body = {"name": "x", "capacity": capacity}
        answer = await company.ask("PUT", f"/v1/managers/{manager_id}", json=body)
        assert answer.status_code == 200, answer.text

    async def shove() -> None:
        for lead in (await company.leads())[:10]:
            await company.attempt("reassign", lead, role="supervisor", manager_id=str(boris))

    await asyncio.gather(
        company.assign(), configure(anna, 3), shove(), configure(boris, 5), shove()
    )
    await company.assign()
    added = await company.rows(
        """SELECT m.name, a.assigned_at, m.capacity_milli, m.reserved_milli
        FROM manager AS m JOIN assignment AS a USING (manager_id) WHERE a.ended_at IS NULL"""
    )
    assert added
    assert all(row["reserved_milli"] <= 12_000 for row in added)
    await company.check()
    before = (await company.get("/v1/load"))["managers"]
    await company.consume(*(company.inquiry(f"late {number}") for number in range(10)))
    await company.assign()
    after = (await company.get("/v1/load"))["managers"]
    for one, other in zip(before, after, strict=True):
        assert other["reserved"] <= max(one["reserved"], other["capacity"])


async def test_a_lead_that_cannot_be_judged_is_set_aside_and_the_others_go_on(
    company: Company,
) -> None:
    broken = await company.inquire("broken")
    sound = await company.inquire("sound")
    await company.manager()
    await company.rows(
        """INSERT INTO assignment (lead_id, epoch, manager_id, round, units_milli, assigned_at,
            accept_by, first_touch_by, ended_at, outcome)
        SELECT :lead, 1, manager_id, 1, 1, now(), now(), now(), now(), 'x' FROM manager
        RETURNING lead_id""",
        lead=broken["lead_id"],
    )
    await company.assign()
    assert (await company.lead(sound["lead_id"]))["owner_id"] is not None
    found = await company.lead(broken["lead_id"])
    assert (found["owner_id"], found["parked_reason"]) == (None, "failed")
    assert await company.assign() == 0
    await company.check()

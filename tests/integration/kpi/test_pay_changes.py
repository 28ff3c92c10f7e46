"""What has become of sales of closed months: marked when told, looked through once a day."""

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.kpi.domain.motivation.corrections import CountedSale
from services.kpi.repository.facts import clear
from services.kpi.repository.motivation.changes import Place, list_changes
from services.kpi.use_cases.motivation.restating import check_next
from shared.database import transaction
from tests.integration.kpi.paying import ANNA, BORIS, Payroll
from tests.support.event_streams import some_id

FIRST = date(2026, 3, 1)
PLAIN = {"currency": "RUB", "personal": {"bonus": 1000, "measure": "sales"}}


async def changes(payroll: Payroll) -> dict[Place, list[CountedSale]]:
    async with transaction(payroll.database) as session:
        return await list_changes(session, FIRST, only=None)


async def check(payroll: Payroll) -> bool:
    async with transaction(payroll.database) as session:
        return await check_next(session, payroll.now.date())


async def run(payroll: Payroll, sql: str) -> Any:
    async with transaction(payroll.database) as session:
        return await session.execute(sql)


async def marked(payroll: Payroll) -> set[UUID]:
    return set((await run(payroll, "SELECT sale_id FROM pay_mark")).scalars())


async def a_closed_march(payroll: Payroll) -> None:
    payroll.won("стол", ANNA, 100)
    payroll.won("диван", ANNA, 200)
    await payroll.consume()
    await payroll.approved("2026-03", terms=PLAIN)
    payroll.at(2026, 4, 2, 9)
    await payroll.close("2026-03")


async def test_only_what_was_paid_for_is_marked(payroll: Payroll) -> None:
    await a_closed_march(payroll)
    assert await marked(payroll) == set()
    payroll.won("новый", ANNA, 50)  # of April, which is open
    await payroll.consume()
    assert await marked(payroll) == set()
    payroll.reopened("стол")
    await payroll.consume()
    assert await marked(payroll) == {some_id("lead", "стол")}
    ((place, (change,)),) = (await changes(payroll)).items()
    assert place == (FIRST, ANNA)
    assert (change.quantity, float(change.amount)) == (-1, -100)
    payroll.at(2026, 5, 2, 9)
    await payroll.close("2026-04")
    assert await marked(payroll) == set()
    assert await changes(payroll) == {}


async def test_a_table_of_sales_that_was_made_anew_is_looked_through(payroll: Payroll) -> None:
    await a_closed_march(payroll)
    assert not await check(payroll), "it was when the month was closed"
    payroll.reopened("стол")
    async with transaction(payroll.database) as session:
        await clear(session)
    await payroll.consume()  # the fixture consumes all events from the first one
    found = await changes(payroll)
    assert [(one.sale_id, one.quantity) for one in found[FIRST, ANNA]] == [
        (some_id("lead", "стол"), -1)
    ]
    assert await marked(payroll) == set()
    assert await check(payroll)
    assert await marked(payroll) == {some_id("lead", "стол")}
    assert await changes(payroll) == found
    assert not await check(payroll), "once a day"
    payroll.clock[0] += timedelta(days=1)
    assert await check(payroll)
    assert await changes(payroll) == found


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_marks_tell_of_all_that_looking_through_finds(payroll: Payroll, seed: int) -> None:
    choice = random.Random(seed)
    await payroll.approved("2026-03", terms=PLAIN)
    names: list[str] = []
    for month in (4, 5, 6):
        for day in sorted(choice.sample(range(1, 28), 9)):
            payroll.at(2026, month - 1, day, 12)
            for deed in range(2):
                name = f"{month} {day} {deed}"
                product = choice.choice(("Кухня", None))
                who = choice.choice((ANNA, BORIS))
                if names and choice.random() < 0.4:
                    payroll.reopened(choice.choice(names))
                else:
                    payroll.won(name, who, choice.choice((None, 10, 20)), product=product)
                    names.append(name)
        await payroll.consume()
        by_marks = await changes(payroll)
        await run(payroll, "DELETE FROM pay_check")
        assert await changes(payroll) == by_marks
        assert by_marks or month == 4
        payroll.at(2026, month, 2, 9)
        await payroll.close(f"2026-0{month - 1}")

"""What is given up or taken away binds nothing, and what others need stays."""

from shared.database import Database
from tests.integration.kpi.test_covers import SEEN, of, sold
from tests.integration.kpi.test_goals import PATH as GOALS
from tests.integration.kpi.test_potentials import PATH, goal, potential, put
from tests.integration.kpi.test_territories import PATH as TERRITORIES
from tests.integration.kpi.test_territories import placed, pointers, send
from tests.support.http_client import Door


async def test_a_goal_that_is_withdrawn_binds_no_potential(door: Door) -> None:
    tver = await placed(door, "Тверь", region="Тверь")
    ground = await put(door, tver, estimate=of(40_000))
    made = (await goal(door, ground, value=30_000, axis="region", key="Тверь")).json()
    less = potential(tver, estimate=of(20_000))
    bound = await send(door, "PUT", f"{PATH}/{ground}", less, **SEEN)
    assert pointers(bound) == ["/estimate/sales"]
    place = f"{GOALS}/{made['goal_id']}/withdraw"
    assert (await send(door, "POST", place, {"reason": "Ошибка"}, **SEEN)).status_code == 200
    assert (await send(door, "PUT", f"{PATH}/{ground}", less, **SEEN)).status_code == 200


async def test_a_territory_that_goals_need_is_not_deleted(database: Database, door: Door) -> None:
    await sold(database, ("Тверь", "Окна"))
    russia = await placed(door, "Россия")
    tver = await placed(door, "Тверь", russia, region="Тверь")
    pskov = await placed(door, "Псков", russia, region="Псков")
    await put(door, tver, estimate=of(20_000))
    # Nothing is known of Pskov, so the parts of Russia tell nothing of the company; without it they
    # would.
    assert (await goal(door, value=50_000)).status_code == 201
    answer = await send(door, "DELETE", f"{TERRITORIES}/{pskov}", **SEEN)
    assert answer.status_code == 409, answer.text
    assert "the goal 'Март' of 50000" in answer.json()["hanging"][0]

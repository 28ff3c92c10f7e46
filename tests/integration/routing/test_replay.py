"""A recorded hour, played again: under the same policy it gives what happened."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from deploy.embedded.cli import main
from services.routing.domain.policies import Policy
from services.routing.domain.simulation.algorithms import ALGORITHMS
from services.routing.domain.simulation.engine import simulate
from services.routing.domain.simulation.figures import figures_of
from services.routing.domain.simulation.ledger import Ledger
from services.routing.domain.simulation.scenario import SECOND
from services.routing.repository.recordings import recordings
from services.routing.use_cases.recordings.scenario import Window, read_recording, recorded_span
from shared.database import Database, transaction
from shared.errors import InvalidError, UnavailableError
from tests.integration.routing.harness import NINE, Company

LEADS = 24
_DUE = "SELECT min(accept_by) AS at FROM assignment WHERE ended_at IS NULL AND accepted_at IS NULL"
_OWNERS = """
SELECT lead_id, array_agg(manager_id ORDER BY epoch) AS ids FROM assignment GROUP BY lead_id
"""


async def advance(company: Company, seconds: float) -> None:
    """Let time pass; the timers see each term end when it does."""
    until = company.now + timedelta(seconds=seconds)
    while (due := (await company.rows(_DUE))[0].at) is not None and due <= until:
        company.now = due
        await company.tick()
        await company.assign()
    company.now = until
    await company.watch()


async def an_hour(company: Company) -> None:
    """Three managers, a lead every two minutes; some are declined, expire, are closed, and somebody
    leaves for a while.
    """
    people = [
        await company.manager(f"m{number}", capacity=capacity)
        for number, capacity in enumerate((4, 6, 5))
    ]
    await company.pool("default", manager_ids=[str(item) for item in people])
    await advance(company, 60)
    for number in range(LEADS):
        await advance(company, 120)
        lead = await company.inquire(f"customer {number}")
        await company.assign()
        await _work(company, number, await company.lead(lead["lead_id"]))
        if number in {10, 15}:
            await advance(company, 1)
            await company.status(people[0], "away" if number == 10 else "online")
            await company.assign()


async def _work(company: Company, number: int, lead: Mapping[str, Any]) -> None:
    if lead["owner_id"] is None or number % 5 == 4:
        return
    await advance(company, 20 + number % 7)
    if number % 7 == 3:
        await company.perform("decline", lead)
        await company.assign()
        return
    lead = await company.perform("accept", lead)
    await advance(company, 5)
    await company.act(lead)
    if number % 2 == 0:
        await advance(company, 30)
        how = ("won", {"amount": 10, "currency": "RUB"})
        action, body = how if number % 4 else ("lost", {"loss_reason": "price"})
        await company.perform(action, lead, **body)
        await company.assign()


async def replayed(database: Database, window: Window) -> Ledger:
    story = await read_recording(database, window)
    return simulate(story, ALGORITHMS["product"](story))


def owners_of(ledger: Ledger) -> dict[UUID, list[UUID]]:
    """Lead → its owners in turn."""
    agents = ledger.scenario.agents
    return {
        case.arrival.lead_id: [agents[place].manager_id for place in case.owners]
        for case in ledger.cases
        if case.owners
    }


def loads_of(ledger: Ledger) -> dict[UUID, int]:
    return {
        agent.manager_id: load.reserved_milli
        for agent, load in zip(ledger.scenario.agents, ledger.loads, strict=True)
    }


async def test_the_same_policy_gives_what_happened(
    company: Company, database: Database, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    await an_hour(company)
    end = company.now + timedelta(microseconds=1)
    ledger = await replayed(database, Window(NINE, end))

    recorded = {row.lead_id: list(row.ids) for row in await company.rows(_OWNERS)}
    assert owners_of(ledger) == recorded
    assert any(len(ids) > 1 for ids in recorded.values())
    rows = await company.rows("SELECT manager_id, reserved_milli FROM manager")
    reserved = {row.manager_id: row.reserved_milli for row in rows}
    assert loads_of(ledger) == reserved
    usual = figures_of(ledger)
    assert usual.over_capacity_minutes == 0

    # Cut in two, the second half begins with what was open.
    second = await replayed(database, Window(NINE + timedelta(minutes=31), end))
    assert any(case.arrival.holding is not None for case in second.cases)
    assert loads_of(second) == reserved

    # Under another policy the same leads wait longer.
    heavy = Policy(units={"form": 4.0})
    other = figures_of(await replayed(database, Window(NINE, end, {"default": heavy})))
    assert other.leads == usual.leads == LEADS
    assert other.parked_minutes > usual.parked_minutes

    capsys.readouterr()
    arguments = ["simulate", "--database", url, "--json", "--compare"]
    assert await asyncio.to_thread(main, [*arguments, "--from", NINE.isoformat()]) == 0
    runs = json.loads(capsys.readouterr().out)
    assert [run["leads"] for run in runs] == [LEADS] * len(ALGORITHMS)


async def test_shifts_are_replayed(company: Company, database: Database) -> None:
    anna, boris = [await company.manager(name) for name in ("Анна", "Борис")]
    shifts = [{"days": [1], "from": "09:00", "to": "09:30"}]
    path = f"/v1/managers/{anna}/calendar"
    calendar = {"time_zone": "UTC", "shifts": shifts}
    assert (await company.ask("PUT", path, json=calendar)).status_code == 200
    for number in range(4):
        await advance(company, 60)
        await company.inquire(f"early {number}")
    await advance(company, 30 * 60)
    await company.inquire("late")
    story = await read_recording(database, Window(NINE, company.now + timedelta(seconds=1)))

    [off] = [item for item in story.presences if item.duty == "off"]
    place = [agent.manager_id for agent in story.agents].index(anna)
    assert (off.agent, off.at) == (place, 30 * 60 * SECOND)
    assert story.agents[place].shifts == ((0, 30 * 60 * SECOND),)
    ledger = simulate(story, ALGORITHMS["product"](story))
    assert owners_of(ledger)[ledger.cases[-1].arrival.lead_id] == [boris]


async def test_what_cannot_be_replayed_is_told(
    company: Company, database: Database, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hour = Window(NINE, NINE + timedelta(hours=1))
    assert await recorded_span(database) is None
    with pytest.raises(InvalidError, match="No lead came in"):
        await read_recording(database, hour)
    with pytest.raises(InvalidError, match="no pool vip"):
        await read_recording(database, Window(hour.begin, hour.end, {"vip": Policy()}))

    for address, words in (
        (url, "no lead is recorded yet"),
        (url.replace("_routing", "_nowhere"), "does not exist"),
        ("postgresql://nobody:nothing@127.0.0.1:1/routing", "cannot be read"),
    ):
        assert await asyncio.to_thread(main, ["simulate", "--database", address]) == 1
        assert words in capsys.readouterr().err


async def test_a_replay_writes_nothing(company: Company, database: Database) -> None:
    await company.manager()
    await company.assigned()
    company.pass_time(seconds=1)
    story = await read_recording(database, Window(NINE, company.now))

    assert story.end == SECOND
    with pytest.raises(UnavailableError) as failure:
        await _delete(database)
    assert isinstance(failure.value.__cause__, asyncpg.ReadOnlySQLTransactionError)


async def _delete(database: Database) -> None:
    async with transaction(database) as session:
        await recordings.prepare(session)
        await session.execute("DELETE FROM lead")

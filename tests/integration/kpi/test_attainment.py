"""How far managers are with their plans is emitted once per change and day, and moves routing."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from services.kpi.use_cases.motivation.attain import LOOK_SECONDS, attainment_loop
from services.kpi.use_cases.motivation.targets import ATTAINMENT
from services.kpi.use_cases.restore import restore
from services.routing.service import ROUTING
from services.routing.settings import Settings as RoutingSettings
from shared.application import create_app
from shared.contracts.indicators import AttainmentMeasured
from shared.database import open_database, transaction
from shared.messaging.decoding import ReceivedEvent
from shared.runtime.loop import keep
from shared.runtime.wakeup import wakeup_loop
from tests.integration.kpi.paying import ANNA, BORIS, TARGETS, ZONE, Payroll
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.routing.harness import Company
from tests.support.event_streams import consume
from tests.support.http_client import open_door
from tests.support.infrastructure import DatabaseFactory
from tests.support.journal_events import journal_events
from tests.support.signer import new_signer, sealing_file
from tests.support.waiting import eventually

WORKING: dict[str, object] = {
    "shifts": [{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00", "kind": "shift"}]
}


async def emitted(payroll: Payroll) -> list[ReceivedEvent]:
    events = await journal_events(payroll.database)
    return [item for item in events if isinstance(item.event, AttainmentMeasured)]


async def values(payroll: Payroll) -> list[tuple[str, Decimal]]:
    return [
        (item.envelope.key, item.event.attainment)
        for item in await emitted(payroll)
        if isinstance(item.event, AttainmentMeasured)
    ]


async def test_it_is_emitted_once_per_change_and_day(payroll: Payroll) -> None:
    payroll.won("шкаф", ANNA, 300_000)
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 620_000)
    await payroll.plan("2026-03", BORIS, 5, measure="sales", currency=None)
    payroll.at(2026, 3, 16, 9)
    # 15 of 31 days are over: 300 000 were expected of Anna.
    for _ in range(3):
        await payroll.measure()  # nothing is remembered in between, as after a restart
    assert sorted(await values(payroll)) == sorted(
        [(str(ANNA), Decimal("1.000")), (str(BORIS), Decimal(0))]
    )
    payroll.won("стол", BORIS, None)
    await payroll.consume()
    for _ in range(2):
        await payroll.measure()
    assert (await values(payroll))[2:] == [(str(BORIS), Decimal("0.413"))]
    payroll.at(2026, 3, 17, 9)
    for _ in range(2):
        await payroll.measure()
    assert dict((await values(payroll))[3:]) == {
        str(ANNA): Decimal("0.938"), str(BORIS): Decimal("0.388"),
    }  # fmt: skip
    assert len(await emitted(payroll)) == 5
    versions = [item.envelope.version for item in await emitted(payroll)]
    assert Counter(versions) == {1: 2, 2: 2, 3: 1}, "each has a stream of its own"


async def test_a_day_without_change_is_told_all_the_same(payroll: Payroll) -> None:
    await payroll.consume()
    await payroll.plan("2026-03", "company", 10)
    for day in (16, 17):
        payroll.at(2026, 3, day, 9)
        for _ in range(2):
            await payroll.measure()
    assert await values(payroll) == [("company", Decimal(0))] * 2


async def test_without_a_plan_everybody_is_on_pace(payroll: Payroll) -> None:
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 10)
    payroll.at(2026, 3, 1, 9)
    await payroll.measure()
    payroll.at(2026, 3, 20, 9)
    await payroll.measure()
    (target,) = (await payroll.ask("GET", TARGETS))["items"]
    await payroll.ask("DELETE", f"{TARGETS}/{target['target_id']}", status=204)
    for day in (20, 21):
        payroll.at(2026, 3, day, 9)
        await payroll.measure()
    assert [value for _, value in await values(payroll)] == [1, 0, 1], "on the first day, and after"


async def test_an_older_copy_repeats_nothing(payroll: Payroll) -> None:
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 10)
    payroll.at(2026, 3, 20, 9)
    await payroll.measure()
    async with transaction(payroll.database) as session:
        await session.execute("DELETE FROM attainment")
        await restore(session, await journal_events(payroll.database), now=payroll.now)
    await payroll.measure()
    assert await values(payroll) == [(str(ANNA), Decimal(0))]


async def test_working_days_are_expected_not_days(payroll: Payroll) -> None:
    payroll.hired(ANNA, "Анна", calendar=WORKING)
    payroll.won("шкаф", ANNA, 100)
    await payroll.consume()
    await payroll.plan("2026-03", ANNA, 220)
    payroll.at(2026, 3, 16, 9)
    await payroll.measure()
    # March 2026 has 22 working days, of which 10 are over by the 16th.
    assert await values(payroll) == [(str(ANNA), Decimal("1.000"))]


async def test_the_loop_hears_of_targets(payroll: Payroll) -> None:
    await payroll.consume()
    loops = [
        attainment_loop(payroll.database, ZONE, clock=lambda: payroll.now),
        wakeup_loop(payroll.database, [ATTAINMENT], leads=lambda: True),
    ]
    tasks = [asyncio.create_task(keep(loop)) for loop in loops]

    async def is_emitted() -> bool:
        return await values(payroll) == [(str(ANNA), Decimal(0))]

    payroll.at(2026, 3, 20, 9)
    try:
        await payroll.plan("2026-03", ANNA, 10)
        await eventually(is_emitted, seconds=LOOK_SECONDS / 2, what="the loop measures")
    finally:
        for task in tasks:
            task.cancel()


async def test_routing_helps_who_is_behind_and_not_beyond_its_bound(
    payroll: Payroll, migrated_database: DatabaseFactory, tmp_path: Path
) -> None:
    """Routing's leads and wins are kpi's facts, and kpi's measures move routing's choice."""
    folder = tmp_path / "routing"
    folder.mkdir()
    signer = new_signer(folder / "keys.json")
    url = await migrated_database("routing")
    settings = RoutingSettings(
        database_url=SecretStr(url),
        keys_file=folder / "keys.json",
        allow_unsafe_database=True,
        sealing_keys_file=sealing_file(folder),
    )
    database = open_database(url, service="routing", background=True)
    company = Company(database)
    try:
        async with open_door(
            create_app(ROUTING, settings, clock=lambda: company.now), signer
        ) as company.door:
            await company.watch()
            anna, boris = await _a_win_of_anna(company, payroll)
            for manager_id in (anna, boris):
                await payroll.plan("2026-03", manager_id, 1_000_000)
            payroll.at(2026, 3, 20, 9)
            await payroll.measure()
            company.now = datetime(2026, 3, 20, 10, tzinfo=UTC)
            await company.status(anna, "online")
            await company.status(boris, "online")
            await company.consume_again(*await emitted(payroll))
            inquiries = [company.inquiry(number) for number in range(8)]
            await company.consume(*inquiries)
            await company.assign()
            leads = [await company.lead_of(item.inquiry_id) for item in inquiries]
            owners = Counter(UUID(lead["owner_id"]) for lead in leads)
            # Boris is given more, and yet not everything: a plan never moves a score beyond 0.2.
            assert owners == {boris: 6, anna: 2}
    finally:
        await database.close()


async def _a_win_of_anna(company: Company, payroll: Payroll) -> tuple[UUID, UUID]:
    """Anna, alone at first, wins what she has to; kpi consumes all that routing has emitted."""
    parts = {"load": 1.0, "fairness": 0.0, "fit": 0.0, "plan": 0.2}
    await company.pool("default", policy={"score": parts})
    anna = await company.manager("Анна")
    inquiry = company.inquiry("customer")
    item = company.received(inquiry)
    await company.consume_again(item)
    await company.assign()
    lead = await company.perform("accept", await company.lead_of(inquiry.inquiry_id))
    company.now += timedelta(minutes=1)
    await company.perform("won", lead, amount=1_000_000, currency="RUB")
    boris = await company.manager("Борис")
    events = [item, *await journal_events(company.database)]
    await consume(payroll.database, apply_and_tell, events)
    return anna, boris

"""What was sold, and the leads, by the values of a plan: sums and counters tell what rows tell."""

import random
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from services.kpi.domain.months import following, later
from services.kpi.domain.periods import Period, day_begin
from services.kpi.domain.plan.nodes import AxisName
from services.kpi.domain.plan.terms import Rule, Terms
from services.kpi.repository.plan import sold
from services.kpi.repository.plan.past import Month
from shared.database import Database, transaction
from shared.ids import new_id
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_paths import a_market
from tests.integration.kpi.test_rollups import live
from tests.support.event_streams import consume

NAMES: tuple[dict[str, str | None], ...] = ({}, {"region": "Tula"}, {"party": "form"})
AXES: tuple[AxisName | None, ...] = (None, "region", "product", "party")
TERMS = Terms(
    plan_id=new_id(), name="plan", currency="RUB", first_month=date(2026, 1, 1), months=4,
    party="channel", rule=Rule(), season={},
)  # fmt: skip


def months_of(first: date, count: int, zone: ZoneInfo) -> list[Month]:
    months = []
    for number in range(count):
        begin, first = first, following(first)
        months.append(Month(day_begin(begin, zone), day_begin(first, zone), number))
    return months


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5])
async def test_facts_by_sums_are_those_by_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice, streams = random.Random(seed), a_market(seed)
    zone = ZoneInfo(choice.choice(("UTC", "Europe/Moscow", "Asia/Kathmandu")))
    await consume(database, apply_and_tell, streams.events, batch=20)
    months = months_of(later(streams.at.date().replace(day=1), -1), 3, zone)
    sales = 0
    asked = [*((axis, names) for axis in AXES for names in NAMES), ("seller", {}), ("nature", {})]
    for axis, names in asked:
        told: list[dict[tuple[str, int], tuple[Decimal, int]]] = []
        for tell in (sold.sums_tell, lambda *_: False):
            monkeypatch.setattr(sold, "sums_tell", tell)
            if told:
                monkeypatch.setattr(sold, "days_tell", tell)
            async with transaction(database) as session:
                facts = await sold.list_facts(session, TERMS, months, names, axis, zone=zone.key)
            told.append({(one.value, one.month): (one.revenue, one.quantity) for one in facts})
        monkeypatch.undo()
        assert told[0] == told[1], (axis, names)
        sales += sum(quantity for _, quantity in told[0].values())
    assert sales


@pytest.mark.parametrize("seed", range(3))
async def test_leads_by_counters_are_those_by_stories(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    choice = random.Random(300 + seed)
    last = await live(database, choice)
    zone = ZoneInfo(choice.choice(("UTC", "Europe/Moscow", "Asia/Kathmandu")))
    months = months_of(date(last.year, 1, 1), 12, zone)
    leads = 0
    for axis in (*AXES, "seller"):
        told = []
        for is_counted in (True, False):
            if not is_counted:
                monkeypatch.setattr(Period, "is_even", property(lambda _: False))
            async with transaction(database) as session:
                told.append(await sold.count_leads(session, months, {}, axis, zone))
        monkeypatch.undo()
        assert told[0] == told[1], axis
        leads += sum(told[0].values())
    assert leads

"""Reports on sales by any dimensions, as any model that names one inquiry and any lookback credit
them, tell what a naive reading of the events tells, whatever became of sales.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from statistics import quantiles
from typing import Any, cast, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.paths.segments import DIMENSIONS
from services.kpi.domain.periods import period
from services.kpi.domain.sales.events import SaleEvent
from services.kpi.domain.sales.figures import SalesFigures, SalesMoney
from services.kpi.domain.sales.people import Sale, sales_of
from services.kpi.repository.facts import clear
from services.kpi.repository.money.relations import TIMES
from services.kpi.repository.money.sold import Origin
from services.kpi.use_cases.money.sales import show_sales
from services.kpi.use_cases.money.views import MoneyWish
from shared.contracts.inquiry import Campaign
from shared.database import Database, transaction
from shared.messaging.decoding import ReceivedEvent
from tests.integration.kpi.naive_loyalty import credited
from tests.integration.kpi.naive_money import world_of
from tests.integration.kpi.spring import SPRING, bought, cancelled, person, won
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_loyalty_rows import FIRST, ZONES, a_shop, keep_days, keep_some_days
from tests.integration.kpi.week import ANNA
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume, some_id

Key = tuple[Any, ...]
BORIS = some_id("manager", "Борис")


def a_wish(choice: random.Random) -> MoneyWish:
    begin = FIRST + timedelta(days=choice.randrange(-10, 90))
    span = period(
        begin,
        begin + timedelta(days=choice.choice([1, 20, 60, 300])),
        ZoneInfo(choice.choice(ZONES)),
    )
    names = choice.choice(
        [["manager"], choice.sample((*DIMENSIONS, "manager"), choice.randrange(1, 4))]
    )
    dimensions = [*names, *choice.sample(TIMES, choice.randrange(2))]
    choice.shuffle(dimensions)
    known_on = choice.choice([None, None, begin + timedelta(days=choice.randrange(120))])
    model = choice.choice(get_args(Origin))
    days = choice.choice([90, 90, 1, 7, 20, 45, 365])
    return MoneyWish(span, dimensions, model, days, known_on)


def naive_figures(events: Sequence[ReceivedEvent], wish: MoneyWish) -> dict[Key, SalesFigures]:
    """The figures of each group; those of all under no key at all."""
    groups: dict[Key, list[Sale]] = defaultdict(list)
    for key, sale in _keyed(events, wish):
        groups[key].append(sale)
        groups[()].append(sale)
    return {key: _figures(sales) for key, sales in groups.items()}


def _keyed(events: Sequence[ReceivedEvent], wish: MoneyWish) -> Iterator[tuple[Key, Sale]]:
    world = world_of(events, wish.known_on)
    said: dict[UUID, list[SaleEvent]] = defaultdict(list)
    for event in world.said:
        said[world.person(event.contact_id)].append(event)
    for person_id, each in said.items():
        for sale in sales_of(person_id, each, window=timedelta(hours=72)):
            if not wish.period.begins_at <= sale.at < wish.period.ends_at:
                continue
            came = credited(world, person_id, sale, wish.model, wish.lookback_days)
            values: dict[str, Any] = {} if came is None else dict(came.values)
            values |= {"region": sale.region} if sale.region is not None else {}
            values |= {"product": sale.product} if sale.product is not None else {}
            values["manager"] = sale.manager_id
            for name in set(TIMES) & set(wish.dimensions):
                steps = wish.period.steps(name)
                values[name] = steps.days[sum(begin <= sale.at for begin in steps.bounds[:-1]) - 1]
            yield tuple(values.get(name) for name in wish.dimensions), sale


def _figures(sales: Sequence[Sale]) -> SalesFigures:
    stand = [sale for sale in sales if sale.number is not None]
    later = [sale for sale in stand if sale.number != 1]
    gaps = [(sale.at - sale.previous_at).total_seconds() for sale in later if sale.previous_at]
    some = gaps * 2 if len(gaps) == 1 else gaps  # `quantiles` takes two or more
    deciles = quantiles(some, n=10, method="inclusive") if gaps else []
    return SalesFigures(
        sales=len(stand),
        new=len(stand) - len(later),
        returning=len(later),
        cancelled=len(sales) - len(stand),
        joined=sum(sale.joined_by is not None for sale in stand),
        customers=len({sale.person_id for sale in stand}),
        returning_customers=len({sale.person_id for sale in later}),
        gap_p50=_about(deciles[4]) if gaps else None,
        gap_p90=_about(deciles[8]) if gaps else None,
        money=_money(sales),
    )


def _about(seconds: float) -> Any:
    return pytest.approx(seconds)


def _money(sales: Sequence[Sale]) -> dict[str, SalesMoney]:
    money: dict[str, SalesMoney] = {}
    for sale in sales:
        if sale.currency is None or sale.amount is None:
            continue
        counts = [sale.number is not None, sale.number == 1, (sale.number or 0) > 1]
        counts.append(sale.number is None)
        one = money.get(sale.currency, SalesMoney(0, *(Decimal(0),) * 4))
        before = (one.amount, one.new_amount, one.returning_amount, one.cancelled_amount)
        amounts = (
            old + (sale.amount if is_of else 0) for old, is_of in zip(before, counts, strict=True)
        )
        money[sale.currency] = SalesMoney(one.priced + counts[0], *amounts)
    return money


@examples(8, simplified=False)
@given(seed=st.integers(0, 2**32), batch=st.integers(1, 60))
async def test_groups_of_sales_are_what_the_events_make_them(
    database: Database, seed: int, batch: int
) -> None:
    streams, choice = a_shop(seed), random.Random(seed)
    async with transaction(database) as session:
        await clear(session)
    half = len(streams.events) // 2
    for events in (streams.events[:half], streams.events[half:]):
        await consume(database, apply_and_tell, events, batch=batch)
        await keep_some_days(database, choice)
    for _ in range(12):
        wish = a_wish(choice)
        async with transaction(database) as session:
            report = await show_sales(session, wish, cast("Origin", wish.model))
        naive = naive_figures(streams.events, wish)
        total = naive.pop((), SalesFigures())
        assert {tuple(row.group.values()): row.figures for row in report.rows} == naive, wish
        assert report.totals.figures == total, wish


async def _by_manager(database: Database, **more: Any) -> dict[Any, SalesFigures]:
    return {key[0]: figures for key, figures in (await _groups(database, **more)).items()}


async def _groups(database: Database, **more: Any) -> dict[Key, SalesFigures]:
    span = period(FIRST, FIRST + timedelta(days=100), ZoneInfo("UTC"))
    wish = replace(MoneyWish(span, ["manager"], "last_non_direct", 90), **more)
    async with transaction(database) as session:
        report = await show_sales(session, wish, cast("Origin", wish.model))
    return {tuple(row.group.values()): row.figures for row in report.rows}


async def test_a_person_counts_once_with_each_manager(database: Database) -> None:
    streams = EventStreams()
    for step, manager in enumerate((ANNA, BORIS, ANNA, ANNA)):
        streams.at += timedelta(days=step)
        won(streams, f"{step}", person(0), 10 + step, manager_id=manager)
    bought(streams, "order", person(0), 99)
    await consume(database, apply_and_tell, streams.events)
    await keep_days(database)
    found = await _by_manager(database)
    assert {
        manager: (one.sales, one.customers, one.returning, one.returning_customers)
        for manager, one in found.items()
    } == {ANNA: (3, 1, 2, 1), BORIS: (1, 1, 1, 1), None: (1, 1, 1, 1)}


async def test_each_model_credits_its_own_inquiry(database: Database) -> None:
    streams = EventStreams()
    asked = {40: ("чай", Campaign()), 20: ("кофе", SPRING), 3: ("сахар", Campaign())}
    last_at = streams.at
    for days, (product, campaign) in asked.items():
        streams.at = last_at - timedelta(days=days)
        more = {"campaign": campaign, "product_interest": product}
        streams.inquiry(product, contact=person(0), **more)
    streams.at = last_at
    won(streams, "1", person(0), 10, manager_id=BORIS)
    await consume(database, apply_and_tell, streams.events)
    for is_kept in (False, True):
        if is_kept:
            await keep_days(database)
        cases: tuple[tuple[str, int, str | None], ...] = (
            ("first", 90, "чай"),
            ("first", 30, "кофе"),
            ("last", 90, "сахар"),
            ("last_non_direct", 45, "кофе"),
            ("last_non_direct", 7, "сахар"),
            ("first", 1, None),
        )
        for model, days, credit in cases:
            wish = {"dimensions": ["product", "manager"], "model": model, "lookback_days": days}
            assert [*await _groups(database, **wish)] == [(credit, BORIS)], (model, days, is_kept)


async def test_what_is_taken_back_counts_in_its_group(database: Database) -> None:
    streams = EventStreams()
    bought(streams, "1", person(0), 10, product="чай")
    bought(streams, "2", person(0), 40, product="кофе")
    cancelled(streams, "2", person(0))
    await consume(database, apply_and_tell, streams.events)
    await keep_days(database)
    found = await _groups(database, dimensions=["product", "manager"])
    assert {key: (one.sales, one.cancelled) for key, one in found.items()} == {
        ("чай", None): (1, 0),
        ("кофе", None): (0, 1),
    }
    assert found["кофе", None].money["RUB"].cancelled_amount == 40


async def test_what_is_taken_back_counts_with_its_manager(database: Database) -> None:
    streams = EventStreams()
    won(streams, "1", person(0), 10, manager_id=BORIS)
    bought(streams, "2", person(0), 40)
    cancelled(streams, "2", person(0))
    await consume(database, apply_and_tell, streams.events)
    await keep_days(database)
    found = await _by_manager(database)
    assert (found[BORIS].sales, found[BORIS].cancelled) == (1, 0)
    assert (found[None].sales, found[None].cancelled) == (0, 1)
    assert found[None].money["RUB"].cancelled_amount == 40

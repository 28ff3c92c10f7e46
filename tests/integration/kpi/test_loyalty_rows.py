"""Reports on customers tell what a naive reading of the events tells, whatever became of sales."""

import random
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty import association, returning, scoring
from services.kpi.domain.loyalty.counting import count_baskets
from services.kpi.domain.loyalty.customers import CustomerFilter
from services.kpi.domain.periods import period
from services.kpi.repository.facts import clear
from services.kpi.repository.money.sale_days import BASKETS, count
from services.kpi.use_cases.loyalty import customers
from services.kpi.use_cases.money.tell import keep_days_next
from services.kpi.use_cases.money.views import MoneyWish
from shared.contracts.contacts import ContactErased, ContactRelinked
from shared.contracts.inquiry import Campaign
from shared.database import Database, transaction
from tests.integration.kpi.naive_loyalty import (
    naive_baskets,
    naive_cohorts,
    naive_customers,
    naive_sales,
)
from tests.integration.kpi.spring import BRAND, SPRING, bought, cancelled, person, reopened, won
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.week import ANNA
from tests.support.chance import examples
from tests.support.event_streams import EventStreams, consume, some_id

FIRST = date(2026, 2, 20)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
PEOPLE = 9
ZONES = ("UTC", "Europe/Moscow", "Asia/Kathmandu", "America/St_Johns")
PRODUCTS: tuple[str, ...] = ("чай", "кофе", "сахар", "")


def a_shop(seed: int) -> EventStreams:
    """People ask, buy, correct, cancel, win and lose again, are joined, parted and forgotten."""
    choice, streams = random.Random(seed), EventStreams()
    owners: dict[str, Any] = {}
    for step in range(120):
        streams.at += timedelta(hours=choice.randrange(60))
        contact, deed = person(choice.randrange(PEOPLE)), choice.random()
        currency = choice.choice(("RUB", "RUB", "RUB", "EUR"))
        amount = choice.choice((None, 10, 20, 30.5)) if deed < 0.1 else choice.choice((5, 10, 40))
        if deed < 0.07:
            campaign = choice.choice((SPRING, BRAND, Campaign()))
            product = choice.choice(PRODUCTS) or None
            streams.inquiry(f"{step}", contact=contact, campaign=campaign, product_interest=product)
        elif deed < 0.19:
            manager = choice.choice((ANNA, some_id("manager", "Борис")))
            won(streams, f"{step}", contact, amount, currency=currency, manager_id=manager)
            owners[f"won {step}"] = contact
        elif deed < 0.75 or not owners:
            order, at = f"{step}", streams.at - timedelta(days=choice.choice((0, 0, 0, 3, 40)))
            known = [name for name in owners if not name.startswith("won")]
            if known and choice.random() < 0.15:
                order = choice.choice(known)
            contact = owners.setdefault(order, contact)
            product = choice.choice(PRODUCTS)
            more = {"product": product} if len(product) else {}
            bought(streams, order, contact, amount or 7, currency=currency, purchased_at=at, **more)
        elif deed < 0.85:
            name = choice.choice(sorted(owners))
            if name.startswith("won "):
                reopened(streams, name.removeprefix("won "), owners[name])
            else:
                cancelled(streams, name, owners[name])
        elif deed < 0.97:
            canonical = choice.choice((contact, person(choice.randrange(PEOPLE))))
            streams.emit(
                ContactRelinked(
                    contact_id=contact, canonical_id=canonical, batch_id=some_id(step),
                    reason="phone", relinked_at=streams.at,
                )
            )  # fmt: skip
        else:
            streams.emit(
                ContactErased(contact_id=contact, birth_ids=[contact], erased_at=streams.at)
            )
    return streams


async def keep_days(database: Database) -> None:
    async with transaction(database) as session:
        while await keep_days_next(session):
            pass


async def keep_some_days(database: Database, choice: random.Random) -> None:
    """Some are kept, and others dropped again, as something changes about them."""
    await keep_days(database)
    async with transaction(database) as session:
        days = (await session.execute("SELECT day FROM sale_day")).scalars()
        some = [day for day in days if choice.random() < 0.2]
        await session.execute("DELETE FROM sale_day WHERE day = ANY(:days)", {"days": some})


def a_wish(choice: random.Random) -> MoneyWish:
    begin = FIRST + timedelta(days=choice.randrange(-10, 90))
    span = period(
        begin,
        begin + timedelta(days=choice.choice([1, 20, 60, 300])),
        ZoneInfo(choice.choice(ZONES)),
    )
    known_on = choice.choice([None, None, begin + timedelta(days=choice.randrange(120))])
    return MoneyWish(span, [], "last_non_direct", 90, known_on)


@examples(8, simplified=False)
@given(seed=st.integers(0, 2**32), batch=st.integers(1, 60))
async def test_customers_are_what_the_events_make_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, seed: int, batch: int
) -> None:
    streams = a_shop(seed)
    async with transaction(database) as session:
        await clear(session)
    choice = random.Random(seed)
    half = len(streams.events) // 2
    for events in (streams.events[:half], streams.events[half:]):
        await consume(database, apply_and_tell, events, batch=batch)
        await keep_some_days(database, choice)
    with monkeypatch.context() as patch:  # nine people are enough here
        patch.setattr(scoring, "LEAST_CUSTOMERS", 1)
        patch.setattr(returning, "LEAST_PEOPLE", 1)
        patch.setattr(association, "LEAST_PEOPLE", 1)
        for _ in range(10):
            await _compare(database, streams, a_wish(choice))


async def _compare(database: Database, streams: EventStreams, wish: MoneyWish) -> None:
    sales = naive_sales(streams.events, wish)
    async with transaction(database) as session:
        report = await customers.show_loyalty(session, wish, None, NOW)
    until = customers.until_of(customers.view_of(wish), NOW)
    people = naive_customers(sales, report.currency, until) if sales else {}
    async with transaction(database) as session:
        chosen = await customers.list_customers(
            session, wish, CustomerFilter(), report.currency, now=NOW, after=None, limit=200
        )
    items = chosen.customers
    assert chosen.total == len(items) == len(people) == report.all.customers
    for item in items:
        expected = people[item.contact_id]
        found = {name: getattr(item, name) for name in expected}
        assert found.pop("limit_seconds") == pytest.approx(expected.pop("limit_seconds")), wish
        assert found == expected, wish
    assert report.all.sleeping == sum(one["is_sleeping"] for one in people.values())
    assert report.all.amount == sum(one["amount"] for one in people.values())
    assert sum(one.customers for one in report.segments.values()) == len(people)
    await _compare_others(database, wish, sales)


async def _compare_others(database: Database, wish: MoneyWish, sales: Any) -> None:
    async with transaction(database) as session:
        cohorts = await customers.show_cohorts(session, wish, NOW)
    counts = naive_cohorts(sales, wish)
    found = {(each.month, each.month): each.customers for each in cohorts}
    for each in cohorts:
        found |= {(each.month, one.month): one.customers for one in each.returns}
    assert {key: count for key, count in found.items() if count} == counts, wish
    async with transaction(database) as session:
        view = customers.view_of(wish)
        make = partial(count_baskets, span=view.period, most_products=10)
        baskets = await count(session, view, BASKETS, make)
    buyers, pairs = naive_baskets(sales)
    assert baskets.buyers == buyers, wish
    assert {(one, two): count for one, two, count in baskets.pairs} == pairs, wish
    assert baskets.people == sum(any(one.product for one in each) for each in sales.values())
    for product in buyers:
        async with transaction(database) as session:
            asked = CustomerFilter(product=product, without="чай")
            chosen = await customers.list_customers(
                session, wish, asked, "RUB", now=NOW, after=None, limit=200
            )
        assert {item.contact_id for item in chosen.customers} == {
            contact
            for contact, each in sales.items()
            if product in (names := {one.product for one in each}) and "чай" not in names
        }


async def test_who_has_bought_nothing_any_more_is_no_customer(database: Database) -> None:
    streams = EventStreams()
    bought(streams, "1", person(1), 100)
    await consume(database, apply_and_tell, streams.events)
    wish = MoneyWish(period(FIRST, date(2026, 6, 1), ZoneInfo("UTC")), [], "first", 90)

    async def count() -> int:
        await keep_days(database)
        async with transaction(database) as session:
            return (await customers.show_loyalty(session, wish, None, NOW)).all.customers

    assert await count() == 1
    streams.emit(
        ContactRelinked(
            contact_id=person(1), canonical_id=person(2), batch_id=some_id("batch"),
            reason="phone", relinked_at=streams.at,
        )
    )  # fmt: skip
    await consume(database, apply_and_tell, streams.events[-1:])
    assert await count() == 1
    cancelled(streams, "1", person(1))
    await consume(database, apply_and_tell, streams.events[-1:])
    assert await count() == 0


async def test_what_was_known_on_a_day_is_told_by_it(database: Database) -> None:
    streams = EventStreams()
    bought(streams, "1", person(1), 100)
    day = streams.at.date()
    streams.at += timedelta(days=3)
    bought(streams, "2", person(1), 50, purchased_at=streams.at - timedelta(days=2))
    cancelled(streams, "1", person(1))
    await consume(database, apply_and_tell, streams.events)
    await keep_days(database)
    span = period(FIRST, date(2026, 6, 1), ZoneInfo("UTC"))
    amounts = []
    for known_on in (day - timedelta(days=1), day, None):
        wish = MoneyWish(span, [], "first", 90, known_on)
        async with transaction(database) as session:
            amounts.append((await customers.show_loyalty(session, wish, "RUB", NOW)).all.amount)
    assert amounts == [0, 100, 50]


async def test_no_day_is_kept_where_nothing_was_sold(database: Database) -> None:
    async with transaction(database) as session:
        assert not await keep_days_next(session)
        assert await session.scalar("SELECT count(*) FROM sale_day") == 0

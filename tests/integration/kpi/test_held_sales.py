"""What is held in memory of sales is what they come to now, and is not read again."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.kpi.domain.loyalty.customers import CustomerFilter
from services.kpi.domain.periods import period
from services.kpi.domain.sale_columns.stretches import Stretch
from services.kpi.repository.forecast.orders import Orders, read_orders
from services.kpi.repository.money import held_columns, held_sales
from services.kpi.repository.money.day_columns import Family
from services.kpi.repository.money.sale_days import Days, find_sums, read_days, read_sums
from services.kpi.repository.rollups.blocks import day_at
from services.kpi.use_cases.loyalty import customers
from services.kpi.use_cases.money.sales import show_sales
from services.kpi.use_cases.money.views import MoneyWish
from shared.database import Database, Session, transaction
from tests.integration.kpi.spring import bought, cancelled, person
from tests.integration.kpi.telling import apply_and_tell
from tests.integration.kpi.test_loyalty_rows import FIRST, NOW, keep_days
from tests.support.event_streams import EventStreams, consume

YEAR = [day_at(date(2026, 1, 1)), day_at(date(2027, 1, 1))]


async def test_what_was_counted_of_sales_is_not_counted_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until one is told that lies among them, on a day that is kept or one that is not."""
    reads: list[Days] = []
    totals: list[int] = []

    async def noted(session: Session, days: Days, names: Sequence[str]) -> list[Stretch]:
        reads.append(days)
        return await read_days(session, days, names)

    monkeypatch.setattr(held_sales, "read_days", noted)
    streams = EventStreams()
    bought(streams, "1", person(1), 100)
    wish = MoneyWish(period(FIRST, date(2026, 6, 1), ZoneInfo("UTC")), [], "first", 90)

    async def count() -> tuple[int, int]:
        """Customers, and how often sales were read for them: the second time never."""
        for _ in range(2):
            reads.clear()
            async with transaction(database) as session:
                shown = await customers.show_loyalty(session, wish, None, NOW)
                chosen = await customers.list_customers(
                    session, wish, CustomerFilter(), None, now=NOW, after=None, limit=9
                )
            totals.append(chosen.total)
            assert shown.all.customers == chosen.total
        return totals[-1], len(reads)

    for number in (1, 2):
        await consume(database, apply_and_tell, streams.events[-1:])
        assert await count() == (number, 0)
        await keep_days(database)
        assert await count() == (number, 0)
        bought(streams, f"{number + 1}", person(number + 1), 100)


def shop(number: int) -> Orders:
    """So many orders of a hundred in the only step."""
    return Orders({1: number}, {"RUB": {1: (number, Decimal(100 * number))}})


async def test_sums_of_days_are_not_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until an order is told that lies among them, on a day that is kept or one that is not."""
    reads: list[Days] = []

    async def noted(session: Session, family: Family, *args: Any, **more: Any) -> Any:
        reads.append(args[1])
        return await read_sums(session, family, *args, **more)

    monkeypatch.setattr(held_sales, "read_sums", noted)
    streams = EventStreams()
    bought(streams, "1", person(1), 100)

    async def count() -> tuple[Orders, int]:
        """The orders, and how often they were read for that: the second time never."""
        shown: list[Orders] = []
        for _ in range(2):
            reads.clear()
            async with transaction(database) as session:
                orders = await read_orders(session, YEAR, "company", [""])
            shown.append(orders[""])
        assert shown[0] == shown[1]
        return shown[0], len(reads)

    for number in (1, 2):
        await consume(database, apply_and_tell, streams.events[-1:])
        assert await count() == (shop(number), 0)
        await keep_days(database)
        assert await count() == (shop(number), 0)
        bought(streams, f"{number + 1}", person(number + 1), 100)


async def test_days_that_changed_meanwhile_are_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has no snapshot finds a day that is kept no more when it is read."""
    streams = EventStreams()
    bought(streams, "1", person(1), 100)
    bought(streams, "2", person(2), 100)
    await consume(database, apply_and_tell, streams.events[:1])
    await keep_days(database)
    later = streams.events[1:]

    async def overtaken(
        session: Session, family: Family, bounds: Sequence[datetime], *, by_day: bool
    ) -> Days:
        days = await find_sums(session, family, bounds, by_day=by_day)
        if later:
            await consume(database, apply_and_tell, [later.pop()])
        return days

    monkeypatch.setattr(held_sales, "find_sums", overtaken)
    async with transaction(database) as session:
        assert await read_orders(session, YEAR, "company", [""]) == {"": shop(2)}
    assert not later


async def test_columns_of_sales_are_not_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But of days on which a sale became known or was taken back since."""
    reads: list[Days] = []

    async def noted(session: Session, days: Days, names: Sequence[str]) -> list[Stretch]:
        reads.append(days)
        return await read_days(session, days, names)

    monkeypatch.setattr(held_columns, "read_days", noted)
    streams = EventStreams()
    span = period(FIRST, date(2026, 6, 1), ZoneInfo("UTC"))
    wish = MoneyWish(span, ["product", "manager"], "last_non_direct", 90)

    async def count() -> tuple[int, int]:
        """Sales that stand and that were taken back, and no read for them the second time."""
        found: list[tuple[int, int]] = []
        for _ in range(2):
            reads.clear()
            async with transaction(database) as session:
                totals = (await show_sales(session, wish, "last_non_direct")).totals.figures
            found.append((totals.sales, totals.cancelled))
        assert not reads
        assert found[0] == found[1]
        return found[0]

    bought(streams, "0", person(0), 100)
    for number in (1, 2):
        bought(streams, f"{number}", person(number), 100)
        await consume(database, apply_and_tell, streams.events)
        await keep_days(database)
        assert await count() == (number + 1, 0)
    for number in (1, 2):
        cancelled(streams, f"{number}", person(number))
        await consume(database, apply_and_tell, streams.events[-1:])
        await keep_days(database)
        assert await count() == (3 - number, number)

"""What is counted of columns of sales is what plain counting of the sales gives."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import median, quantiles
from struct import pack
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty import counting, returning, scoring
from services.kpi.domain.loyalty.association import LEAST_PEOPLE
from services.kpi.domain.loyalty.customers import Chosen, CustomerFilter
from services.kpi.domain.loyalty.rhythm import is_sleeping, limit_seconds
from services.kpi.domain.loyalty.segments import bounds_of, score
from services.kpi.domain.periods import day_begin, period
from services.kpi.domain.sale_columns import stretches as columns
from services.kpi.domain.sale_columns.coding import _MIXING
from services.kpi.domain.sale_columns.counting import measure_gaps
from services.kpi.domain.sale_columns.stretches import DECIMALS, Stretch, micros, named

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = period(date(2026, 1, 10), date(2026, 3, 20), ZoneInfo("Europe/Moscow"))
UNTIL = SPAN.ends_at
# Ids with a half in common, and two whose halves mix to the same number.
PEOPLE = (
    UUID(int=1),
    UUID(int=2),
    UUID(int=1 << 64 | 1),
    UUID(int=3 << 64),
    UUID(int=(3 ^ int(_MIXING) & (1 << 64) - 1) << 64 | 1),
)


class Sale(NamedTuple):
    person: UUID
    at: datetime
    amount: Decimal
    currency: str
    product: str
    manager: str = ""
    before: datetime | None = None
    number: int = 0


AMOUNTS = st.sampled_from([*map(Decimal, ("0", "10", "19.99", "-5", "1.2345"))])
ODD = st.sampled_from([Decimal("0.00000001"), Decimal("12345678901234567890.5"), Decimal(7)])
SALES = st.lists(
    st.builds(
        Sale,
        st.sampled_from(PEOPLE),
        st.integers(0, 2200).map(lambda hours: BEGIN + timedelta(hours=hours, microseconds=hours)),
        AMOUNTS | AMOUNTS | ODD,
        st.sampled_from(("RUB", "EUR", "")),
        st.sampled_from(("tea", "coffee", "honey", "")),
        st.sampled_from(("Анна", "Boris", "")),
    ),
    min_size=1,
    max_size=40,
)


def in_time(sales: list[Sale]) -> list[Sale]:
    """With the number of each among those of the person, and when the one before was."""
    numbers: Counter[UUID] = Counter()
    before: dict[UUID, datetime] = {}
    told: list[Sale] = []
    for sale in sorted(sales, key=lambda sale: sale.at):
        numbers[sale.person] += 1
        told.append(
            sale._replace(
                amount=sale.amount if sale.currency else Decimal(0),
                before=before.get(sale.person),
                number=numbers[sale.person],
            )
        )
        before[sale.person] = sale.at
    return told


def stretch(sales: Sequence[Sale]) -> Stretch:
    units = [sale.amount * 10**DECIMALS for sale in sales]
    fit = all(unit == int(unit) and abs(unit) < 10**17 for unit in units)
    return Stretch(
        people=b"".join(sale.person.bytes for sale in sales),
        ats=b"".join(pack(">q", micros(sale.at)) for sale in sales),
        befores=b"".join(pack(">q", micros(sale.before or sale.at)) for sale in sales),
        numbers=b"".join(pack(">i", sale.number) for sale in sales),
        signs=bytes((sale.number > 1) * columns.RETURNING for sale in sales),
        managers=named([sale.manager for sale in sales]),
        products=named([sale.product for sale in sales]),
        currencies=named([sale.currency for sale in sales]),
        amounts=b"".join(pack(">q", int(unit)) for unit in units)
        if fit
        else [sale.amount for sale in sales],
    )


def stretches_of(sales: list[Sale], size: int) -> list[Stretch]:
    return [stretch(sales[place : place + size]) for place in range(0, len(sales), size)]


def of_period(sales: list[Sale]) -> dict[UUID, list[Sale]]:
    found: dict[UUID, list[Sale]] = defaultdict(list)
    for sale in sales:
        if SPAN.begins_at <= sale.at < SPAN.ends_at:
            found[sale.person].append(sale)
    return found


def gaps_of(sales: Sequence[Sale]) -> list[float]:
    return [(sale.at - sale.before).total_seconds() for sale in sales if sale.before is not None]


def decile(values: Sequence[float], number: int) -> float:
    return values[0] if len(values) == 1 else quantiles(values, n=10, method="inclusive")[number]


def customers_of(
    stretches: list[Stretch],
    criteria: CustomerFilter = CustomerFilter(),  # noqa: B008 (nobody changes it)
    *,
    currency: str | None = "RUB",
    until: datetime = UNTIL,
    after: UUID | None = None,
    limit: int,
) -> Chosen:
    group = counting.find_customers(stretches, SPAN, currency, criteria)
    return counting.list_customers(group, criteria, until=until, after=after, limit=limit)


@given(SALES, st.integers(1, 9), st.integers(1, 6))
def test_customers_are_what_their_sales_say(items: list[Sale], size: int, limit: int) -> None:
    sales = in_time(items)
    stretches, people = stretches_of(sales, size), of_period(sales)
    every = [gap for each in people.values() for gap in gaps_of(each)]
    company = decile(every, 8) if every else None
    amounts = {
        person: sum((sale.amount for sale in each if sale.currency == "RUB"), Decimal(0))
        for person, each in people.items()
    }
    last = {person: each[-1].at for person, each in people.items()}
    counts = {person: len(each) for person, each in people.items()}
    chosen = customers_of(stretches, limit=limit)
    assert chosen.total == len(people)
    assert [one.contact_id for one in chosen.customers] == sorted(people, reverse=True)[:limit]
    if chosen.total > limit:
        more = customers_of(stretches, after=chosen.customers[-1].contact_id, limit=9)
        assert [one.contact_id for one in more.customers] == sorted(people, reverse=True)[limit:]
    for one in chosen.customers:
        gaps = gaps_of(people[one.contact_id])
        bound = limit_seconds(gaps, company)
        assert (one.sales, one.last_at) == (counts[one.contact_id], last[one.contact_id])
        assert one.amount == amounts[one.contact_id]
        assert one.usual == (pytest.approx(median(gaps)) if gaps else None)
        assert one.limit_seconds == (pytest.approx(bound) if bound is not None else None)
        assert one.is_sleeping == is_sleeping((UNTIL - one.last_at).total_seconds(), bound)
        assert (one.recency, one.frequency, one.money) == tuple(
            score(values[one.contact_id], bounds_of([*values.values()]))
            for values in (last, counts, amounts)
        )


@given(SALES, st.integers(1, 9))
def test_cells_hold_every_customer_once(items: list[Sale], size: int) -> None:
    sales = in_time(items)
    people = of_period(sales)
    counts = Counter(sale.currency for each in people.values() for sale in each if sale.currency)
    for least in (1, 99):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scoring, "LEAST_CUSTOMERS", least)
            cells, currency = counting.count_cells(stretches_of(sales, size), SPAN, None)
        assert currency == max(sorted(counts), key=lambda name: counts[name], default=None)
        assert sum(cell.customers for cell in cells) == len(people)
        assert sum(cell.sales for cell in cells) == sum(map(len, people.values()))
        assert sum(cell.priced for cell in cells) == counts[currency or ""]
        assert sum((cell.amount for cell in cells), Decimal(0)) == sum(
            (s.amount for each in people.values() for s in each if s.currency == currency),
            Decimal(0),
        )
        assert all((cell.recency is None) == (least == 99) for cell in cells)


@given(SALES, st.integers(1, 9))
def test_pairs_and_returns_are_those_counted_one_by_one(items: list[Sale], size: int) -> None:
    sales = in_time([*items, *items])
    stretches, people = stretches_of(sales, size), of_period(sales)
    names = [{sale.product for sale in each if sale.product} for each in people.values()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(returning, "LEAST_PEOPLE", 1)
        patch.setattr("services.kpi.domain.loyalty.association.LEAST_PEOPLE", 1)
        baskets = counting.count_baskets(stretches, SPAN, 2)
    counts = Counter(name for basket in names for name in basket)
    many = sorted(counts, key=lambda name: (-counts[name], name))[:2]
    both = Counter(pair for basket in names for pair in combinations(sorted(basket), 2))
    assert baskets.people == sum(map(bool, names))
    assert baskets.buyers == {name: counts[name] for name in many}
    assert {(one, two): count for one, two, count in baskets.pairs} == {
        pair: count for pair, count in both.items() if set(pair) <= {*many}
    }
    months = [day_begin(date(2026, month, 1), SPAN.zone) for month in (1, 2, 3)]
    expected: Counter[tuple[int, int]] = Counter()
    for each in people.values():
        if each[0].number == 1:
            places = [sum(begin <= sale.at for begin in months) for sale in each]
            expected.update((places[0], place) for place in {*places})
    cells = counting.count_cohorts(stretches, SPAN, months)
    assert {(cell.cohort, cell.month): cell.customers for cell in cells} == expected


def test_few_people_make_no_pair() -> None:
    people = [UUID(int=number) for number in range(LEAST_PEOPLE)]
    items = [
        Sale(person, SPAN.begins_at + timedelta(hours=hour), Decimal(1), "RUB", name)
        for person in people
        for hour, name in enumerate(("tea", "honey"))
    ]
    for few in (items, items[1:]):
        baskets = counting.count_baskets(stretches_of(in_time(few), 5), SPAN, 9)
        assert bool(baskets.pairs) == (few is items)


def test_nothing_sold_is_nothing() -> None:
    assert counting.count_cells([], SPAN, None) == ([], None)
    assert customers_of([], currency=None, limit=5) == Chosen([], 0, None)
    assert counting.count_cohorts([], SPAN, [SPAN.begins_at]) == []
    assert counting.count_baskets([], SPAN, 5).people == 0
    assert measure_gaps([], SPAN, []) == [None]

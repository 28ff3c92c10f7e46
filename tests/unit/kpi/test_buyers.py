"""The row of a customer, and pairs of products by bits, are what plain counting gives."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from statistics import median
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from services.kpi.domain.loyalty.buyers import buyers_of, people_of

from services.kpi.domain.loyalty.association import LEAST_PEOPLE, baskets_of
from services.kpi.domain.paths.rows import Version
from services.kpi.domain.sales.people import Sale

DAY = date(2026, 1, 1)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[int, int, Decimal | None, str | None, bool, bool]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 400),
        st.none() | st.decimals(0, 100, places=2),
        st.none() | st.sampled_from(("RUB", "EUR")),
        st.booleans(),
        st.booleans(),
    ),
    max_size=30,
)


def version(number: int, row: Row) -> Version:
    person, hours, amount, currency, stands, is_known = row
    at = BEGIN + timedelta(hours=hours)
    sale = Sale(
        sale_id=UUID(int=number), person_id=UUID(int=person), contact_id=UUID(int=person),
        lead_id=None, purchase_id=None, joined_by=None, at=at, amount=amount, currency=currency,
        product=None, region=None, source_id=None, manager_id=None, number=None,
        previous_at=None, taken_back_at=None if stands else at,
    )  # fmt: skip
    return Version(DAY, date.max if is_known else DAY + timedelta(days=1), sale)


@given(ROWS)
def test_a_row_holds_the_sales_that_stand(rows: list[Row]) -> None:
    versions = [version(number, row) for number, row in enumerate(rows)]
    assert people_of(versions) == {UUID(int=row[0]) for row in rows}
    buyers = buyers_of(versions)
    for person in range(3):
        mine = sorted(
            (hours, number, amount, currency)
            for number, (who, hours, amount, currency, stands, is_known) in enumerate(rows)
            if who == person and stands and is_known
        )
        buyer = buyers.pop(UUID(int=person), None)
        assert (buyer is None) == (not mine)
        if buyer is None:
            continue
        assert list(buyer.ats) == [BEGIN + timedelta(hours=hours) for hours, *_ in mine]
        assert (buyer.first_at, buyer.last_at) == (buyer.ats[0], buyer.ats[-1])
        gaps = [3600 * (later[0] - earlier[0]) for earlier, later in pairwise(mine)]
        assert buyer.usual_seconds == (median(gaps) if gaps else None)
        prices = [
            (amount, currency) if amount is not None and currency is not None else (None, None)
            for _, _, amount, currency in mine
        ]
        names = {currency for _, currency in prices} - {None}
        if len(names) > 1:
            assert [*zip(buyer.amounts or (), buyer.currencies or (), strict=True)] == prices
            assert (buyer.currency, buyer.priced, buyer.sums) == (None, None, None)
            continue
        assert (buyer.amounts, buyer.currencies) == (None, None)
        assert {buyer.currency} - {None} == names
        for place in range(len(mine)) if names else ():
            amounts = [amount for amount, _ in prices[: place + 1] if amount is not None]
            assert (buyer.priced or ())[place] == len(amounts)
            assert (buyer.sums or ())[place] == sum(amounts)
    assert not buyers


@given(st.dictionaries(st.sampled_from("abcde"), st.lists(st.integers(0, 40), min_size=1)))
def test_pairs_by_bits_are_those_counted_one_by_one(numbers: dict[str, list[int]]) -> None:
    people: dict[int, set[str]] = {}
    for product, buyers in numbers.items():
        for number in buyers:
            people.setdefault(number, set()).add(product)
    baskets = baskets_of(numbers, most_products=3)
    counts = Counter(product for basket in people.values() for product in basket)
    many = [each for each in counts if counts[each] >= LEAST_PEOPLE]
    many = sorted(many, key=lambda product: (-counts[product], product))[:3]
    both = Counter(pair for basket in people.values() for pair in combinations(sorted(basket), 2))
    assert baskets.people == len(people)
    assert baskets.buyers == {product: counts[product] for product in many}
    assert {(one, two): count for one, two, count in baskets.pairs} == {
        pair: count
        for pair, count in both.items()
        if count >= LEAST_PEOPLE and set(pair) <= set(many)
    }

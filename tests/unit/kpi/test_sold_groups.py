"""What is counted of groups of sales is what plain counting of the sales gives."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.sale_columns import counting
from services.kpi.domain.sale_columns.coding import coded
from services.kpi.domain.sales.figures import SalesFigures
from tests.unit.kpi.ledgers import AXES, ledger_of
from tests.unit.kpi.test_sold import (
    PEOPLE,
    SALES,
    SPAN,
    Sale,
    decile,
    gaps_of,
    in_time,
    stretches_of,
)


@given(SALES, st.integers(1, 9), st.booleans())
def test_times_between_sales_are_those_of_each_group(
    items: list[Sale], size: int, is_one: bool
) -> None:
    sales = in_time(items)
    bounds = [SPAN.begins_at, SPAN.ends_at] if is_one else [*SPAN.steps("month").bounds]
    told = counting.measure_gaps_of(ledger_of(stretches_of(sales, size), SPAN), AXES, bounds)
    groups: dict[tuple[tuple[str, ...], int] | None, list[Sale]] = defaultdict(list)
    for part, (begin, end) in enumerate(pairwise(bounds), start=1):
        for sale in sales:
            if begin <= sale.at < end and sale.before is not None:
                groups[(sale.product, sale.manager), part].append(sale)
                groups[None].append(sale)
    assert told.keys() == groups.keys()
    for key, each in groups.items():
        gaps = gaps_of(each)
        assert told[key] == pytest.approx([decile(gaps, 4), decile(gaps, 8)])


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), max_size=60))
def test_places_among_values_are_found_however_ill_they_are_mixed(numbers: list[int]) -> None:
    values, codes = coded(np.array(numbers, np.uint64))
    assert values.tolist() == sorted(set(numbers))
    assert [values.tolist()[code] for code in codes.tolist()] == numbers


@given(SALES, st.integers(1, 9))
def test_times_between_sales_are_those_of_each_part(items: list[Sale], size: int) -> None:
    sales = in_time(items)
    bounds = SPAN.steps("month").bounds
    told = counting.measure_gaps(stretches_of(sales, size), SPAN, bounds)
    spans = [(SPAN.begins_at, SPAN.ends_at), *pairwise(bounds)]
    for (begin, end), values in zip(spans, told, strict=True):
        gaps = gaps_of([sale for sale in sales if begin <= sale.at < end])
        expected = [decile(gaps, 4), decile(gaps, 8)] if gaps else None
        assert values == (None if expected is None else pytest.approx(expected))


@given(SALES, st.integers(1, 9), st.sets(st.sampled_from(("tea", "coffee", "")), min_size=1))
def test_picked_out_values_come_to_the_same(items: list[Sale], size: int, values: set[str]) -> None:
    stretches, bounds = stretches_of(in_time(items), size), [SPAN.begins_at, SPAN.ends_at]
    names = {*values, *map(str, range(counting.FEW))}  # so many that all are joined
    few = counting.sum_orders_of(stretches, "product", values, bounds)
    many = counting.sum_orders_of(stretches, "product", names, bounds)
    assert sorted(few) == sorted(one for one in many if one[0][0] in values)


@given(SALES, SALES, st.integers(1, 9), st.integers(1, 12), st.booleans())
def test_of_many_groups_the_largest_are_told(
    items: list[Sale], others: list[Sale], size: int, most: int, is_one: bool
) -> None:
    sales, back = in_time(items), in_time(others)
    bounds = [SPAN.begins_at, SPAN.ends_at] if is_one else [*SPAN.steps("month").bounds]
    ledgers = ledger_of(stretches_of(sales, size), SPAN), ledger_of(stretches_of(back, size), SPAN)
    told = counting.cross_sales(ledgers, (AXES, AXES), bounds, most)
    groups, gone = _groups(sales, bounds), _groups(back, bounds)
    places = told.cells.places(told.choice)
    by_size = sorted(map(len, groups.values()), reverse=True)
    least = by_size[min(most, len(by_size)) - 1] if by_size else 0
    largest = {place for place, each in groups.items() if len(each) >= least}
    beside = {(values, part - 1) for values, part in largest}  # to compare them with
    assert told.largest == len(largest)
    assert {*places} == largest | (beside & groups.keys())
    for number, place in enumerate(places):
        one, each = told.figures(number), groups[place]
        _assert_told(one, each)
        _assert_back(one, gone.get(place, []))
    alone = dict(zip(told.back.cells.places(told.back.alone), told.back.alone, strict=True))
    assert alone.keys() == gone.keys() - groups.keys()
    for place, cell in alone.items():
        _assert_back(told.back.figures(int(cell)), gone[place])
    assert len(told.cells) == len(groups)
    _assert_told(told.total, [sale for each in groups.values() for sale in each])
    _assert_back(told.total, [sale for each in gone.values() for sale in each])


def test_what_was_taken_back_stands_in_its_group_or_alone() -> None:
    """Also beyond those that are shown."""
    names = {"чай": 3, "кофе": 2, "мёд": 1}
    sale = Sale(PEOPLE[0], SPAN.begins_at, Decimal(9), "RUB", "")
    sold = [sale._replace(product=name) for name, number in names.items() for _ in range(number)]
    back = [sale._replace(product=name) for name in ("соль", "кофе", "чай", "чай")]
    ledgers = ledger_of(stretches_of(sold, 9), SPAN), ledger_of(stretches_of(back, 9), SPAN)
    bounds = [SPAN.begins_at, SPAN.ends_at]
    told = counting.cross_sales(ledgers, (AXES, AXES), bounds, most=1)
    assert told.cells.places(told.choice) == [(("чай", ""), 1)]
    assert (told.figures(0).cancelled, told.total.cancelled) == (2, 4)
    assert told.back.cells.places(told.back.alone) == [(("соль", ""), 1)]


def _groups(
    sales: list[Sale], bounds: list[datetime]
) -> dict[tuple[tuple[str, ...], int], list[Sale]]:
    groups: dict[tuple[tuple[str, ...], int], list[Sale]] = defaultdict(list)
    for part, (begin, end) in enumerate(pairwise(bounds), start=1):
        for sale in sales:
            if begin <= sale.at < end:
                groups[(sale.product, sale.manager), part].append(sale)
    return groups


def _assert_told(one: SalesFigures, sales: list[Sale]) -> None:
    later = [sale for sale in sales if sale.number > 1]
    assert (one.sales, one.returning) == (len(sales), len(later))
    assert one.customers == len({sale.person for sale in sales})
    assert one.returning_customers == len({sale.person for sale in later})
    gaps = gaps_of(sales)
    expected = (decile(gaps, 4), decile(gaps, 8)) if gaps else (None, None)
    assert (one.gap_p50, one.gap_p90) == (pytest.approx(expected) if gaps else expected)
    for currency, money in one.money.items():
        theirs = [sale for sale in sales if sale.currency == currency]
        assert money.priced == len(theirs)
        assert money.amount == sum(sale.amount for sale in theirs)
        assert money.returning_amount == sum(sale.amount for sale in theirs if sale.number > 1)


def _assert_back(one: SalesFigures, sales: list[Sale]) -> None:
    assert one.cancelled == len(sales)
    for currency in {sale.currency for sale in sales} - {""}:
        amount = sum(sale.amount for sale in sales if sale.currency == currency)
        assert one.money[currency].cancelled_amount == amount

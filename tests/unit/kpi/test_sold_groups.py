"""What is counted of groups of sales is what plain counting of the sales gives."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.loyalty import counting
from services.kpi.domain.loyalty.coding import coded
from tests.unit.kpi.test_sold import SALES, SPAN, Sale, decile, gaps_of, in_time, stretches_of


@given(SALES, st.integers(1, 9), st.sampled_from((None, "month", "week")))
def test_managers_have_what_they_sold(items: list[Sale], size: int, unit: str | None) -> None:
    sales = in_time(items)
    bounds = [SPAN.begins_at, SPAN.ends_at] if unit is None else [*SPAN.steps(unit).bounds]
    names, told = counting.tell_managers(stretches_of(sales, size), SPAN, bounds)
    groups: dict[tuple[str, int] | None, list[Sale]] = defaultdict(list)
    for part, (begin, end) in enumerate(pairwise(bounds), start=1):
        for sale in sales:
            if begin <= sale.at < end:
                groups[sale.manager, part].append(sale)
                groups[None].append(sale)
    found = {None if place is None else (names[place[0]], place[1]): told[place] for place in told}
    assert found.keys() == groups.keys()
    for key, each in groups.items():
        one, later = found[key], [sale for sale in each if sale.number > 1]
        assert (one.sales, one.returning) == (len(each), len(later))
        assert one.customers == len({sale.person for sale in each})
        assert one.returning_customers == len({sale.person for sale in later})
        gaps = gaps_of(each)
        expected = (decile(gaps, 4), decile(gaps, 8)) if gaps else (None, None)
        assert (one.gap_p50, one.gap_p90) == (pytest.approx(expected) if gaps else expected)
        amounts: Counter[tuple[str, bool]] = Counter()
        for sale in each:
            if sale.currency:
                amounts[sale.currency, sale.number > 1] += sale.amount  # type: ignore[assignment]
        assert one.money.keys() == {currency for currency, _ in amounts}
        for currency, money in one.money.items():
            assert money.new_amount == amounts[currency, False]
            assert money.returning_amount == amounts[currency, True]
            assert money.priced == sum(sale.currency == currency for sale in each)


@given(SALES, st.integers(1, 9), st.booleans())
def test_times_between_sales_are_those_of_each_group(
    items: list[Sale], size: int, is_one: bool
) -> None:
    sales = in_time(items)
    bounds = [SPAN.begins_at, SPAN.ends_at] if is_one else [*SPAN.steps("month").bounds]
    axes = ["product", "manager"]
    told = counting.measure_gaps_of(stretches_of(sales, size), axes, SPAN, bounds)
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


@given(SALES, st.integers(1, 9), st.integers(1, 12), st.booleans())
def test_of_many_groups_the_largest_are_told(
    items: list[Sale], size: int, most: int, is_one: bool
) -> None:
    sales = in_time(items)
    bounds = [SPAN.begins_at, SPAN.ends_at] if is_one else [*SPAN.steps("month").bounds]
    told = counting.cross_sales(stretches_of(sales, size), ["product", "manager"], SPAN, bounds)
    groups: dict[tuple[tuple[str, ...], int], list[Sale]] = defaultdict(list)
    for part, (begin, end) in enumerate(pairwise(bounds), start=1):
        for sale in sales:
            if begin <= sale.at < end:
                groups[(sale.product, sale.manager), part].append(sale)
    others = {(("tea", "nobody"), 1), (("tea", "Анна"), len(bounds))}
    assert told.missing({*groups, *others}) == others
    largest = told.largest(most)
    places = told.cells.places(largest)
    by_size = sorted(map(len, groups.values()), reverse=True)
    least = by_size[min(most, len(by_size)) - 1] if by_size else 0
    assert {*places} == {place for place, each in groups.items() if len(each) >= least}
    for place, cell in zip(places, largest.tolist(), strict=True):
        one, each = told.figures(cell), groups[place]
        later = [sale for sale in each if sale.number > 1]
        assert (one.sales, one.returning) == (len(each), len(later))
        assert one.customers == len({sale.person for sale in each})
        assert one.returning_customers == len({sale.person for sale in later})
        gaps = gaps_of(each)
        expected = (decile(gaps, 4), decile(gaps, 8)) if gaps else (None, None)
        assert (one.gap_p50, one.gap_p90) == (pytest.approx(expected) if gaps else expected)
    assert told.total.customers == len({sale.person for each in groups.values() for sale in each})

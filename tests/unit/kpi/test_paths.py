"""A period in pieces, segments and groupings, and whom a sale is credited to at any lookback."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.attribution import MODELS, shares, split, unit_of
from services.kpi.domain.paths.credits import MOST_TOUCH_POINTS, Point, credits_for
from services.kpi.domain.paths.origins import (
    ORIGIN_MODELS,
    Origin,
    Sold,
    as_numbers,
    as_text,
    origins_of,
    sold_again,
)
from services.kpi.domain.paths.pieces import DAY, MONTH, ROWS, begins_of, pieces
from services.kpi.domain.paths.segments import (
    EVERY_GROUPING,
    EVERYTHING,
    KEPT_UNITS,
    NOTHING,
    NOWHERE,
    Segment,
    alike,
    grouping_of,
    groupings_within,
    restricted,
    segment_id,
    summed_by,
)
from services.kpi.domain.sales.people import Sale

MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
START = int(datetime(2025, 11, 1, tzinfo=UTC).timestamp())
MOMENTS = st.integers(0, 200 * 96).map(lambda quarters: START + 900 * quarters)
ODD_MOMENTS = st.integers(0, 200 * 86_400).map(lambda seconds: START + seconds)
UNITS = st.sampled_from([*KEPT_UNITS.values(), ()])
LENGTHS = {"day": 86_400, "hour": 3_600, "quarter": 900}


@given(one=MOMENTS | ODD_MOMENTS, other=MOMENTS | ODD_MOMENTS, units=UNITS)
def test_the_pieces_of_a_period_are_the_period(one: int, other: int, units: Sequence[str]) -> None:
    begin, end = sorted((one, other))
    found = pieces(begin, end, units)
    changes: dict[int, int] = defaultdict(int)
    for piece in found:
        assert piece.begin < piece.end
        changes[piece.begin] += piece.sign
        changes[piece.end] -= piece.sign
        if piece.unit == "month":
            edges = [datetime.fromtimestamp(edge, UTC) for edge in (piece.begin, piece.end)]
            assert all(edge == begins_of(edge)["month"] for edge in edges)
        elif piece.unit != ROWS:
            assert piece.begin % LENGTHS[piece.unit] == piece.end % LENGTHS[piece.unit] == 0
    expected = {begin: 1, end: -1} if begin < end else {}
    assert {at: change for at, change in changes.items() if change} == expected


def test_a_month_is_told_by_one_sum_and_what_the_zone_moves() -> None:
    begin, end = START - 3 * 3_600, START + 30 * 86_400 - 3 * 3_600
    assert pieces(begin, end, ("month", "day", "hour")) == [
        ("month", START, START + 30 * 86_400, 1),
        ("hour", begin, START, 1),
        ("hour", end, START + 30 * 86_400, -1),
    ]


@given(MOMENTS | ODD_MOMENTS)
def test_what_a_moment_is_counted_in_begins_no_later(moment: int) -> None:
    at = datetime.fromtimestamp(moment, ZoneInfo("Asia/Kathmandu"))
    begins = {unit: int(begin.timestamp()) for unit, begin in begins_of(at).items()}
    for unit, length in LENGTHS.items():
        assert begins[unit] == moment - moment % length
    assert begins["month"] == int(
        at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0).timestamp()
    )


def test_a_report_is_told_by_the_fewest_segments() -> None:
    site = UUID(int=1)
    one = Segment(site, "form", "yandex", None, "Tula", None)
    other = Segment(site, "form", "google", None, "Tula", None)
    assert alike(one, other) == EVERYTHING - grouping_of(["ad_channel"])
    assert groupings_within(alike(one, other)) >> grouping_of(["source", "region"]) & 1
    by_source = grouping_of(["source", "day"])
    assert restricted(one, by_source) == Segment(source=site) == restricted(other, by_source)
    assert segment_id(one) != segment_id(other)
    of_source = grouping_of(["source", "channel"])
    assert summed_by(by_source) == {MONTH: of_source, DAY: of_source}
    assert summed_by(grouping_of(["week"])) == dict.fromkeys(KEPT_UNITS[NOTHING], NOTHING)
    assert summed_by(grouping_of(["source", "campaign"])) == {MONTH: EVERYTHING}


@pytest.mark.parametrize("name", ["region", "product"])
def test_months_are_told_by_one_dimension_and_days_by_two(name: str) -> None:
    both, one = grouping_of(["region", "product"]), grouping_of([name])
    assert summed_by(one) == {MONTH: one, DAY: both}
    assert summed_by(both) == {MONTH: both, DAY: both}


POINTS = st.lists(
    st.tuples(st.integers(-2, 24 * 100), st.integers(0, 2), st.booleans()), max_size=6
)


@given(points=POINTS, amount=st.none() | st.integers(0, 1000), lookback=st.integers(1, 730))
def test_credits_up_to_a_lookback_are_those_of_its_path(
    points: list[tuple[int, int, bool]], amount: int | None, lookback: int
) -> None:
    sale = _sale(None if amount is None else Decimal(amount))
    told = sorted(
        Point(MORNING - timedelta(hours=hours), UUID(int=place), segment, is_direct)
        for place, (hours, segment, is_direct) in enumerate(points)
    )
    path = [
        point
        for point in told
        if MORNING - timedelta(days=lookback) < point.at <= MORNING + timedelta(hours=1)
    ]
    for number, model in enumerate(MODELS):
        found: dict[int, tuple[Fraction, Decimal]] = defaultdict(lambda: (Fraction(0), Decimal(0)))
        for credit in credits_for(sale, told):
            if credit.models >> number & 1 and credit.since_days <= lookback:
                share, money = found[credit.segment_id]
                part = Fraction(credit.parts, credit.whole)
                found[credit.segment_id] = (share + part, money + credit.amount)
        expected: dict[int, tuple[Fraction, Decimal]] = defaultdict(
            lambda: (Fraction(0), Decimal(0))
        )
        parts = shares(model, [point.is_direct for point in path]) or (Fraction(1),)
        total = sale.amount or Decimal(0)
        amounts = split(total, parts, unit_of(total, "RUB"))
        segments = [point.segment_id for point in path] or [segment_id(Segment())]
        for segment, part, money in zip(segments, parts, amounts, strict=True):
            share, sum_before = expected[segment]
            expected[segment] = (share + part, sum_before + money)
        assert {key: one for key, one in found.items() if one[0]} == {
            key: one for key, one in expected.items() if one[0]
        }


def test_a_long_path_holds_the_inquiries_nearest_to_the_sale() -> None:
    told = [
        Point(MORNING - timedelta(minutes=minutes), UUID(int=minutes), minutes, is_direct=False)
        for minutes in range(MOST_TOUCH_POINTS + 9, -1, -1)
    ]
    segments = {credit.segment_id for credit in credits_for(_sale(Decimal(10)), told)}
    assert segments == set(range(MOST_TOUCH_POINTS))


def _sale(amount: Decimal | None) -> Sale:
    nobody = UUID(int=0)
    return Sale(
        sale_id=nobody,
        person_id=nobody,
        contact_id=nobody,
        lead_id=None,
        purchase_id=nobody,
        joined_by=None,
        at=MORNING,
        amount=amount,
        currency="RUB",
        product=None,
        region=None,
        source_id=None,
        manager_id=None,
        number=1,
        previous_at=None,
        taken_back_at=None,
    )


SEGMENTS = [
    Segment(UUID(int=1), "form", "yandex", "spring"),
    Segment(UUID(int=1), "call", "yandex", "brand", "Tula"),
    Segment(UUID(int=2), "form", None, None, "Omsk", "Window"),
]
PATHS = st.lists(
    st.tuples(st.lists(st.tuples(st.integers(0, 24 * 40), st.integers(0, 2)), max_size=3),
              st.sampled_from([None, "Door"])),
    min_size=1, max_size=5,
)  # fmt: skip


@given(paths=PATHS, lookback=st.integers(1, 60))
def test_origins_are_what_models_that_name_one_inquiry_credit(
    paths: list[tuple[list[tuple[int, int]], str | None]], lookback: int
) -> None:
    numbers = {segment_id(segment): segment for segment in SEGMENTS}
    sold = []
    for place, (points, product) in enumerate(paths):
        at = MORNING + timedelta(days=place)
        sale = replace(_sale(Decimal(5)), sale_id=UUID(int=place), at=at, product=product,
                       number=place + 1)  # fmt: skip
        told = sorted(
            Point(at - timedelta(hours=hours), UUID(int=order), segment_id(SEGMENTS[one]),
                  SEGMENTS[one].is_direct)
            for order, (hours, one) in enumerate(points)
        )  # fmt: skip
        shares = credits_for(sale, told)
        sold.append(Sold(sale, origins_of(sale, shares, numbers)))
        assert as_numbers(as_text(sold[-1].origins)) == sorted(
            (*origin[:3], segment_id(origin.segment)) for origin in sold[-1].origins
        )
        for model in ORIGIN_MODELS:
            parts: dict[Segment, int] = defaultdict(int)
            for share in shares:
                if share.models & model and share.since_days <= lookback:
                    parts[numbers.get(share.segment_id, NOWHERE)] += share.parts
            (credited,) = (segment for segment, number in parts.items() if number)
            expected = credited if product is None else credited._replace(product=product)
            assert _origin(sold[-1].origins, model, lookback).segment == expected
    again = list(sold_again(sold))
    for model in ORIGIN_MODELS:
        seen: dict[tuple[UUID, int], list[tuple[UUID, bool]]] = defaultdict(list)
        for row in again:
            if row.models & model and row.since_days <= lookback < row.until_days:
                for grouping in EVERY_GROUPING:
                    if row.groupings >> grouping & 1:
                        seen[row.sale_id, grouping].append((row.earlier_id, row.is_third))
        for place, one in enumerate(sold):
            mine = _origin(one.origins, model, lookback).segment
            for grouping in EVERY_GROUPING:
                earlier = [
                    (other.sale.sale_id, (other.sale.number or 0) > 1)
                    for other in sold[:place]
                    if restricted(_origin(other.origins, model, lookback).segment, grouping)
                    == restricted(mine, grouping)
                ]
                assert seen[one.sale.sale_id, grouping] == earlier[-1:]


def _origin(origins: Sequence[Origin], model: int, lookback: int) -> Origin:
    (origin,) = (
        one for one in origins if one.models & model and one.since_days <= lookback < one.until_days
    )
    return origin

"""A period in pieces, segments and groupings, and whom a sale is credited to at any lookback."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.attribution import MODELS, shares, split, unit_of
from services.kpi.domain.paths.credits import MOST_TOUCH_POINTS, Point, credits_for
from services.kpi.domain.paths.pieces import pieces
from services.kpi.domain.paths.segments import (
    EVERYTHING,
    KEPT_GROUPINGS,
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
MOMENTS = st.integers(0, 200 * 96).map(
    lambda quarters: datetime(2025, 11, 1, tzinfo=UTC) + timedelta(minutes=15 * quarters)
)
MIDNIGHTS = MOMENTS.map(lambda at: at.replace(hour=0, minute=0))


@given(st.lists(MOMENTS | MIDNIGHTS, min_size=2, max_size=6, unique=True))
def test_the_pieces_of_a_period_are_the_period(bounds: list[datetime]) -> None:
    found = pieces(bounds)
    spans = [(_at(first), _at(end)) for first, end in (*found.months, *found.days)]
    whole = sorted([*spans, *found.moments])
    assert all(begin < end for begin, end in whole)
    assert all(one[1] == other[0] for one, other in pairwise(whole))
    assert (whole[0][0], whole[-1][1]) == (min(bounds), max(bounds))
    assert all(day.day == 1 for span in found.months for day in span)
    assert not any(begin < bound < end for begin, end in spans for bound in bounds)


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_a_report_is_told_by_the_fewest_segments() -> None:
    site = UUID(int=1)
    one = Segment(site, "form", "yandex", None, "Tula", None)
    other = Segment(site, "form", "google", None, "Tula", None)
    assert alike(one, other) == EVERYTHING - grouping_of(["ad_channel"])
    assert groupings_within(alike(one, other)) >> grouping_of(["source", "region"]) & 1
    by_source = grouping_of(["source", "day"])
    assert restricted(one, by_source) == Segment(source=site) == restricted(other, by_source)
    assert segment_id(one) != segment_id(other)
    assert summed_by(by_source) == KEPT_GROUPINGS[0]
    assert summed_by(grouping_of(["source", "campaign"])) == EVERYTHING


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

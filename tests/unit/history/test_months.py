"""Which months are opened ahead, and which only when something of them comes."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.history.domain.months import MONTHS_AHEAD, kept_ahead, month_of, unusual_months
from shared.ids import first_id
from tests.support.event_streams import some_id

MOMENTS = st.integers(0, 36_000).map(
    lambda days: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(days=days, minutes=days % 1440)
)


def id_at(moment: datetime) -> uuid.UUID:
    return uuid.UUID(int=first_id(moment).int | 7 << 76 | 2 << 62 | 12345)


@given(MOMENTS)
def test_the_last_this_and_the_coming_months_follow_one_another(now: datetime) -> None:
    months = kept_ahead(now)
    assert months[1] == month_of(now)
    assert len(months) == 2 + MONTHS_AHEAD
    for month, following in pairwise(months):
        assert month == month_of(month)
        assert month_of(following - timedelta(microseconds=1)) == month


@given(MOMENTS, st.lists(MOMENTS, max_size=5))
def test_ids_of_other_months_ask_for_theirs(now: datetime, moments: list[datetime]) -> None:
    months = unusual_months(map(id_at, moments), now=now)
    assert months == sorted(set(months))
    certain = {*kept_ahead(now)[:-1], *months}
    end = kept_ahead(now)[-1]
    assert all(month_of(moment) in certain for moment in moments if moment < end)
    assert all(month <= month_of(end + timedelta(days=31)) for month in months)


def test_whatever_has_no_month_asks_for_none() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    ids = [some_id("event"), uuid.UUID(int=0), uuid.UUID(int=2**128 - 1), id_at(now)]
    assert unusual_months(ids, now=now) == []

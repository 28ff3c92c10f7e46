"""Blocks of days: few, whole, in order; and what tells them as known on an earlier day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.rollups.blocks import EPOCH, SPANS, Block, blocks, parts

DAYS = st.dates(date(1960, 1, 1), date(2100, 1, 1))
FIRST, UNTIL = date(2026, 1, 1), date(2026, 6, 1)


@given(first=DAYS, length=st.integers(-3, 2000))
def test_blocks_cover_each_day_once_and_are_few(first: date, length: int) -> None:
    end = first + timedelta(days=length)
    found = blocks(first, end)
    covered = [
        block.first + timedelta(days=number) for block in found for number in range(block.span)
    ]
    assert covered == [first + timedelta(days=number) for number in range(length)]
    assert all((block.first - EPOCH).days % block.span == 0 for block in found)
    assert all(sum(block.span == span for block in found) <= 14 for span in SPANS[1:])


@given(
    known_on=st.none() | st.dates(date(2025, 12, 1), date(2026, 7, 1)),
    known=st.dates(date(2025, 12, 1), UNTIL - timedelta(days=1)),
    span=st.sampled_from(SPANS),
)
def test_each_day_of_knowledge_counts_once_or_not_at_all(
    known_on: date | None, known: date, span: int
) -> None:
    block = Block(span, FIRST)
    whole, gains = parts([block], known_on, UNTIL)
    times = len(whole) + sum(gain.sign for gain in gains if gain.since <= known < gain.until)
    assert times == (known_on is None or known <= known_on)


def test_nothing_is_read_from_sums_that_are_not_made() -> None:
    assert parts([Block(8, FIRST)], date(2026, 1, 3), date.min) == ([], [])


def test_of_a_block_that_was_over_only_what_came_later_is_read() -> None:
    (gain,) = parts([Block(8, FIRST)], date(2026, 1, 20), UNTIL).gains
    assert gain == (8, FIRST, date(2026, 1, 21), UNTIL, -1)

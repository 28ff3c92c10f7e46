"""Sums of load over steps that are put together from days are those of what they were made from."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.load.days import (
    DAY,
    PART,
    QUARTER,
    QUARTERS,
    RECORD_BYTES,
    KeptParts,
    Plan,
    packed,
    plan_of,
    sums_kept,
)
from services.kpi.domain.load.figures import Held, Person, sums_of
from services.kpi.domain.load.levels import Level
from services.kpi.domain.load.sums import Sums
from services.kpi.domain.rollups.blocks import EPOCH

DAYS = 70
MOMENTS = st.integers(0, DAYS * DAY)
UNITS = st.integers(0, 2**64)  # more than there will ever be


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Somebody who holds, may hold and is there now and then."""
    moments = sorted(draw(st.sets(MOMENTS, max_size=12)))
    begun = draw(st.lists(st.integers(0, 3), min_size=len(moments), max_size=len(moments)))
    ended = [0] * len(moments)
    units = draw(st.lists(UNITS, min_size=len(moments), max_size=len(moments)))
    edges = sorted(draw(st.sets(MOMENTS, max_size=8)))
    there = list(zip(edges[::2], edges[1::2], strict=False))
    capacity = Level(draw(UNITS), sorted(draw(st.sets(MOMENTS, min_size=1, max_size=1))), [5])
    held = Held(draw(st.integers(0, 9)), draw(UNITS), moments, begun, ended, units)
    return Person(held, capacity, there, [(DAY, 9 * DAY)])


def number_of(day: date) -> int:
    return (day - EPOCH).days


def parts_of(person: Person, plan: Plan) -> KeptParts:
    """What is kept of somebody, as far as a plan asks for it."""

    def quarters(day: date) -> list[Sums]:
        begin = number_of(day) * DAY
        return sums_of(person, [begin + number * QUARTER for number in range(QUARTERS + 1)])

    whole: dict[int, Sums] = {}
    for step, block in plan.blocks:
        for number in range(block.span):
            of_day = packed(quarters(block.first + timedelta(days=number))).whole
            whole[step] = whole[step].plus(of_day) if step in whole else of_day
    records = b""
    for day, quarter in plan.marks:
        part, number = divmod(quarter - 1, PART)
        of_part = packed(quarters(day)).parts[part]
        records += of_part[number * RECORD_BYTES : (number + 1) * RECORD_BYTES]
    peaks = b"".join(packed(quarters(day)).peaks for day in plan.days)
    return KeptParts(whole, range(len(plan.marks)), records, range(len(plan.days)), peaks)


def put_together(person: Person, edges: Sequence[int], plan: Plan) -> list[Sums]:
    sums = sums_kept(plan, len(edges) - 1, parts_of(person, plan))
    for live in plan.live:
        for step, each in enumerate(sums_of(person, live.edges), live.step):
            sums[step] = sums[step].plus(each)
    return sums


@given(
    person=persons(),
    cuts=st.sets(st.integers(0, DAYS * QUARTERS), min_size=2, max_size=6),
    past=st.integers(0, QUARTER - 1),
    runs=st.lists(st.integers(0, DAYS), max_size=6, unique=True),
)
def test_steps_are_put_together_from_days(
    person: Person, cuts: set[int], past: int, runs: list[int]
) -> None:
    edges = [QUARTER * cut for cut in sorted(cuts)]
    edges[-1] += past
    ends = [EPOCH + timedelta(days=number) for number in sorted(runs)]
    kept = list(zip(ends[::2], ends[1::2], strict=False))

    plan = plan_of(edges, kept)

    assert put_together(person, edges, plan) == sums_of(person, edges)
    live = sum(live.edges[-1] - live.edges[0] for live in plan.live)
    assert edges[-1] - edges[0] - live == sum(
        max(0, min(number_of(end) * DAY, edges[-1] // QUARTER * QUARTER) - max(
            number_of(first) * DAY, edges[0]))
        for first, end in kept
    )  # fmt: skip


def test_many_days_are_told_by_few_sums() -> None:
    edges = [3 * QUARTER, 700 * DAY + 5 * QUARTER]
    plan = plan_of(edges, [(EPOCH, EPOCH + timedelta(days=900))])
    assert not plan.live
    assert len(plan.blocks) < 700 / 64 + 3 * 2 * 3
    assert sum(block.span for _, block in plan.blocks) == 699
    assert all(one != other for one, other in pairwise(plan.blocks))


def test_of_a_zone_of_long_ago_nothing_is_kept() -> None:
    edges = [QUARTER - 1, 4 * DAY, 5 * DAY]
    plan = plan_of(edges, [(EPOCH, EPOCH + timedelta(days=900))])
    assert [live.edges for live in plan.live] == [edges]

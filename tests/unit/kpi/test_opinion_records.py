"""Opinions by what came of earlier ones: their error, and their weight beside a forecast."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.opinions.record import (
    LEAST_JUDGED,
    Judged,
    TrackRecord,
    combination_of,
    records_of,
    runs_of,
)


def test_the_error_is_the_mean_share_of_the_fact() -> None:
    items = [Judged("delphi", 110, 100), Judged("delphi", 160, 200), Judged("survey", 5, 0)]
    (record,) = records_of(items).values()
    assert record.judged == 2
    assert record.mape == pytest.approx(0.15)


def test_weights_go_with_the_inverse_of_the_squared_error() -> None:
    records = {"delphi": TrackRecord(LEAST_JUDGED, 0.1), "survey": TrackRecord(9, 0.5)}
    made = combination_of(1000, 0.11, {"delphi": 800, "survey": 1}, records)
    assert made is not None
    # The survey is more than 1.3 times worse than the best, squared.
    share = (1 / 0.1**2) / (1 / 0.1**2 + 1 / 0.11**2)
    assert made.weights == {
        "delphi": pytest.approx(share),
        "forecast": pytest.approx(1 - share),
        "survey": 0,
    }
    assert made.value == pytest.approx(800 * share + 1000 * (1 - share))


def test_without_a_past_nothing_is_combined() -> None:
    few = {"delphi": TrackRecord(LEAST_JUDGED - 1, 0.0)}
    assert combination_of(1000, 0.1, {"delphi": 800}, few) is None
    enough = {"delphi": TrackRecord(LEAST_JUDGED, 0.0)}
    assert combination_of(1000, None, {"delphi": 800}, enough) is None
    assert combination_of(1000, 0.1, {"survey": 800}, enough) is None
    whole = combination_of(1000, 0.1, {"delphi": 800}, enough)
    assert whole is not None
    assert whole.value == 800  # it was never off


def day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number)


def test_spans_that_touch_are_read_together() -> None:
    spans = {(day(0), day(2)), (day(1), day(3)), (day(3), day(4)), (day(6), day(7))}
    assert runs_of(spans) == [
        (
            [day(0), day(1), day(2), day(3), day(4)],
            [(day(0), day(2)), (day(1), day(3)), (day(3), day(4))],
        ),
        ([day(6), day(7)], [(day(6), day(7))]),
    ]


@given(st.sets(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=8))
def test_each_span_is_of_one_run_and_nothing_between_runs_is_read(
    begins: set[tuple[int, int]],
) -> None:
    spans = {(day(first), day(first + long)) for first, long in begins}
    runs = runs_of(spans)
    assert sorted(span for _, alike in runs for span in alike) == sorted(spans)
    for days, alike in runs:
        assert days == sorted({one for span in alike for one in span})
        asked = {one for first, end in alike for one in range(first.toordinal(), end.toordinal())}
        assert len(asked) == (days[-1] - days[0]).days
    for (before, _), (after, _) in itertools.pairwise(runs):
        assert before[-1] < after[0]

"""Opinions by what came of earlier ones: their error, and their weight beside a forecast."""

import pytest

from services.kpi.domain.opinions.record import (
    LEAST_JUDGED,
    Judged,
    TrackRecord,
    combination_of,
    records_of,
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

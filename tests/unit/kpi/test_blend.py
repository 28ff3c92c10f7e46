"""A forecast and opinions of the same days: quantiles are averaged, each by its weight."""

from math import isclose

from hypothesis import given
from hypothesis import strategies as st

from services.kpi.domain.forecast.bands import Band
from services.kpi.domain.opinions.blend import blended
from services.kpi.domain.opinions.record import FORECAST, Combined, TrackRecord

RECORD = TrackRecord(4, 0.1, (-0.1, 0.1, -0.1, 0.1))
STEPS = [Band(80, 100, 130), Band(250, 300, 330)]


def together(weight: float, said: float) -> Combined:
    weights = {FORECAST: 1 - weight, "delphi": weight}
    return Combined((1 - weight) * 400 + weight * said, weights)


def test_an_opinion_is_cut_to_steps_as_the_forecast_is() -> None:
    first, second = blended(STEPS, {"delphi": 800}, {"delphi": RECORD}, together(1, 800))
    assert (first.p50, second.p50) == (200, 600)
    # What four such were off, wider for two steps that are off independently, and for being four.
    assert first.p10 < 200 * (1 - 0.1 * 2**0.5)
    assert isclose(second.p10 / 600, first.p10 / 200)


def test_without_a_part_nothing_changes() -> None:
    assert blended(STEPS, {"delphi": 800}, {"delphi": RECORD}, together(0, 800)) == STEPS


def test_of_nothing_foretold_each_step_has_as_much() -> None:
    nothing = [Band(0, 0, 0)] * 4
    bands = blended(nothing, {"delphi": 100}, {"delphi": RECORD}, together(0.5, 100))
    assert [band.p50 for band in bands] == [12.5] * 4


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1),
    st.floats(0, 1e6),
    st.floats(0, 1),
    st.lists(st.floats(-1, 5), min_size=3, max_size=24),
)
def test_steps_add_up_and_stay_in_order(
    triples: list[tuple[float, float, float]], said: float, weight: float, errors: list[float]
) -> None:
    steps = [Band(*sorted(triple)) for triple in triples]
    record = TrackRecord(len(errors), 0.1, tuple(errors))
    bands = blended(steps, {"delphi": said}, {"delphi": record}, together(weight, said))
    total = (1 - weight) * sum(step.p50 for step in steps) + weight * said
    assert isclose(sum(band.p50 for band in bands), total, rel_tol=1e-6, abs_tol=1e-6)
    for band in bands:
        slack = 1e-9 * (1 + abs(band.p90))
        assert -slack <= band.p10 <= band.p50 + slack
        assert band.p50 <= band.p90 + slack

"""What keeps forecasts honest: they know no future, and say what they do not know."""

from typing import Any

from services.kpi.domain.forecast.bands import Band
from tests.support.mechanisms.mechanism import Mechanism, always

UNIT = "tests/unit/kpi"
HERE = "tests/integration/kpi"


def _certain(path: Any, *_rest: Any, **_named: Any) -> list[Band]:
    return [Band(value, value, value) for value in path]


FORECASTS: tuple[Mechanism, ...] = (
    Mechanism(
        "what is unusual is no season",
        10,
        (f"{UNIT}/test_expectations.py::test_what_is_far_off_is_marked_and_does_not_count",),
        {"services.kpi.domain.forecast.seasonality:_outliers": always([])},
    ),
    Mechanism(
        "steps that are not over do not count",
        10,
        (f"{HERE}/test_seasonality.py::test_steps_that_are_cut_or_not_over_do_not_count",),
        {
            "services.kpi.use_cases.forecast.past:whole_steps": lambda span, step, _until: (
                span.steps(step)
            )
        },
    ),
    Mechanism(
        "a goal is one",
        10,
        (f"{HERE}/test_goals.py::test_what_is_no_goal_names_the_field",),
        {"services.kpi.use_cases.goals.goals:flaws": always(())},
    ),
    Mechanism(
        "bands from errors of the past",
        10,
        (f"{UNIT}/test_forecasting.py::test_the_band_holds_about_eight_of_ten",),
        {"services.kpi.domain.forecast.forecast:bands_of": _certain},
    ),
    Mechanism(
        "a combination weighs by errors of the past",
        10,
        (f"{UNIT}/test_forecasting.py::test_the_combination_of_the_past_knew_only_its_past",),
        {
            "services.kpi.domain.forecast.combination:_steps_known": (
                lambda _until, _origin, horizon: horizon
            )
        },
    ),
)

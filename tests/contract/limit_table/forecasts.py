"""What bounds the past that is read, and forecasts of it."""

from tests.contract.limits import COUNT, Chapter, Limit

_DOMAIN = "services.kpi.domain.forecast"

FORECASTS = (
    Chapter(
        "Forecasts",
        (
            Limit(
                "days of a goal",
                "services.kpi.domain.goals.goals:LONGEST_GOAL_DAYS",
                COUNT,
                "422",
            ),
            Limit("steps of a past", f"{_DOMAIN}.past:MOST_STEPS", COUNT, "422"),
            Limit("fewest steps to forecast from", f"{_DOMAIN}.series:LEAST_VALUES", COUNT, "422"),
            Limit(
                "times that a method is tried on the past",
                f"{_DOMAIN}.backtest:MOST_ORIGINS",
                COUNT,
                "they lie further apart",
            ),
            Limit(
                "fewest periods behind an index",
                f"{_DOMAIN}.seasonality:LEAST_PERIODS",
                COUNT,
                "`enough` is false",
            ),
            Limit(
                "fewest days for a season of the year",
                f"{_DOMAIN}.yearly:LEAST_DAYS",
                COUNT,
                "forecasts of days know the week alone",
            ),
        ),
    ),
)

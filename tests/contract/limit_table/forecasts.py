"""What bounds the past that is read, and forecasts of it."""

from tests.contract.limits import COUNT, Chapter, Limit

_DOMAIN = "services.kpi.domain.forecast"
_POLLS = "services.kpi.domain.opinions.polls"
_SAID = "services.kpi.schemas.opinions"
_ASKING = "services.kpi.use_cases.opinions.polls"
_HERE = "services.kpi.domain.territories"
_TREE = "services.kpi.use_cases.territories.tree"

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
            Limit(
                "days of the quality of forecasts",
                "services.kpi.routes.forecasts:LONGEST_QUALITY_DAYS",
                COUNT,
                "422",
            ),
            Limit(
                "gaps of potentials that are shown",
                "services.kpi.schemas.potentials:MOST_SHOWN_GAPS",
                COUNT,
                "the others show once these are filled",
            ),
            Limit(
                "goals and forecasts that are named as reasons of a refusal",
                "services.kpi.use_cases.territories.ceilings:MOST_BREACHES",
                COUNT,
                "the others show once these are mended",
            ),
            Limit(
                "what hangs on a territory and is named",
                "services.kpi.use_cases.territories.tree:MOST_NAMED",
                COUNT,
                "the others show once these are taken away",
            ),
            Limit("potentials of a goal", "services.kpi.schemas.goals:MOST_GROUNDS", COUNT, "422"),
            Limit("days of a potential", f"{_HERE}.potential:LONGEST_POTENTIAL_DAYS", COUNT, "422"),
            Limit("a potential", f"{_HERE}.potential:LARGEST_POTENTIAL", COUNT, "422"),
            Limit("territories", f"{_TREE}:MOST_TERRITORIES", COUNT, "409"),
            Limit("territories one in another", f"{_HERE}.tree:DEEPEST_TERRITORY", COUNT, "422"),
            Limit(
                "facts of a territory that are shown with it",
                f"{_TREE}:MOST_SHOWN_FACTS",
                COUNT,
                "the others are in `GET /v1/territory-facts`",
            ),
            Limit("what is known of a territory", f"{_HERE}.facts:LARGEST_FACT", COUNT, "422"),
            Limit(
                "facts of territories in a request",
                "services.kpi.schemas.territory_facts:MOST_FACTS",
                COUNT,
                "422",
            ),
            Limit("days of a poll", f"{_POLLS}:LONGEST_POLL_DAYS", COUNT, "422"),
            Limit("fewest members of a market test", f"{_POLLS}:LEAST_SAMPLE", COUNT, "422"),
            Limit("members of a market test", f"{_SAID}:MOST_SAMPLE", COUNT, "422"),
            Limit("of whom they are a part", f"{_SAID}:LARGEST_POPULATION", COUNT, "422"),
            Limit("fewest answers of a round of Delphi", f"{_POLLS}:LEAST_ANONYMOUS", COUNT, "409"),
            Limit("rounds of Delphi", f"{_ASKING}:MOST_ROUNDS", COUNT, "409"),
            Limit("answers of a round", f"{_ASKING}:MOST_ANSWERS", COUNT, "409"),
            Limit(
                "polls beside a forecast",
                "services.kpi.repository.opinions.polls:_MOST_BESIDE",
                COUNT,
                "the latest stand there",
            ),
            Limit(
                "polls by which opinions are judged",
                "services.kpi.use_cases.opinions.record:MOST_JUDGED",
                COUNT,
                "the latest count",
            ),
            Limit(
                "fewest polls by which a kind of opinion has a weight",
                "services.kpi.domain.opinions.record:LEAST_JUDGED",
                COUNT,
                "it has none",
            ),
            Limit(
                "closed leads behind the rates of a manager's day",
                "services.kpi.repository.organisation.ground:MOST_CLOSED",
                COUNT,
                "those closed last stand behind them",
            ),
            Limit(
                "fewest sales behind such rates",
                "services.kpi.domain.organisation.needs:LEAST_SALES",
                COUNT,
                "the company's rates, or none",
            ),
            Limit(
                "leads behind the chances of open ones",
                "services.kpi.repository.forecast.open_leads:MOST_LEADS",
                COUNT,
                "those that came last stand behind them",
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

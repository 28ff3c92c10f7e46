"""What bounds the calls of the API."""

from tests.contract.limits import BYTES, COUNT, SECONDS, Chapter, Limit

_INTAKE = "services.intake"
_WIRE = "shared.web.limits"

CALLS = (
    Chapter(
        "Calls of the API",
        (
            Limit(
                "rows of one page", "shared.web.pagination:MAX_LIMIT", COUNT, "422 naming `limit`"
            ),
            Limit(
                "kinds, actors or channels by which a timeline is asked for",
                "services.history.schemas.timelines:MAX_CHOSEN",
                COUNT,
                "422 naming the parameter",
            ),
            Limit(
                "facts of a reported activity",
                "services.history.schemas.activities:MAX_FACTS_BYTES",
                BYTES,
                "422",
            ),
            Limit(
                "levels of those facts",
                "services.history.schemas.activities:MAX_FACTS_DEPTH",
                COUNT,
                "422",
            ),
            Limit(
                "activities of one reporter that wait to be confirmed",
                "services.history.use_cases.activities:MAX_UNCONFIRMED",
                COUNT,
                "429 with `Retry-After`; after a week an unconfirmed one is forgotten",
            ),
            Limit(
                "characters of a bearer token", "shared.web.tokens:MAX_TOKEN_CHARS", COUNT, "401"
            ),
            Limit(
                "a token's life",
                "shared.web.tokens:LONGEST_LIFE",
                SECONDS,
                "it is not minted, and 401 if it were",
            ),
            Limit(
                "a submission's body, as shown to a supervisor",
                f"{_INTAKE}.routes.masked:MAX_SHOWN_BYTES",
                BYTES,
                "it is left out; an administrator sees it",
            ),
            Limit(
                "characters of a secret that is recognised inside longer texts (at least)",
                f"{_INTAKE}.domain.secret_search:LEAST_CONTAINED",
                COUNT,
                "a shorter one is hidden only where it is the whole value",
            ),
            Limit(
                "days of one report",
                "services.kpi.domain.periods:LONGEST_DAYS",
                COUNT,
                "422 naming `to`",
            ),
            Limit(
                "days of a report on money by day",
                "services.kpi.routes.money:MOST_DAYS",
                COUNT,
                "422 naming `to`",
            ),
            Limit(
                "leads of one report of response steps",
                "services.kpi.use_cases.reports.response_steps:MOST_LEADS",
                COUNT,
                "422 naming `to`",
            ),
            Limit(
                "points of a curve of conversions",
                "services.kpi.use_cases.reports.conversions:MOST_POINTS",
                COUNT,
                "some are left out, evenly; quantiles are of all",
            ),
            Limit(
                "characters by which a value of an axis is told from others in figures",
                "services.kpi.domain.stories.contributions:LONGEST_VALUE",
                COUNT,
                "values that begin alike are counted together",
            ),
            Limit(
                "submissions taken up again by one call",
                f"{_INTAKE}.use_cases.repair:MAX_RENORMALISED",
                COUNT,
                "the rest waits for the next call",
            ),
        ),
    ),
)

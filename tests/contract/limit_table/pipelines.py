"""What bounds pipelines, lists of leads and actions on many."""

from tests.contract.limits import COUNT, Chapter, Limit

_USE_CASES = "services.routing.use_cases"

PIPELINES = (
    Chapter(
        "Pipelines and lists of leads",
        (
            Limit("pipelines", f"{_USE_CASES}.pipelines.configure:MOST_PIPELINES", COUNT, "409"),
            Limit(
                "open leads that a new version of a pipeline moves out of stages it has not",
                f"{_USE_CASES}.pipelines.configure:MOST_CARRIED_LEADS",
                COUNT,
                "409: move them first, as with `POST /v1/leads/bulk`",
            ),
            Limit(
                "leads of a period whose conformance is measured",
                f"{_USE_CASES}.pipelines.conform:MOST_MEASURED_LEADS",
                COUNT,
                "422: choose a shorter period",
            ),
            Limit(
                "leads named for each kind of deviation",
                f"{_USE_CASES}.pipelines.conform:MOST_DRILLED_LEADS",
                COUNT,
                "the newest are named, all are counted",
            ),
            Limit(
                "groups of a count of leads",
                "services.routing.repository.lead_lists:MOST_GROUPS",
                COUNT,
                "the largest are given, the total counts all",
            ),
            Limit(
                "leads of one `POST /v1/leads/bulk`",
                "services.routing.schemas.bulk:MOST_BULK_ITEMS",
                COUNT,
                "422",
            ),
        ),
    ),
)

"""What bounds the report on managers' load."""

from tests.contract.limits import COUNT, Chapter, Limit

_USE = "services.kpi.use_cases.load.report"
_SUMS = "services.kpi.use_cases.load.sums"

LOAD = (
    Chapter(
        "Managers' load",
        (
            Limit("days of a report", f"{_USE}:LONGEST_DAYS", COUNT, "422"),
            Limit("steps of a report", f"{_USE}:MOST_STEPS", COUNT, "422"),
            Limit(
                "managers times steps of a page",
                f"{_USE}:MOST_CELLS",
                COUNT,
                "the page has fewer managers, one at least, and a cursor to the others",
            ),
            Limit("managers of the company", f"{_USE}:MOST_MANAGERS", COUNT, "422"),
            Limit(
                "managers times days that are not summed up, of a page",
                f"{_SUMS}:MOST_DAYS_OF_PAGE",
                COUNT,
                "422",
            ),
            Limit(
                "managers times days that are not summed up, of the company",
                f"{_SUMS}:MOST_DAYS",
                COUNT,
                "422",
            ),
            Limit(
                "changes of load on days that are not summed up",
                f"{_SUMS}:MOST_CHANGES",
                COUNT,
                "422",
            ),
            Limit(
                "managers that alerts on load watch",
                "services.kpi.repository.load.present:MOST_MANAGERS",
                COUNT,
                "the others are not judged",
            ),
        ),
    ),
)

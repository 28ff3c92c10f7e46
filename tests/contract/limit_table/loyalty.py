"""What bounds lists of customers, what is told of few of them, and budgets."""

from tests.contract.limits import COUNT, Chapter, Limit

_KPI = "services.kpi"

LOYALTY = (
    Chapter(
        "Loyalty and marketing",
        (
            Limit(
                "fewest customers for segments",
                f"{_KPI}.domain.loyalty.segments:LEAST_CUSTOMERS",
                COUNT,
                "no segments: `missing` says so",
            ),
            Limit(
                "fewest people whom a pair of products tells of",
                f"{_KPI}.domain.loyalty.association:LEAST_PEOPLE",
                COUNT,
                "the pair is not shown",
            ),
            Limit(
                "fewest people in either group of a list",
                f"{_KPI}.domain.loyalty.trial:LEAST_GROUP",
                COUNT,
                "no difference: `missing` says so",
            ),
            Limit(
                "products whose pairs are looked for",
                f"{_KPI}.use_cases.loyalty.customers:MOST_PRODUCTS",
                COUNT,
                "those with the most buyers",
            ),
            Limit(
                "pairs of products in a report",
                f"{_KPI}.use_cases.loyalty.customers:MOST_RULES",
                COUNT,
                "`more` says how many are left out",
            ),
            Limit(
                "customers of a list",
                f"{_KPI}.use_cases.loyalty.lists:MOST_MEMBERS",
                COUNT,
                "422",
            ),
            Limit(
                "contacts of an event of a list that is to be approached",
                f"{_KPI}.use_cases.loyalty.approach:MOST_CONTACTS",
                COUNT,
                "the rest stands in further events",
            ),
            Limit(
                "days of a list's result",
                f"{_KPI}.schemas.loyalty.lists:LONGEST_OUTCOME",
                COUNT,
                "422",
            ),
            Limit(
                "lines of a budget in a request",
                f"{_KPI}.schemas.marketing.budget:MOST_LINES",
                COUNT,
                "422",
            ),
            Limit(
                "fewest months for a channel's curve",
                f"{_KPI}.domain.marketing.curves:LEAST_MONTHS",
                COUNT,
                "no curve: `lack` says why",
            ),
        ),
    ),
)

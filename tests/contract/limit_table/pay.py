"""What bounds pay: targets, schemes, what-ifs, and how far back months are restated."""

from tests.contract.limits import COUNT, Chapter, Limit

_KPI = "services.kpi"

PAY = (
    Chapter(
        "Pay",
        (
            Limit(
                "targets in a request",
                f"{_KPI}.schemas.motivation.targets:MOST_TARGETS",
                COUNT,
                "422",
            ),
            Limit(
                "sales of a target", f"{_KPI}.domain.motivation.targets:MOST_SALES", COUNT, "422"
            ),
            Limit("pay schemes", f"{_KPI}.use_cases.motivation.schemes:MAX_SCHEMES", COUNT, "409"),
            Limit(
                "managers whom a scheme names",
                f"{_KPI}.schemas.motivation.terms:MOST_MANAGERS",
                COUNT,
                "422",
            ),
            Limit("bands of a plan", f"{_KPI}.schemas.motivation.terms:MOST_BANDS", COUNT, "422"),
            Limit(
                "groups of products, and their bonuses",
                f"{_KPI}.schemas.motivation.terms:MOST_GROUPS",
                COUNT,
                "422",
            ),
            Limit(
                "products of a group",
                f"{_KPI}.schemas.motivation.terms:MOST_PRODUCTS",
                COUNT,
                "422",
            ),
            Limit(
                "what-ifs that are being computed",
                f"{_KPI}.use_cases.motivation.what_if:MAX_OPEN",
                COUNT,
                "429",
            ),
            Limit(
                "closed months that are looked through for what has changed",
                f"{_KPI}.use_cases.motivation.restating:MOST_RESTATED",
                COUNT,
                "earlier ones stay as they were paid",
            ),
        ),
    ),
)

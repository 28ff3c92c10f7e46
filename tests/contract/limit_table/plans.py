"""What bounds plans."""

from tests.contract.limits import COUNT, Chapter, Limit

_KPI = "services.kpi"

PLANS = (
    Chapter(
        "Plans",
        (
            Limit("plans", f"{_KPI}.use_cases.plan.create:MAX_PLANS", COUNT, "409"),
            Limit("cells of a measure", f"{_KPI}.domain.plan.terms:MAX_CELLS", COUNT, "422"),
            Limit("values of an axis", f"{_KPI}.domain.plan.terms:MAX_VALUES", COUNT, "422"),
            Limit("months of a plan", f"{_KPI}.domain.plan.terms:MOST_MONTHS", COUNT, "422"),
            Limit("what a node comes to", f"{_KPI}.domain.plan.terms:MOST_VALUE", COUNT, "422"),
            Limit(
                "combinations and months of the past that a plan is made from",
                f"{_KPI}.use_cases.plan.create:MOST_SOLD",
                COUNT,
                "422",
            ),
            Limit(
                "versions of a plan", f"{_KPI}.use_cases.plan.versions:MAX_VERSIONS", COUNT, "409"
            ),
            Limit("locks of a version", f"{_KPI}.use_cases.plan.setting:MAX_LOCKS", COUNT, "409"),
            Limit(
                "values of an axis in a preview",
                f"{_KPI}.use_cases.plan.setting:MOST_SHOWN",
                COUNT,
                "those that change least are left out and counted in `more`",
            ),
            Limit(
                "values of an axis in a request", f"{_KPI}.schemas.plans:MOST_GIVEN", COUNT, "422"
            ),
            Limit("combinations in a request", f"{_KPI}.schemas.plans:MOST_LINES", COUNT, "422"),
            Limit("contracts of a plan", f"{_KPI}.schemas.plans:MOST_CONTRACTS", COUNT, "422"),
            Limit(
                "the reason of a change",
                f"{_KPI}.schemas.plans:LONGEST_REASON",
                "characters",
                "422",
            ),
        ),
    ),
)

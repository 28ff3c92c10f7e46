"""What bounds plans."""

from tests.contract.limits import BYTES, COUNT, Chapter, Limit

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
            Limit(
                "a plan's file",
                f"{_KPI}.routes.plan_files:MAX_PLAN_FILE_BYTES",
                BYTES,
                "413",
            ),
            Limit(
                "memory that reading a plan's file takes",
                f"{_KPI}.routes.plan_files:MAX_PLAN_READING_BYTES",
                BYTES,
                "422",
            ),
            Limit("a plan's file as text", f"{_KPI}.routes.plan_files:MAX_PLAN_TEXT", BYTES, "422"),
            Limit(
                "rows of a plan's file",
                f"{_KPI}.domain.plan.files:MAX_FILE_ROWS",
                COUNT,
                "422; an export is refused, 413",
            ),
            Limit(
                "amounts of a plan's file",
                f"{_KPI}.domain.plan.files:MAX_FILE_CELLS",
                COUNT,
                "422; an export is refused, 413",
            ),
            Limit(
                "cells up to the last row and column of a plan's file",
                "shared.workbook_rows:MAX_SHEET_CELLS",
                COUNT,
                "422",
            ),
            Limit(
                "a workbook that is brought in, unfolded",
                "shared.workbook_rows:MAX_UNFOLDED_BYTES",
                BYTES,
                "422; an import fails and says so",
            ),
            Limit(
                "cells without a value of a plan's file",
                "shared.workbook_flaws:MOST_FLAWS",
                COUNT,
                "422 tells of the first ones",
            ),
            Limit(
                "records of coordination of a plan",
                f"{_KPI}.use_cases.plan.coordination:MAX_RECORDS",
                COUNT,
                "409; the watch opens no more",
            ),
            Limit(
                "records that the watch opens of a plan at a time",
                f"{_KPI}.use_cases.plan.watch:MOST_OPENED",
                COUNT,
                "those that are less far off wait for the next time",
            ),
            Limit(
                "months that are over and watched",
                f"{_KPI}.domain.plan.coordination:MOST_MONTHS_BACK",
                COUNT,
                "earlier ones are coordinated by hand",
            ),
            Limit(
                "changes of a record of coordination",
                f"{_KPI}.use_cases.plan.coordination:MAX_STEPS",
                COUNT,
                "409",
            ),
            Limit(
                "the threshold of a plan",
                f"{_KPI}.schemas.coordination:MOST_PERCENT",
                "percent",
                "422",
            ),
            Limit(
                "a cause, an action, a result",
                f"{_KPI}.schemas.fields:LONGEST_WORDS",
                "characters",
                "422",
            ),
            Limit("contracts of a plan", f"{_KPI}.schemas.plans:MOST_CONTRACTS", COUNT, "422"),
            Limit(
                "the reason of a change",
                f"{_KPI}.schemas.fields:LONGEST_REASON",
                "characters",
                "422",
            ),
        ),
    ),
)
